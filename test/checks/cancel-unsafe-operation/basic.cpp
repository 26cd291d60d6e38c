// RUN: %check cancel-unsafe-operation %s --checks-options codrop-cancel-unsafe-operation.KnowledgeFiles=%S/../../mock/own/race.yaml

#include "own/race.h"
#include <map>
#include <string>

using own::stream;
using own::task;

char buffer[64];
void log(const char *text);

// --- The stream is used again ------------------------------------------------

task<> bad_reads_in_a_loop(stream s) {
  for (;;) {
    co_await own::race(own::read_all(s, buffer, 64), own::sleep(100));
    // expected-warning@-1 {{'read_all' on 's' is cut short by 'race', and 's' is used again after it}}
    // expected-note@-2 {{when another operand of 'race' is done first, it is cancelled at whatever co_await it is}}
    // expected-note@-3 {{part of the data may have gone through}}
    // expected-note@-4 {{'s' is used again here all the same}}
    // expected-note@-5 {{close 's' when it was cut, or let the operation finish, as codrop::shield does}}
    log("tick");
  }
}

task<> bad_writes_after_a_lost_write(stream s) {
  co_await own::race(own::write_all(s, buffer, 64), own::sleep(100));
  // expected-warning@-1 {{'write_all' on 's' is cut short by 'race', and 's' is used again after it}}
  // expected-note@-2 {{when another operand of 'race' is done first, it is cancelled at whatever co_await it is}}
  // expected-note@-3 {{part of the data may have gone through}}
  // expected-note@-4 {{close 's' when it was cut, or let the operation finish, as codrop::shield does}}
  co_await own::write_all(s, buffer, 8); // expected-note {{'s' is used again here all the same}}
}

task<> bad_goes_on_knowing_it(stream &s) {
  auto done = co_await own::race(own::read_all(s, buffer, 64), own::sleep(9));
  // expected-warning@-1 {{'read_all' on 's' is cut short by 'race', and 's' is used again after it}}
  // expected-note@-2 {{when another operand of 'race' is done first, it is cancelled at whatever co_await it is}}
  // expected-note@-3 {{part of the data may have gone through}}
  // expected-note@-4 {{close 's' when it was cut, or let the operation finish, as codrop::shield does}}
  if (done.index() == 1)
    co_await own::read_all(s, buffer, 4); // expected-note {{'s' is used again here all the same}}
}

task<> ok_a_last_word(stream &s) {
  auto done = co_await own::race(own::read_all(s, buffer, 64), own::sleep(9));
  if (done.index() == 1)
    co_await own::write_all(s, "late", 4);
}

task<> bad_retries_after_the_exception(stream &s) {
  for (int i = 0; i < 3; ++i) {
    try {
      co_await own::timeout(own::read_all(s, buffer, 64), 100);
      // expected-warning@-1 {{'read_all' on 's' is cut short by 'timeout', and 's' is used again after it}}
      // expected-note@-2 {{when 'timeout' runs out of time, it is cancelled at whatever co_await it is}}
      // expected-note@-3 {{part of the data may have gone through}}
      // expected-note@-4 {{'s' is used again here all the same}}
      // expected-note@-5 {{close 's' when it was cut, or let the operation finish, as codrop::shield does}}
      co_return;
    } catch (const own::timed_out &) { // expected-note {{the coroutine goes on here}}
      log("again");
    }
  }
}

task<> send(stream &to, const std::string &text) {
  int size = text.size();
  co_await own::write_all(to, (const char *)&size, sizeof size); // expected-note 3 {{part of the data may have gone through}}
  co_await own::write_all(to, text.data(), size);
}

task<> bad_through_a_coroutine(stream s) {
  co_await own::race(send(s, "hello"), own::sleep(100));
  // expected-warning@-1 {{'write_all' on 's' is cut short by 'race', and 's' is used again after it}}
  // expected-note@-2 {{when another operand of 'race' is done first, it is cancelled at whatever co_await it is}}
  // expected-note@-3 {{'send' is what is raced}}
  // expected-note@-4 {{close 's' when it was cut, or let the operation finish, as codrop::shield does}}
  co_await send(s, "world"); // expected-note {{'s' is used again here all the same}}
}

