// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "analysis/GuardFlow.h"
#include "clang/AST/ASTContext.h"

using namespace clang;

namespace codrop {

namespace {

enum : PathState { NotOwned = 0, Owned = 1 };

/// Follows the guards of one function; asks \p Find what a guard is.
class GuardFinder {
public:
  GuardFinder(const FunctionAnalysis &F, FindGuard Find)
      : F(F), G(*F.graph()), Find(Find), Uses(G.parents(), Find) {}

  std::vector<OwnedGuard> run();

private:
  bool place(OwnedGuard &Owner) const;
  bool isHandedOver(const Expr *Temporary) const;
  void collectEffects(OwnedGuard &Owner) const;
  void follow(OwnedGuard &Owner) const;

  const FunctionAnalysis &F;
  const SuspendCFG &G;
  FindGuard Find;
  GuardUses Uses;
};

void GuardFinder::collectEffects(OwnedGuard &Owner) const {
  const VarDecl *Var = Owner.var(G);
  // What a range-for does with its range is no use of its guard.
  if (!Var || Var->isImplicit())
    return;
  for (NodeId N = 0; N < G.size(); ++N) {
    if (G.node(N).Kind != NodeKind::Statement)
      continue;
    const auto *Ref = dyn_cast_or_null<DeclRefExpr>(G.node(N).S);
    if (!Ref)
      continue;
    const ValueDecl *Named = Ref->getDecl();
    if (const auto *Binding = dyn_cast<BindingDecl>(Named))
      Named = Binding->getDecomposedDecl();
    if (Named != Var)
      continue;
    const Expr *Site = Ref;
    std::optional<GuardEffect> Effect = Uses.effectOf(Ref, Owner.G, Site);
    if (!Effect)
      continue;
    // At the call, which is after the suspensions in its arguments.
    std::optional<NodeId> At = G.nodeOf(Site);
    Owner.Effects[At ? *At : N] = *Effect;
  }
}

// --- The flow ----------------------------------------------------------------

/// An argument for a parameter taken by value is the callee's to end; a
/// coroutine moves it into its frame.
bool GuardFinder::isHandedOver(const Expr *Temporary) const {
  const Stmt *Child = nullptr;
  const Stmt *P = G.parents().effectiveParent(Temporary, &Child);
  const FunctionDecl *Callee = nullptr;
  llvm::ArrayRef<const Expr *> Arguments;
  if (const auto *Call = dyn_cast_or_null<CallExpr>(P)) {
    Callee = Call->getDirectCallee();
    Arguments = llvm::ArrayRef(Call->getArgs(), Call->getNumArgs());
    if (isa<CXXOperatorCallExpr>(Call) &&
        isa_and_nonnull<CXXMethodDecl>(Callee))
      Arguments = Arguments.drop_front();
  } else if (const auto *Construct = dyn_cast_or_null<CXXConstructExpr>(P)) {
    Callee = Construct->getConstructor();
    Arguments = llvm::ArrayRef(Construct->getArgs(), Construct->getNumArgs());
  }
  for (size_t I = 0; I < Arguments.size(); ++I)
    if (Arguments[I] == Child)
      return Callee && I < Callee->getNumParams() &&
             !Callee->getParamDecl(I)->getType()->isReferenceType();
  return false;
}

/// Fills where \p Owner comes to life; false if nothing is said of it here.
bool GuardFinder::place(OwnedGuard &Owner) const {
  Owner.Start = G.entry();
  if (!Owner.Obj)
    return true;
  const Object &Obj = G.object(*Owner.Obj);
  if (Obj.K == Object::Temporary) {
    if (isHandedOver(Obj.Bind))
      return false;
    // For the value of an await, the await: it has no node of its own.
    std::optional<NodeId> N = G.birthOf(*Owner.Obj);
    if (!N)
      return false;
    Owner.Start = *N;
    Owner.OwnsAtStart = !Uses.makesEmpty(Obj.Bind->getSubExpr(), Owner.G);
    return true;
  }
  if (Obj.K == Object::Parameter)
    return true;
  // The declaration's node, which stands after its initializer.
  std::optional<NodeId> Birth = G.birthOf(*Owner.Obj);
  if (!Birth)
    return false;
  Owner.Start = *Birth;
  Owner.OwnsAtStart = !Uses.makesEmpty(Obj.Var->getInit(), Owner.G);
  return true;
}

/// Walks everything that \p Owner's life reaches over \p Edges. \p See is told
/// the state before each node; it ends the walk by returning true.
std::optional<Path> walk(const SuspendCFG &G, const OwnedGuard &Owner,
                         const UseTable &Uses, EdgeSet Edges,
                         llvm::function_ref<bool(NodeId, PathState)> See) {
  const VarDecl *Var = Owner.var(G);
  bool IsTemporary = Owner.Obj && G.object(*Owner.Obj).K == Object::Temporary;
  PathQuery Q;
  Q.Start = Owner.Start;
  Q.State = Owner.OwnsAtStart ? Owned : NotOwned;
  Q.Edges = Edges;
  auto Visit = [&](NodeId N, PathState State) {
    if (See(N, State))
      return PathStep::found();
    const Node &Here = G.node(N);
    if (Owner.Obj) {
      if (Here.Kind == NodeKind::ObjectEnd && Here.Obj == *Owner.Obj)
        return PathStep::stop();
      // Scalars-only classes have no destructor node; their life ends where
      // they are no longer alive.
      if (N != Q.Start && !IsTemporary && !G.isAlive(*Owner.Obj, N))
        return PathStep::stop();
    }
    auto It = Owner.Effects.find(N);
    if (It == Owner.Effects.end())
      return PathStep::go(State);
    switch (It->second) {
    case GuardEffect::Takes:
      return PathStep::go(Owned);
    case GuardEffect::Gives:
      return PathStep::go(NotOwned);
    case GuardEffect::Unknown:
      return PathStep::stop();
    }
    return PathStep::go(State);
  };
  auto Take = [&](NodeId N, const Edge &E,
                  PathState State) -> std::optional<PathState> {
    if (E.Taken == Edge::Outcome::None || !Var || State == NotOwned)
      return State;
    const auto *Condition = dyn_cast_or_null<Expr>(G.node(N).S);
    std::optional<bool> Owns =
        Condition ? testsOwnership(Condition, Var, Owner.G, Uses)
                  : std::nullopt;
    if (Owns && *Owns != (E.Taken == Edge::Outcome::True))
      return NotOwned;
    return State;
  };
  Q.Visit = Visit;
  Q.Take = Take;
  return findPath(G, Q);
}

constexpr EdgeSet AllButDestroy = UnwindEdges.with(EdgeKind::CallUnwind);

void GuardFinder::follow(OwnedGuard &Owner) const {
  auto collect = [&](llvm::BitVector &Owns, EdgeSet Edges) {
    Owns.resize(G.size());
    walk(G, Owner, F.uses(), Edges, [&](NodeId N, PathState State) {
      if (State == Owned)
        Owns.set(N);
      return false;
    });
  };
  collect(Owner.Owns, AllButDestroy);
  collect(Owner.OwnsNormally, NormalEdges);
}

std::vector<OwnedGuard> GuardFinder::run() {
  std::vector<OwnedGuard> Result;
  auto add = [&](OwnedGuard Owner, QualType T) {
    std::optional<Guard> Held = Find(T);
    if (!Held)
      return;
    Owner.G = *Held;
    if (!place(Owner))
      return;
    collectEffects(Owner);
    follow(Owner);
    Result.push_back(std::move(Owner));
  };
  for (ObjectId O = 0; O < G.objects().size(); ++O) {
    const Object &Obj = G.object(O);
    if (Obj.Type->isReferenceType())
      continue;
    OwnedGuard Owner;
    Owner.Obj = O;
    Owner.Acquired = Obj.Loc;
    add(std::move(Owner), Obj.Type);
  }
  // A guard captured by value lives as long as the closure, which is longer
  // than the coroutine if the program is right.
  if (const auto *Method = dyn_cast<CXXMethodDecl>(G.function());
      Method && Method->getParent()->isLambda())
    for (const LambdaCapture &Capture : Method->getParent()->captures()) {
      const auto *Var = Capture.capturesVariable()
                            ? dyn_cast<VarDecl>(Capture.getCapturedVar())
                            : nullptr;
      if (!Var || Capture.getCaptureKind() != LCK_ByCopy)
        continue;
      OwnedGuard Owner;
      Owner.Captured = Var;
      Owner.Acquired = Var->getLocation();
      if (Var->getInit() && Find(Var->getType()))
        Owner.OwnsAtStart =
            !Uses.makesEmpty(Var->getInit(), *Find(Var->getType()));
      add(std::move(Owner), Var->getType());
    }
  return Result;
}

} // namespace

std::optional<Path> OwnedGuard::pathTo(const FunctionAnalysis &F,
                                       NodeId N) const {
  for (EdgeSet Edges : {NormalEdges, AllButDestroy})
    if (std::optional<Path> P = walk(*F.graph(), *this, F.uses(), Edges,
                                     [&](NodeId At, PathState State) {
                                       return At == N && State == Owned;
                                     }))
      return P;
  return std::nullopt;
}

std::vector<OwnedGuard> findOwnedGuards(const FunctionAnalysis &F,
                                        const TypeModel &Types,
                                        FindGuard Find) {
  return GuardFinder(F, Find).run();
}

} // namespace codrop
