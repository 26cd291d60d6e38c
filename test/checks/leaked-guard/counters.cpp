// RUN: %check leaked-guard %s
//
// Counters that go up and down and flags that are set and cleared by hand.

#include "own/sync.h"
#include "own/task.h"
#include <atomic>
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

using own::task;

task<> work();
task<> pump(int n);
task<bool> accepted();

struct request {
  std::string body;
};

class service {
  int active_ = 0;
  int free_ = 8;
  int attempts_ = 0;
  long total_ = 0;
  std::size_t bytes_ = 0;
  bool busy_ = false;
  bool done_ = false;
  bool connected_ = false;
  std::atomic<int> running_{0};
  std::atomic<bool> taken_{false};
  std::atomic_flag flag_;
  request *current_ = nullptr;
  request *first_ = nullptr;
  enum { idle, connecting, ready } state_ = idle;
  std::vector<int> items_;
  std::vector<int>::iterator at_;
  struct {
    int depth = 0;
  } nested_;
  static int instances_;

  void finish() { busy_ = false; }
  void leave() { leave_now(); }
  void leave_now() { --active_; }
  void clean_up();
  void send_stats();

  // --- must be found ---

  task<> bad_counter() {
    ++active_;
    // expected-warning@-1 {{counter 'active_' is incremented and decremented by hand around a suspension and stays changed when a co_await throws}}
    // expected-note@-2 {{incremented here}}
    // expected-note@-3 {{restore it in a guard such as codrop::scope_exit, which runs on every way out}}
    co_await work(); // expected-note {{if this co_await throws, the decrement is skipped}}
    --active_; // expected-note {{decremented here}}
  }

  task<> bad_counter_postfix() {
    active_++;
    // expected-warning@-1 {{counter 'active_' is incremented and decremented by hand around a suspension and stays changed when a co_await throws}}
    // expected-note@-2 {{incremented here}}
    // expected-note@-3 {{restore it in a guard such as codrop::scope_exit, which runs on every way out}}
    co_await work(); // expected-note {{if this co_await throws, the decrement is skipped}}
    active_--; // expected-note {{decremented here}}
  }

  task<> bad_downwards() {
    --free_;
    // expected-warning@-1 {{counter 'free_' is decremented and incremented by hand around a suspension and stays changed when a co_await throws}}
    // expected-note@-2 {{decremented here}}
    // expected-note@-3 {{restore it in a guard such as codrop::scope_exit, which runs on every way out}}
    co_await work(); // expected-note {{if this co_await throws, the increment is skipped}}
    ++free_; // expected-note {{incremented here}}
  }

  task<> bad_amount(std::string data) {
    bytes_ += data.size();
    // expected-warning@-1 {{counter 'bytes_' is incremented and decremented by hand around a suspension and stays changed when a co_await throws}}
    // expected-note@-2 {{incremented here}}
    // expected-note@-3 {{restore it in a guard such as codrop::scope_exit, which runs on every way out}}
    co_await pump(1); // expected-note {{if this co_await throws, the decrement is skipped}}
    bytes_ -= data.size(); // expected-note {{decremented here}}
  }

  task<> bad_amount_of_one() {
    active_ += 1;
    // expected-warning@-1 {{counter 'active_' is incremented and decremented by hand around a suspension and stays changed when a co_await throws}}
    // expected-note@-2 {{incremented here}}
    // expected-note@-3 {{restore it in a guard such as codrop::scope_exit, which runs on every way out}}
    co_await work(); // expected-note {{if this co_await throws, the decrement is skipped}}
    --active_; // expected-note {{decremented here}}
  }

  task<> bad_nested_field() {
    ++nested_.depth;
    // expected-warning@-1 {{counter 'nested_.depth' is incremented and decremented by hand around a suspension and stays changed when a co_await throws}}
    // expected-note@-2 {{incremented here}}
    // expected-note@-3 {{restore it in a guard such as codrop::scope_exit, which runs on every way out}}
    co_await work(); // expected-note {{if this co_await throws, the decrement is skipped}}
    --nested_.depth; // expected-note {{decremented here}}
  }

