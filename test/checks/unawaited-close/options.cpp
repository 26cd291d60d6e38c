// RUN: %check unawaited-close %s -Werror=return-type --no-notes
// RUN: %check unawaited-close %s --prefix types --no-notes --checks-options "codrop-unawaited-close.ResourceTypes=lib::lease=give_back;lib::lease=abandon;lib::cell=drain_all"
// RUN: %check unawaited-close %s --prefix ignored --no-notes --checks-options "codrop-unawaited-close.IgnoredTypes=own::connection,lib::queue"
// RUN: %check unawaited-close %s --prefix known --no-notes --checks-options codrop-unawaited-close.InferResources=false --checks-options codrop-unawaited-close.ResourceTypes=lib::lease=give_back
// RUN: %check unawaited-close %s --prefix sure --no-notes --checks-options codrop-unawaited-close.Confidence=definite

#include "own/connection.h"

using own::connection;
using own::task;

namespace lib {
class lease {
public:
  explicit lease(int);
  lease(lease &&);
  ~lease();
  task<> use();
  task<> give_back();
  task<> abandon();
};
template <class T> class cell {
public:
  explicit cell(T);
  ~cell();
  task<> drain_all();
};
class queue {
public:
  explicit queue(int);
  ~queue();
  task<> push(int);
  task<> close();
};
} // namespace lib

namespace {

task<connection> connect();

task<> bad_inferred() {
  auto c = co_await connect(); // expected-warning {{'c' of type 'own::connection' is destroyed without an awaited 'close()'}}
  // sure-warning@-1 {{'c' of type 'own::connection' is destroyed without an awaited 'close()'}}
  // types-warning@-2 {{'c' of type 'own::connection' is destroyed without an awaited 'close()'}}
  co_await c.write(1);
}

task<> bad_await_between() {
  auto c = co_await connect();
  // types-warning@-1 {{'c' of type 'own::connection' is destroyed without an awaited 'close()' when a co_await throws}}
  // expected-warning@-2 {{'c' of type 'own::connection' is destroyed without an awaited 'close()' when a co_await throws}}
  co_await c.write(1);
  co_await c.close();
}

task<> bad_queue() {
  lib::queue q(1); // expected-warning {{'q' of type 'lib::queue' is destroyed without an awaited 'close()'}}
  // sure-warning@-1 {{'q' of type 'lib::queue' is destroyed without an awaited 'close()'}}
  // types-warning@-2 {{'q' of type 'lib::queue' is destroyed without an awaited 'close()'}}
  co_await q.push(1);
}

task<> configured() {
  lib::lease l(1); // types-warning {{'l' of type 'lib::lease' is destroyed without an awaited 'give_back()'}}
  // known-warning@-1 {{'l' of type 'lib::lease' is destroyed without an awaited 'give_back()'}}
  co_await l.use();
}

task<> configured_template() {
  lib::cell<int> i(1);
  lib::cell<long> l(1); // types-warning {{'l' of type 'lib::cell<long>' is destroyed without an awaited 'drain_all()'}}
  co_await i.drain_all();
}

task<> ok_given_back() {
  lib::lease l(1);
  co_await l.give_back();
}

task<> either_of_two() {
  lib::lease l(1); // known-warning {{'l' of type 'lib::lease' is destroyed without an awaited 'give_back()'}}
  co_await l.abandon();
}

} // namespace
