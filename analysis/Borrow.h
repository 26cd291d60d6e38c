// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Where a reference, pointer, iterator or view leads: through which containers
// and owners the expression goes that it was made from. Accessors whose bodies
// are visible are looked through. Whether anybody changes those owners, and
// when, is for others to say.

#ifndef CODROP_ANALYSIS_BORROW_H
#define CODROP_ANALYSIS_BORROW_H

#include "analysis/Containers.h"

namespace codrop {

/// A container or owner whose change ends the life of what was borrowed.
struct Lender {
  /// What is called on or indexed, in the function itself or in the accessor.
  const clang::Expr *Owner = nullptr;
  /// The member or static variable that the owner is, if it is one.
  const clang::ValueDecl *Held = nullptr;
  Holds How = Holds::Nothing;
  bool Iterator = false;
  bool View = false;
  /// The accessor that gives it, and the object that it is called on.
  const clang::FunctionDecl *Accessor = nullptr;
  const clang::Expr *Object = nullptr;
  /// The accessor's body is not visible; that it looks something up is told by
  /// its name.
  bool Guessed = false;
};

enum class BorrowKind { None, Reference, Pointer, Iterator, View };

/// How a variable of this type and with this value may borrow.
BorrowKind borrowKind(const clang::VarDecl *Var);

/// The lenders of \p Var, the innermost first.
llvm::SmallVector<Lender, 2> lendersOf(const clang::VarDecl *Var);

} // namespace codrop

#endif // CODROP_ANALYSIS_BORROW_H
