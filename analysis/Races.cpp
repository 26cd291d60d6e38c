// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "analysis/Races.h"
#include "analysis/DyingObject.h"
#include "analysis/Names.h"
#include "analysis/ResourceValue.h"

using namespace clang;

namespace codrop {

namespace {

/// The loser of `a || b` on awaitables that nobody knows is cancelled or not,
/// and so is who awaits it told or not.
bool isUnknownRace(const CallExpr *Call, const TypeModel &Types) {
  const auto *Operator = dyn_cast<CXXOperatorCallExpr>(Call);
  return Operator && Operator->getOperator() == OO_PipePipe &&
         Operator->getNumArgs() == 2 && Types.isAwaitable(Call->getType()) &&
         llvm::all_of(Operator->arguments(), [&](const Expr *Arg) {
           return Types.isAwaitable(Arg->getType());
         });
}

/// A timeout by its name, on a task that goes on whatever becomes of its
/// object.
const Expr *timedTask(const CallExpr *Call, const TypeModel &Types) {
  llvm::SmallVector<std::string, 4> Words =
      identifierWords(nameOf(Call->getDirectCallee()));
  if (Words.size() != 2 || Words[0] != "with" || Words[1] != "timeout" ||
      !Types.isAwaitable(Call->getType()))
    return nullptr;
  for (const Expr *Arg : argumentsOf(Call))
    if (Types.runsOnWhenDropped(Arg->getType().getNonReferenceType()))
      return Arg;
  return nullptr;
}

/// What a local container of awaitables is filled with: `v.push_back(f());`.
llvm::SmallVector<const Expr *, 4>
elementsOf(const Expr *Container, const SuspendCFG &G, const TypeModel &Types) {
  llvm::SmallVector<const Expr *, 4> Result;
  Container = stripped(Container);
  if (const auto *Construct = dyn_cast<CXXConstructExpr>(Container);
      Construct && Construct->getNumArgs() == 1)
    Container = stripped(Construct->getArg(0));
  if (const Expr *Moved = movedOperand(Container))
    Container = Moved;
  const auto *Ref = dyn_cast<DeclRefExpr>(stripped(Container));
  const auto *Var = Ref ? dyn_cast<VarDecl>(Ref->getDecl()) : nullptr;
  if (!Var || !Var->hasLocalStorage() ||
      !isContainer(Var->getType().getNonReferenceType()))
    return Result;
  auto add = [&](const Expr *E) {
    if (Types.isAwaitable(E->getType().getNonReferenceType()))
      Result.push_back(E);
  };
  for (const Stmt *S : G.parents().preorder()) {
    const auto *Call = dyn_cast<CXXMemberCallExpr>(S);
    const Expr *Object = Call ? Call->getImplicitObjectArgument() : nullptr;
    const auto *Filled =
        dyn_cast_or_null<DeclRefExpr>(Object ? stripped(Object) : nullptr);
    if (Filled && Filled->getDecl() == Var)
      llvm::for_each(Call->arguments(), add);
  }
  return Result;
}

class RaceFinder {
public:
  RaceFinder(const FunctionAnalysis &F, TUAnalysis &TU)
      : G(*F.graph()), Known(TU.knowledge()), Types(TU.types()) {}

  std::vector<Race> run() {
    std::vector<Race> Found;
    for (NodeId N : G.suspendNodes()) {
      const Suspension &Point = G.suspension(N);
      if (Point.Kind != SuspensionKind::Await || !Point.Operand)
        continue;
      Race R;
      if (!read(Point.Operand, R, 6))
        continue;
      R.At = N;
      R.Await = Point.E;
      if (R.Then == Race::Throws && Point.NeverThrows)
        R.Then = Race::Unknown;
      Found.push_back(std::move(R));
    }
    return Found;
  }

private:
  bool read(const Expr *E, Race &R, unsigned Depth) {
    const auto *Call = dyn_cast_or_null<CallExpr>(originOf(E, G));
    if (!Call || !Depth)
      return false;
    const FunctionDecl *Callee = Call->getDirectCallee();
    const CombinatorFact *Fact = Known.cancellingCombinator(Callee);
    const Expr *Timed = Fact ? nullptr : timedTask(Call, Types);
    bool Unknown = !Fact && isUnknownRace(Call, Types);
    if ((Fact && !Fact->Token) || Timed || Unknown) {
      R.Combinator = Call;
      R.Name = "'" + Callee->getNameAsString() + "'";
      if (Callee->getOverloadedOperator() == OO_PipePipe)
        R.Name = "'||'";
      else if (Callee->getOverloadedOperator() == OO_AmpAmp)
        R.Name = "'&&'";
      else if (Callee->getOverloadedOperator() == OO_Call)
        R.Name = "the race";
      R.LoserGoesOn = Fact ? Fact->LoserGoesOn : Timed != nullptr;
      R.OnFailure = Fact && Fact->OnFailure;
      R.Why = Fact ? Fact->Why : "";
      R.Then = Unknown                           ? Race::Unknown
               : Timed || (Fact && Fact->Throws) ? Race::Throws
                                                 : Race::Returns;
      addOperands(Call, Fact, Timed, R);
      return !R.Operands.empty();
    }
    // `f(x, cancel_after(5s))`: the token cuts the call short that it is in.
    for (const Expr *Arg : argumentsOf(Call)) {
      const auto *Token = dyn_cast_or_null<CallExpr>(originOf(Arg, G));
      const CombinatorFact *Cuts =
          Token ? Known.cancellingCombinator(Token->getDirectCallee())
                : nullptr;
      if (!Cuts || !Cuts->Token)
        continue;
      R.Combinator = Token;
      R.Name = "'" + Token->getDirectCallee()->getNameAsString() + "'";
      R.Why = Cuts->Why;
      R.Then = Cuts->Throws ? Race::Throws : Race::Returns;
      R.Operands.push_back({Call, Call});
      return true;
    }
    // Adaptors: what they are given is what is awaited.
    for (const Expr *Arg : argumentsOf(Call))
      if (Types.isAwaitable(Arg->getType().getNonReferenceType()) &&
          read(Arg, R, Depth - 1))
        return true;
    const Expr *Object = calledObject(Call);
    return Object &&
           Types.isAwaitable(Object->getType().getNonReferenceType()) &&
           read(Object, R, Depth - 1);
  }

