// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "analysis/AbandonedBorrow.h"
#include "analysis/CutEffects.h"
#include "analysis/DyingObject.h"

using namespace clang;

namespace codrop {

const CXXMethodDecl *lambdaOperator(const FunctionDecl *FD) {
  const auto *Method = dyn_cast_or_null<CXXMethodDecl>(FD);
  return Method && Method->getParent()->isLambda() ? Method : nullptr;
}

const FunctionDecl *coroutineOf(const FunctionDecl *FD) {
  const FunctionDecl *Definition = nullptr;
  return FD && FD->hasBody(Definition) && isCoroutine(Definition) &&
                 !Definition->isDependentContext()
             ? Definition
             : nullptr;
}

bool diesWithCaller(const VarDecl *Var, const SuspendCFG &G) {
  return Var && Var->hasLocalStorage() && G.objectOf(Var) &&
         !Var->getType()->isReferenceType();
}

namespace {

class BorrowFinder {
public:
  BorrowFinder(const FunctionAnalysis &F, TUAnalysis &TU)
      : TU(TU), G(*F.graph()) {}

  /// Where the coroutine \p FD, running since it was called, uses after a
  /// suspension what \p Mentions names.
  bool usesLater(const FunctionDecl *FD, Abandoned &A,
                 llvm::function_ref<bool(const Stmt *)> Mentions) {
    const FunctionAnalysis &Inner = TU.function(FD);
    const SuspendCFG *In = Inner.graph();
    if (!In)
      return false;
    bool Lazy = TU.types().isLazyTask(FD->getReturnType());
    for (NodeId N : In->suspendNodes()) {
      const Suspension &Point = In->suspension(N);
      if (Point.Kind != SuspensionKind::Await || !Point.E)
        continue;
      llvm::BitVector Later = reachableFrom(*In, N, UnwindEdges);
      Later.reset(N);
      for (const Stmt *S : In->parents().preorder()) {
        if (!Mentions(S) || In->parents().isAwaitMachinery(S))
          continue;
        std::optional<NodeId> At = In->nodeOf(S);
        for (const Stmt *P = S; P && !At; P = In->parents().parent(P))
          At = In->nodeOf(P);
        // What it waits for works on it meanwhile.
        bool Meanwhile = Point.Operand &&
                         In->parents().isWithin(S, Point.Operand) && !Lazy &&
                         isa<DeclRefExpr>(S);
        if ((At && Later[*At]) || (Meanwhile && isPassedOn(S, *In))) {
          A.Suspends = Point.E->getExprLoc();
          A.Uses = S->getBeginLoc();
          return true;
        }
      }
    }
    return false;
  }

  /// \p S goes by reference to what is awaited.
  static bool isPassedOn(const Stmt *S, const SuspendCFG &In) {
    UseKind Kind = classifyUse(cast<DeclRefExpr>(S), In.parents()).Kind;
    return Kind == UseKind::PassedByReference;
  }

  static bool captureMention(const Stmt *S) {
    const auto *Ref = dyn_cast<DeclRefExpr>(S);
    return (Ref && Ref->refersToEnclosingVariableOrCapture()) ||
           isa<CXXThisExpr>(S);
  }

  /// Fills \p A in if the task that \p Call makes uses what dies.
  bool borrowsByCall(const CallExpr *Call, Abandoned &A, unsigned Depth) {
    if (!Depth)
      return false;
    const FunctionDecl *Callee = Call->getDirectCallee();
    if (const FunctionDecl *Coro = coroutineOf(Callee))
      return borrowsByBody(Call, Coro, A);
    // `work().then([&x] { … })`, `do_until(stop, [&x] { … })`
    auto inner = [&](const Expr *E) {
      const auto *Below = dyn_cast_or_null<CallExpr>(originOf(E, G));
      return Below && TU.types().isAwaitable(Below->getType()) &&
             borrowsByCall(Below, A, Depth - 1);
    };
    for (const Expr *Arg : argumentsOf(Call)) {
      if (const LambdaExpr *Lambda = lambdaOf(Arg)) {
        if (borrowsByClosure(Lambda, A)) {
          A.Sure = Confidence::Maybe;
          return true;
        }
      } else if (inner(Arg)) {
        return true;
      }
    }
    const Expr *Object = calledObject(Call);
    return Object && inner(Object);
  }

