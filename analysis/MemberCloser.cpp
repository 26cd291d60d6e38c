// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What one close of a class leaves open: a way that returns past the close of a
// member, an await before it that throws, a loop over elements that ends at the
// first failure, and an order in which a member is closed before one that uses
// it. Which members there are, and whether any function
// closes them at all, is UnclosedMembers.cpp's.

#include "analysis/MemberCloser.h"
#include "analysis/Names.h"
#include "analysis/ResourceConditions.h"
#include "analysis/ResourceValue.h"

using namespace clang;

namespace codrop {

namespace {

class CloserPaths {
public:
  CloserPaths(const CXXRecordDecl *RD, llvm::ArrayRef<OwnedMember> Members,
              const FunctionDecl *Closer, TUAnalysis &TU, MemberUseTable &Table,
              const SuspendCFG &G, std::vector<UnclosedMember> &Found)
      : RD(RD), Members(Members), Closer(Closer), TU(TU), Table(Table), G(G),
        Found(Found) {}

  void skipped(const OwnedMember &O);
  void skippedBase(const CXXRecordDecl *Base);
  bool leftOpen(const OwnedMember &O);
  void wrongOrder(const OwnedMember &O);

private:
  using Nodes = llvm::SmallVector<NodeId, 2>;
  Nodes closesOf(const OwnedMember &O) const;
  bool mayClose(const OwnedMember &O, const FunctionDecl *Function) const;
  bool concernsOwned(const CoroutineSuspendExpr *Await) const;
  bool asksState(const Expr *Condition) const;
  bool reaches(NodeId From, const llvm::BitVector &IsClose) const;
  bool saysThatClosed(NodeId From, const Edge &E,
                      const llvm::BitVector &IsClose) const;
  bool leaves(NodeId Await, const llvm::BitVector &IsClose, const Stmt *Loop);
  std::optional<NodeId> failsBefore(llvm::ArrayRef<NodeId> Closes, NodeId &C);
  UnclosedMember &add(UnclosedMember::Kind K, const FieldDecl *Member,
                      const Resource *What);

