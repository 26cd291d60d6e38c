// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check torn-state %s -I%mock
//
// Shared state that is written from a value read before a suspension.
#include "own/task.h"
#include <atomic>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

using own::task;

task<int> load();
task<int> load(int);
task<> log(std::string);
void print(int);
int merge(int, int);
int global_total;

struct account {
  int balance = 0;
  int version = 0;
  std::string name;
};
struct user {
  account main;
  std::unique_ptr<account> spare;
};
account &find_account(int id);
account *find_account_or_null(int id);

class ledger {
public:
  task<> bad_local(int amount) {
    int balance = balance_ + amount; // expected-note {{read here}}
    co_await log("deposit"); // expected-note {{suspends here; another task may change 'balance_'}}
    balance_ = balance;
    // expected-warning@-1 {{'balance_' is written from a value that was read before a suspension; changes made meanwhile are lost}}
    // expected-note@-2 {{written here from the old value}}
    // expected-note@-3 {{read it again after the co_await, or hold a codrop::async_mutex throughout}}
  }
  task<> bad_several_steps(int amount) {
    const int before = balance_; // expected-note {{read here}}
    const int raised = before + amount;
    int after;
    after = raised * 2;
    co_await log("deposit"); // expected-note {{suspends here; another task may change 'balance_'}}
    balance_ = after;
    // expected-warning@-1 {{'balance_' is written from a value that was read before a suspension; changes made meanwhile are lost}}
    // expected-note@-2 {{written here from the old value}}
    // expected-note@-3 {{read it again after the co_await, or hold a codrop::async_mutex throughout}}
  }
  task<> bad_step_after_suspension(int amount) {
    int before = this->balance_; // expected-note {{read here}}
    co_await log("deposit"); // expected-note {{suspends here; another task may change 'balance_'}}
    int after = before + amount;
    this->balance_ = after;
    // expected-warning@-1 {{'balance_' is written from a value that was read before a suspension; changes made meanwhile are lost}}
    // expected-note@-2 {{written here from the old value}}
    // expected-note@-3 {{read it again after the co_await, or hold a codrop::async_mutex throughout}}
  }
  task<> bad_one_expression() { balance_ = balance_ + co_await load(); }
  // expected-warning@-1 {{'balance_' is written from a value that was read before a suspension; changes made meanwhile are lost}}
  // expected-note@-2 {{read here}}
  // expected-note@-3 {{suspends here; another task may change 'balance_'}}
  // expected-note@-4 {{written here from the old value}}
  // expected-note@-5 {{await first, into a variable of its own, and then read and write without a suspension between}}
  task<> bad_one_expression_this() {
    this->balance_ = this->balance_ + co_await load();
    // expected-warning@-1 {{'balance_' is written from a value that was read before a suspension; changes made meanwhile are lost}}
    // expected-note@-2 {{read here}}
    // expected-note@-3 {{suspends here; another task may change 'balance_'}}
    // expected-note@-4 {{written here from the old value}}
    // expected-note@-5 {{await first, into a variable of its own, and then read and write without a suspension between}}
  }
  task<> bad_argument_of_the_await() {
    balance_ = co_await load(balance_);
    // expected-warning@-1 {{'balance_' is written from a value that was read before a suspension; changes made meanwhile are lost}}
    // expected-note@-2 {{read here}}
    // expected-note@-3 {{suspends here; another task may change 'balance_'}}
    // expected-note@-4 {{written here from the old value}}
    // expected-note@-5 {{await first, into a variable of its own, and then read and write without a suspension between}}
  }
  task<> bad_map_element(int id, int amount) {
    int balance = accounts_[id].balance + amount; // expected-note {{read here}}
    co_await log("deposit"); // expected-note {{suspends here; another task may change 'accounts_[id].balance'}}
    accounts_[id].balance = balance;
    // expected-warning@-1 {{'accounts_[id].balance' is written from a value that was read before a suspension; changes made meanwhile are lost}}
    // expected-note@-2 {{written here from the old value}}
    // expected-note@-3 {{read it again after the co_await, or hold a codrop::async_mutex throughout}}
  }
  task<> bad_map_at(int id) {
    int balance = accounts_.at(id).balance; // expected-note {{read here}}
    co_await log("deposit"); // expected-note {{suspends here; another task may change 'accounts_.at(id).balance'}}
    accounts_.at(id).balance = balance + 1;
    // expected-warning@-1 {{'accounts_.at(id).balance' is written from a value that was read before a suspension; changes made meanwhile are lost}}
    // expected-note@-2 {{written here from the old value}}
    // expected-note@-3 {{read it again after the co_await, or hold a codrop::async_mutex throughout}}
  }
  task<> bad_iterator(int id, int amount) {
    auto it = accounts_.find(id);
    if (it == accounts_.end())
      co_return;
    int balance = it->second.balance; // expected-note {{read here}}
    co_await log("deposit"); // expected-note {{suspends here; another task may change 'it->second.balance'}}
    it->second.balance = balance + amount;
    // expected-warning@-1 {{'it->second.balance' is written from a value that was read before a suspension; changes made meanwhile are lost}}
    // expected-note@-2 {{written here from the old value}}
    // expected-note@-3 {{read it again after the co_await, or hold a codrop::async_mutex throughout}}
  }
  task<> bad_found_again_but_not_read_again(int id, int amount) {
    int balance = accounts_.find(id)->second.balance; // expected-note {{read here}}
    co_await log("deposit"); // expected-note {{suspends here; another task may change 'accounts_.find(id)->second.balance'}}
    accounts_.find(id)->second.balance = balance + amount;
    // expected-warning@-1 {{'accounts_.find(id)->second.balance' is written from a value that was read before a suspension; changes made meanwhile are lost}}
    // expected-note@-2 {{written here from the old value}}
    // expected-note@-3 {{read it again after the co_await, or hold a codrop::async_mutex throughout}}
  }
  task<> bad_inserted(int id) {
    auto [it, fresh] = accounts_.try_emplace(id);
    int version = it->second.version; // expected-note {{read here}}
    co_await log("touch"); // expected-note {{suspends here; another task may change 'it->second.version'}}
    it->second.version = version + 1;
    // expected-warning@-1 {{'it->second.version' is written from a value that was read before a suspension; changes made meanwhile are lost}}
    // expected-note@-2 {{written here from the old value}}
    // expected-note@-3 {{read it again after the co_await, or hold a codrop::async_mutex throughout}}
  }
  task<> bad_structured_binding(int id) {
    auto &[balance, version, name] = accounts_[id];
    int next = version + 1; // expected-note {{read here}}
    co_await log("touch"); // expected-note {{suspends here; another task may change 'version'}}
    version = next;
    // expected-warning@-1 {{'version' is written from a value that was read before a suspension; changes made meanwhile are lost}}
    // expected-note@-2 {{written here from the old value}}
    // expected-note@-3 {{read it again after the co_await, or hold a codrop::async_mutex throughout}}
  }
  task<> bad_range_for() {
    for (auto &[id, account] : accounts_) {
      int balance = account.balance; // expected-note {{read here}}
      co_await log("interest"); // expected-note {{suspends here; another task may change 'account.balance'}}
      account.balance = balance + balance / 100;
      // expected-warning@-1 {{'account.balance' is written from a value that was read before a suspension; changes made meanwhile are lost}}
      // expected-note@-2 {{written here from the old value}}
      // expected-note@-3 {{read it again after the co_await, or hold a codrop::async_mutex throughout}}
    }
  }
  task<> bad_vector_element(unsigned slot) {
    int value = slots_[slot]; // expected-note {{read here}}
    co_await log("slot"); // expected-note {{suspends here; another task may change 'slots_[slot]'}}
    slots_[slot] = value + 1;
    // expected-warning@-1 {{'slots_[slot]' is written from a value that was read before a suspension; changes made meanwhile are lost}}
    // expected-note@-2 {{written here from the old value}}
    // expected-note@-3 {{read it again after the co_await, or hold a codrop::async_mutex throughout}}
  }
  task<> bad_reference_to_member(int amount) {
    auto &balance = balance_;
    int next = balance + amount; // expected-note {{read here}}
    co_await log("deposit"); // expected-note {{suspends here; another task may change 'balance'}}
    balance = next;
    // expected-warning@-1 {{'balance' is written from a value that was read before a suspension; changes made meanwhile are lost}}
    // expected-note@-2 {{written here from the old value}}
    // expected-note@-3 {{read it again after the co_await, or hold a codrop::async_mutex throughout}}
  }
  task<> bad_pointer_to_member(int amount) {
    int *balance = &balance_;
    int next = *balance + amount; // expected-note {{read here}}
    co_await log("deposit"); // expected-note {{suspends here; another task may change '*balance'}}
    *balance = next;
    // expected-warning@-1 {{'*balance' is written from a value that was read before a suspension; changes made meanwhile are lost}}
    // expected-note@-2 {{written here from the old value}}
    // expected-note@-3 {{read it again after the co_await, or hold a codrop::async_mutex throughout}}
  }
  task<> bad_through_owner() {
    int balance = user_->main.balance; // expected-note {{read here}}
    co_await log("deposit"); // expected-note {{suspends here; another task may change 'user_->main.balance'}}
    user_->main.balance = balance + 1;
    // expected-warning@-1 {{'user_->main.balance' is written from a value that was read before a suspension; changes made meanwhile are lost}}
    // expected-note@-2 {{written here from the old value}}
    // expected-note@-3 {{read it again after the co_await, or hold a codrop::async_mutex throughout}}
  }
  task<> bad_copy_changed_and_written_back(int id) {
    account copy = accounts_[id]; // expected-note {{read here}}
    copy.balance += 5;
    co_await log("deposit"); // expected-note {{suspends here; another task may change 'accounts_[id]'}}
    accounts_[id] = copy;
    // expected-warning@-1 {{'accounts_[id]' is written from a value that was read before a suspension; changes made meanwhile are lost}}
    // expected-note@-2 {{written here from the old value}}
    // expected-note@-3 {{read it again after the co_await, or hold a codrop::async_mutex throughout}}
  }
  task<> bad_string() {
    std::string next = name_ + "!"; // expected-note {{read here}}
    co_await log(next); // expected-note {{suspends here; another task may change 'name_'}}
    name_ = std::move(next);
    // expected-warning@-1 {{'name_' is written from a value that was read before a suspension; changes made meanwhile are lost}}
    // expected-note@-2 {{written here from the old value}}
    // expected-note@-3 {{read it again after the co_await, or hold a codrop::async_mutex throughout}}
  }
  task<> bad_atomic() {
    int before = hits_.load(); // expected-note {{read here}}
    co_await log("hit"); // expected-note {{suspends here; another task may change 'hits_'}}
    hits_.store(before + 1);
    // expected-warning@-1 {{'hits_' is written from a value that was read before a suspension; changes made meanwhile are lost}}
    // expected-note@-2 {{written here from the old value}}
    // expected-note@-3 {{read it again after the co_await, or hold a codrop::async_mutex throughout}}
  }
  task<> bad_atomic_operators() {
    int before = hits_; // expected-note {{read here}}
    co_await log("hit"); // expected-note {{suspends here; another task may change 'hits_'}}
    hits_ = before + 1;
    // expected-warning@-1 {{'hits_' is written from a value that was read before a suspension; changes made meanwhile are lost}}
    // expected-note@-2 {{written here from the old value}}
    // expected-note@-3 {{read it again after the co_await, or hold a codrop::async_mutex throughout}}
  }
  task<> bad_optional() {
    int next = last_.value() + 1; // expected-note {{read here}}
    co_await log("last"); // expected-note {{suspends here; another task may change 'last_'}}
    last_.emplace(next);
    // expected-warning@-1 {{'last_' is written from a value that was read before a suspension; changes made meanwhile are lost}}
    // expected-note@-2 {{written here from the old value}}
    // expected-note@-3 {{read it again after the co_await, or hold a codrop::async_mutex throughout}}
  }
  task<> bad_read_for_the_log_only(int amount) {
    int next = balance_ + amount; // expected-note {{read here}}
    co_await log("deposit"); // expected-note {{suspends here; another task may change 'balance_'}}
    print(balance_);
    balance_ = next;
    // expected-warning@-1 {{'balance_' is written from a value that was read before a suspension; changes made meanwhile are lost}}
    // expected-note@-2 {{written here from the old value}}
    // expected-note@-3 {{read it again after the co_await, or hold a codrop::async_mutex throughout}}
  }
  task<> bad_one_branch(bool slow) {
    int next = balance_ + 1; // expected-note {{read here}}
    if (slow)
      co_await log("slow"); // expected-note {{suspends here; another task may change 'balance_'}}
    balance_ = next;
    // expected-warning@-1 {{'balance_' is written from a value that was read before a suspension; changes made meanwhile are lost}}
    // expected-note@-2 {{written here from the old value}}
    // expected-note@-3 {{read it again after the co_await, or hold a codrop::async_mutex throughout}}
  }
  task<> bad_in_a_bounded_loop() {
    for (int round = 0; round < 3; ++round) {
      int next = balance_ + 1; // expected-note {{read here}}
      co_await log("round"); // expected-note {{suspends here; another task may change 'balance_'}}
      balance_ = next;
      // expected-warning@-1 {{'balance_' is written from a value that was read before a suspension; changes made meanwhile are lost}}
      // expected-note@-2 {{written here from the old value}}
      // expected-note@-3 {{read it again after the co_await, or hold a codrop::async_mutex throughout}}
    }
  }
  task<> bad_nested_member() {
    int next = state_.inner.count + 1; // expected-note {{read here}}
    co_await log("count"); // expected-note {{suspends here; another task may change 'state_.inner.count'}}
    state_.inner.count = next;
    // expected-warning@-1 {{'state_.inner.count' is written from a value that was read before a suspension; changes made meanwhile are lost}}
    // expected-note@-2 {{written here from the old value}}
    // expected-note@-3 {{read it again after the co_await, or hold a codrop::async_mutex throughout}}
  }
  task<> bad_yield_between() {
    int next = balance_ + 1; // expected-note {{read here}}
    co_await own::yield(); // expected-note {{suspends here; another task may change 'balance_'}}
    balance_ = next;
    // expected-warning@-1 {{'balance_' is written from a value that was read before a suspension; changes made meanwhile are lost}}
    // expected-note@-2 {{written here from the old value}}
    // expected-note@-3 {{read it again after the co_await, or hold a codrop::async_mutex throughout}}
  }
  task<> bad_ternary_value(bool raise) {
    int next = raise ? balance_ + 1 : 0; // expected-note {{read here}}
    co_await log("maybe"); // expected-note {{suspends here; another task may change 'balance_'}}
    balance_ = next;
    // expected-warning@-1 {{'balance_' is written from a value that was read before a suspension; changes made meanwhile are lost}}
    // expected-note@-2 {{written here from the old value}}
    // expected-note@-3 {{read it again after the co_await, or hold a codrop::async_mutex throughout}}
  }
  task<> bad_static() {
    int next = instances_ + 1; // expected-note {{read here}}
    co_await log("static"); // expected-note {{suspends here; another task may change 'instances_'}}
    instances_ = next;
    // expected-warning@-1 {{'instances_' is written from a value that was read before a suspension; changes made meanwhile are lost}}
    // expected-note@-2 {{written here from the old value}}
    // expected-note@-3 {{read it again after the co_await, or hold a codrop::async_mutex throughout}}
  }

