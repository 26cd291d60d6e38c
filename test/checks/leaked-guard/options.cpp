// RUN: %check leaked-guard %s
// RUN: %check leaked-guard %s --prefix definite --no-notes --checks-options codrop-leaked-guard.Confidence=definite
// RUN: %check leaked-guard %s --prefix always --no-notes --checks-options codrop-leaked-guard.DestroyEdges=always
// RUN: %check leaked-guard %s --prefix noflags --no-notes --checks-options codrop-leaked-guard.ReportFlags=false
// RUN: %check leaked-guard %s --prefix known --no-notes --checks-options codrop-leaked-guard.KnowledgeFiles=%S/Inputs/gateway.yaml

#include "own/sync.h"
#include "own/task.h"

using own::task;

task<> work();
task<bool> accepted();

struct gateway {
  task<> sit_down();
  void stand_up();
  struct seat {
    seat(seat &&) noexcept;
    ~seat();
  };
  task<seat> take();
};

struct service {
  own::async_mutex mutex;
  bool busy = false;
  int active = 0;

  // Definite: on a path that a reader can follow.
  task<> bad_early_return() {
    co_await mutex.lock();
    // expected-warning@-1 {{'mutex' is acquired and given back by hand and stays acquired on some path}}
    // expected-note@-2 {{acquired here}}
    // expected-note@-3 {{hold it with a guard such as codrop::scope_exit, which runs on every way out}}
    // definite-warning@-4 {{'mutex' is acquired and given back by hand and stays acquired on some path}}
    // always-warning@-5 {{'mutex' is acquired and given back by hand and stays acquired on some path}}
    // noflags-warning@-6 {{'mutex' is acquired and given back by hand and stays acquired on some path}}
    // known-warning@-7 {{'mutex' is acquired and given back by hand and stays acquired on some path}}
    if (co_await accepted())
      co_return; // expected-note {{the function is left here without it}}
    mutex.unlock(); // expected-note {{given back here}}
  }

  task<> bad_throwing_await() {
    co_await mutex.lock();
    // expected-warning@-1 {{'mutex' is acquired and given back by hand and stays acquired when a co_await throws}}
    // expected-note@-2 {{acquired here}}
    // expected-note@-3 {{hold it with a guard such as codrop::scope_exit, which runs on every way out}}
    // always-warning@-4 {{'mutex' is acquired and given back by hand and stays acquired when a co_await throws}}
    // noflags-warning@-5 {{'mutex' is acquired and given back by hand and stays acquired when a co_await throws}}
    // known-warning@-6 {{'mutex' is acquired and given back by hand and stays acquired when a co_await throws}}
    co_await work(); // expected-note {{if this co_await throws, the give-back is skipped}}
    mutex.unlock(); // expected-note {{given back here}}
  }

  task<> bad_flag() {
    busy = true;
    // expected-warning@-1 {{flag 'busy' is set and cleared by hand around a suspension and stays set when a co_await throws}}
    // expected-note@-2 {{set here}}
    // expected-note@-3 {{clear it in a guard such as codrop::scope_exit, which runs on every way out}}
    // always-warning@-4 {{flag 'busy' is set and cleared by hand around a suspension and stays set when a co_await throws}}
    // known-warning@-5 {{flag 'busy' is set and cleared by hand around a suspension and stays set when a co_await throws}}
    co_await work(); // expected-note {{if this co_await throws, clearing it is skipped}}
    busy = false; // expected-note {{cleared here}}
  }

  task<> bad_counter() {
    ++active;
    // expected-warning@-1 {{counter 'active' is incremented and decremented by hand around a suspension and stays changed when a co_await throws}}
    // expected-note@-2 {{incremented here}}
    // expected-note@-3 {{restore it in a guard such as codrop::scope_exit, which runs on every way out}}
    // always-warning@-4 {{counter 'active' is incremented and decremented by hand around a suspension and stays changed when a co_await throws}}
    // known-warning@-5 {{counter 'active' is incremented and decremented by hand around a suspension and stays changed when a co_await throws}}
    co_await work(); // expected-note {{if this co_await throws, the decrement is skipped}}
    --active; // expected-note {{decremented here}}
  }

