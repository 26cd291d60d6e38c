// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "analysis/ClassShape.h"
#include "analysis/Names.h"
#include "analysis/StaleFinder.h"
#include "clang/AST/ASTContext.h"

using namespace clang;

namespace codrop {

StaleFinder::StaleFinder(const FunctionAnalysis &F, TUAnalysis &TU,
                         FieldChanges &Changes,
                         const StaleReferenceOptions &Options)
    : F(F), TU(TU), Changes(Changes), Options(Options), G(*F.graph()),
      Table(F.accesses()), Confined(F, TU) {}

static bool isSameDecl(const Decl *A, const Decl *B) {
  return A->getCanonicalDecl()->getLocation() ==
         B->getCanonicalDecl()->getLocation();
}

/// True for what is only done before anybody else runs, by its name.
static bool soundsLikeStartup(const FunctionDecl *FD) {
  auto Words = identifierWords(nameOf(FD));
  return !Words.empty() &&
         llvm::is_contained({"init", "initialize", "initialise", "setup",
                             "configure", "start", "open", "load", "build",
                             "create", "make", "prepare", "populate", "main"},
                            llvm::StringRef(Words.front()));
}

/// What runs as part of the same activity as this function: those that call it
/// and wait, and what nobody else calls.
bool StaleFinder::isOwnActivity(const FunctionDecl *FD) {
  if (Activity.empty()) {
    Activity.push_back(F.function());
    for (size_t I = 0; I < Activity.size() && Activity.size() < 16; ++I)
      for (const CallSite &Site : TU.index().mentions(Activity[I]))
        if (Site.In && Site.IsCall && !isSameDecl(Site.In, Activity[I]))
          Activity.push_back(Site.In);
  }
  auto isOurs = [&](const FunctionDecl *Other) {
    return llvm::any_of(Activity, [&](const FunctionDecl *Own) {
      return isSameDecl(Own, Other);
    });
  };
  if (isOurs(FD))
    return true;
  if (FD->isExternallyVisible() && FD->getAccess() != AS_private)
    return false;
  llvm::ArrayRef<CallSite> Sites = TU.index().mentions(FD);
  return !Sites.empty() && llvm::all_of(Sites, [&](const CallSite &Site) {
    return Site.IsCall && Site.In && isOurs(Site.In);
  });
}

/// The changes that somebody else may make to \p Held, the most likely first.
llvm::SmallVector<const FieldChange *, 4>
StaleFinder::foreignChanges(const ValueDecl *Held, bool Emptied,
                            llvm::function_ref<bool(Change)> Hits) {
  constexpr unsigned MaxChanges = 8;
  llvm::SmallVector<const FieldChange *, 4> Result, Startup;
  for (const FieldChange &C : Changes.of(Held)) {
    if (!Hits(C.What) || (Emptied && !C.Empties) || isOwnActivity(C.In))
      continue;
    if (!soundsLikeStartup(C.In))
      Result.push_back(&C);
    // What is filled before anybody uses it is not emptied again.
    else if (C.What == Change::Removes)
      Startup.push_back(&C);
  }
  // What hits every element says most.
  llvm::sort(Result, [](const FieldChange *A, const FieldChange *B) {
    return std::pair(A->OneElement, A) < std::pair(B->OneElement, B);
  });
  Result.append(Startup);
  if (Result.size() > MaxChanges)
    Result.resize(MaxChanges);
  return Result;
}

/// `if (generation != generation_)`, `if (!sessions_.contains(id))`: a look at
/// what the reference leads into, after the suspension.
bool StaleFinder::looksAgain(NodeId Branch, const ValueDecl *Lent,
                             const FunctionDecl *Accessor,
                             const ValueDecl *Name) {
  auto [It, New] = Mentioned.try_emplace(Branch);
  if (New) {
    ParentTable Inner(G.node(Branch).S);
    for (const Stmt *S : Inner.preorder()) {
      if (const auto *Member = dyn_cast<MemberExpr>(S))
        It->second.push_back(Member->getMemberDecl());
      else if (const auto *Ref = dyn_cast<DeclRefExpr>(S))
        It->second.push_back(Ref->getDecl());
    }
  }
  // `it != sessions_.end()` says nothing of whether `it` still is one.
  if (llvm::is_contained(It->second, Name))
    return false;
  return llvm::any_of(It->second, [&](const ValueDecl *D) {
    if ((Lent && isSameDecl(D, Lent)) || (Accessor && isSameDecl(D, Accessor)))
      return true;
    return llvm::any_of(identifierWords(nameOf(D)), [](llvm::StringRef Word) {
      return llvm::is_contained(
          {"generation", "epoch", "version", "term", "revision"}, Word);
    });
  });
}

/// A local shared owner that was made from the same lender keeps the element.
bool StaleFinder::hasOwnerOf(const Lender &L, NodeId To) {
  for (ObjectId O : G.alive(To)) {
    const Object &Obj = G.object(O);
    if (!Obj.Var || Obj.K != Object::Variable || !Obj.Var->getInit() ||
        !isSharedOwnerType(Obj.Type))
      continue;
    ParentTable Inner(Obj.Var->getInit());
    for (const Stmt *S : Inner.preorder())
      if (const auto *Member = dyn_cast<MemberExpr>(S))
        if (L.Held && isSameDecl(Member->getMemberDecl(), L.Held))
          return true;
  }
  return false;
}

/// Others can reach what \p L lends from, as far as the place tells.
bool StaleFinder::isShared(const Lender &L, const Expr *At) {
  std::optional<AccessPath> Place;
  if (L.Object && isa<CXXThisExpr>(stripped(L.Object))) {
    Place.emplace();
  } else if (L.Object) {
    Place = Table.resolver().resolve(L.Object);
    if (Place && Place->Parts.size() && Place->Parts.back().Key == ~0U)
      Place->Parts.pop_back();
    // `registry().find(id)`
    if (!Place)
      return stripped(L.Object)->isGLValue() ||
             stripped(L.Object)->getType()->isPointerType();
  } else if (L.Accessor) {
    return true;
  } else {
    Place = Table.resolver().resolve(L.Owner);
  }
  if (!Place)
    return false;
  if (L.Object)
    if (const auto *Field = dyn_cast_or_null<FieldDecl>(L.Held))
      Place->Parts.push_back({PathPart::Field, Field, 0});
  if (isSingleOwner(*Place))
    return false;
  if (L.Guessed) {
    Sharing S = sharingOf(*Place, G);
    return S != Sharing::Local || Place->Root == AccessPath::This ||
           (Place->Var && Place->Var->getType()->isReferenceType());
  }
  return sharingOf(*Place, G) != Sharing::Local &&
         !Confined.isConfined(*Place, At);
}

bool StaleFinder::isSingleOwner(const AccessPath &P) const {
  const auto *Method = dyn_cast<CXXMethodDecl>(G.function());
  if (P.Root == AccessPath::This && Method &&
      TU.knowledge().isSingleOwner(Method->getParent()))
    return true;
  return llvm::any_of(P.Parts, [&](const PathPart &Part) {
    const auto *RD = Part.K == PathPart::Field
                         ? dyn_cast<CXXRecordDecl>(Part.F->getParent())
                         : nullptr;
    return RD && TU.knowledge().isSingleOwner(RD);
  });
}

bool StaleFinder::isUse(const Use &U, BorrowKind Kind) const {
  if (U.Kind == UseKind::Assigned)
    return false;
  if (Kind != BorrowKind::Pointer)
    return true;
  // A pointer that is only compared or copied is not gone through.
  return U.ThroughPointer || U.Kind == UseKind::FieldAccess ||
         U.Kind == UseKind::MemberCall || U.Kind == UseKind::Value ||
         U.Kind == UseKind::Returned || (U.Callee && U.Site);
}

void StaleFinder::follow(const Borrower &B, const Lender &L,
                         const FieldChange *By) {
  const auto &[Var, Value, Birth, Kind] = B;
  llvm::DenseMap<NodeId, const Expr *> Uses;
  llvm::BitVector Kills(G.size());
  auto read = [&](const ValueDecl *Name) {
    for (const UseTable::At &At : F.uses().of(Name)) {
      if (At.What.Kind == UseKind::Assigned && !At.What.ThroughPointer) {
        // The new value may be made from the old one, which comes first.
        if (std::optional<NodeId> N =
                At.What.Site ? G.nodeOf(At.What.Site) : std::nullopt;
            N && Kind != BorrowKind::Reference)
          Kills.set(*N);
        if (Kind == BorrowKind::Reference ||
            isa_and_nonnull<UnaryOperator>(At.What.Site))
          Uses[At.Node] = At.What.Ref;
        continue;
      }
      if (isUse(At.What, Kind))
        Uses[At.Node] = At.What.Ref;
    }
  };
  read(Var);
  if (const auto *Group = dyn_cast<DecompositionDecl>(Var))
    for (const BindingDecl *Binding : Group->bindings())
      read(Binding);
  if (Uses.empty())
    return;
  enum : PathState { Suspended = 1 };
  NodeId Last = 0;
  PathQuery Q;
  Q.Start = Birth;
  auto Visit = [&](NodeId N, PathState S) {
    if (N == Birth || Kills[N])
      return PathStep::stop(); // Made anew.
    const Node &Here = G.node(N);
    if (Here.Kind == NodeKind::Suspend)
      return PathStep::go(
          S & Suspended || heldAt(N, Birth, Var, By) ? S : S | Suspended);
    if (!(S & Suspended))
      return PathStep::go(S);
    if (Uses.contains(N)) {
      Last = N;
      return PathStep::found();
    }
    if (Here.Kind == NodeKind::Branch && Here.S &&
        looksAgain(N, L.Held, L.Accessor, Var))
      return PathStep::stop();
    return PathStep::go(S);
  };
  Q.Visit = Visit;
  GaveUp Why;
  std::optional<Path> Way = findPath(G, Q, &Why);
  if (!Why.Reason.empty())
    TU.gaveUp(Why);
  if (!Way || hasOwnerOf(L, Last))
    return;
  StaleReference Stale;
  Stale.How = Kind;
  Stale.Suspends = firstSuspension(*Way);
  if (!Stale.Suspends)
    return;
  Stale.Before = Value;
  Stale.Use = Uses[Last];
  Stale.Variable = Var->getNameAsString();
  if (const auto *Group = dyn_cast<DecompositionDecl>(Var)) {
    Stale.Variable.clear();
    for (const BindingDecl *Binding : Group->bindings())
      Stale.Variable +=
          (Stale.Variable.empty() ? "" : ", ") + Binding->getNameAsString();
  }
  Stale.Owner = L.Held ? L.Held->getNameAsString() : "";
  Stale.Pointee = L.How == Holds::Pointee;
  Stale.Part = L.How == Holds::Parts;
  Stale.Accessor = L.Accessor;
  if (By) {
    Stale.Changed = By->Site;
    Stale.By = By->In;
  }
  const bool IsLoop = IteratorOf.contains(Var);
  if (!By || soundsLikeStartup(By->In) || (By->OneElement && !IsLoop))
    Stale.Sure = Confidence::Maybe;
  if (const CXXForRangeStmt *Loop = IteratorOf.lookup(Var)) {
    Stale.K = StaleReference::Loop;
    Stale.Before = Loop->getRangeInit();
    Loops.insert(Loop);
    // The element's own finding says less.
    llvm::erase_if(Found, [&](const StaleReference &Other) {
      return Other.K == StaleReference::Borrowed && Other.Before &&
             G.parents().isWithin(Other.Before, Loop);
    });
  }
  Found.push_back(std::move(Stale));
}

/// `it = sessions_.find(id);`
void StaleFinder::assigned(std::vector<Borrower> &Out) const {
  for (const Stmt *S : G.parents().preorder()) {
    const Expr *To = nullptr, *Value = nullptr;
    if (const auto *Binary = dyn_cast<BinaryOperator>(S);
        Binary && Binary->getOpcode() == BO_Assign) {
      To = Binary->getLHS();
      Value = Binary->getRHS();
    } else if (const auto *Operator = dyn_cast<CXXOperatorCallExpr>(S);
               Operator && Operator->getOperator() == OO_Equal) {
      To = Operator->getArg(0);
      Value = Operator->getArg(1);
    }
    const auto *Ref =
        dyn_cast_or_null<DeclRefExpr>(To ? stripped(To) : nullptr);
    const auto *Var = Ref ? dyn_cast<VarDecl>(Ref->getDecl()) : nullptr;
    BorrowKind Kind = Var ? borrowKind(Var) : BorrowKind::None;
    std::optional<NodeId> At = G.nodeOf(S);
    if (At && Kind != BorrowKind::None && Kind != BorrowKind::Reference &&
        Var->isLocalVarDecl())
      Out.push_back({Var, Value, *At, Kind});
  }
}

void StaleFinder::borrows() {
  std::vector<Borrower> Candidates;
  for (const Stmt *S : G.parents().preorder())
    if (const auto *Loop = dyn_cast<CXXForRangeStmt>(S)) {
      ElementOf[Loop->getLoopVariable()] = Loop;
      if (const DeclStmt *Begin = Loop->getBeginStmt())
        if (const auto *Var = dyn_cast<VarDecl>(Begin->getSingleDecl()))
          IteratorOf[Var] = Loop;
    }
  for (NodeId N = 0; N < G.size(); ++N) {
    const auto *Decls = G.node(N).Kind == NodeKind::Statement
                            ? dyn_cast_or_null<DeclStmt>(G.node(N).S)
                            : nullptr;
    if (!Decls)
      continue;
    for (const Decl *D : Decls->decls()) {
      const auto *Var = dyn_cast<VarDecl>(D);
      BorrowKind Kind = Var ? borrowKind(Var) : BorrowKind::None;
      if (Kind == BorrowKind::None || nameOf(Var).starts_with("__range") ||
          nameOf(Var).starts_with("__end"))
        continue;
      Candidates.push_back({Var, Var->getInit(), N, Kind});
    }
  }
  assigned(Candidates);
  // The hidden iterators of loops first: the loop is the story.
  llvm::sort(Candidates, [&](const Borrower &A, const Borrower &B) {
    return std::pair(!IteratorOf.contains(A.Var), A.Birth) <
           std::pair(!IteratorOf.contains(B.Var), B.Birth);
  });
  for (const Borrower &C : Candidates) {
    if (const CXXForRangeStmt *Loop = ElementOf.lookup(C.Var);
        Loop && Loops.contains(Loop))
      continue;
    if (!G.work().spend(64))
      return;
    size_t Before = Found.size();
    for (const Lender &L : lendersOf(C.Kind, C.Value)) {
      if (!L.Held && !L.Guessed)
        continue;
      if (L.Guessed) {
        if (llvm::is_contained(Options.Accessors, knowledgeName(L.Accessor)) &&
            isShared(L, C.Value))
          follow(C, L, nullptr);
      } else {
        auto Changes = foreignChanges(L.Held, false, [&](Change What) {
          return invalidates(What, L.How, L.Iterator || L.View);
        });
        if (!Changes.empty() && isShared(L, C.Value))
          for (const FieldChange *By : Changes) {
            KeptOut = false;
            follow(C, L, By);
            // Another one may not be kept out by the lock that is held.
            if (Found.size() > Before || !KeptOut)
              break;
          }
      }
      if (Found.size() > Before)
        break;
    }
  }
}

/// The await that \p Way goes through first.
const CoroutineSuspendExpr *
StaleFinder::firstSuspension(const Path &Way) const {
  for (NodeId N : Way.suspensions(G))
    if (G.suspension(N).E)
      return G.suspension(N).E;
  return nullptr;
}

std::vector<StaleReference> StaleFinder::run() {
  if (G.suspendNodes().empty())
    return {};
  borrows();
  captures();
  if (Options.Checks)
    checks();
  unlockedWeak();
  return std::move(Found);
}

std::vector<StaleReference>
findStaleReferences(const FunctionAnalysis &F, TUAnalysis &TU,
                    FieldChanges &Changes,
                    const StaleReferenceOptions &Options) {
  return StaleFinder(F, TU, Changes, Options).run();
}

} // namespace codrop
