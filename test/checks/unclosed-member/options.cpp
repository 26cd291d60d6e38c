// RUN: %check unclosed-member %s --no-notes --prefix infer --names
// RUN: %check unclosed-member %s --no-notes --prefix known --checks-options codrop-unclosed-member.InferResources=false
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

class BadInferred {
public:
  task<> run() { co_await conn_.write(1); }

private:
  own::connection conn_; // infer-warning {{'BadInferred' owns 'conn_'}}
};

class BadAnnotated {
public:
  void run() { (void)count_; }

private:
  int count_ = 0;
  printer out_; // infer-warning {{needs an awaited 'finish()'}} known-warning {{'BadAnnotated' owns 'out_'}}
};

class OkAnnotated {
public:
  task<> stop() { co_await out_.finish(); }

private:
  printer out_;
};
