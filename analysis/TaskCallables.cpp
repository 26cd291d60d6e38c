// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Callables that return a task to somebody who expects nothing: a wrapper whose
// signature returns void, or a function template whose visible body calls what
// it is given as a statement.

#include "analysis/ClassShape.h"
#include "analysis/DiscardFinder.h"
#include "analysis/DyingObject.h"
#include "clang/AST/DeclTemplate.h"

using namespace clang;

namespace codrop {

/// `std::function<void(int)>` and whatever else is made with a signature.
static bool returnsNothing(const CXXRecordDecl *Wrapper) {
  const auto *Spec = dyn_cast<ClassTemplateSpecializationDecl>(Wrapper);
  if (!Spec || Spec->getTemplateArgs().size() == 0)
    return false;
  const TemplateArgument &First = Spec->getTemplateArgs()[0];
  if (First.getKind() != TemplateArgument::Type)
    return false;
  const auto *Signature = First.getAsType()->getAs<FunctionProtoType>();
  return Signature && Signature->getReturnType()->isVoidType();
}

/// \p E, with what forwards or copies it, is a parameter of a template.
static bool namesParameter(const Expr *E, const FunctionDecl *FD) {
  if (!FD->isTemplateInstantiation())
    return false;
  ParentTable Table(E);
  return llvm::any_of(Table.preorder(), [](const Stmt *S) {
    const auto *Ref = dyn_cast<DeclRefExpr>(S);
    return Ref && isa<ParmVarDecl>(Ref->getDecl());
  });
}

namespace {

/// Looks for the statement in which a function drops what its parameter
/// returns.
class DropSearch {
public:
  explicit DropSearch(const TaskDrops &Drops) : Drops(Drops) {}

  const Expr *dropOf(const FunctionDecl *Callee, unsigned Index,
                     unsigned Depth);

private:
  bool names(const Expr *E, const ParmVarDecl *Param) const;

  const TaskDrops &Drops;
};

/// `f`, `std::forward<F>(f)`, `std::ref(f)`, `F(f)`
bool DropSearch::names(const Expr *E, const ParmVarDecl *Param) const {
  for (unsigned Steps = 0; E && Steps < 6; ++Steps) {
    E = stripped(E);
    if (const Expr *Moved = movedOperand(E)) {
      E = Moved;
      continue;
    }
    if (const auto *Construct = dyn_cast<CXXConstructExpr>(E);
        Construct && Construct->getNumArgs() == 1) {
      E = Construct->getArg(0);
      continue;
    }
    if (const auto *Deref = dyn_cast<UnaryOperator>(E);
        Deref && Deref->getOpcode() == UO_Deref) {
      E = Deref->getSubExpr();
      continue;
    }
    const auto *Ref = dyn_cast<DeclRefExpr>(E);
    return Ref && Ref->getDecl() == Param;
  }
  return false;
}

const Expr *DropSearch::dropOf(const FunctionDecl *Callee, unsigned Index,
                               unsigned Depth) {
  const FunctionDecl *Definition = nullptr;
  if (!Callee || !Callee->isTemplateInstantiation() ||
      !Callee->hasBody(Definition) || Definition->isDependentContext() ||
      Index >= Definition->getNumParams())
    return nullptr;
  const Stmt *Body = writtenBody(Definition);
  if (!Body)
    return nullptr;
  const ParmVarDecl *Param = Definition->getParamDecl(Index);
  ParentTable Parents(Body);
  for (const Stmt *S : Parents.preorder()) {
    const auto *Call = dyn_cast<CallExpr>(S);
    if (!Call)
      continue;
    const auto *Operator = dyn_cast<CXXOperatorCallExpr>(Call);
    bool CallsIt =
        Operator ? Operator->getOperator() == OO_Call &&
                       names(Call->getArg(0), Param)
                 : !Call->getDirectCallee() && names(Call->getCallee(), Param);
    // std::invoke and its like return what the callable does.
    if (!CallsIt && !Operator && Call->getNumArgs() > 0)
      CallsIt = Call->isPRValue() && names(Call->getArg(0), Param) &&
                Drops.loss(callResult(Param->getType())) &&
                Call->getType().getCanonicalType() ==
                    callResult(Param->getType()).getCanonicalType();
    if (CallsIt) {
      if (Call->isPRValue() && Drops.loss(Call->getType()))
        if (std::optional<DiscardSite> Site = discardOf(Call, Parents);
            Site && !Site->Explicit)
          return Call;
      continue;
    }
    if (Depth == 0)
      continue;
    // The object of a call operator is its first argument.
    unsigned Skip =
        Operator && isa_and_nonnull<CXXMethodDecl>(Call->getDirectCallee());
    for (unsigned I = Skip; I < Call->getNumArgs(); ++I)
      if (names(Call->getArg(I), Param))
        if (const Expr *Drop =
                dropOf(Call->getDirectCallee(), I - Skip, Depth - 1))
          return Drop;
  }
  return nullptr;
}

} // namespace

void DiscardFinder::callables() {
  DropSearch Search(Drops);
  for (const Stmt *S : Parents.preorder()) {
    if (const auto *Construct = dyn_cast<CXXConstructExpr>(S)) {
      const CXXRecordDecl *Wrapper = Construct->getConstructor()->getParent();
      if (Construct->getNumArgs() == 0 || !returnsNothing(Wrapper))
        continue;
      const Expr *Callable = Construct->getArg(0);
      QualType T = Callable->getType();
      if (classOf(T) == Wrapper)
        continue;
      std::optional<TaskLoss> Loss = Drops.loss(callResult(T));
      if (!Loss)
        continue;
      DiscardedTask &D =
          add(DiscardedTask::Wrapped, *Loss, Callable->getBeginLoc());
      D.Wrapper = TU.context().getCanonicalTagType(Wrapper);
      continue;
    }
    const auto *Call = dyn_cast<CallExpr>(S);
    const FunctionDecl *Callee = Call ? Call->getDirectCallee() : nullptr;
    if (!Callee || !Callee->isTemplateInstantiation())
      continue;
    unsigned Skip =
        isa<CXXOperatorCallExpr>(Call) && isa<CXXMethodDecl>(Callee);
    for (unsigned I = Skip; I < Call->getNumArgs(); ++I) {
      const Expr *Arg = Call->getArg(I);
      std::optional<TaskLoss> Loss = Drops.loss(callResult(Arg->getType()));
      // What a template was given itself, its caller is told of.
      if (!Loss || namesParameter(Arg, F.function()))
        continue;
      if (const Expr *Drop = Search.dropOf(Callee, I - Skip, 4)) {
        DiscardedTask &D =
            add(DiscardedTask::Dropped, *Loss, Arg->getBeginLoc());
        D.Helper = Callee;
        D.Leaves = Drop->getExprLoc();
      }
    }
  }
}

} // namespace codrop