  task<> ok_read_again(int amount) {
    co_await log("deposit");
    balance_ = balance_ + amount;
  }
  task<> ok_right_side_first() { balance_ += co_await load(); }
  task<> ok_awaited_first() {
    int amount = co_await load();
    balance_ = balance_ + amount;
  }
  task<> ok_await_on_the_left() { balance_ = co_await load() + balance_; }
  task<> ok_merged_with_the_new_value() {
    int before = balance_;
    int loaded = co_await load(before);
    balance_ = merge(balance_, loaded);
  }
  task<> ok_variable_assigned_again() {
    int value = balance_;
    co_await log("deposit");
    value = balance_;
    balance_ = value + 1;
  }
  task<> ok_variable_overwritten() {
    int value = balance_;
    print(value);
    value = co_await load();
    balance_ = value;
  }
  task<> ok_compared_and_swapped(int amount) {
    int before = balance_;
    int next = before + amount;
    co_await log("deposit");
    if (balance_ == before)
      balance_ = next;
  }
  task<> ok_compared_in_a_loop(int amount) {
    int before = balance_;
    do {
      before = balance_;
      co_await log("try");
    } while (balance_ != before);
    balance_ = before + amount;
  }
  task<> ok_generation() {
    const int generation = generation_;
    int next = balance_ + co_await load();
    if (generation != generation_)
      co_return;
    balance_ = next;
  }
  task<> ok_epoch_of_a_function() {
    const auto epoch = current_epoch();
    int next = balance_ + 1;
    co_await log("epoch");
    if (epoch != current_epoch())
      co_return;
    balance_ = next;
  }
  task<> ok_atomic_compare_exchange() {
    int before = hits_.load();
    co_await log("hit");
    while (!hits_.compare_exchange_weak(before, before + 1)) {
    }
  }
  task<> ok_atomic_fetch_add() {
    int before = hits_.load();
    co_await log("hit");
    hits_.fetch_add(before);
  }
  task<> ok_constant_reset() {
    print(balance_);
    co_await log("reset");
    balance_ = 0;
    name_ = {};
    last_ = std::nullopt;
  }
  task<> ok_unrelated_value() {
    int seen = balance_;
    co_await log(std::to_string(seen));
    balance_ = co_await load();
  }
  task<> ok_other_element(int from, int to) {
    int balance = accounts_[from].balance;
    co_await log("copy");
    accounts_[to].balance = balance;
  }
  task<> ok_other_field() {
    int balance = balance_;
    co_await log("version");
    generation_ = balance;
  }
  task<> ok_moved_out_and_restored() {
    std::string taken = std::move(name_);
    co_await log(taken);
    name_ = std::move(taken);
  }
  task<> ok_exchanged_and_restored() {
    int taken = std::exchange(balance_, 0);
    co_await log("taken");
    balance_ = taken;
  }
  task<> ok_asked_for_its_size() {
    auto size = slots_.size();
    std::vector<int> next(size + 1);
    co_await log("grow");
    slots_ = std::move(next);
  }
  task<> ok_never_suspends() {
    int next = balance_ + 1;
    co_await own::ready();
    balance_ = next;
  }
  task<> ok_suspension_before() {
    co_await log("start");
    int next = balance_ + 1;
    balance_ = next;
    co_await log("end");
  }
  task<> ok_other_path(bool slow) {
    int next = balance_ + 1;
    if (slow) {
      co_await log("slow");
      co_return;
    }
    balance_ = next;
  }
  task<> ok_captured_value() {
    int total = 0;
    auto add = [total](int n) mutable -> task<> {
      total = total + co_await load(n);
    };
    co_await add(1);
  }

private:
  int current_epoch() const;
  struct counters {
    struct {
      int count = 0;
    } inner;
  };
  int balance_ = 0;
  int generation_ = 0;
  std::map<int, account> accounts_;
  std::vector<int> slots_;
  std::unique_ptr<user> user_;
  std::string name_;
  std::atomic<int> hits_;
  std::optional<int> last_;
  counters state_;
  static inline int instances_ = 0;
};

