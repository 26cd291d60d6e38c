// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Pointers that were found set before a suspension and are gone through after
// it: `if (conn_) { co_await …; conn_->send(); }`, where somebody else empties
// `conn_`. And a weak_ptr's lock() whose result nobody tests.

#include "analysis/ClassShape.h"
#include "analysis/Names.h"
#include "analysis/StaleFinder.h"

using namespace clang;

namespace codrop {

namespace {

/// The pointer that \p S goes through: `p->`, `*p`, `p.value()`.
const Expr *goneThrough(const Stmt *S) {
  if (const auto *Operator = dyn_cast_or_null<CXXOperatorCallExpr>(S)) {
    if (Operator->getNumArgs() == 1 && (Operator->getOperator() == OO_Arrow ||
                                        Operator->getOperator() == OO_Star))
      return Operator->getArg(0);
  } else if (const auto *Member = dyn_cast_or_null<MemberExpr>(S)) {
    if (Member->isArrow() && !isa<CXXThisExpr>(stripped(Member->getBase())))
      return Member->getBase();
  } else if (const auto *Unary = dyn_cast_or_null<UnaryOperator>(S)) {
    if (Unary->getOpcode() == UO_Deref)
      return Unary->getSubExpr();
  }
  return nullptr;
}

/// True if \p E, in a condition, asks whether a pointer is set: it is named
/// alone, negated or compared with nothing.
bool asksWhetherSet(const Expr *E, const ParentTable &Parents) {
  const Stmt *P = Parents.effectiveParent(E);
  while (isa_and_nonnull<ImplicitCastExpr>(P))
    P = Parents.effectiveParent(P);
  if (!P)
    return true;
  if (const auto *Member = dyn_cast<MemberExpr>(P)) {
    const auto *Method = dyn_cast<CXXMethodDecl>(Member->getMemberDecl());
    return Method && !Member->isArrow() &&
           (isa<CXXConversionDecl>(Method) || nameOf(Method) == "has_value" ||
            nameOf(Method) == "get");
  }
  if (const auto *Unary = dyn_cast<UnaryOperator>(P))
    return Unary->getOpcode() == UO_LNot;
  if (const auto *Binary = dyn_cast<BinaryOperator>(P))
    return Binary->isLogicalOp() || Binary->isEqualityOp();
  if (const auto *Operator = dyn_cast<CXXOperatorCallExpr>(P))
    return Operator->isComparisonOp() || Operator->getOperator() == OO_Exclaim;
  return isa<IfStmt, WhileStmt, ForStmt, ConditionalOperator,
             CXXMemberCallExpr>(P);
}

} // namespace

void StaleFinder::checks() {
  // Where pointers are asked for, and where they are gone through.
  struct Place {
    AccessPath Path;
    llvm::SmallVector<std::pair<NodeId, const Expr *>, 2> Asked, Gone;
  };
  std::vector<Place> Places;
  auto placeAt = [&](const Expr *E) -> Place * {
    std::optional<AccessPath> Path = Table.resolver().resolve(E);
    if (!Path || !Path->lastField() || Path->Parts.empty() ||
        Path->Parts.back().K != PathPart::Field ||
        holdsElements(Path->lastField()->getType()) != Holds::Pointee)
      return nullptr;
    for (Place &P : Places)
      if (P.Path == *Path)
        return &P;
    Places.push_back({std::move(*Path), {}, {}});
    return &Places.back();
  };
  llvm::DenseMap<const Stmt *, NodeId> Branches;
  for (NodeId N = 0; N < G.size(); ++N)
    if (G.node(N).Kind == NodeKind::Branch && G.node(N).S)
      Branches.try_emplace(G.node(N).S, N);
  auto branchOf = [&](const Stmt *E) -> std::optional<NodeId> {
    for (const Stmt *S = E; S; S = G.parents().parent(S))
      if (auto It = Branches.find(S); It != Branches.end())
        return It->second;
    return std::nullopt;
  };
  for (const Stmt *S : G.parents().preorder()) {
    if (const auto *Member = dyn_cast<MemberExpr>(S);
        Member && isa<FieldDecl>(Member->getMemberDecl()) &&
        holdsElements(Member->getType()) == Holds::Pointee &&
        asksWhetherSet(Member, G.parents()))
      if (std::optional<NodeId> N = branchOf(Member))
        if (Place *P = placeAt(Member))
          P->Asked.push_back({*N, Member});
  }
  if (Places.empty())
    return;
  for (const Stmt *S : G.parents().preorder())
    if (const Expr *Pointer = goneThrough(S))
      if (Place *P = placeAt(Pointer)) {
        // A member expression has no node where only its base is evaluated.
        const Stmt *At = S;
        while (At && !G.nodeOf(At))
          At = G.parents().parent(At);
        if (At)
          P->Gone.push_back({*G.nodeOf(At), stripped(Pointer)});
      }
  for (const Place &P : Places) {
    if (P.Asked.empty() || P.Gone.empty() || !G.work().spend(64))
      continue;
    const FieldDecl *Field = P.Path.lastField();
    auto Changes = foreignChanges(
        Field, true, [](Change What) { return What == Change::Removes; });
    if (Changes.empty() || sharingOf(P.Path, G) == Sharing::Local ||
        isSingleOwner(P.Path) ||
        Confined.isConfined(P.Path, P.Asked.front().second))
      continue;
    llvm::BitVector Asked(G.size());
    for (const auto &[N, E] : P.Asked)
      Asked.set(N);
    for (const auto &[Branch, Question] : P.Asked) {
      enum : PathState { Suspended = 1 };
      const Expr *Use = nullptr;
      const FieldChange *By = nullptr;
      PathQuery Q;
      Q.Start = Branch;
      auto Visit = [&](NodeId N, PathState S) {
        if (Asked[N])
          return PathStep::stop();
        if (G.node(N).Kind == NodeKind::Suspend)
          return PathStep::go(S & Suspended || heldAt(N, Branch, nullptr, By)
                                  ? S
                                  : S | Suspended);
        if (S & Suspended)
          for (const auto &[At, Pointer] : P.Gone)
            if (At == N) {
              Use = Pointer;
              return PathStep::found();
            }
        for (const Access &A : Table.at(N))
          if (A.Kind != AccessKind::Read && P.Path.startsWith(A.Place))
            return PathStep::stop();
        return PathStep::go(S);
      };
      Q.Visit = Visit;
      std::optional<Path> Way;
      for (const FieldChange *Next : Changes) {
        By = Next;
        KeptOut = false;
        if ((Way = findPath(G, Q)) || !KeptOut)
          break;
      }
      if (!Way || !Use)
        continue;
      StaleReference Stale;
      Stale.K = StaleReference::Checked;
      Stale.Owner = Stale.Variable = P.Path.str();
      Stale.Pointee = true;
      Stale.Before = Question;
      Stale.Use = Use;
      Stale.Changed = By->Site;
      Stale.By = By->In;
      Stale.Suspends = firstSuspension(*Way);
      if (!Stale.Suspends)
        continue;
      Found.push_back(std::move(Stale));
      break;
    }
  }
}

/// The variable that \p Call is the first or a new value of.
static const VarDecl *receiver(const Expr *Call, const ParentTable &Parents) {
  const Stmt *Child = Call;
  const Stmt *P = Parents.effectiveParent(Call, &Child);
  if (const auto *Operator = dyn_cast_or_null<CXXOperatorCallExpr>(P);
      Operator && Operator->getOperator() == OO_Equal)
    if (const auto *Ref = dyn_cast<DeclRefExpr>(stripped(Operator->getArg(0))))
      return dyn_cast<VarDecl>(Ref->getDecl());
  for (const Stmt *S = Call; isa_and_nonnull<Expr>(S); S = Parents.parent(S))
    if (const VarDecl *Var = Parents.initializedVariable(S))
      return stripped(Var->getInit()) == Call ? Var : nullptr;
  return nullptr;
}

void StaleFinder::unlockedWeak() {
  for (const Stmt *S : G.parents().preorder()) {
    const auto *Call = dyn_cast<CXXMemberCallExpr>(S);
    if (!Call || nameOf(Call->getMethodDecl()) != "lock" ||
        !nameOf(classOf(Call->getImplicitObjectArgument()->getType()))
             .contains("weak"))
      continue;
    const VarDecl *Var = receiver(Call, G.parents());
    std::optional<NodeId> Made = G.nodeOf(Call);
    if (!Var || !Made)
      continue;
    llvm::DenseMap<NodeId, const Expr *> Goes;
    llvm::BitVector Asked(G.size());
    bool AskedAtOnce = false;
    for (const UseTable::At &At : F.uses().of(Var)) {
      const codrop::Use &U = At.What;
      if (U.Site && G.parents().isWithin(Call, U.Site)) {
        // The assignment itself: `if ((self = weak_.lock()) == nullptr)`.
        AskedAtOnce |=
            resultFate(U.Site, G.parents()).Use != ResultUse::Discarded;
        continue;
      }
      if (U.ThroughPointer || U.Kind == UseKind::FieldAccess)
        Goes[At.Node] = U.Ref;
      else
        Asked.set(At.Node);
    }
    const Expr *Use = nullptr;
    PathQuery Q;
    Q.Start = *Made;
    auto Visit = [&](NodeId N, PathState State) {
      if (Asked[N])
        return PathStep::stop();
      auto It = Goes.find(N);
      if (It == Goes.end())
        return PathStep::go(State);
      Use = It->second;
      return PathStep::found();
    };
    Q.Visit = Visit;
    // The suspension after which it may have died.
    auto Suspends = llvm::find_if(G.suspendNodes(), [&](NodeId N) {
      return G.suspension(N).E && reachableFrom(G, N, NormalEdges)[*Made];
    });
    if (AskedAtOnce || Goes.empty() || Suspends == G.suspendNodes().end() ||
        !findPath(G, Q) || !Use)
      continue;
    StaleReference Stale;
    Stale.K = StaleReference::Unlocked;
    Stale.Variable = Var->getNameAsString();
    Stale.Before = Call;
    Stale.Suspends = G.suspension(*Suspends).E;
    Stale.Use = Use;
    Found.push_back(std::move(Stale));
  }
}

} // namespace codrop
