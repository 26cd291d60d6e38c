// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What refers into shared state and is used after a suspension, while some
// function of the translation unit, that may run meanwhile, changes that state.
// And pointers that were found set before a suspension and are gone through
// after it without another look.

#ifndef CODROP_ANALYSIS_STALEREFERENCE_H
#define CODROP_ANALYSIS_STALEREFERENCE_H

#include "analysis/Borrow.h"
#include "analysis/PathSearch.h"

namespace codrop {

struct StaleReference {
  enum Kind {
    Borrowed, ///< A variable that refers into a container or owner.
    Loop,     ///< A range-for.
    Checked,  ///< `if (conn_) { co_await …; conn_->send(); }`
    Unlocked, ///< `auto p = weak.lock(); p->f()` without a test.
  } K = Borrowed;
  BorrowKind How = BorrowKind::Reference;
  std::string Variable;
  std::string Owner;    ///< The container or pointer, as the code calls it.
  bool Pointee = false; ///< The owner is a pointer or optional.
  bool Part = false;    ///< The owner is a class around the container.
  const clang::Stmt *Before = nullptr; ///< Where it was made or checked.
  const clang::CoroutineSuspendExpr *Suspends = nullptr;
  const clang::Expr *Use = nullptr; ///< Null for a loop.
  /// The change by somebody else, and the function it is in; null if the state
  /// is told by the accessor's name only.
  const clang::Expr *Changed = nullptr;
  const clang::FunctionDecl *By = nullptr;
  const clang::FunctionDecl *Accessor = nullptr;
  Confidence Sure = Confidence::Definite;
};

struct StaleReferenceOptions {
  /// Functions that give a reference into shared state, by qualified name.
  std::vector<std::string> Accessors;
  bool Checks = true; ///< Also Checked.
};

std::vector<StaleReference>
findStaleReferences(const FunctionAnalysis &F, TUAnalysis &TU,
                    FieldChanges &Changes,
                    const StaleReferenceOptions &Options);

} // namespace codrop

#endif // CODROP_ANALYSIS_STALEREFERENCE_H
