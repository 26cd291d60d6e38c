// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check commit-on-drop %s --no-notes --prefix known
// RUN: %check commit-on-drop %s --no-notes --prefix always --checks-options codrop-commit-on-drop.DestroyEdges=always
// RUN: %check commit-on-drop %s --no-notes --prefix never --checks-options codrop-commit-on-drop.DestroyEdges=never
// RUN: %check commit-on-drop %s --no-notes --prefix sure --checks-options codrop-commit-on-drop.DestroyEdges=always --checks-options codrop-commit-on-drop.Confidence=definite
// RUN: %check commit-on-drop %s --no-notes --prefix lists --checks-options codrop-commit-on-drop.GuardTypes=net::batch --checks-options codrop-commit-on-drop.AllowedGuardTypes=transaction

#include "cppcoro/generator.hpp"
#include "own/task.h"

struct database {
  void commit();
};
struct transaction {
  database &db;
  ~transaction() { db.commit(); }
};
namespace net {
struct batch {
  ~batch();
};
} // namespace net

own::task<> unknown_type(database &db) {
  transaction t{db}; // always-warning {{'t' of type 'transaction' commits}}
  co_await own::yield();
}
cppcoro::generator<int> generator(database &db) {
  transaction t{db}; // known-warning {{'t' of type 'transaction' commits}} always-warning {{'t' of type 'transaction' commits}}
  co_yield 1;
}
cppcoro::generator<int> only_declared() {
  net::batch b; // lists-warning {{'b' of type 'net::batch' commits}}
  co_yield 1;
}
