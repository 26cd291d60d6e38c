// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Torn state that shows only where other members of the class are looked at:
// one that is called to write what was checked before a suspension, one that
// always writes two fields together, one that adds to what is reset too late.
// The coroutine is followed on its graph, the others are only read.

#include "analysis/Names.h"
#include "analysis/TornFinder.h"
#include "clang/AST/ASTContext.h"

using namespace clang;

namespace codrop {

namespace {

const FunctionDecl *bodyOf(const FunctionDecl *FD) {
  const FunctionDecl *Definition = nullptr;
  return FD && FD->hasBody(Definition) && !Definition->isDependentContext()
             ? Definition
             : nullptr;
}

/// `x`, `this->x`, `x.y`: the field of the class that \p E is in.
const FieldDecl *ownField(const Expr *E) {
  const FieldDecl *Field = nullptr;
  for (E = E ? stripped(E) : nullptr; E;) {
    const auto *Member = dyn_cast<MemberExpr>(E);
    if (!Member)
      return isa<CXXThisExpr>(E) ? Field : nullptr;
    Field = dyn_cast<FieldDecl>(Member->getMemberDecl());
    E = stripped(Member->getBase());
  }
  return nullptr;
}

/// `field = value` and what value is.
struct Assignment {
  const FieldDecl *Field = nullptr;
  const Expr *Value = nullptr;
  const Expr *Site = nullptr;
};

std::optional<Assignment> assignment(const Stmt *S) {
  Assignment A;
  if (const auto *Binary = dyn_cast<BinaryOperator>(S);
      Binary && Binary->getOpcode() == BO_Assign)
    A = {ownField(Binary->getLHS()), Binary->getRHS(), Binary};
  else if (const auto *Call = dyn_cast<CXXOperatorCallExpr>(S);
           Call && Call->getOperator() == OO_Equal && Call->getNumArgs() == 2)
    A = {ownField(Call->getArg(0)), Call->getArg(1), Call};
  return A.Field ? std::optional<Assignment>(A) : std::nullopt;
}

bool isSpecial(const FunctionDecl *FD) {
  const auto *Method = dyn_cast<CXXMethodDecl>(FD);
  return isa<CXXConstructorDecl, CXXDestructorDecl>(FD) ||
         (Method && (Method->isCopyAssignmentOperator() ||
                     Method->isMoveAssignmentOperator()));
}

/// What the members of a class do with two of its fields.
struct Tie {
  unsigned Together = 0, Apart = 0;
  const Expr *Where = nullptr;
};

/// Whether \p Body writes \p A and \p B side by side, with new values. One that
/// writes both with an await between says nothing: it may be as wrong as this.
void lookForTie(const Stmt *Body, const FieldDecl *A, const FieldDecl *B,
                const ASTContext &Context, Tie &Found) {
  ParentTable Parents(Body);
  const Stmt *BlockOfA = nullptr, *BlockOfB = nullptr;
  const Expr *SiteOfA = nullptr, *SiteOfB = nullptr;
  bool Awaits = false;
  for (const Stmt *S : Parents.preorder()) {
    bool Between = (SiteOfA != nullptr) != (SiteOfB != nullptr);
    Awaits |= Between && isa<CoroutineSuspendExpr>(S);
    std::optional<Assignment> Set = assignment(S);
    if (!Set || (Set->Field != A && Set->Field != B) ||
        isConstantValue(Set->Value, Context))
      continue;
    const Stmt *Block = Parents.parent(Set->Site);
    while (isa_and_nonnull<Expr>(Block))
      Block = Parents.parent(Block);
    (Set->Field == A ? BlockOfA : BlockOfB) = Block;
    (Set->Field == A ? SiteOfA : SiteOfB) = Set->Site;
  }
  if (!SiteOfA && !SiteOfB)
    return;
  if (!SiteOfA || !SiteOfB) {
    ++Found.Apart;
  } else if (BlockOfA == BlockOfB && !Awaits) {
    ++Found.Together;
    Found.Where = SiteOfA;
  }
}

/// Names of flags that stand for work that is still to be done.
bool asksForWork(llvm::StringRef Name) {
  for (const std::string &Word : identifierWords(Name))
    if (llvm::is_contained({"dirty", "pending", "changed", "modified", "stale",
                            "outdated", "unsaved", "needed", "needs", "need",
                            "requested", "again", "rescan", "invalid",
                            "invalidated"},
                           llvm::StringRef(Word)))
      return true;
  return false;
}

bool addsByName(llvm::StringRef Name) {
  return Name.starts_with("push") || Name.starts_with("emplace") ||
         Name == "insert" || Name == "append" || Name == "try_emplace" ||
         Name == "insert_or_assign";
}

/// Where \p Body adds to \p Field, marks it, or counts it up.
const Expr *addition(const Stmt *Body, const FieldDecl *Field) {
  ParentTable Parents(Body);
  for (const Stmt *S : Parents.preorder()) {
    if (std::optional<Assignment> Set = assignment(S);
        Set && Set->Field == Field) {
      const auto *Literal = dyn_cast<CXXBoolLiteralExpr>(stripped(Set->Value));
      if (Literal && Literal->getValue())
        return Set->Site;
    } else if (const auto *Unary = dyn_cast<UnaryOperator>(S)) {
      if (Unary->isIncrementOp() && ownField(Unary->getSubExpr()) == Field)
        return Unary;
    } else if (const auto *Sum = dyn_cast<CompoundAssignOperator>(S)) {
      if (Sum->getOpcode() == BO_AddAssign && ownField(Sum->getLHS()) == Field)
        return Sum;
    } else if (const auto *Operator = dyn_cast<CXXOperatorCallExpr>(S)) {
      if (Operator->getOperator() == OO_PlusEqual &&
          ownField(Operator->getArg(0)) == Field)
        return Operator;
    } else if (const auto *Call = dyn_cast<CXXMemberCallExpr>(S)) {
      if (addsByName(nameOf(Call->getMethodDecl())) &&
          ownField(Call->getImplicitObjectArgument()) == Field)
        return Call;
    }
  }
  return nullptr;
}

} // namespace

// `if (!actor_) { co_await ready(); start(); }`, where start() sets `actor_`
// and does not look first.
void TornFinder::actsOfMembers() {
  std::vector<const FieldDecl *> Fields;
  for (const AccessPath &Place : Tested)
    if (Place.Root == AccessPath::This && !Place.Parts.empty() &&
        Place.Parts.front().K == PathPart::Field &&
        !llvm::is_contained(Fields, Place.Parts.front().F))
      Fields.push_back(Place.Parts.front().F);
  if (Fields.empty())
    return;
  const SourceManager &SM = TU.context().getSourceManager();
  for (NodeId N = 0; N < G.size(); ++N) {
    const auto *Call = dyn_cast_or_null<CXXMemberCallExpr>(G.node(N).S);
    if (!Call || G.node(N).Kind != NodeKind::Statement ||
        !isa<CXXThisExpr>(stripped(Call->getImplicitObjectArgument())))
      continue;
    const CXXMethodDecl *Callee = Call->getMethodDecl();
    const FunctionDecl *Body = bodyOf(Callee);
    if (!Body || Callee->isConst() || Body == F.function())
      continue;
    for (const FieldDecl *Field : Fields) {
      if (!llvm::is_contained(TU.index().users(Field), Body) ||
          !G.work().spend(100))
        continue;
      const FunctionAnalysis &Inner = TU.function(Body);
      if (!Inner.graph())
        continue;
      const Access *Write = nullptr;
      for (const Access &A : Inner.accesses().all())
        if (A.Kind == AccessKind::Write && A.Value && !Write &&
            A.Place.Root == AccessPath::This && A.Place.Parts.size() == 1 &&
            A.Place.Parts.front().F == Field &&
            !isConstantValue(A.Value, TU.context()))
          Write = &A;
      bool Looks =
          Write && llvm::any_of(Inner.accesses().all(), [&](const Access &A) {
            return A.Kind != AccessKind::Write &&
                   A.Place.startsWith(Write->Place) &&
                   SM.isBeforeInTranslationUnit(A.Site->getBeginLoc(),
                                                Write->Site->getBeginLoc());
          });
      if (!Write || Looks)
        continue;
      Access Act{N, AccessKind::Write, Write->Place, Call};
      if (!checkThenAct(Act))
        continue;
      Found.back().Place = Act.Place.str();
      Found.back().Through = nameOf(Callee).str();
      return;
    }
  }
}

// --- Fields that belong together --------------------------------------------

// `head_ = n; co_await …; tail_ = n;` where every other member that writes one
// of them writes the other in the same breath.
void TornFinder::tiedFields() {
  llvm::SmallVector<const Access *, 8> Writes;
  for (const Access &A : Table.all())
    if (A.Kind == AccessKind::Write && A.Op == BO_Assign && A.Value &&
        A.Place.Root == AccessPath::This && A.Place.Parts.size() == 1 &&
        A.Place.lastField() && !isConstantValue(A.Value, TU.context()))
      Writes.push_back(&A);
  for (const Access *First : Writes)
    for (const Access *Second : Writes) {
      const FieldDecl *A = First->Place.lastField();
      const FieldDecl *B = Second->Place.lastField();
      if (A == B || !G.work().spend())
        continue;
      PathQuery Q;
      Q.Start = First->At;
      auto Visit = [&](NodeId N, PathState Suspended) {
        if (N == Second->At)
          return Suspended ? PathStep::found() : PathStep::stop();
        for (const Access &Other : Table.at(N))
          if (Other.Kind != AccessKind::Read &&
              (Other.Place == First->Place || Other.Place == Second->Place))
            return PathStep::stop();
        return PathStep::go(Suspended || G.node(N).Kind == NodeKind::Suspend);
      };
      Q.Visit = Visit;
      std::optional<Path> Way = findPath(G, Q);
      if (!Way || excluded(First->At, Second->At))
        continue;
      Tie Found;
      llvm::SmallVector<const FunctionDecl *, 8> Users(TU.index().users(A));
      for (const FunctionDecl *User : TU.index().users(B))
        if (!llvm::is_contained(Users, User))
          Users.push_back(User);
      for (const FunctionDecl *User : Users)
        if (User && User != F.function() && !isSpecial(User) &&
            User->hasBody() && G.work().spend(50))
          lookForTie(User->getBody(), A, B, TU.context(), Found);
      std::vector<NodeId> Suspensions = Way->suspensions(G);
      if (Found.Together == 0 || Found.Apart != 0 || Suspensions.empty() ||
          !G.suspension(Suspensions[0]).E ||
          !isShared(First->Place, First->Site) ||
          !isShared(Second->Place, Second->Site) ||
          throwRestores(Suspensions[0], First->Place) ||
          closureTouches(First->Place))
        continue;
      TornState T;
      T.K = TornState::TiedFields;
      T.Place = spelled(*First);
      T.OtherPlace = spelled(*Second);
      T.Before = First->Site;
      T.Suspends = G.suspension(Suspensions[0]).E;
      T.After = Second->Site;
      T.Elsewhere = Found.Where;
      this->Found.push_back(T);
      return;
    }
}

// --- Reset too late ----------------------------------------------------------

// `if (dirty_) { co_await flush(); dirty_ = false; }`,
// `co_await write(buffer_); buffer_.clear();`.
void TornFinder::lateResets() {
  for (const Access &W : Table.all()) {
    const auto *Call = dyn_cast<CXXMemberCallExpr>(stripped(W.Site));
    bool Clears = W.Kind == AccessKind::Mutate && Call &&
                  nameOf(Call->getMethodDecl()) == "clear";
    bool Empties = W.Kind == AccessKind::Write && W.Op == BO_Assign &&
                   W.Value && isEmptyConstant(W.Value, TU.context());
    const FieldDecl *Field = W.Place.lastField();
    if (!(Clears || Empties) || W.Place.Root != AccessPath::This ||
        W.Place.Parts.size() != 1 || !Field ||
        Field->getType()->isPointerType())
      continue;
    const bool IsFlag = Field->getType()->isBooleanType();
    if (IsFlag && !asksForWork(nameOf(Field)))
      continue;
    for (unsigned I : Table.samePlace(W.Place)) {
      const Access &R = Table.all()[I];
      if (R.Kind != AccessKind::Read || R.At == W.At)
        continue;
      PathQuery Q;
      Q.Start = R.At;
      auto Visit = [&](NodeId N, PathState Suspended) {
        if (N == W.At)
          return Suspended ? PathStep::found() : PathStep::stop();
        if (Suspended && predicateLooksAt(N, W.Place))
          return PathStep::stop();
        for (const Access &Other : Table.at(N))
          if (Other.Place.startsWith(W.Place) &&
              (Other.Kind != AccessKind::Read || Suspended))
            return PathStep::stop();
        return PathStep::go(Suspended || G.node(N).Kind == NodeKind::Suspend);
      };
      Q.Visit = Visit;
      std::optional<Path> Way = findPath(G, Q);
      std::vector<NodeId> Suspensions =
          Way ? Way->suspensions(G) : std::vector<NodeId>();
      if (Suspensions.empty() || !G.suspension(Suspensions[0]).E)
        continue;
      const CoroutineSuspendExpr *Suspends = G.suspension(Suspensions[0]).E;
      // A flag is asked; what is in the others is dealt with by the await.
      bool DealtWith =
          IsFlag ? inDecision(R.Site) : G.parents().isWithin(R.Site, Suspends);
      for (const Stmt *S = R.Site; S && !DealtWith && !IsFlag;
           S = G.parents().parent(S))
        if (const auto *Loop = dyn_cast<CXXForRangeStmt>(S))
          DealtWith = G.parents().isWithin(Suspends, Loop) &&
                      !G.parents().isWithin(R.Site, Loop->getBody());
      if (!DealtWith || excluded(R.At, W.At))
        continue;
      const Expr *Adds = nullptr;
      for (const FunctionDecl *User : TU.index().users(Field))
        if (User && User != F.function() && !isSpecial(User) &&
            User->hasBody() && !Adds && G.work().spend(50))
          Adds = addition(User->getBody(), Field);
      if (!Adds || !isShared(W.Place, W.Site))
        continue;
      TornState T;
      T.K = TornState::LateReset;
      T.Place = spelled(W);
      T.Before = R.Site;
      T.Suspends = Suspends;
      T.After = W.Site;
      T.Elsewhere = Adds;
      Found.push_back(T);
      return;
    }
  }
}

} // namespace codrop