  // Only a frame that is destroyed while it is suspended loses these.
  task<> flag_and_destroyed_frame() {
    busy = true;
    // always-warning@-1 {{flag 'busy' is set and cleared by hand around a suspension and stays set when the suspended coroutine is destroyed}}
    co_await own::nothrow_yield();
    busy = false;
  }

  task<> handler_and_destroyed_frame() {
    co_await mutex.lock();
    // always-warning@-1 {{'mutex' is acquired and given back by hand and stays acquired when the suspended coroutine is destroyed}}
    try {
      co_await work();
    } catch (...) {
      mutex.unlock();
      throw;
    }
    mutex.unlock();
  }

  own::generator<int> yields() {
    ++active;
    // always-warning@-1 {{counter 'active' is incremented and decremented by hand around a suspension and stays changed when the suspended coroutine is destroyed}}
    // expected-warning@-2 {{counter 'active' is incremented and decremented by hand around a suspension and stays changed when the suspended coroutine is destroyed}}
    // known-warning@-3 {{counter 'active' is incremented and decremented by hand around a suspension and stays changed when the suspended coroutine is destroyed}}
    // expected-note@-4 {{incremented here}}
    // expected-note@-5 {{restore it in a guard such as codrop::scope_exit, which runs on every way out}}
    co_yield 1; // expected-note {{if the frame is destroyed while the coroutine is suspended here, the decrement is never reached}}
    --active; // expected-note {{decremented here}}
  }

  task<> bad_dropped() {
    co_await mutex.scoped_lock();
    // expected-warning@-1 {{guard 'own::async_lock' is dropped at the end of this statement and protects nothing}}
    // expected-note@-2 {{acquired here and given back at the semicolon}}
    // expected-note@-3 {{give the guard a name that lives as long as what it protects}}
    // definite-warning@-4 {{guard 'own::async_lock' is dropped at the end of this statement and protects nothing}}
    // always-warning@-5 {{guard 'own::async_lock' is dropped at the end of this statement and protects nothing}}
    // noflags-warning@-6 {{guard 'own::async_lock' is dropped at the end of this statement and protects nothing}}
    // known-warning@-7 {{guard 'own::async_lock' is dropped at the end of this statement and protects nothing}}
    co_await work();
  }

  task<> pair_of_a_knowledge_file(gateway &g) {
    co_await g.sit_down(); // known-warning {{'g' is acquired and given back by hand and stays acquired when a co_await throws}}
    co_await work();
    g.stand_up();
  }

  task<> guard_of_a_knowledge_file(gateway &g) {
    co_await g.take(); // known-warning {{guard 'gateway::seat' is dropped at the end of this statement and protects nothing}}
    co_await work();
  }
};

// The frame of such a task is known to be destroyed while it is suspended.
struct [[clang::annotate("codrop::destroys_suspended_frame")]] dropped_task {
  struct promise_type : own::task<>::promise_type {
    dropped_task get_return_object() { return {}; }
  };
};

dropped_task bad_destroyed_frame(service &s) {
  s.busy = true;
  // expected-warning@-1 {{flag 's.busy' is set and cleared by hand around a suspension and stays set when the suspended coroutine is destroyed}}
  // expected-note@-2 {{set here}}
  // expected-note@-3 {{clear it in a guard such as codrop::scope_exit, which runs on every way out}}
  // always-warning@-4 {{flag 's.busy' is set and cleared by hand around a suspension and stays set when the suspended coroutine is destroyed}}
  // known-warning@-5 {{flag 's.busy' is set and cleared by hand around a suspension and stays set when the suspended coroutine is destroyed}}
  co_await own::nothrow_yield();
  // expected-note@-1 {{if the frame is destroyed while the coroutine is suspended here, clearing it is never reached}}
  s.busy = false; // expected-note {{cleared here}}
}
