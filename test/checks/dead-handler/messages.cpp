// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check dead-handler %s -I%mock
// RUN: %check dead-handler %s -I%mock --prefix definite --checks-options codrop-dead-handler.Confidence=definite
//
// Both forms with all their notes.
#include "own/task.h"
#include "seastar/core/coroutine.hh"

own::task<> unseen(int value);
own::task<> none();
seastar::future<> visible(int value) { co_return; }

own::task<> lazy(int value) {
  try {
    return unseen(value); // expected-note {{this only makes the task; it runs later, outside of the try block}}
  } catch (...) {
    // expected-warning@-1 {{handler never sees what 'unseen()' throws, because that is thrown where the task is awaited}}
    // expected-note@-2 {{make the function a coroutine, and write 'co_return co_await' in the try block}}
    return none();
  }
}
seastar::future<> eager(int value) {
  try {
    return visible(value);
    // expected-note@-1 {{what it throws is kept in the task, and the call returns as ever}}
    // definite-note@-2 {{what it throws is kept in the task, and the call returns as ever}}
  } catch (...) {
    // expected-warning@-1 {{handler never sees what 'visible()' throws, because that is kept in the task}}
    // expected-note@-2 {{make the function a coroutine, and write 'co_return co_await' in the try block}}
    // definite-warning@-3 {{handler never sees what 'visible()' throws, because that is kept in the task}}
    // definite-note@-4 {{make the function a coroutine, and write 'co_return co_await' in the try block}}
    throw;
  }
}