task<> bad_through_a_lambda(stream s) {
  auto hello = [&]() -> task<> { co_await send(s, "hello"); }; // expected-note {{which awaits 'send' here}}
  co_await own::race(hello(), own::sleep(100));
  // expected-warning@-1 {{'write_all' on 's' is cut short by 'race', and 's' is used again after it}}
  // expected-note@-2 {{when another operand of 'race' is done first, it is cancelled at whatever co_await it is}}
  // expected-note@-3 {{the lambda is what is raced}}
  // expected-note@-4 {{close 's' when it was cut, or let the operation finish, as codrop::shield does}}
  co_await send(s, "world"); // expected-note {{'s' is used again here all the same}}
}

task<> bad_through_a_variable(stream s) {
  auto hello = send(s, "hello");
  // expected-warning@-1 {{'write_all' on 's' is cut short by 'race', and 's' is used again after it}}
  // expected-note@-2 {{'send' is what is raced}}
  co_await own::race(std::move(hello), own::sleep(100));
  // expected-note@-1 {{when another operand of 'race' is done first, it is cancelled at whatever co_await it is}}
  // expected-note@-2 {{close 's' when it was cut, or let the operation finish, as codrop::shield does}}
  co_await send(s, "world"); // expected-note {{'s' is used again here all the same}}
}

task<> ok_closes_what_was_cut(stream s) {
  for (;;) {
    auto done =
        co_await own::race(own::read_all(s, buffer, 64), own::sleep(100));
    if (done.index() == 1) {
      s.close();
      co_return;
    }
  }
}

task<> ok_leaves_when_lost(stream &s) {
  for (;;) {
    auto done =
        co_await own::race(own::read_all(s, buffer, 64), own::sleep(100));
    if (!std::holds_alternative<int>(done))
      co_return;
    co_await send(s, "more");
  }
}

task<int> ok_takes_the_winner(stream &s) {
  int size = std::get<0>(
      co_await own::race(own::read_all(s, buffer, 4), own::sleep(100)));
  size += co_await own::read_all(s, buffer, size);
  co_return size;
}

task<> ok_a_flag_of_the_timer(stream &s) {
  bool late = false;
  auto timer = [&]() -> task<> {
    co_await own::sleep(100);
    late = true;
  };
  co_await own::race(send(s, "hello"), timer());
  if (late)
    co_return;
  co_await send(s, "world");
}

task<> ok_ends_with_its_stream(stream s) {
  co_await own::race(send(s, "bye"), own::sleep(100));
}

task<> ok_another_stream_each_time() {
  for (int i = 0; i < 3; ++i) {
    stream s;
    co_await own::race(send(s, "hello"), own::sleep(100));
  }
}

task<> ok_replaced(stream s) {
  co_await own::race(send(s, "hello"), own::sleep(100));
  s = stream();
  co_await send(s, "world");
}

task<> ok_the_exception_leaves(stream &s) {
  co_await own::timeout(send(s, "hello"), 100);
  co_await own::timeout(send(s, "world"), 100);
}

task<> ok_the_handler_closes(stream &s) {
  try {
    co_await own::timeout(send(s, "hello"), 100);
  } catch (...) {
    s.close();
    throw;
  }
  co_await send(s, "world");
}

struct parse_error : std::exception {};
task<> ok_another_exception(stream &s) {
  try {
    co_await own::timeout(send(s, "hello"), 100);
  } catch (const parse_error &) {
    log("what");
  }
  co_await send(s, "world");
}

task<> ok_resumes_where_it_was(stream s) {
  for (;;)
    co_await own::race(s.read_some(buffer, 64), own::sleep(100));
}

task<> ok_no_race(stream s) {
  co_await send(s, "hello");
  co_await send(s, "world");
}

