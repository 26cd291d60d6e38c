// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Callables that return a task to somebody who expects nothing: a wrapper whose
// signature returns void, or a function template whose visible body calls what
// it is given as a statement.

#include "analysis/ClassShape.h"
#include "analysis/DiscardFinder.h"
#include "analysis/Names.h"
#include "clang/AST/DeclTemplate.h"

using namespace clang;

namespace codrop {

/// `std::function<void(int)>` and whatever else is made with a signature, and
/// threads.
static bool returnsNothing(const CXXRecordDecl *Wrapper) {
  if (Wrapper->isInStdNamespace() &&
      (nameOf(Wrapper) == "thread" || nameOf(Wrapper) == "jthread"))
    return true;
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
  const Expr *dropOfKept(const CXXRecordDecl *Keeper, QualType Callable);

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

/// `~scope_exit() { f_(); }`: a class template keeps what it is given, and each
/// function of it that calls it drops the result.
const Expr *DropSearch::dropOfKept(const CXXRecordDecl *Keeper,
                                   QualType Callable) {
  const auto *Spec = dyn_cast<ClassTemplateSpecializationDecl>(Keeper);
  const CXXRecordDecl *Class = classOf(Callable);
  if (!Spec || !Class || Spec->isInStdNamespace() || !Spec->hasDefinition() ||
      !llvm::is_contained(typeArguments(Spec), Callable.getNonReferenceType()
                                                   .getUnqualifiedType()
                                                   .getCanonicalType()))
    return nullptr;
  const Expr *Drop = nullptr;
  for (const CXXMethodDecl *Method : Spec->methods()) {
    const FunctionDecl *Definition = nullptr;
    if (!Method->hasBody(Definition) || !Definition->getBody())
      continue;
    ParentTable Parents(writtenBody(Definition));
    for (const Stmt *S : Parents.preorder()) {
      const auto *Call = dyn_cast<CXXOperatorCallExpr>(S);
      if (!Call || Call->getOperator() != OO_Call ||
          !isa<MemberExpr>(stripped(Call->getArg(0))) ||
          classOf(Call->getArg(0)->getType()) != Class)
        continue;
      std::optional<DiscardSite> Site = discardOf(Call, Parents);
      if (!Site || Site->Explicit)
        return nullptr;
      Drop = Call;
    }
  }
  return Drop;
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
    if (const auto *Construct = dyn_cast<CXXConstructExpr>(S))
      if (Construct->getNumArgs() > 0 && names(Construct->getArg(0), Param))
        if (const Expr *Drop =
                dropOfKept(Construct->getConstructor()->getParent(),
                           Construct->getArg(0)->getType()))
          return Drop;
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
    llvm::ArrayRef<const Expr *> Args;
    const FunctionDecl *Callee = nullptr;
    const CXXRecordDecl *Wrapper = nullptr;
    unsigned Skip = 0;
    if (const auto *Construct = dyn_cast<CXXConstructExpr>(S)) {
      Callee = Construct->getConstructor();
      Wrapper = Construct->getConstructor()->getParent();
      Args = {Construct->getArgs(), Construct->getNumArgs()};
    } else if (const auto *Call = dyn_cast<CallExpr>(S)) {
      Callee = Call->getDirectCallee();
      Args = {Call->getArgs(), Call->getNumArgs()};
      // The object of a call operator is its first argument.
      const auto *Operator = dyn_cast<CXXOperatorCallExpr>(Call);
      const auto *Method = dyn_cast_or_null<CXXMethodDecl>(Callee);
      Skip = Operator && Method;
      // `handler = [] { return f(); };`
      if (Skip && Operator->getOperator() == OO_Equal)
        Wrapper = Method->getParent();
    }
    for (unsigned I = Skip; Callee && I < Args.size(); ++I) {
      QualType T = Args[I]->getType();
      std::optional<TaskLoss> Loss = Drops.loss(callResult(T));
      // What a template was given itself, its caller is told of.
      if (!Loss || namesParameter(Args[I], F.function()))
        continue;
      if (Wrapper && I == Skip && classOf(T) != Wrapper &&
          returnsNothing(Wrapper)) {
        add(DiscardedTask::Wrapped, *Loss, Args[I]->getBeginLoc()).Wrapper =
            TU.context().getCanonicalTagType(Wrapper);
        break;
      }
      const Expr *Drop = Wrapper ? Search.dropOfKept(Wrapper, T)
                                 : Search.dropOf(Callee, I - Skip, 4);
      if (Drop) {
        DiscardedTask &D =
            add(DiscardedTask::Dropped, *Loss, Args[I]->getBeginLoc());
        D.Helper = Callee;
        D.Leaves = Drop->getExprLoc();
      }
    }
  }
}

} // namespace codrop