  bool borrowsByBody(const CallExpr *Call, const FunctionDecl *Coro,
                     Abandoned &A) {
    if (const CXXMethodDecl *Operator = lambdaOperator(Coro)) {
      const Expr *Object = calledObject(Call);
      const LambdaExpr *Lambda = Object ? lambdaOf(Object) : nullptr;
      if (!Lambda || !isDying(Object))
        return false;
      bool Own = Operator->isExplicitObjectMemberFunction();
      auto mentions = [&](const Stmt *S) {
        return Own ? isCapturedLocal(S, Lambda) : captureMention(S);
      };
      if (!usesLater(Coro, A, mentions))
        return false;
      A.Before = Lambda->getBeginLoc();
      for (const LambdaCapture &Capture : Lambda->captures())
        if (Capture.capturesVariable() &&
            Capture.getCaptureKind() == LCK_ByRef &&
            diesWithCaller(dyn_cast<VarDecl>(Capture.getCapturedVar()), G) &&
            mentionsLater(Coro, Capture.getCapturedVar(), A)) {
          A.Name = Capture.getCapturedVar()->getNameAsString();
          A.Before = Capture.getCapturedVar()->getLocation();
          break;
        }
      return true;
    }
    llvm::SmallVector<const Expr *, 4> Args = argumentsOf(Call);
    for (const ParmVarDecl *Parameter : Coro->parameters()) {
      unsigned Index = Parameter->getFunctionScopeIndex();
      QualType T = Parameter->getType();
      if (Index >= Args.size() || !(T->isReferenceType() || T->isPointerType()))
        continue;
      const Expr *Arg = stripped(Args[Index]);
      if (const auto *Address = dyn_cast<UnaryOperator>(Arg);
          Address && Address->getOpcode() == UO_AddrOf)
        Arg = stripped(Address->getSubExpr());
      else if (T->isPointerType())
        continue;
      const auto *Ref = dyn_cast<DeclRefExpr>(Arg);
      const auto *Var = Ref ? dyn_cast<VarDecl>(Ref->getDecl()) : nullptr;
      if (diesWithCaller(Var, G) && mentionsLater(Coro, Parameter, A)) {
        A.Name = Var->getNameAsString();
        A.Before = Var->getLocation();
        return true;
      }
    }
    const Expr *Object = calledObject(Call);
    const auto *Ref =
        Object ? dyn_cast<DeclRefExpr>(stripped(Object)) : nullptr;
    const auto *Var = Ref ? dyn_cast<VarDecl>(Ref->getDecl()) : nullptr;
    if (diesWithCaller(Var, G) && !Var->getType()->isPointerType() &&
        !isPointerLike(Var->getType()) &&
        usesLater(Coro, A, [](const Stmt *S) { return isa<CXXThisExpr>(S); })) {
      A.Name = Var->getNameAsString();
      A.Before = Var->getLocation();
      return true;
    }
    return false;
  }

  /// The closure \p E is a temporary or a local.
  bool isDying(const Expr *E) const {
    const auto *Ref = dyn_cast<DeclRefExpr>(stripped(E));
    return !Ref || diesWithCaller(dyn_cast<VarDecl>(Ref->getDecl()), G);
  }

  bool mentionsLater(const FunctionDecl *Coro, const ValueDecl *Name,
                     Abandoned &A) {
    return usesLater(Coro, A, [&](const Stmt *S) {
      const auto *Ref = dyn_cast<DeclRefExpr>(S);
      return Ref && Ref->getDecl() == Name;
    });
  }

