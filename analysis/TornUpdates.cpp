// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Updates of shared state that belong together and that a suspension parts:
// two halves of one update, and a change and the await that makes it durable.

#include "analysis/Names.h"
#include "analysis/TornFinder.h"
#include "clang/AST/ASTContext.h"
#include "llvm/ADT/FoldingSet.h"

using namespace clang;

namespace codrop {

namespace {

bool containsAny(llvm::StringRef Name,
                 std::initializer_list<llvm::StringRef> Words) {
  return llvm::any_of(Words, [&](llvm::StringRef Word) {
    return Name.contains_insensitive(Word);
  });
}

/// Makes what it is told lasting.
bool persists(llvm::StringRef Name) {
  return containsAny(Name, {"persist", "commit", "save", "replicate", "journal",
                            "upsert", "checkpoint"});
}

/// Keeps the object that it is given.
bool stores(llvm::StringRef Name) {
  return persists(Name) || containsAny(Name, {"store", "update", "insert"});
}

/// `a -= n`, `a = a - n`: what is taken from or given to a place.
struct Delta {
  const Access *A = nullptr;
  bool Gives = false;
  const Expr *Amount = nullptr;
};

std::optional<Delta> deltaOf(const Access &A, const PathResolver &Resolver) {
  if (A.Kind == AccessKind::ReadWrite && A.Value &&
      (A.Op == BO_AddAssign || A.Op == BO_SubAssign))
    return Delta{&A, A.Op == BO_AddAssign, A.Value};
  const auto *Sum = A.Kind == AccessKind::Write && A.Value
                        ? dyn_cast<BinaryOperator>(stripped(A.Value))
                        : nullptr;
  if (!Sum || !Sum->isAdditiveOp())
    return std::nullopt;
  std::optional<AccessPath> Left = Resolver.resolve(Sum->getLHS());
  if (!Left || *Left != A.Place)
    return std::nullopt;
  return Delta{&A, Sum->getOpcode() == BO_Add, Sum->getRHS()};
}

bool mentionsVariable(const Expr *E, const VarDecl *Var) {
  ParentTable Inner(E);
  return llvm::any_of(Inner.preorder(), [&](const Stmt *S) {
    const auto *Ref = dyn_cast<DeclRefExpr>(S);
    return Ref && Ref->getDecl() == Var;
  });
}

} // namespace

/// A handler that puts the place back is the rollback.
bool TornFinder::throwRestores(NodeId Suspend, const AccessPath &Place) const {
  PathQuery Q;
  Q.Start = Suspend;
  Q.Edges = UnwindEdges;
  auto Visit = [&](NodeId At, PathState S) {
    for (const Access &A : Table.at(At))
      if (A.Kind != AccessKind::Read && A.Place.startsWith(Place))
        return PathStep::found();
    return PathStep::go(S);
  };
  auto Take = [&](NodeId At, const Edge &E,
                  PathState S) -> std::optional<PathState> {
    if (At == Suspend && E.Kind != EdgeKind::Unwind)
      return std::nullopt;
    return S;
  };
  Q.Visit = Visit;
  Q.Take = Take;
  return findPath(G, Q).has_value();
}

/// A closure made here names the place: a guard that undoes the change.
bool TornFinder::closureTouches(const AccessPath &Place) const {
  const FieldDecl *Field = Place.lastField();
  return Field && llvm::any_of(G.parents().preorder(), [&](const Stmt *S) {
           const auto *Lambda = dyn_cast<LambdaExpr>(S);
           if (!Lambda || isCoroutine(Lambda->getCallOperator()))
             return false;
           ParentTable Inner(Lambda->getBody());
           return llvm::any_of(Inner.preorder(), [&](const Stmt *Below) {
             const auto *Member = dyn_cast<MemberExpr>(Below);
             return Member && Member->getMemberDecl() == Field;
           });
         });
}

void TornFinder::halfUpdates() {
  llvm::SmallVector<Delta, 8> Deltas;
  for (const Access &A : Table.all())
    if (std::optional<Delta> D = deltaOf(A, Table.resolver()))
      if (sharingOf(A.Place, G) != Sharing::Local)
        Deltas.push_back(*D);
  auto isSameAmount = [&](const Delta &A, const Delta &B) {
    std::optional<AccessPath> Out = Table.resolver().resolve(A.Amount);
    std::optional<AccessPath> In = Table.resolver().resolve(B.Amount);
    if (Out && In)
      return *Out == *In;
    llvm::FoldingSetNodeID IdA, IdB;
    stripped(A.Amount)->Profile(IdA, TU.context(), true);
    stripped(B.Amount)->Profile(IdB, TU.context(), true);
    return IdA == IdB;
  };
  // The same member of two objects, or two elements of one container. Two
  // counters of one object (`credits_ -= n; … sent_ += n;`) mostly have nothing
  // to do with each other.
  auto isPair = [](const AccessPath &A, const AccessPath &B) {
    if (A == B || A.lastField() != B.lastField() || !A.lastField())
      return false;
    return A.Parts.back().K == B.Parts.back().K;
  };
  for (const Delta &A : Deltas)
    for (const Delta &B : Deltas) {
      if (!G.work().spend())
        return;
      const AccessPath &First = A.A->Place, &Second = B.A->Place;
      if (A.Gives == B.Gives || !isPair(First, Second) || !isSameAmount(A, B) ||
          excluded(A.A->At, B.A->At))
        continue;
      PathQuery Q;
      Q.Start = A.A->At;
      auto Visit = [&](NodeId N, PathState Suspended) {
        if (N == B.A->At)
          return Suspended ? PathStep::found() : PathStep::stop();
        for (const Access &Other : Table.at(N))
          if (Other.Kind != AccessKind::Read && Other.Place == First)
            return PathStep::stop(); // Given back first.
        return PathStep::go(Suspended || G.node(N).Kind == NodeKind::Suspend);
      };
      Q.Visit = Visit;
      std::optional<Path> Way = findPath(G, Q);
      if (!Way || !isShared(First, A.A->Site) || !isShared(Second, B.A->Site))
        continue;
      std::vector<NodeId> Suspensions = Way->suspensions(G);
      if (Suspensions.empty() || !G.suspension(Suspensions[0]).E ||
          throwRestores(Suspensions[0], First) || closureTouches(First))
        continue;
      TornState T;
      T.K = TornState::HalfUpdate;
      T.Place = spelled(*A.A);
      T.OtherPlace = spelled(*B.A);
      T.Before = A.A->Site;
      T.Suspends = G.suspension(Suspensions[0]).E;
      T.After = B.A->Site;
      Found.push_back(T);
      return;
    }
}

/// The changed object is handed to \p Call, whole or by the changed part, or
/// \p Call is told to persist what the change was made from.
bool TornFinder::isCommittedBy(const Access &W, const CallExpr *Call) const {
  llvm::StringRef Name = nameOf(Call->getDirectCallee());
  if (!stores(Name))
    return false;
  auto isHandedOver = [&](const Expr *E) {
    E = stripped(E);
    if (const auto *Address = dyn_cast<UnaryOperator>(E);
        Address && Address->getOpcode() == UO_AddrOf)
      E = stripped(Address->getSubExpr());
    if (const auto *Copy = dyn_cast<CXXConstructExpr>(E);
        Copy && Copy->getNumArgs() == 1)
      E = stripped(Copy->getArg(0));
    std::optional<AccessPath> P = Table.resolver().resolve(E);
    return P && W.Place.startsWith(*P);
  };
  if (llvm::any_of(Call->arguments(), isHandedOver))
    return true;
  // `user->save()`; a bare `save()` of our own class may save anything.
  if (const auto *Member = dyn_cast<CXXMemberCallExpr>(Call)) {
    const Expr *Object = stripped(Member->getImplicitObjectArgument());
    if (!isa<CXXThisExpr>(Object) && isHandedOver(Object) && persists(Name))
      return true;
  }
  // Only what is one of many is told apart by what the call is given.
  bool IsElement = llvm::any_of(W.Place.Parts, [](const PathPart &Part) {
    return Part.K == PathPart::Element;
  });
  const auto *Insert = W.Kind == AccessKind::Mutate
                           ? dyn_cast<CXXMemberCallExpr>(stripped(W.Site))
                           : nullptr;
  if (!persists(Name) || (!IsElement && !Insert))
    return false;
  auto tells = [&](const Expr *Part) {
    ParentTable Inner(Part);
    return llvm::any_of(Inner.preorder(), [&](const Stmt *S) {
      const auto *Ref = dyn_cast<DeclRefExpr>(S);
      const auto *Var = Ref ? dyn_cast<VarDecl>(Ref->getDecl()) : nullptr;
      return Var && Var->isLocalVarDeclOrParm() &&
             llvm::any_of(Call->arguments(), [&](const Expr *Argument) {
               return mentionsVariable(Argument, Var);
             });
    });
  };
  return Insert ? llvm::any_of(Insert->arguments(), tells)
                : W.Value && tells(W.Value);
}

void TornFinder::earlyCommits() {
  for (const Access &W : Table.all()) {
    bool Inserts = false;
    if (W.Kind == AccessKind::Mutate)
      if (const auto *Call = dyn_cast<CXXMemberCallExpr>(stripped(W.Site))) {
        llvm::StringRef Name = nameOf(Call->getMethodDecl());
        Inserts = Name == "insert" || Name == "emplace" ||
                  Name == "try_emplace" || Name == "push_back" ||
                  Name == "emplace_back";
      }
    if (W.Kind == AccessKind::Read ||
        (W.Kind == AccessKind::Mutate && !Inserts) || !W.Place.lastField() ||
        sharingOf(W.Place, G) == Sharing::Local ||
        (W.Value && isEmptyConstant(W.Value, TU.context())))
      continue;
    for (NodeId N : G.suspendNodes()) {
      if (!G.work().spend())
        return;
      const Suspension &Point = G.suspension(N);
      if (Point.Kind != SuspensionKind::Await || Point.NeverThrows ||
          !Point.Operand)
        continue;
      const auto *Call = dyn_cast<CallExpr>(stripped(Point.Operand));
      if (!Call || !isCommittedBy(W, Call) || excluded(W.At, N))
        continue;
      if (!reachesUnsuspended(G, W.At, N) || throwRestores(N, W.Place) ||
          closureTouches(W.Place) || !isShared(W.Place, W.Site))
        continue;
      TornState T;
      T.K = TornState::EarlyCommit;
      T.Place = spelled(W);
      T.Before = W.Site;
      T.Suspends = Point.E;
      T.After = Call;
      Found.push_back(T);
      return;
    }
  }
}

} // namespace codrop