// --- The stream lives on -----------------------------------------------------

class session {
  stream out_;
  own::channel<int> requests_;

public:
  task<> bad_nobody_is_told() {
    co_await own::race(own::write_all(out_, buffer, 64), own::sleep(100));
    // expected-warning@-1 {{'write_all' on 'out_' is cut short by 'race', and nobody is told}}
    // expected-note@-2 {{when another operand of 'race' is done first, it is cancelled at whatever co_await it is}}
    // expected-note@-3 {{part of the data may have gone through}}
    // expected-note@-4 {{close 'out_' when it was cut, or let the operation finish, as codrop::shield does}}
  }

  task<> stopped();
  task<> ok_until_the_end() {
    co_await own::race(own::write_all(out_, buffer, 64), stopped());
  }

  task<bool> ok_tells() {
    auto done =
        co_await own::race(own::write_all(out_, buffer, 64), own::sleep(100));
    co_return done.index() == 0;
  }

  task<> ok_asks() {
    auto done =
        co_await own::race(own::write_all(out_, buffer, 64), own::sleep(100));
    if (done.index() == 1)
      log("what next");
  }

  task<> ok_closes() {
    co_await own::race(own::write_all(out_, buffer, 64), own::sleep(100));
    out_.close();
  }

  // --- What is taken is lost ---------------------------------------------

  task<> bad_pops() {
    for (;;) {
      auto next = co_await own::race(requests_.pop(), own::sleep(100));
      // expected-warning@-1 {{'pop' is cut short by 'race' and must not be}}
      // expected-note@-2 {{when another operand of 'race' is done first, it is cancelled at whatever co_await it is}}
      // expected-note@-3 {{it says that it is not safe to cancel}}
      // expected-note@-4 {{use a form of it that takes the deadline or the token itself, or keep the operation and wait for it again}}
      if (next.index() == 1)
        co_return;
    }
  }

  task<> ok_receives() {
    for (;;)
      co_await own::race(requests_.receive(), own::sleep(100));
  }
};

// --- One half of an update ---------------------------------------------------

task<> journal(int amount);

class bank {
  std::map<std::string, int> accounts_;

  task<> move(std::string from, std::string to, int amount) {
    accounts_[from] -= amount; // expected-note 2 {{'accounts_[from]' is changed here}}
    co_await journal(amount); // expected-note 2 {{suspends here, and may end here}}
    accounts_[to] += amount; // expected-note 2 {{then 'accounts_[to]' is not changed here}}
  }

  task<> moveAtOnce(std::string from, std::string to, int amount) {
    co_await journal(amount);
    accounts_[from] -= amount;
    accounts_[to] += amount;
  }

public:
  task<> bad_halves() {
    co_await own::race(move("a", "b", 3), own::sleep(100));
    // expected-warning@-1 {{'move' is cut short by 'race' between the two halves of an update}}
    // expected-note@-2 {{when another operand of 'race' is done first, it is cancelled at whatever co_await it is}}
    // expected-note@-3 {{'move' is what is raced}}
    // expected-note@-4 {{change both after the last co_await, or let it finish, as codrop::shield does}}
  }

  task<> bad_halves_in_time() { co_await own::timeout(move("a", "b", 3), 100); }
  // expected-warning@-1 {{'move' is cut short by 'timeout' between the two halves of an update}}
  // expected-note@-2 {{when 'timeout' runs out of time, it is cancelled at whatever co_await it is}}
  // expected-note@-3 {{'move' is what is raced}}
  // expected-note@-4 {{change both after the last co_await, or let it finish, as codrop::shield does}}

  task<> ok_at_once() {
    co_await own::race(moveAtOnce("a", "b", 3), own::sleep(100));
  }
};

// --- By name -----------------------------------------------------------------

struct database {
  task<> commit();
  task<int> balance();
};