  task<> bad_static() {
    ++instances_;
    // expected-warning@-1 {{counter 'instances_' is incremented and decremented by hand around a suspension and stays changed when a co_await throws}}
    // expected-note@-2 {{incremented here}}
    // expected-note@-3 {{restore it in a guard such as codrop::scope_exit, which runs on every way out}}
    co_await work(); // expected-note {{if this co_await throws, the decrement is skipped}}
    --instances_; // expected-note {{decremented here}}
  }

  task<> bad_atomic() {
    ++running_;
    // expected-warning@-1 {{counter 'running_' is incremented and decremented by hand around a suspension and stays changed when a co_await throws}}
    // expected-note@-2 {{incremented here}}
    // expected-note@-3 {{restore it in a guard such as codrop::scope_exit, which runs on every way out}}
    co_await work(); // expected-note {{if this co_await throws, the decrement is skipped}}
    --running_; // expected-note {{decremented here}}
  }

  task<> bad_atomic_fetch() {
    running_.fetch_add(1);
    // expected-warning@-1 {{counter 'running_' is incremented and decremented by hand around a suspension and stays changed when a co_await throws}}
    // expected-note@-2 {{incremented here}}
    // expected-note@-3 {{restore it in a guard such as codrop::scope_exit, which runs on every way out}}
    co_await work(); // expected-note {{if this co_await throws, the decrement is skipped}}
    running_.fetch_sub(1, std::memory_order_release); // expected-note {{decremented here}}
  }

  task<> bad_flag() {
    busy_ = true;
    // expected-warning@-1 {{flag 'busy_' is set and cleared by hand around a suspension and stays set when a co_await throws}}
    // expected-note@-2 {{set here}}
    // expected-note@-3 {{clear it in a guard such as codrop::scope_exit, which runs on every way out}}
    co_await work(); // expected-note {{if this co_await throws, clearing it is skipped}}
    busy_ = false; // expected-note {{cleared here}}
  }

  task<> bad_flag_checked() {
    if (busy_)
      co_return;
    busy_ = true;
    // expected-warning@-1 {{flag 'busy_' is set and cleared by hand around a suspension and stays set when a co_await throws}}
    // expected-note@-2 {{set here}}
    // expected-note@-3 {{clear it in a guard such as codrop::scope_exit, which runs on every way out}}
    co_await work(); // expected-note {{if this co_await throws, clearing it is skipped}}
    busy_ = false; // expected-note {{cleared here}}
  }

  task<> bad_flag_early_return() {
    busy_ = true;
    // expected-warning@-1 {{flag 'busy_' is set and cleared by hand around a suspension and stays set on some path}}
    // expected-note@-2 {{set here}}
    // expected-note@-3 {{clear it in a guard such as codrop::scope_exit, which runs on every way out}}
    if (!co_await accepted())
      co_return; // expected-note {{the function is left here without it}}
    busy_ = false; // expected-note {{cleared here}}
  }

  task<> bad_atomic_flag_variable() {
    taken_ = true;
    // expected-warning@-1 {{flag 'taken_' is set and cleared by hand around a suspension and stays set when a co_await throws}}
    // expected-note@-2 {{set here}}
    // expected-note@-3 {{clear it in a guard such as codrop::scope_exit, which runs on every way out}}
    co_await work(); // expected-note {{if this co_await throws, clearing it is skipped}}
    taken_ = false; // expected-note {{cleared here}}
  }

  task<> bad_atomic_store() {
    taken_.store(true);
    // expected-warning@-1 {{flag 'taken_' is set and cleared by hand around a suspension and stays set when a co_await throws}}
    // expected-note@-2 {{set here}}
    // expected-note@-3 {{clear it in a guard such as codrop::scope_exit, which runs on every way out}}
    co_await work(); // expected-note {{if this co_await throws, clearing it is skipped}}
    taken_.store(false, std::memory_order_release); // expected-note {{cleared here}}
  }

  task<> bad_atomic_exchange() {
    if (taken_.exchange(true))
    // expected-warning@-1 {{flag 'taken_' is set and cleared by hand around a suspension and stays set when a co_await throws}}
    // expected-note@-2 {{set here}}
    // expected-note@-3 {{clear it in a guard such as codrop::scope_exit, which runs on every way out}}
      co_return;
    co_await work(); // expected-note {{if this co_await throws, clearing it is skipped}}
    taken_ = false; // expected-note {{cleared here}}
  }

