// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check large-frame %s --no-notes --prefix default
// RUN: %check large-frame %s --no-notes --prefix small --checks-options codrop-large-frame.LocalLimit=1000
// RUN: %check large-frame %s --no-notes --prefix frame --checks-options codrop-large-frame.LocalLimit=100000 --checks-options codrop-large-frame.FrameLimit=2000
// RUN: %check large-frame %s --no-notes --prefix none --checks-options codrop-large-frame.LocalLimit=100000 --checks-options codrop-large-frame.FrameLimit=0
// RUN: %check large-frame %s --no-notes --prefix sure --checks-options codrop-large-frame.Confidence=definite

#include "own/task.h"

using own::task;

void fill(void *);
task<> work();

task<> small() { co_await work(); }

task<> one_kilobyte() {
  char buffer[1024]; // small-warning {{'buffer' takes 1024 bytes of the coroutine's frame, whose estimated size is 1072 bytes}}
  fill(buffer);
  co_await work();
}
task<> three_kilobytes() { // frame-warning {{the frame of coroutine 'three_kilobytes' has an estimated size of 3120 bytes}}
  char first[1024], second[1024], third[1024];
  // small-warning@-1 {{'first' takes 1024 bytes of the coroutine's frame, whose estimated size is 3120 bytes}}
  // small-warning@-2 {{'second' takes 1024 bytes of the coroutine's frame, whose estimated size is 3120 bytes}}
  // small-warning@-3 {{'third' takes 1024 bytes of the coroutine's frame, whose estimated size is 3120 bytes}}
  fill(first);
  fill(second);
  fill(third);
  co_await work();
}
task<> large() { // frame-warning {{the frame of coroutine 'large' has an estimated size of 20048 bytes}}
  char buffer[20000];
  // default-warning@-1 {{'buffer' takes 20000 bytes of the coroutine's frame, whose estimated size is 20048 bytes}}
  // small-warning@-2 {{'buffer' takes 20000 bytes of the coroutine's frame, whose estimated size is 20048 bytes}}
  // sure-warning@-3 {{'buffer' takes 20000 bytes of the coroutine's frame, whose estimated size is 20048 bytes}}
  fill(buffer);
  co_await work();
}
task<> many() { // default-warning {{the frame of coroutine 'many' has an estimated size of 20528 bytes}}
// frame-warning@-1 {{the frame of coroutine 'many' has an estimated size of 20528 bytes}}
// sure-warning@-2 {{the frame of coroutine 'many' has an estimated size of 20528 bytes}}
  char first[4096], second[4096], third[4096], fourth[4096], fifth[4096];
  // small-warning@-1 {{'first' takes 4096 bytes of the coroutine's frame, whose estimated size is 20528 bytes}}
  // small-warning@-2 {{'second' takes 4096 bytes of the coroutine's frame, whose estimated size is 20528 bytes}}
  // small-warning@-3 {{'third' takes 4096 bytes of the coroutine's frame, whose estimated size is 20528 bytes}}
  // small-warning@-4 {{'fourth' takes 4096 bytes of the coroutine's frame, whose estimated size is 20528 bytes}}
  // small-warning@-5 {{'fifth' takes 4096 bytes of the coroutine's frame, whose estimated size is 20528 bytes}}
  fill(first);
  fill(second);
  fill(third);
  fill(fourth);
  fill(fifth);
  co_await work();
}