task<> bad_global() { global_total = global_total + co_await load(); }
// expected-warning@-1 {{'global_total' is written from a value that was read before a suspension; changes made meanwhile are lost}}
// expected-note@-2 {{read here}}
// expected-note@-3 {{suspends here; another task may change 'global_total'}}
// expected-note@-4 {{written here from the old value}}
// expected-note@-5 {{await first, into a variable of its own, and then read and write without a suspension between}}

task<> bad_static_local() {
  static int calls = 0;
  int next = calls + 1; // expected-note {{read here}}
  co_await log("call"); // expected-note {{suspends here; another task may change 'calls'}}
  calls = next;
  // expected-warning@-1 {{'calls' is written from a value that was read before a suspension; changes made meanwhile are lost}}
  // expected-note@-2 {{written here from the old value}}
  // expected-note@-3 {{read it again after the co_await, or hold a codrop::async_mutex throughout}}
}

task<> bad_thread_local() {
  thread_local int calls = 0;
  int next = calls + 1; // expected-note {{read here}}
  co_await log("call"); // expected-note {{suspends here; another task may change 'calls'}}
  calls = next;
  // expected-warning@-1 {{'calls' is written from a value that was read before a suspension; changes made meanwhile are lost}}
  // expected-note@-2 {{written here from the old value}}
  // expected-note@-3 {{read it again after the co_await, or hold a codrop::async_mutex throughout}}
}