  task<> bad_compare_exchange() {
    bool expected = false;
    if (!taken_.compare_exchange_strong(expected, true))
    // expected-warning@-1 {{flag 'taken_' is set and cleared by hand around a suspension and stays set when a co_await throws}}
    // expected-note@-2 {{set here}}
    // expected-note@-3 {{clear it in a guard such as codrop::scope_exit, which runs on every way out}}
      co_return;
    co_await work(); // expected-note {{if this co_await throws, clearing it is skipped}}
    taken_ = false; // expected-note {{cleared here}}
  }

  task<> bad_test_and_set() {
    if (flag_.test_and_set())
    // expected-warning@-1 {{flag 'flag_' is set and cleared by hand around a suspension and stays set when a co_await throws}}
    // expected-note@-2 {{set here}}
    // expected-note@-3 {{clear it in a guard such as codrop::scope_exit, which runs on every way out}}
      co_return;
    co_await work(); // expected-note {{if this co_await throws, clearing it is skipped}}
    flag_.clear(); // expected-note {{cleared here}}
  }

  task<> bad_exchange() {
    if (std::exchange(busy_, true))
    // expected-warning@-1 {{flag 'busy_' is set and cleared by hand around a suspension and stays set when a co_await throws}}
    // expected-note@-2 {{set here}}
    // expected-note@-3 {{clear it in a guard such as codrop::scope_exit, which runs on every way out}}
      co_return;
    co_await work(); // expected-note {{if this co_await throws, clearing it is skipped}}
    busy_ = false; // expected-note {{cleared here}}
  }

  task<> bad_loop() {
    while (!done_) {
      busy_ = true;
      // expected-warning@-1 {{flag 'busy_' is set and cleared by hand around a suspension and stays set when a co_await throws}}
      // expected-note@-2 {{set here}}
      // expected-note@-3 {{clear it in a guard such as codrop::scope_exit, which runs on every way out}}
      co_await work(); // expected-note {{if this co_await throws, clearing it is skipped}}
      busy_ = false; // expected-note {{cleared here}}
      co_await own::sleep(10);
    }
  }

  task<> bad_pointer_to_local(request r) {
    current_ = &r;
    // expected-warning@-1 {{pointer 'current_' is set to a local and cleared by hand around a suspension and stays set when a co_await throws}}
    // expected-note@-2 {{set here}}
    // expected-note@-3 {{clear it in a guard such as codrop::scope_exit, which runs on every way out}}
    co_await work(); // expected-note {{if this co_await throws, clearing it is skipped}}
    current_ = nullptr; // expected-note {{cleared here}}
  }

  // send_stats ends in nothing that "end" stands for.
  task<> bad_helper_with_an_unlucky_name() {
    ++active_;
    // expected-warning@-1 {{counter 'active_' is incremented and decremented by hand around a suspension and stays changed when a co_await throws}}
    // expected-note@-2 {{incremented here}}
    // expected-note@-3 {{restore it in a guard such as codrop::scope_exit, which runs on every way out}}
    try {
      co_await work(); // expected-note {{if this co_await throws, the decrement is skipped}}
    } catch (...) {
      send_stats();
      throw;
    }
    --active_; // expected-note {{decremented here}}
  }

  task<> bad_limit() {
    if (++active_ > 10) {
    // expected-warning@-1 {{counter 'active_' is incremented and decremented by hand around a suspension and stays changed when a co_await throws}}
    // expected-note@-2 {{incremented here}}
    // expected-note@-3 {{restore it in a guard such as codrop::scope_exit, which runs on every way out}}
      --active_;
      co_return;
    }
    co_await work(); // expected-note {{if this co_await throws, the decrement is skipped}}
    --active_; // expected-note {{decremented here}}
  }

  // --- must not be found ---

  task<> ok_handler() {
    ++active_;
    try {
      co_await work();
    } catch (...) {
      --active_;
      throw;
    }
    --active_;
  }

  task<> ok_exception_pointer() {
    std::exception_ptr error;
    busy_ = true;
    try {
      co_await work();
    } catch (...) {
      error = std::current_exception();
    }
    busy_ = false;
    if (error)
      std::rethrow_exception(error);
  }

