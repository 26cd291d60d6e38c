// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "analysis/AwaitedValue.h"
#include "analysis/Names.h"
#include "analysis/Syntax.h"
#include "clang/AST/ExprCXX.h"

using namespace clang;

namespace codrop {

bool isGivenByAwait(const Expr *E) {
  for (unsigned Depth = 0; E && Depth < 12; ++Depth) {
    E = stripped(E);
    if (isa<CoawaitExpr>(E))
      return true;
    if (const Expr *Moved = movedOperand(E)) {
      E = Moved;
    } else if (const auto *Construct = dyn_cast<CXXConstructExpr>(E)) {
      E = Construct->getNumArgs() == 1 ? Construct->getArg(0) : nullptr;
    } else if (const auto *Ref = dyn_cast<DeclRefExpr>(E)) {
      const ValueDecl *D = Ref->getDecl();
      if (const auto *Part = dyn_cast<BindingDecl>(D))
        D = Part->getDecomposedDecl();
      const auto *Var = dyn_cast<VarDecl>(D);
      E = Var && !isa<ParmVarDecl>(Var) && Var->hasLocalStorage()
              ? Var->getInit()
              : nullptr;
    } else if (const auto *Member = dyn_cast<MemberExpr>(E)) {
      E = Member->getBase();
    } else if (const auto *Subscript = dyn_cast<ArraySubscriptExpr>(E)) {
      E = Subscript->getBase();
    } else if (const auto *Unary = dyn_cast<UnaryOperator>(E)) {
      E = Unary->getOpcode() == UO_Deref ? Unary->getSubExpr() : nullptr;
    } else if (const auto *Call = dyn_cast<CallExpr>(E)) {
      // `all[0]`, `*it`, `all.begin()`, `std::get<0>(all)`.
      const FunctionDecl *Callee = Call->getDirectCallee();
      if (const Expr *Object = calledObject(Call))
        E = Object;
      else
        E = Callee && Callee->isInStdNamespace() && nameOf(Callee) == "get" &&
                    Call->getNumArgs() == 1
                ? Call->getArg(0)
                : nullptr;
    } else {
      return false;
    }
  }
  return false;
}

} // namespace codrop