task<> bad_reference_parameter(account &a, int amount) {
  a.balance = a.balance + amount * co_await load();
  // expected-warning@-1 {{'a.balance' is written from a value that was read before a suspension; changes made meanwhile are lost}}
  // expected-note@-2 {{read here}}
  // expected-note@-3 {{suspends here; another task may change 'a.balance'}}
  // expected-note@-4 {{written here from the old value}}
  // expected-note@-5 {{await first, into a variable of its own, and then read and write without a suspension between}}
}

task<> bad_pointer_parameter(account *a, int amount) {
  int balance = a->balance; // expected-note {{read here}}
  co_await log("deposit"); // expected-note {{suspends here; another task may change 'a->balance'}}
  a->balance = balance + amount;
  // expected-warning@-1 {{'a->balance' is written from a value that was read before a suspension; changes made meanwhile are lost}}
  // expected-note@-2 {{written here from the old value}}
  // expected-note@-3 {{read it again after the co_await, or hold a codrop::async_mutex throughout}}
}

task<> bad_reference_to_pointee(account *a, int amount) {
  auto &target = *a;
  int balance = target.balance + amount; // expected-note {{read here}}
  co_await log("deposit"); // expected-note {{suspends here; another task may change 'target.balance'}}
  target.balance = balance;
  // expected-warning@-1 {{'target.balance' is written from a value that was read before a suspension; changes made meanwhile are lost}}
  // expected-note@-2 {{written here from the old value}}
  // expected-note@-3 {{read it again after the co_await, or hold a codrop::async_mutex throughout}}
}

