// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check torn-state %s -I%mock --no-notes --prefix all
// RUN: %check torn-state %s -I%mock --no-notes --prefix half --checks-options codrop-torn-state.ReportHalfUpdates=false
// RUN: %check torn-state %s -I%mock --no-notes --prefix early --checks-options codrop-torn-state.ReportEarlyCommits=false
// RUN: %check torn-state %s -I%mock --no-notes --prefix late --checks-options codrop-torn-state.ReportLateResets=false
// RUN: %check torn-state %s -I%mock --no-notes --prefix owner --checks-options 'codrop-torn-state.SingleOwnerTypes=net::session;counter'
// RUN: %check torn-state %s -I%mock --no-notes --prefix sure --checks-options codrop-torn-state.Confidence=definite
#include "own/task.h"

using own::task;

task<int> load();
task<> log();

struct account {
  long balance = 0;
};
struct database {
  task<> save(const account &);
};
struct counter {
  int value = 0;
};

namespace net {
class session {
public:
  task<> read() {
    pos_ = pos_ + co_await load(); // all-warning {{'pos_'}} half-warning {{'pos_'}} early-warning {{'pos_'}} late-warning {{'pos_'}} sure-warning {{'pos_'}}
  }

private:
  int pos_ = 0;
};
} // namespace net

class bank {
public:
  task<> transfer(account &from, account &to, long n) {
    from.balance -= n;
    co_await log();
    to.balance += n; // all-warning {{are updated}} early-warning {{are updated}} late-warning {{are updated}} owner-warning {{are updated}}
  }
  task<> save(account &a, long n) {
    a.balance += n; // all-warning {{is changed before}} half-warning {{is changed before}} late-warning {{is changed before}} owner-warning {{is changed before}}
    co_await db_.save(a);
  }
  task<> count() {
    counter_.value = counter_.value + co_await load(); // all-warning {{'counter_.value'}} half-warning {{'counter_.value'}} early-warning {{'counter_.value'}} late-warning {{'counter_.value'}} sure-warning {{'counter_.value'}}
  }
  task<> add() {
    total_ = total_ + co_await load(); // all-warning {{'total_'}} half-warning {{'total_'}} early-warning {{'total_'}} late-warning {{'total_'}} owner-warning {{'total_'}} sure-warning {{'total_'}}
  }

  void mark() { dirty_ = true; }
  task<> flush() {
    if (dirty_) {
      co_await log();
      dirty_ = false; // all-warning {{is reset after}} half-warning {{is reset after}} early-warning {{is reset after}} owner-warning {{is reset after}}
    }
  }

private:
  bool dirty_ = false;
  database db_;
  counter counter_;
  long total_ = 0;
};
