// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What refers to an object that is about to die, in the functions that its
// destructor reaches: `this`, members held by value, references, pointers and
// closures. Carried from a caller to what it calls. When the object has died,
// and what uses it then, is DestructorTasks'.

#ifndef CODROP_ANALYSIS_DYINGOBJECT_H
#define CODROP_ANALYSIS_DYINGOBJECT_H

#include "analysis/Syntax.h"

namespace codrop {

/// The object, or the member of it that is referred to.
struct DyingPart {
  const clang::FieldDecl *Member = nullptr; ///< Null: the whole object.
};

/// The names by which one function can reach the object.
class DyingRefs {
public:
  /// In a member function of \p Object itself: its destructor.
  static DyingRefs inMember(DyingPart Part) {
    DyingRefs Refs;
    Refs.This = Part;
    return Refs;
  }
  bool empty() const { return !This && Vars.empty(); }
  /// What `this` is part of.
  std::optional<DyingPart> ofThis() const { return This; }
  /// Any part that there is a name for, `this` first.
  std::optional<DyingPart> any() const {
    if (This || Vars.empty())
      return This;
    return Vars.begin()->second;
  }

  /// The glvalue \p E names a part of the object.
  std::optional<DyingPart> names(const clang::Expr *E) const;
  /// The value of \p E is a pointer to a part of the object.
  std::optional<DyingPart> points(const clang::Expr *E) const;
  /// A variable of type \p T that \p Init initializes refers to it.
  std::optional<DyingPart> refers(clang::QualType T,
                                  const clang::Expr *Init) const;
  /// \p S is `this` or a variable that refers to it.
  std::optional<DyingPart> mention(const clang::Stmt *S) const;

  /// Takes up the local variables of \p Body that refer to it.
  void addLocals(const ParentTable &Body);
  /// What the body of \p Callee knows when it is called by \p Call.
  DyingRefs inCallee(const clang::Expr *Call,
                     const clang::FunctionDecl *Callee) const;
  /// What the body of \p Lambda knows.
  DyingRefs inClosure(const clang::LambdaExpr *Lambda) const;

private:
  std::optional<DyingPart> namesByCall(const clang::Expr *Call) const;
  std::optional<DyingPart> object(const clang::Expr *E) const;

  std::optional<DyingPart> This;
  llvm::SmallDenseMap<const clang::ValueDecl *, DyingPart, 4> Vars;
};

/// The lambda that \p E is: written there, or what a variable was initialized
/// with; null if it is none.
const clang::LambdaExpr *lambdaOf(const clang::Expr *E);
/// The arguments of a call or construction, the object left out.
llvm::SmallVector<const clang::Expr *, 4> argumentsOf(const clang::Expr *Call);

} // namespace codrop

#endif // CODROP_ANALYSIS_DYINGOBJECT_H