task<> bad_shared_pointer(std::shared_ptr<account> a, int amount) {
  int balance = a->balance; // expected-note {{read here}}
  co_await log("deposit"); // expected-note {{suspends here; another task may change 'a->balance'}}
  a->balance = balance + amount;
  // expected-warning@-1 {{'a->balance' is written from a value that was read before a suspension; changes made meanwhile are lost}}
  // expected-note@-2 {{written here from the old value}}
  // expected-note@-3 {{read it again after the co_await, or hold a codrop::async_mutex throughout}}
}

task<> bad_reference_from_accessor(int id, int amount) {
  account &a = find_account(id);
  const auto balance = a.balance + amount; // expected-note {{read here}}
  co_await log("deposit"); // expected-note {{suspends here; another task may change 'a.balance'}}
  a.balance = balance;
  // expected-warning@-1 {{'a.balance' is written from a value that was read before a suspension; changes made meanwhile are lost}}
  // expected-note@-2 {{written here from the old value}}
  // expected-note@-3 {{read it again after the co_await, or hold a codrop::async_mutex throughout}}
}

task<> bad_pointer_from_accessor(int id, int amount) {
  account *a = find_account_or_null(id);
  if (!a)
    co_return;
  const auto balance = a->balance + amount; // expected-note {{read here}}
  co_await log("deposit"); // expected-note {{suspends here; another task may change 'a->balance'}}
  a->balance = balance;
  // expected-warning@-1 {{'a->balance' is written from a value that was read before a suspension; changes made meanwhile are lost}}
  // expected-note@-2 {{written here from the old value}}
  // expected-note@-3 {{read it again after the co_await, or hold a codrop::async_mutex throughout}}
}

