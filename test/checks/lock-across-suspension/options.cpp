// RUN: %check lock-across-suspension %s --no-notes
// RUN: %check lock-across-suspension %s --no-notes --prefix allowed --checks-options codrop-lock-across-suspension.AllowedGuardTypes="ns::StrandGuard;ns::ReentrantMutex"
// RUN: %check lock-across-suspension %s --no-notes --prefix more --checks-options codrop-lock-across-suspension.GuardTypes="ns::TraceSpan, ns::Transaction"
// RUN: %check lock-across-suspension %s --no-notes --prefix file --checks-options codrop-lock-across-suspension.KnowledgeFiles=%S/Inputs/locks.yaml

#include "own/task.h"
#include <mutex>
#include <optional>

using own::task;

namespace ns {
struct ReentrantMutex {
  void lock();
  void unlock();
};
struct [[clang::annotate("codrop::guard")]] StrandGuard {
  StrandGuard();
  ~StrandGuard();
};
/// Kept in a thread-local variable until it ends.
class TraceSpan {
public:
  explicit TraceSpan(const char *name);
  ~TraceSpan();
};
template <class Connection> class Transaction {
public:
  explicit Transaction(Connection &);
  ~Transaction();
};
struct Connection {};
/// What the file speaks of.
class Latch {
public:
  explicit Latch(std::mutex &);
  ~Latch();
  void open();
};
} // namespace ns

std::mutex m;
ns::ReentrantMutex reentrant;
ns::Connection connection;
task<> f();

task<> bad_mutex() {
  std::lock_guard l(m); // expected-warning {{still holds its lock}} allowed-warning {{still holds its lock}} more-warning {{still holds its lock}} file-warning {{still holds its lock}}
  co_await f();
}

task<> unknown_mutex() {
  std::lock_guard l(reentrant); // expected-warning {{still holds its lock}} more-warning {{still holds its lock}}
  co_await f();
}

task<> marked_guard() {
  ns::StrandGuard l; // expected-warning {{still holds its lock}} more-warning {{still holds its lock}} file-warning {{still holds its lock}}
  co_await f();
}

task<> span() {
  ns::TraceSpan s("span"); // more-warning {{'s' of type 'ns::TraceSpan' is still alive where the coroutine suspends}}
  co_await f();
}

task<> optional_span() {
  std::optional<ns::TraceSpan> s; // more-warning {{'ns::TraceSpan' inside 's' is still alive where the coroutine suspends}}
  s.emplace("span");
  co_await f();
}

task<> ended_span() {
  { ns::TraceSpan s("span"); }
  co_await f();
}

task<> transaction() {
  ns::Transaction t(connection); // more-warning {{'t' of type 'ns::Transaction<ns::Connection>' is still alive where the coroutine suspends}}
  co_await f();
}

task<> latch() {
  ns::Latch l(m); // file-warning {{still holds its lock}}
  co_await f();
}

task<> opened_latch() {
  ns::Latch l(m);
  l.open();
  co_await f();
}