  bool isCapturedLocal(const Stmt *S, const LambdaExpr *Lambda) const {
    const auto *Ref = dyn_cast<DeclRefExpr>(S);
    return Ref &&
           llvm::any_of(Lambda->captures(), [&](const LambdaCapture &Capture) {
             return Capture.capturesVariable() &&
                    Capture.getCapturedVar() == Ref->getDecl() &&
                    Capture.getCaptureKind() == LCK_ByRef &&
                    diesWithCaller(dyn_cast<VarDecl>(Capture.getCapturedVar()),
                                   G);
           });
  }

  /// A continuation that captures a local by reference and uses it.
  bool borrowsByClosure(const LambdaExpr *Lambda, Abandoned &A) const {
    ParentTable Body(writtenBody(Lambda->getCallOperator()));
    for (const Stmt *S : Body.preorder())
      if (isCapturedLocal(S, Lambda)) {
        const ValueDecl *Var = cast<DeclRefExpr>(S)->getDecl();
        A.Name = Var->getNameAsString();
        A.Before = Var->getLocation();
        A.Uses = S->getBeginLoc();
        return true;
      }
    return false;
  }

  static bool ends(const LambdaExpr *Lambda) {
    ParentTable Body(writtenBody(Lambda->getCallOperator()));
    return llvm::any_of(Body.preorder(), [](const Stmt *S) {
      const auto *Call = dyn_cast<CallExpr>(S);
      return Call && isEnding(Call->getDirectCallee());
    });
  }

  /// After the timeout something that the operation is given is told to end and
  /// waited for.
  bool endsLater(const Race &R, const RacedOperand &Operand) const {
    llvm::DenseSet<const ValueDecl *> Given;
    ParentTable Raced(Operand.Op);
    for (const Stmt *S : Raced.preorder()) {
      if (const auto *Ref = dyn_cast<DeclRefExpr>(S))
        Given.insert(Ref->getDecl());
      else if (const auto *Member = dyn_cast<MemberExpr>(S))
        Given.insert(Member->getMemberDecl());
      else if (const auto *Lambda = dyn_cast<LambdaExpr>(S))
        for (const LambdaCapture &Capture : Lambda->captures())
          if (Capture.capturesVariable())
            Given.insert(Capture.getCapturedVar());
    }
    // `with_timeout(…).handle_exception([&] (auto) { p.kill(); })`
    ParentTable Awaited(G.suspension(R.At).Operand);
    for (const Stmt *S : Awaited.preorder())
      if (const auto *Lambda = dyn_cast<LambdaExpr>(S);
          Lambda && !Raced.isWithin(S, Operand.Op) && ends(Lambda))
        return true;
    llvm::BitVector Later = reachableFrom(G, R.At, UnwindEdges);
    for (NodeId N = 0; N != G.size(); ++N) {
      const auto *Call = dyn_cast_or_null<CallExpr>(G.node(N).S);
      if (!Later[N] || !Call || G.node(N).Kind != NodeKind::Statement ||
          !isEnding(Call->getDirectCallee()))
        continue;
      ParentTable Below(Call);
      for (const Stmt *S : Below.preorder()) {
        const auto *Ref = dyn_cast<DeclRefExpr>(S);
        const auto *Member = dyn_cast<MemberExpr>(S);
        if ((Ref && Given.contains(Ref->getDecl())) ||
            (Member && Given.contains(Member->getMemberDecl())))
          return true;
      }
    }
    return false;
  }

private:
  TUAnalysis &TU;
  const SuspendCFG &G;
};

} // namespace

std::optional<Abandoned> findBorrow(const Race &R, const RacedOperand &Operand,
                                    const FunctionAnalysis &F, TUAnalysis &TU) {
  BorrowFinder Finder(F, TU);
  const auto *Call = dyn_cast_or_null<CallExpr>(Operand.Op);
  if (!Call || Finder.endsLater(R, Operand))
    return std::nullopt;
  Abandoned A;
  A.In = R;
  A.Made = Call->getExprLoc();
  if (!Finder.borrowsByCall(Call, A, 3))
    return std::nullopt;
  if (TU.isInTest(F.function()))
    A.Sure = Confidence::Maybe;
  return A;
}

} // namespace codrop