task<> bad_shared_pointer_handed_out() {
  auto a = std::make_shared<account>();
  own::spawn([](std::shared_ptr<account> a) -> task<> {
    co_await log("other");
    a->balance += 1;
  }(a));
  int next = a->balance + 1; // expected-note {{read here}}
  co_await log("mine"); // expected-note {{suspends here; another task may change 'a->balance'}}
  a->balance = next;
  // expected-warning@-1 {{'a->balance' is written from a value that was read before a suspension; changes made meanwhile are lost}}
  // expected-note@-2 {{written here from the old value}}
  // expected-note@-3 {{read it again after the co_await, or hold a codrop::async_mutex throughout}}
}

task<> ok_local() {
  int total = 0;
  total = total + co_await load();
  account own;
  int next = own.balance + 1;
  co_await log(std::to_string(total));
  own.balance = next;
}

task<> ok_local_reference() {
  account own;
  account &same = own;
  account *pointer = &own;
  int next = same.balance + pointer->version;
  co_await log("own");
  same.balance = next;
  pointer->version = next;
}

task<> ok_value_parameter(account own) {
  int next = own.balance + 1;
  co_await log("own");
  own.balance = next;
}

task<> ok_out_parameter(int &out) {
  int next = out + 1;
  co_await log("out");
  out = next;
}

task<> ok_out_pointer(int *out) { *out = *out + co_await load(); }

task<> ok_unique_pointer(std::unique_ptr<account> own) {
  int next = own->balance + 1;
  co_await log("own");
  own->balance = next;
}

task<> ok_shared_pointer_of_our_own() {
  auto own = std::make_shared<account>();
  int next = own->balance + 1;
  co_await log("own");
  own->balance = next;
}

task<> ok_local_container() {
  std::map<int, account> own;
  int next = own[1].balance + 1;
  co_await log("own");
  own[1].balance = next;
  for (auto &[id, a] : own) {
    int balance = a.balance;
    co_await log("each");
    a.balance = balance + 1;
  }
}

task<> ok_pointer_looked_up_again(int id) {
  account *a = find_account_or_null(id);
  int balance = a->balance;
  co_await log("deposit");
  a = find_account_or_null(id);
  a->balance = balance;
}

int ok_plain_function(account &a) {
  int next = a.balance + 1;
  a.balance = next;
  return next;
}
