// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The walk behind Borrow.h, from an expression to what it was borrowed from.

#ifndef CODROP_ANALYSIS_BORROWWALKER_H
#define CODROP_ANALYSIS_BORROWWALKER_H

#include "analysis/Borrow.h"

namespace codrop {

class BorrowWalker {
public:
  static constexpr unsigned MaxDepth = 12;

  explicit BorrowWalker(llvm::SmallVectorImpl<Lender> &Out) : Out(Out) {}

  void place(const clang::Expr *E, unsigned Depth = 0);
  void pointer(const clang::Expr *E, unsigned Depth = 0);
  void iterator(const clang::Expr *E, unsigned Depth = 0);
  void view(const clang::Expr *E, unsigned Depth = 0);

private:
  void lend(const clang::Expr *Owner, bool Iterator, bool View, unsigned Depth);
  void accessor(const clang::CallExpr *Call, unsigned Depth);
  void whole(const clang::MemberExpr *Member);
  const clang::ValueDecl *heldBy(const clang::Expr *Owner, unsigned Depth);

  llvm::SmallVectorImpl<Lender> &Out;
  /// While the body of an accessor is walked.
  const clang::FunctionDecl *Accessor = nullptr;
  const clang::Expr *Object = nullptr;
};

/// The local variable that \p E names, else null.
const clang::VarDecl *namedLocal(const clang::Expr *E);

} // namespace codrop

#endif // CODROP_ANALYSIS_BORROWWALKER_H
