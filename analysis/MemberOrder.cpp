// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The part of MemberCloser.h that knows how members refer to each other.

#include "analysis/MemberCloser.h"
#include "analysis/Names.h"

using namespace clang;

namespace codrop {

bool names(const Expr *E, const OwnedMember &O) {
  llvm::SmallVector<const FieldDecl *, 4> Parts;
  const FieldDecl *Field = memberOf(E, &Parts);
  if (!O.Outer)
    return Field == O.Field;
  return Field == O.Outer &&
         (Parts.empty() || llvm::is_contained(Parts, O.Field));
}

static bool takesByReference(const ParmVarDecl *Param) {
  QualType T = Param->getType();
  return T->isPointerType() || (T->isLValueReferenceType() &&
                                !T.getNonReferenceType().isConstQualified());
}

/// \p Args make an object of \p RD that refers to \p Used.
static bool refersTo(const CXXRecordDecl *RD, llvm::ArrayRef<const Expr *> Args,
                     const FieldDecl *Used) {
  if (!RD || !RD->hasDefinition())
    return false;
  for (const CXXConstructorDecl *Ctor : RD->getDefinition()->ctors())
    for (unsigned I = 0; I < Args.size() && I < Ctor->getNumParams(); ++I)
      if (!Ctor->isCopyOrMoveConstructor() &&
          takesByReference(Ctor->getParamDecl(I)) && memberOf(Args[I]) == Used)
        return true;
  return false;
}

/// `log_(conn_)`, `log_ = std::make_unique<log>(conn_)`, `log_.emplace(conn_)`
static bool makesUserOf(const Expr *Init, const CXXRecordDecl *UserType,
                        const FieldDecl *Used) {
  llvm::SmallVector<const Stmt *, 8> Work{Init};
  for (unsigned Seen = 0; !Work.empty() && Seen < 32; ++Seen) {
    const Stmt *S = Work.pop_back_val();
    if (!S)
      continue;
    if (const auto *Construct = dyn_cast<CXXConstructExpr>(S))
      if (refersTo(
              UserType,
              llvm::ArrayRef(Construct->getArgs(), Construct->getNumArgs()),
              Used))
        return true;
    if (const auto *Call = dyn_cast<CallExpr>(S))
      if (llvm::is_contained({"make_unique", "emplace"},
                             nameOf(Call->getDirectCallee())) &&
          refersTo(UserType,
                   llvm::ArrayRef(Call->getArgs(), Call->getNumArgs()), Used))
        return true;
    Work.append(S->child_begin(), S->child_end());
  }
  return false;
}

bool isMadeFrom(const CXXRecordDecl *RD, const OwnedMember &User,
                const FieldDecl *Used) {
  const CXXRecordDecl *Type = User.R.What->Record;
  auto makes = [&](const Expr *Init) {
    return Init && makesUserOf(Init, Type, Used);
  };
  if (makes(User.Field->getInClassInitializer()))
    return true;
  for (const CXXMethodDecl *Method : RD->methods()) {
    const FunctionDecl *Definition = nullptr;
    if (!Method->hasBody(Definition) || Method->isImplicit() ||
        Definition->isDependentContext())
      continue;
    if (const auto *Ctor = dyn_cast<CXXConstructorDecl>(Definition))
      for (const CXXCtorInitializer *Init : Ctor->inits())
        if (Init->getMember() == User.Field && makes(Init->getInit()))
          return true;
    bool Makes = false;
    visitBodies(writtenBody(Definition), [&](const ParentTable &Body) {
      for (const Stmt *S : Body.preorder()) {
        const Expr *Object = nullptr;
        if (const auto *Assign = dyn_cast<CXXOperatorCallExpr>(S);
            Assign && Assign->getOperator() == OO_Equal)
          Object = Assign->getArg(0);
        else if (const auto *Call = dyn_cast<CXXMemberCallExpr>(S))
          Object = Call->getImplicitObjectArgument();
        Makes |=
            Object && memberOf(Object) == User.Field && makes(cast<Expr>(S));
      }
    });
    if (Makes)
      return true;
  }
  return false;
}

} // namespace codrop