  task<> ok_swallowed() {
    busy_ = true;
    try {
      co_await work();
    } catch (...) {
    }
    busy_ = false;
  }

  task<> ok_statistics() {
    ++attempts_;
    co_await work();
    total_ += 5;
  }

  task<> ok_progress_flag() {
    done_ = false;
    co_await work();
    done_ = true;
  }

  task<> ok_states() {
    state_ = connecting;
    co_await work();
    state_ = ready;
  }

  task<> ok_local_counter() {
    int depth = 0;
    ++depth;
    co_await work();
    --depth;
  }

  task<> ok_local_flag() {
    bool busy = true;
    co_await work();
    busy = false;
    (void)busy;
  }

  task<> ok_iterator() {
    ++at_;
    co_await work();
    --at_;
  }

  task<> ok_no_suspension_between(bool x) {
    ++active_;
    if (x)
      co_return;
    --active_;
    co_await work();
  }

  // Counted as long as the session lives, taken back if it does not start.
  task<> ok_counted_on_success() {
    ++active_;
    try {
      co_await work();
    } catch (...) {
      --active_;
      throw;
    }
  }

  task<> ok_other_amount() {
    total_ += 5;
    co_await work();
    total_ -= 3;
  }

  task<> ok_closure_guard() {
    struct guard {
      service *s;
      ~guard() { --s->active_; }
    };
    ++active_;
    guard g{this};
    co_await work();
    ++active_;
    --active_;
  }

  template <class F> struct finally {
    F f;
    ~finally() { f(); }
  };
  task<> ok_finally() {
    busy_ = true;
    finally reset{[this] { busy_ = false; }};
    co_await work();
    busy_ = false;
  }

  task<> ok_helper() {
    busy_ = true;
    try {
      co_await work();
    } catch (...) {
      finish();
      throw;
    }
    busy_ = false;
  }

  task<> ok_helper_of_a_helper() {
    ++active_;
    try {
      co_await work();
    } catch (...) {
      leave();
      throw;
    }
    --active_;
  }

  task<> ok_helper_that_is_named() {
    busy_ = true;
    try {
      co_await work();
    } catch (...) {
      clean_up();
      throw;
    }
    busy_ = false;
  }

  task<> ok_reset_otherwise() {
    ++active_;
    try {
      co_await work();
    } catch (...) {
      active_ = 0;
      throw;
    }
    --active_;
  }

  task<> ok_separate_decrement(bool x) {
    if (x)
      ++active_;
    co_await work();
    if (!x)
      --active_;
  }

  // A value that does not come from this frame may stay.
  task<> ok_pointer_elsewhere(request *r) {
    current_ = r;
    co_await work();
    current_ = nullptr;
  }

  task<> ok_cannot_throw() {
    busy_ = true;
    co_await own::nothrow_yield();
    busy_ = false;
  }

  task<> ok_suppressed() {
    // NOLINTNEXTLINE(codrop-leaked-guard)
    ++active_;
    co_await work();
    --active_;
  }
};

struct session_state {
  int pending = 0;
};

task<> bad_reference_parameter(int &pending) {
  ++pending;
  // expected-warning@-1 {{counter 'pending' is incremented and decremented by hand around a suspension and stays changed when a co_await throws}}
  // expected-note@-2 {{incremented here}}
  // expected-note@-3 {{restore it in a guard such as codrop::scope_exit, which runs on every way out}}
  co_await work(); // expected-note {{if this co_await throws, the decrement is skipped}}
  --pending; // expected-note {{decremented here}}
}

task<> bad_shared_state(std::shared_ptr<session_state> state) {
  state->pending++;
  // expected-warning@-1 {{counter 'state->pending' is incremented and decremented by hand around a suspension and stays changed when a co_await throws}}
  // expected-note@-2 {{incremented here}}
  // expected-note@-3 {{restore it in a guard such as codrop::scope_exit, which runs on every way out}}
  co_await work(); // expected-note {{if this co_await throws, the decrement is skipped}}
  state->pending--; // expected-note {{decremented here}}
}

task<> ok_own_copy(session_state state) {
  ++state.pending;
  co_await work();
  --state.pending;
}

