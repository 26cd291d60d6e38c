// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "task.h"

std::mutex mutex;
int shared;

task hazard() {
  std::lock_guard<std::mutex> held(mutex);
  ++shared;
  co_await other();
}
