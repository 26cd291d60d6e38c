// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The mechanical rewrites that findings carry. Whether a rewrite is wanted is
// for the check to say; here stands whether it can be written: not into a
// macro, and not into a template, whose other instantiations may not want it.

#ifndef CODROP_CHECKS_FIXITS_H
#define CODROP_CHECKS_FIXITS_H

#include "analysis/TUAnalysis.h"
#include "clang/Basic/Diagnostic.h"
#include "llvm/ADT/StringSet.h"

namespace codrop {

/// Rewrites of one function. Each member returns nothing if it can't be done.
class FixWriter {
public:
  using Fixes = std::vector<clang::FixItHint>;

  FixWriter(const FunctionAnalysis &F, const clang::ASTContext &Context);

  /// `t();` becomes `co_await t();`, `auto x = t();` the same on the right.
  Fixes awaited(const clang::Expr *Task) const;
  /// `lock(m);` becomes `auto guard = lock(m);`, or with co_await before it.
  Fixes named(const clang::Expr *Statement, bool Await);
  /// `wait(1s);` becomes `wait(1s, stop);`, \p Argument as the argument \p At.
  Fixes given(const clang::CallExpr *Call, unsigned At,
              llvm::StringRef Argument) const;
  /// `lock(m);`, which declares an m, becomes `lock guard(m);`.
  Fixes declared(const clang::VarDecl *Var);
  /// `--n;` at the end of the block goes into a codrop::scope_exit after
  /// \p Acquire, if the header that declares it has been included.
  Fixes scopeExit(const clang::Expr *Acquire, const clang::Expr *Release);

private:
  bool isPlain(const clang::Stmt *S) const;
  bool isStatement(const clang::Expr *E) const;
  bool mayAwait(const clang::Expr *E) const;
  /// A name that nothing in the function has, nor an earlier rewrite.
  std::string freeName(llvm::StringRef Wanted);
  clang::SourceLocation afterSemicolon(const clang::Stmt *S) const;

  const FunctionAnalysis &F;
  const clang::ASTContext &Context;
  llvm::StringSet<> Taken; ///< Names; filled when first needed.
  bool Written = false;    ///< The function stands in the source as it is.
};

} // namespace codrop

#endif // CODROP_CHECKS_FIXITS_H
