// RUN: %check sync-drop %s --no-notes --prefix infer --names
// RUN: %check sync-drop %s --no-notes --prefix known --checks-options codrop-sync-drop.InferResources=false
//
// What is inferred, and what an annotation says of a class whose shape says
// nothing.

#include "own/connection.h"
#include "own/task.h"
#include <memory>

using own::task;

struct [[clang::annotate("codrop::must_close(finish)")]] printer {
  printer(printer &&) noexcept;
  ~printer();
  task<> finish();
};

struct owner {
  std::unique_ptr<own::connection> conn;
  std::unique_ptr<printer> out;
  void bad_inferred() { conn.reset(); } // infer-warning {{'conn'}}
  void bad_annotated() { out.reset(); } // infer-warning {{without an awaited 'finish()'}} known-warning {{'out'}}
  task<> ok_annotated() {
    co_await out->finish();
    out.reset();
  }
};