void drop_count(session_state &state) { --state.pending; }
task<> ok_free_helper(session_state &state) {
  ++state.pending;
  try {
    co_await work();
  } catch (...) {
    drop_count(state);
    throw;
  }
  --state.pending;
}

class counted {
public:
  explicit counted(int &n);
  ~counted();
};
task<> ok_handed_to_a_guard(session_state &state) {
  ++state.pending;
  counted guard(state.pending);
  co_await work();
}

#define BUSY(flag)                                                             \
  flag = true;                                                                 \
  co_await work();                                                             \
  flag = false
  // expected-note@-3 3 {{expanded from macro 'BUSY'}}
  // expected-note@-3 {{expanded from macro 'BUSY'}}
  // expected-note@-3 {{expanded from macro 'BUSY'}}
struct in_macro {
  bool busy = false;
  task<> bad_macro() { BUSY(busy); }
  // expected-warning@-1 {{flag 'busy' is set and cleared by hand around a suspension and stays set when a co_await throws}}
  // expected-note@-2 {{set here}}
  // expected-note@-3 {{if this co_await throws, clearing it is skipped}}
  // expected-note@-4 {{cleared here}}
  // expected-note@-5 {{clear it in a guard such as codrop::scope_exit, which runs on every way out}}
};

template <class T> struct cache {
  int loading = 0;
  task<T> bad_in_template() {
    ++loading;
    // expected-warning@-1 {{counter 'loading' is incremented and decremented by hand around a suspension and stays changed when a co_await throws}}
    // expected-note@-2 {{incremented here}}
    // expected-note@-3 {{restore it in a guard such as codrop::scope_exit, which runs on every way out}}
    co_await work(); // expected-note {{if this co_await throws, the decrement is skipped}}
    --loading; // expected-note {{decremented here}}
    co_return T();
  }
};
template struct cache<int>;
template struct cache<long>;

auto bad_lambda(session_state &state) {
  return [&state](int n) -> task<> {
    ++state.pending;
    // expected-warning@-1 {{counter 'state.pending' is incremented and decremented by hand around a suspension and stays changed when a co_await throws}}
    // expected-note@-2 {{incremented here}}
    // expected-note@-3 {{restore it in a guard such as codrop::scope_exit, which runs on every way out}}
    co_await pump(n); // expected-note {{if this co_await throws, the decrement is skipped}}
    --state.pending; // expected-note {{decremented here}}
  };
}

auto ok_captured_copy(session_state state) {
  return [state]() mutable -> task<> {
    ++state.pending;
    co_await work();
    --state.pending;
  };
}

// The decrement hangs on the same condition as the increment.
struct sometimes_counted {
  int active = 0;
  bool is_client() const;

  task<> bad_same_condition(bool internal) {
    if (!internal)
      ++active;
      // expected-warning@-1 {{counter 'active' is incremented and decremented by hand around a suspension and stays changed when a co_await throws}}
      // expected-note@-2 {{incremented here}}
      // expected-note@-3 {{restore it in a guard such as codrop::scope_exit, which runs on every way out}}
    co_await work(); // expected-note {{if this co_await throws, the decrement is skipped}}
    if (!internal)
      --active; // expected-note {{decremented here}}
  }

  task<> ok_condition_that_changes(bool internal) {
    if (!internal)
      ++active;
    internal = co_await accepted();
    if (!internal)
      --active;
  }

  task<> condition_of_a_call_FN() {
    if (is_client())
      ++active;
    co_await work();
    if (is_client())
      --active;
  }
};

// An exception that leaves this coroutine ends the program.
own::detached ok_terminates(session_state &state) {
  ++state.pending;
  co_await work();
  --state.pending;
}

own::detached bad_early_return_all_the_same(session_state &state) {
  ++state.pending;
  // expected-warning@-1 {{counter 'state.pending' is incremented and decremented by hand around a suspension and stays changed on some path}}
  // expected-note@-2 {{incremented here}}
  // expected-note@-3 {{restore it in a guard such as codrop::scope_exit, which runs on every way out}}
  if (co_await accepted())
    co_return; // expected-note {{the function is left here without it}}
  --state.pending; // expected-note {{decremented here}}
}