  void addOperands(const CallExpr *Call, const CombinatorFact *Fact,
                   const Expr *Timed, Race &R) {
    auto add = [&](const Expr *Arg) {
      // `a || b || c` is one race of three.
      const auto *Inner = dyn_cast_or_null<CXXOperatorCallExpr>(stripped(Arg));
      if (const auto *Outer = dyn_cast<CXXOperatorCallExpr>(Call);
          Inner && Outer && Inner->getOperator() == Outer->getOperator() &&
          Outer->getOperator() != OO_Call)
        return addOperands(Inner, Fact, nullptr, R);
      R.Operands.push_back({Arg, originOf(Arg, G)});
    };
    if (Timed)
      return add(Timed);
    llvm::SmallVector<const Expr *, 4> Args = argumentsOf(Call);
    auto addAll = [&](const Expr *Arg) {
      if (Types.isAwaitable(Arg->getType().getNonReferenceType()))
        return add(Arg);
      for (const Expr *Element : elementsOf(Arg, G, Types)) {
        R.Ranged = true;
        R.Operands.push_back({Element, originOf(Element, G)});
      }
    };
    if (Fact && Fact->Raced) {
      if (Fact->Raced <= Args.size())
        addAll(Args[Fact->Raced - 1]);
      return;
    }
    if (const Expr *Object = calledObject(Call);
        Object && Types.isAwaitable(Object->getType().getNonReferenceType()))
      add(Object);
    llvm::for_each(Args, addAll);
  }

  const SuspendCFG &G;
  const Knowledge &Known;
  const TypeModel &Types;
};

} // namespace

bool isAssigned(const VarDecl *Var, const SuspendCFG &G) {
  return llvm::any_of(G.parents().preorder(), [&](const Stmt *S) {
    const Expr *Left = nullptr;
    if (const auto *Binary = dyn_cast<BinaryOperator>(S);
        Binary && Binary->isAssignmentOp())
      Left = Binary->getLHS();
    else if (const auto *Call = dyn_cast<CXXOperatorCallExpr>(S);
             Call && Call->isAssignmentOp())
      Left = Call->getArg(0);
    const auto *Ref = Left ? dyn_cast<DeclRefExpr>(stripped(Left)) : nullptr;
    return Ref && Ref->getDecl() == Var;
  });
}

const Expr *originOf(const Expr *E, const SuspendCFG &G) {
  for (unsigned Depth = 0; E && Depth < 8; ++Depth) {
    E = stripped(E);
    if (const Expr *Moved = movedOperand(E)) {
      E = Moved;
      continue;
    }
    if (const auto *Construct = dyn_cast<CXXConstructExpr>(E);
        Construct && Construct->getNumArgs() == 1 &&
        Construct->getConstructor()->isCopyOrMoveConstructor()) {
      E = Construct->getArg(0);
      continue;
    }
    const auto *Ref = dyn_cast<DeclRefExpr>(E);
    const auto *Var = Ref ? dyn_cast<VarDecl>(Ref->getDecl()) : nullptr;
    if (!Var || isa<ParmVarDecl>(Var) || !Var->hasLocalStorage() ||
        !Var->getInit() || !G.objectOf(Var) || isAssigned(Var, G))
      return E;
    E = Var->getInit();
  }
  return E;
}

std::vector<Race> findRaces(const FunctionAnalysis &F, TUAnalysis &TU) {
  return RaceFinder(F, TU).run();
}

} // namespace codrop