  const CXXRecordDecl *RD;
  llvm::ArrayRef<OwnedMember> Members;
  const FunctionDecl *Closer;
  TUAnalysis &TU;
  MemberUseTable &Table;
  const SuspendCFG &G;
  std::vector<UnclosedMember> &Found;
};

UnclosedMember &CloserPaths::add(UnclosedMember::Kind K,
                                 const FieldDecl *Member,
                                 const Resource *What) {
  UnclosedMember U;
  U.K = K;
  U.Class = RD;
  U.Member = Member;
  U.What = What;
  U.Closer = Closer;
  Found.push_back(U);
  return Found.back();
}

/// A function of the class, or of what a member points to.
bool CloserPaths::mayClose(const OwnedMember &O,
                           const FunctionDecl *Function) const {
  const FunctionDecl *Definition = nullptr;
  if (!Function || !Function->hasBody(Definition))
    return true;
  const MemberUses &Inside = Table.of(Definition);
  return Inside.calls(O.Field, O.R.What->Close) ||
         Inside.LetGo.contains(O.Field);
}

/// The nodes of calls that close the member, or hand it to what may.
CloserPaths::Nodes CloserPaths::closesOf(const OwnedMember &O) const {
  Nodes Result;
  for (NodeId N = 0; N < G.size(); ++N) {
    const auto *Call = dyn_cast_or_null<CallExpr>(G.node(N).S);
    if (!Call)
      continue;
    bool Closes = false;
    if (const auto *Member = dyn_cast<CXXMemberCallExpr>(Call)) {
      const Expr *Object = stripped(Member->getImplicitObjectArgument());
      if (isa<CXXThisExpr>(Object))
        Closes = mayClose(O, Member->getMethodDecl());
      else if (names(Object, O))
        Closes =
            memberOf(Object) == O.Outer
                ? mayClose(O, Member->getMethodDecl())
                : llvm::is_contained(O.R.What->Close,
                                     nameOf(Member->getMethodDecl()).str());
    }
    for (const Expr *Arg : Call->arguments())
      if (!isa<CXXOperatorCallExpr>(Call) && names(Arg, O))
        Closes = true;
    if (Closes)
      Result.push_back(N);
  }
  return Result;
}

static SourceLocation locationOf(const SuspendCFG &G, NodeId N) {
  const Node &Here = G.node(N);
  if (Here.Kind == NodeKind::Suspend && G.suspension(N).E)
    return G.suspension(N).E->getExprLoc();
  const auto *E = dyn_cast_or_null<Expr>(Here.S);
  return E ? E->getExprLoc() : G.function()->getLocation();
}

static bool mentions(const Stmt *S, const FieldDecl *Field) {
  if (!S)
    return false;
  ParentTable Table(S);
  return llvm::any_of(Table.preorder(), [&](const Stmt *Inner) {
    const auto *Member = dyn_cast<MemberExpr>(Inner);
    return Member && Member->getMemberDecl() == Field;
  });
}

/// The loop over the member that \p Await stands in: `for (auto &c : conns_)`,
/// `while (!conns_.empty())` around an await that closes something.
static const Stmt *loopOver(const FieldDecl *Field,
                            const CoroutineSuspendExpr *Await,
                            const std::vector<std::string> &CloseNames,
                            const ParentTable &Parents) {
  const auto *Call = dyn_cast_or_null<CallExpr>(stripped(Await->getOperand()));
  const bool Closes =
      Call &&
      llvm::is_contained(CloseNames, nameOf(Call->getDirectCallee()).str());
  for (const Stmt *P = Parents.parent(Await); P && Closes;
       P = Parents.parent(P)) {
    if (const auto *Loop = dyn_cast<CXXForRangeStmt>(P)) {
      if (memberOf(Loop->getRangeInit()) == Field)
        return Loop;
    } else if (const auto *Loop = dyn_cast<WhileStmt>(P)) {
      if (mentions(Loop->getCond(), Field))
        return Loop;
    } else if (const auto *Loop = dyn_cast<ForStmt>(P)) {
      if (mentions(Loop->getCond(), Field))
        return Loop;
    }
  }
  return nullptr;
}

/// The await is about one of the resources: closes it, flushes it, or calls a
/// function of the class.
bool CloserPaths::concernsOwned(const CoroutineSuspendExpr *Await) const {
  const auto *Call =
      dyn_cast_or_null<CXXMemberCallExpr>(stripped(Await->getOperand()));
  if (!Call)
    return false;
  const Expr *Object = stripped(Call->getImplicitObjectArgument());
  return isa<CXXThisExpr>(Object) ||
         llvm::any_of(Members,
                      [&](const OwnedMember &O) { return names(Object, O); });
}

// --- Conditions --------------------------------------------------------------

/// The condition asks how the object is, or what the caller wants: who returns
/// early then knows that there is nothing to close. What an await has given is
/// no such thing.
bool CloserPaths::asksState(const Expr *Condition) const {
  llvm::SmallVector<const Stmt *, 16> Work{Condition};
  bool Asks = false, Awaits = false;
  for (unsigned Seen = 0; !Work.empty() && Seen < 200; ++Seen) {
    const Stmt *S = Work.pop_back_val();
    if (!S)
      continue;
    if (isa<CoroutineSuspendExpr>(S)) {
      Awaits = true;
      continue;
    }
    Asks |= isa<CXXThisExpr>(S);
    if (const auto *Ref = dyn_cast<DeclRefExpr>(S)) {
      const auto *Var = dyn_cast<VarDecl>(Ref->getDecl());
      Asks |= Var && (isa<ParmVarDecl>(Var) || !Var->hasLocalStorage());
      if (Var && Var->isLocalVarDecl())
        Work.push_back(Var->getInit());
      for (const std::string &Word : identifierWords(nameOf(Ref->getDecl())))
        Asks |= llvm::is_contained(
            {"closed", "stopped", "stopping", "closing", "done", "open"},
            llvm::StringRef(Word));
    }
    Work.append(S->child_begin(), S->child_end());
  }
  return Asks && !Awaits;
}

bool CloserPaths::reaches(NodeId From, const llvm::BitVector &IsClose) const {
  llvm::BitVector Reach = reachableFrom(G, From, NormalEdges);
  return IsClose[From] || Reach.anyCommon(IsClose);
}

/// \p E is the way of those who know that there is nothing to close.
bool CloserPaths::saysThatClosed(NodeId From, const Edge &E,
                                 const llvm::BitVector &IsClose) const {
  const auto *Condition = dyn_cast_or_null<Expr>(G.node(From).S);
  return E.Taken != Edge::Outcome::None && Condition && asksState(Condition) &&
         !reaches(E.To, IsClose) &&
         llvm::any_of(G.node(From).Out, [&](const Edge &Other) {
           return Other.To != E.To && reaches(Other.To, IsClose);
         });
}

// --- Skipped by a throw ------------------------------------------------------

/// Is there a way from the throw of \p Await out of the function past no close?
/// A loop goes on if the exception is caught in it.
bool CloserPaths::leaves(NodeId Await, const llvm::BitVector &IsClose,
                         const Stmt *Loop) {
  PathQuery Q;
  Q.Start = Await;
  Q.Edges = UnwindEdges;
  auto Visit = [&](NodeId At, PathState S) {
    if (IsClose[At] ||
        (Loop && G.parents().isWithin(G.node(At).S, Loop) &&
         G.node(At).Kind != NodeKind::Dispatch &&
         !isa_and_nonnull<CXXCatchStmt>(G.node(At).S) && At != Await))
      return PathStep::stop();
    return G.node(At).Kind == NodeKind::UnwindExit ||
                   G.node(At).Kind == NodeKind::Exit
               ? PathStep::found()
               : PathStep::go(S);
  };
  auto Take = [&](NodeId From, const Edge &E,
                  PathState S) -> std::optional<PathState> {
    if (From == Await && E.Kind != EdgeKind::Unwind)
      return std::nullopt;
    const Node &Here = G.node(From);
    if (From != Await && E.Kind == EdgeKind::Unwind)
      return std::nullopt; // One failure at a time.
    if (saysThatClosed(From, E, IsClose))
      return std::nullopt;
    if (Here.Kind == NodeKind::Dispatch &&
        catchesWhatAwaitsThrow(cast<CXXTryStmt>(Here.S)) &&
        !leadsToHandler(G, E))
      return std::nullopt;
    return S;
  };
  Q.Visit = Visit;
  Q.Take = Take;
  GaveUp Why;
  bool Leaves = findPath(G, Q, &Why).has_value();
  if (!Why.Reason.empty())
    TU.gaveUp(Why);
  return Leaves;
}

static bool mayThrow(const SuspendCFG &G, NodeId N) {
  return llvm::any_of(G.node(N).Out,
                      [](const Edge &E) { return E.Kind == EdgeKind::Unwind; });
}

/// An await that concerns the resources, stands before the first of \p Closes
/// and skips them when it throws. \p C receives the close that it skips.
std::optional<NodeId> CloserPaths::failsBefore(llvm::ArrayRef<NodeId> Closes,
                                               NodeId &C) {
  llvm::BitVector IsClose(G.size());
  for (NodeId N : Closes)
    IsClose.set(N);
  for (NodeId N : G.suspendNodes()) {
    const auto *Await =
        dyn_cast_or_null<CoroutineSuspendExpr>(G.suspension(N).E);
    if (!mayThrow(G, N) || !Await || !concernsOwned(Await))
      continue;
    // Before: none has closed it yet. After: the normal way would.
    llvm::BitVector Ahead = reachableFrom(G, N, NormalEdges);
    const NodeId *Next =
        llvm::find_if(Closes, [&](NodeId C) { return Ahead[C]; });
    if (Next == Closes.end() || llvm::any_of(Closes, [&](NodeId C) {
          return reachableFrom(G, C, AllSuspensionEdges)[N];
        }))
      continue;
    C = *Next;
    if (leaves(N, IsClose, nullptr))
      return N;
  }
  return std::nullopt;
}

void CloserPaths::skipped(const OwnedMember &O) {
  Nodes Closes = closesOf(O);
  if (O.R.How == OwnedResource::Elements) {
    llvm::BitVector IsClose(G.size());
    for (NodeId N : Closes)
      IsClose.set(N);
    for (NodeId N : G.suspendNodes()) {
      const auto *Await =
          dyn_cast_or_null<CoroutineSuspendExpr>(G.suspension(N).E);
      const Stmt *Loop =
          Await && mayThrow(G, N)
              ? loopOver(O.Field, Await, O.R.What->Close, G.parents())
              : nullptr;
      if (!Loop || !leaves(N, IsClose, Loop))
        continue;
      add(UnclosedMember::RestSkipped, O.Field, O.R.What).Site =
          Await->getExprLoc();
      return;
    }
  }
  NodeId Close = 0;
  if (std::optional<NodeId> N = failsBefore(Closes, Close)) {
    UnclosedMember &U = add(UnclosedMember::SkippedOnThrow, O.Field, O.R.What);
    U.Site = locationOf(G, *N);
    U.Close = locationOf(G, Close);
  }
}

void CloserPaths::skippedBase(const CXXRecordDecl *Base) {
  Nodes Closes;
  for (NodeId N = 0; N < G.size(); ++N)
    if (const auto *Call = dyn_cast_or_null<CXXMemberCallExpr>(G.node(N).S);
        Call && Call->getMethodDecl() &&
        Call->getMethodDecl()->getParent()->getCanonicalDecl() ==
            Base->getCanonicalDecl() &&
        nameOf(Call->getMethodDecl()) == nameOf(Closer))
      Closes.push_back(N);
  NodeId Close = 0;
  if (std::optional<NodeId> N = failsBefore(Closes, Close)) {
    UnclosedMember &U = add(UnclosedMember::SkippedOnThrow, nullptr, nullptr);
    U.Base = Base;
    U.Site = locationOf(G, *N);
    U.Close = locationOf(G, Close);
  }
}

// --- Not on every way --------------------------------------------------------

/// A way from the beginning to a return goes past every close of the member.
bool CloserPaths::leftOpen(const OwnedMember &O) {
  Nodes Closes = closesOf(O);
  if (Closes.empty() || O.R.How == OwnedResource::Elements)
    return false;
  llvm::BitVector IsClose(G.size());
  for (NodeId N : Closes)
    IsClose.set(N);
  // In a lambda, a handler or a loop it is closed in another way.
  const ParentTable &Parents = G.parents();
  for (NodeId N : Closes)
    for (const Stmt *P = G.node(N).S; P; P = Parents.parent(P))
      if (isa<ForStmt, WhileStmt, DoStmt, CXXForRangeStmt, CXXCatchStmt,
              LambdaExpr>(P))
        return false;
  PathQuery Q;
  Q.Start = G.entry();
  Q.Edges = {EdgeKind::Normal, EdgeKind::Resume};
  auto Visit = [&](NodeId At, PathState S) {
    if (IsClose[At])
      return PathStep::stop();
    return G.node(At).Kind == NodeKind::Exit ? PathStep::found()
                                             : PathStep::go(S);
  };
  auto Take = [&](NodeId From, const Edge &E,
                  PathState S) -> std::optional<PathState> {
    if (saysThatClosed(From, E, IsClose))
      return std::nullopt;
    return S;
  };
  Q.Visit = Visit;
  Q.Take = Take;
  GaveUp Why;
  std::optional<Path> Way = findPath(G, Q, &Why);
  if (!Why.Reason.empty())
    TU.gaveUp(Why);
  if (!Way)
    return false;
  UnclosedMember &U = add(UnclosedMember::NotOnEveryWay, O.Field, O.R.What);
  U.Close = locationOf(G, Closes.front());
  // The branch after which no close comes any more.
  U.Site = Closer->getLocation();
  for (size_t I = 0; I + 1 < Way->Nodes.size(); ++I)
    if (Way->Edges[I].Taken != Edge::Outcome::None &&
        !reaches(Way->Edges[I].To, IsClose)) {
      U.Site = locationOf(G, Way->Nodes[I]);
      break;
    }
  return true;
}

// --- Order -------------------------------------------------------------------

void CloserPaths::wrongOrder(const OwnedMember &O) {
  Nodes Own = closesOf(O);
  if (Own.size() != 1)
    return;
  for (const OwnedMember &Other : Members) {
    if (Other.Field == O.Field || Other.Outer || O.Outer ||
        !isMadeFrom(RD, Other, O.Field))
      continue;
    Nodes Later = closesOf(Other);
    if (Later.size() != 1 || Later.front() == Own.front() ||
        !reachableFrom(G, Own.front(), NormalEdges)[Later.front()] ||
        reachableFrom(G, Later.front(), NormalEdges)[Own.front()])
      continue;
    UnclosedMember &U = add(UnclosedMember::WrongOrder, O.Field, O.R.What);
    U.User = Other.Field;
    U.Site = locationOf(G, Own.front());
    U.Close = locationOf(G, Later.front());
    return;
  }
}

} // namespace

void findInCloser(const CXXRecordDecl *RD, llvm::ArrayRef<OwnedMember> Members,
                  llvm::ArrayRef<const CXXRecordDecl *> Bases,
                  const FunctionDecl *Closer, TUAnalysis &TU,
                  MemberUseTable &Uses, EdgeSet Edges,
                  std::vector<UnclosedMember> &Found) {
  const bool Unwinds = Edges.contains(EdgeKind::Unwind);
  if (Unwinds)
    for (const OwnedMember &O : Members)
      findSkippedOnFailure(RD, O, Members, Closer, Found);
  const FunctionAnalysis &F = TU.function(Closer);
  if (!F.coroutine() || !F.graph())
    return;
  CloserPaths Paths(RD, Members, Closer, TU, Uses, *F.graph(), Found);
  for (const OwnedMember &O : Members) {
    if (!Paths.leftOpen(O) && Unwinds)
      Paths.skipped(O);
    Paths.wrongOrder(O);
  }
  if (Unwinds)
    for (const CXXRecordDecl *Base : Bases)
      Paths.skippedBase(Base);
}

} // namespace codrop
