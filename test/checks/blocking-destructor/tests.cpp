// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check blocking-destructor %s --no-notes
//
// What a test's fixture waits for keeps nobody else waiting.
#include "own/task.h"
#include <thread>

namespace testing {
struct Test {
  virtual ~Test();
};
} // namespace testing

struct pool {
  std::thread worker;
  ~pool() { worker.join(); } // expected-warning {{destructor of 'pool' blocks the thread}}
};
struct ok_fixture : testing::Test {
  std::thread worker;
  ~ok_fixture() { worker.join(); }
};
struct bad_server {
  std::thread worker;
  ~bad_server() { worker.join(); } // expected-warning {{destructor of 'bad_server' blocks the thread}}
};

own::task<> work() { co_await own::sleep(1); }