class teller {
  database &db_;
  database &pick();

public:
  task<> bad_commit_is_cut() {
    co_await own::race(db_.commit(), own::sleep(100));
    // expected-warning@-1 {{'commit' on 'db_' is cut short by 'race', and nobody is told}}
    // expected-note@-2 {{when another operand of 'race' is done first, it is cancelled at whatever co_await it is}}
    // expected-note@-3 {{then it is done by half, or the next operation meets what is left of it}}
    // expected-note@-4 {{let it finish, as codrop::shield does, and give up only the wait for it}}
  }

  task<> bad_of_unknown_making() { co_await (db_.commit() || own::sleep(100)); }
  // expected-warning@-1 {{'commit' on 'db_' is cut short by '||', and nobody is told}}
  // expected-note@-2 {{when another operand of '||' is done first, it is cancelled at whatever co_await it is}}
  // expected-note@-3 {{then it is done by half, or the next operation meets what is left of it}}
  // expected-note@-4 {{let it finish, as codrop::shield does, and give up only the wait for it}}

  task<> ok_asks_what_became_of_it() {
    auto done = co_await own::race(db_.commit(), own::sleep(100));
    if (done.index() == 1)
      throw own::timed_out();
  }

  task<> ok_throws() { co_await own::timeout(db_.commit(), 100); }

  task<> ok_reads() { co_await own::race(db_.balance(), own::sleep(100)); }
};

// --- What goes on -------------------------------------------------------------

own::future<> tick();

own::future<> count(int &counter) {
  co_await tick(); // expected-note {{the operation suspends here}}
  ++counter; // expected-note {{and uses 'counter' here}}
}

own::future<> bad_a_local() {
  int counter = 0; // expected-note {{'counter' lives here}}
  co_await own::wait_for(100, count(counter));
  // expected-warning@-1 {{the operation goes on when 'wait_for' gives up, and uses 'counter', which is gone by then}}
  // expected-note@-2 {{when 'wait_for' runs out of time, the coroutine goes on or leaves, and the operation is not stopped}}
  // expected-note@-3 {{give it copies or owners of what it uses, or stop it and wait for it when the time is up, as codrop::timeout does}}
}

own::future<> bad_a_lambda(int limit) { // expected-note {{'limit' lives here}}
  co_await own::wait_for(100, [&]() -> own::future<> {
  // expected-warning@-1 {{the operation goes on when 'wait_for' gives up, and uses 'limit', which is gone by then}}
  // expected-note@-2 {{when 'wait_for' runs out of time, the coroutine goes on or leaves, and the operation is not stopped}}
  // expected-note@-3 {{give it copies or owners of what it uses, or stop it and wait for it when the time is up, as codrop::timeout does}}
    for (int i = 0; i < limit; ++i) // expected-note {{and uses 'limit' here}}
      co_await tick(); // expected-note {{the operation suspends here}}
  }());
}

own::future<> ok_parameters(int limit) {
  co_await own::wait_for(100, [](int limit) -> own::future<> {
    for (int i = 0; i < limit; ++i)
      co_await tick();
  }(limit));
}

own::future<> ok_awaited() {
  int counter = 0;
  co_await count(counter);
}

class pool {
  own::future<> filling_;
  int size_ = 0;

public:
  own::future<> bad_forgets() {
    co_await own::wait_for(100, std::move(filling_));
    // expected-warning@-1 {{the task of 'filling_' is forgotten when 'wait_for' gives up on it}}
    // expected-note@-2 {{'filling_' is emptied here}}
    // expected-note@-3 {{when 'wait_for' runs out of time, the task goes on, and 'filling_' says that there is none}}
    // expected-note@-4 {{keep it in a shared future, and empty 'filling_' when it is done}}
  }
  own::future<> ok_puts_it_back() {
    try {
      co_await own::wait_for(100, std::move(filling_));
    } catch (const own::timed_out &) {
      filling_ = tick();
    }
  }
  own::future<> ok_close() {
    co_await own::wait_for(100, std::move(filling_));
  }
};
