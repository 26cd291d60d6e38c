// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What refers to objects that are about to die: `this`, members held by value,
// local variables, temporaries, captures of a closure, and the references,
// pointers and closures that lead to them. Carried from a caller to what it
// calls. When the object has died, and what uses it then, is for
// DestructorTasks and DanglingTask to say.

#ifndef CODROP_ANALYSIS_DYINGOBJECT_H
#define CODROP_ANALYSIS_DYINGOBJECT_H

#include "analysis/Syntax.h"

namespace codrop {

/// The object, or the member of it that is referred to.
struct DyingPart {
  const clang::FieldDecl *Member = nullptr; ///< Null: the whole object.
  /// The variable that dies; null if it is the object of a member function.
  const clang::VarDecl *Local = nullptr;
  /// The temporary that dies at the end of its full expression.
  const clang::Expr *Temporary = nullptr;
  /// The class of a lambda whose captures die with it.
  const clang::CXXRecordDecl *Closure = nullptr;
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
  /// In a function whose variables die.
  static DyingRefs none() { return {}; }
  /// The variable \p Var, or what it refers to, dies; what else refers to it is
  /// not known yet.
  void addDying(const clang::VarDecl *Var) {
    Vars.try_emplace(Var, DyingPart{nullptr, Var});
  }
  /// Temporaries die, too.
  void addTemporaries() { Temporaries = true; }
  /// The closure of the function's own lambda dies, its captures with it.
  void addClosure(const clang::CXXRecordDecl *Lambda) { Closure = Lambda; }

  bool empty() const {
    return !This && Vars.empty() && !Temporaries && !Closure;
  }
  /// What `this` is part of.
  std::optional<DyingPart> ofThis() const { return This; }
  /// Any part that there is a name for, `this` first.
  std::optional<DyingPart> any() const {
    if (Closure)
      return DyingPart{nullptr, nullptr, nullptr, Closure};
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
  /// What the body of \p Lambda knows when it is called by itself, as
  /// \p Callable: its captures may die with it.
  DyingRefs inCalled(const clang::Expr *Callable,
                     const clang::LambdaExpr *Lambda) const;
  /// What the body of \p Lambda knows.
  DyingRefs inClosure(const clang::LambdaExpr *Lambda) const;

private:
  std::optional<DyingPart> namesByCall(const clang::Expr *Call) const;
  std::optional<DyingPart> object(const clang::Expr *E) const;
  bool closureDies(const clang::Expr *Object,
                   const clang::CXXRecordDecl *Lambda) const;
  std::optional<DyingPart> iterates(const clang::Expr *E) const;
  std::optional<DyingPart> viewed(const clang::Expr *Init) const;
  std::optional<DyingPart> copied(const clang::ValueDecl *D) const;

  std::optional<DyingPart> This;
  /// What dies and what refers to it. A variable that dies is told by being its
  /// own part: a copy of it is safe.
  llvm::SmallDenseMap<const clang::ValueDecl *, DyingPart, 4> Vars;
  bool Temporaries = false;
  const clang::CXXRecordDecl *Closure = nullptr;
};

/// \p FD is a free function of std with one of the names.
bool isStd(const clang::FunctionDecl *FD,
           std::initializer_list<llvm::StringRef> Names);
/// Destroying an object of a class of std destroys what its members give.
bool ownsElements(const clang::CXXRecordDecl *RD);
/// The lambda that \p E is: written there, or what a variable was initialized
/// with; null if it is none.
const clang::LambdaExpr *lambdaOf(const clang::Expr *E);
/// Its call operator; of a generic one the first instantiation, null if there
/// is none.
const clang::CXXMethodDecl *callOperator(const clang::LambdaExpr *Lambda);
/// The arguments of a call or construction, the object left out.
llvm::SmallVector<const clang::Expr *, 4> argumentsOf(const clang::Expr *Call);

} // namespace codrop

#endif // CODROP_ANALYSIS_DYINGOBJECT_H
