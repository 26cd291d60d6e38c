// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "analysis/GuardFlow.h"
#include "analysis/PathSearch.h"
#include "clang/AST/ASTContext.h"

using namespace clang;

namespace codrop {

namespace {

bool contains(const std::vector<std::string> &Names, llvm::StringRef Name) {
  return llvm::is_contained(Names, Name);
}

llvm::StringRef nameOf(const FunctionDecl *F) {
  return F && F->getIdentifier() ? F->getName() : llvm::StringRef();
}

/// True if \p Init makes a guard that does not own: default constructed, or
/// with a tag such as std::defer_lock.
bool makesEmpty(const Expr *Init, const Guard &G) {
  if (!Init)
    return G.Nested || (G.Fact && G.Fact->DefaultConstructedIsEmpty);
  const Expr *E = stripped(Init);
  if (const auto *List = dyn_cast<InitListExpr>(E))
    if (List->getNumInits() == 0)
      return makesEmpty(nullptr, G);
  if (isa<CXXNullPtrLiteralExpr>(E))
    return true;
  if (const auto *Ref = dyn_cast<DeclRefExpr>(E))
    if (Ref->getDecl()->getIdentifier() &&
        Ref->getDecl()->getName() == "nullopt")
      return true;
  const auto *Construct = dyn_cast<CXXConstructExpr>(E);
  if (!Construct)
    return false;
  unsigned Written = 0;
  for (const Expr *Arg : Construct->arguments()) {
    if (isa<CXXDefaultArgExpr>(Arg))
      continue;
    ++Written;
    const Expr *Inner = stripped(Arg);
    if (isa<CXXNullPtrLiteralExpr>(Inner))
      return true;
    const CXXRecordDecl *Tag = Inner->getType()->getAsCXXRecordDecl();
    if (!Tag)
      continue;
    std::string Name = knowledgeName(Tag);
    if (Name == "std::nullopt_t" ||
        (G.Fact && contains(G.Fact->NotOwningTags, Name)))
      return true;
  }
  if (Written == 0) {
    // A default constructed struct constructs its guard; an empty optional or
    // unique_ptr holds none.
    if (G.Nested && isPointerLike(Construct->getType()))
      return true;
    return !G.Nested && G.Fact && G.Fact->DefaultConstructedIsEmpty;
  }
  // `optional<lock> x = {}` and a temporary moved in.
  if (Written == 1 && Construct->getConstructor()->isCopyOrMoveConstructor())
    return makesEmpty(Construct->getArg(0), G);
  return false;
}

/// If \p Condition tests whether \p Var owns: true for "owns when the
/// condition holds", false for "owns when it does not".
std::optional<bool> testsOwnership(const Expr *Condition, const VarDecl *Var) {
  bool Positive = true;
  const Expr *E = stripped(Condition);
  while (true) {
    if (const auto *Not = dyn_cast<UnaryOperator>(E);
        Not && Not->getOpcode() == UO_LNot) {
      Positive = !Positive;
      E = stripped(Not->getSubExpr());
      continue;
    }
    break;
  }
  const Expr *Object = nullptr;
  if (const auto *Call = dyn_cast<CXXMemberCallExpr>(E))
    Object = Call->getImplicitObjectArgument();
  else if (isa<DeclRefExpr>(E))
    Object = E;
  const auto *Ref = Object ? dyn_cast<DeclRefExpr>(stripped(Object)) : nullptr;
  if (!Ref || Ref->getDecl() != Var)
    return std::nullopt;
  return Positive;
}

enum : PathState { NotOwned = 0, Owned = 1 };

/// The state after one use of the guard.
PathStep afterUse(const Use &U, PathState State, const Guard &G,
                  const TypeModel &Types) {
  llvm::StringRef Name = nameOf(U.Callee);
  switch (U.Kind) {
  case UseKind::MemberCall:
    if (G.Fact &&
        (contains(G.Fact->Release, Name) || contains(G.Fact->Disarm, Name)))
      return PathStep::go(NotOwned);
    if (G.Fact && contains(G.Fact->Acquire, Name))
      return PathStep::go(Owned);
    if (G.Nested && Name == "reset") {
      const auto *Call = dyn_cast<CallExpr>(U.Site);
      bool Refilled = Call && Call->getNumArgs() > 0 &&
                      !isa<CXXDefaultArgExpr>(Call->getArg(0)) &&
                      !isa<CXXNullPtrLiteralExpr>(stripped(Call->getArg(0)));
      return PathStep::go(Refilled ? Owned : NotOwned);
    }
    if (G.Nested && (Name == "emplace"))
      return PathStep::go(Owned);
    if (G.Nested && Name == "release")
      return PathStep::go(NotOwned);
    // swap() and members that nothing is known about keep what they found;
    // a member of the enclosing struct may unlock.
    if (Name == "swap")
      return PathStep::stop();
    return PathStep::go(State);
  case UseKind::Moved:
    return PathStep::go(NotOwned);
  case UseKind::Assigned: {
    const Expr *Value = nullptr;
    if (const auto *Call = dyn_cast<CXXOperatorCallExpr>(U.Site))
      Value = Call->getNumArgs() > 1 ? Call->getArg(1) : nullptr;
    return PathStep::go(Value && makesEmpty(Value, G) ? NotOwned : Owned);
  }
  case UseKind::PassedByReference:
    // A wait on a condition variable gives the lock back as it found it.
    if (U.Callee && U.Callee->isInStdNamespace())
      return PathStep::go(State);
    return PathStep::stop();
  case UseKind::Returned:
    return PathStep::go(NotOwned);
  case UseKind::AddressTaken:
  case UseKind::ReferenceBound:
    return PathStep::stop();
  case UseKind::Value:
  case UseKind::Copied:
  case UseKind::PassedByConstReference:
  case UseKind::Condition:
  case UseKind::Other:
    return PathStep::go(State);
  case UseKind::FieldAccess:
    // `holder.lock.unlock()` is not followed.
    return Types.guard(U.Site->getType()) ? PathStep::stop()
                                          : PathStep::go(State);
  }
  return PathStep::go(State);
}

} // namespace

std::vector<OwnedGuard>
findOwnedGuards(const FunctionAnalysis &F, const TypeModel &Types,
                llvm::function_ref<std::optional<Guard>(QualType)> Find) {
  std::vector<OwnedGuard> Result;
  const SuspendCFG &G = *F.graph();
  for (ObjectId O = 0; O < G.objects().size(); ++O) {
    const Object &Obj = G.object(O);
    if (Obj.Type->isReferenceType())
      continue;
    std::optional<Guard> Found = Find(Obj.Type);
    if (!Found)
      continue;
    OwnedGuard Owner;
    Owner.Obj = O;
    Owner.G = *Found;
    Owner.Acquired = Obj.Loc;
    Owner.Owns.resize(G.size());

    PathQuery Q;
    Q.Edges = UnwindEdges.with(EdgeKind::CallUnwind);
    bool HasStart = Obj.K == Object::Parameter;
    Q.Start = G.entry();
    Q.State = Owned;
    if (Obj.K == Object::Variable) {
      // The declaration's node, which stands after its initializer.
      if (std::optional<NodeId> N = G.birthOf(O)) {
        Q.Start = *N;
        HasStart = true;
      }
      Q.State = makesEmpty(Obj.Var->getInit(), *Found) ? NotOwned : Owned;
    } else if (Obj.K == Object::Temporary) {
      if (auto N = G.nodeOf(Obj.Bind)) {
        Q.Start = *N;
        HasStart = true;
      }
      Q.State = makesEmpty(Obj.Bind->getSubExpr(), *Found) ? NotOwned : Owned;
    }
    if (!HasStart)
      continue;
    llvm::DenseMap<NodeId, const Use *> UseAt;
    if (Obj.Var)
      for (const UseTable::At &At : F.uses().of(Obj.Var))
        UseAt[At.Node] = &At.What;
    auto Visit = [&](NodeId N, PathState State) {
      if (State == Owned)
        Owner.Owns.set(N);
      const Node &Here = G.node(N);
      if (Here.Kind == NodeKind::ObjectEnd && Here.Obj == O)
        return PathStep::stop();
      // Scalars-only classes have no destructor node; their life ends where
      // they are no longer alive.
      if (N != Q.Start && !G.isAlive(O, N) && Obj.K != Object::Temporary)
        return PathStep::stop();
      if (const Use *U = UseAt.lookup(N))
        return afterUse(*U, State, *Found, Types);
      return PathStep::go(State);
    };
    auto Take = [&](NodeId N, const Edge &E,
                    PathState State) -> std::optional<PathState> {
      if (E.Taken == Edge::Outcome::None || !Obj.Var || State == NotOwned)
        return State;
      const auto *Condition = dyn_cast_or_null<Expr>(G.node(N).S);
      std::optional<bool> Owns =
          Condition ? testsOwnership(Condition, Obj.Var) : std::nullopt;
      if (Owns && *Owns != (E.Taken == Edge::Outcome::True))
        return NotOwned;
      return State;
    };
    Q.Visit = Visit;
    Q.Take = Take;
    findPath(G, Q);
    Result.push_back(std::move(Owner));
  }
  return Result;
}

} // namespace codrop
