// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "analysis/Exclusion.h"
#include "analysis/GuardFlow.h"
#include "analysis/Names.h"
#include "analysis/PathSearch.h"
#include "clang/AST/ASTContext.h"

using namespace clang;

namespace codrop {

namespace {

/// How many callers up a lock is looked for.
constexpr unsigned MaxCallerDepth = 3;

bool isNullopt(const Expr *E) {
  const auto *Ref = dyn_cast<DeclRefExpr>(E);
  return Ref && Ref->getDecl()->getIdentifier() &&
         Ref->getDecl()->getName() == "nullopt";
}

// Of a library that nobody has described: what awaiting a call of this name
// gives is held until it dies, and others wait meanwhile.
bool soundsLikeLocking(const FunctionDecl *Callee) {
  llvm::StringRef Name = nameOf(Callee);
  return (Name.contains_insensitive("lock") &&
          !Name.contains_insensitive("unlock") &&
          !Name.contains_insensitive("block") &&
          !Name.contains_insensitive("clock")) ||
         Name.contains_insensitive("acquire") ||
         Name.contains_insensitive("permit") ||
         Name.contains_insensitive("exclusive");
}

bool soundsLikeUnlocking(llvm::StringRef Name) {
  for (llvm::StringRef Word : {"unlock", "release", "signal", "leave"})
    if (Name.contains_insensitive(Word))
      return true;
  return false;
}

bool soundsLikeMutex(QualType T) {
  if (T->isPointerType())
    T = T->getPointeeType();
  const CXXRecordDecl *RD = T.getNonReferenceType()->getAsCXXRecordDecl();
  if (!RD || !RD->getIdentifier())
    return false;
  llvm::StringRef Name = RD->getName();
  return Name.contains_insensitive("mutex") ||
         Name.contains_insensitive("semaphore") ||
         Name.contains_insensitive("rwlock");
}

/// Readers' locks and gates let others in.
bool letsOthersIn(const FunctionDecl *Acquire) {
  llvm::StringRef Name = nameOf(Acquire);
  for (llvm::StringRef Word :
       {"shared", "read_lock", "lock_read", "readlock", "rdlock", "enter"})
    if (Name.contains_insensitive(Word))
      return true;
  return false;
}

const GuardFact &inferredGuard() {
  static const GuardFact Fact = [] {
    GuardFact F;
    F.Kind = GuardKind::CoroutineSafe;
    F.Release = {"unlock", "release", "reset", "return_all", "return_units"};
    F.Acquire = {"lock"};
    return F;
  }();
  return Fact;
}

/// The call that \p E awaits, if it is an await of one.
const CallExpr *awaitedCall(const Expr *E) {
  const auto *Await = dyn_cast_or_null<CoawaitExpr>(E ? stripped(E) : nullptr);
  return Await ? dyn_cast<CallExpr>(stripped(Await->getOperand())) : nullptr;
}

bool mentions(const Expr *E, const VarDecl *Var) {
  ParentTable Inner(E);
  return llvm::any_of(Inner.preorder(), [&](const Stmt *S) {
    const auto *Ref = dyn_cast<DeclRefExpr>(S);
    return Ref && Ref->getDecl() == Var;
  });
}

bool declares(const Stmt *S, const VarDecl *Var) {
  const auto *Decls = dyn_cast<DeclStmt>(S);
  return Decls && llvm::is_contained(Decls->decls(), Var);
}

} // namespace

bool isConstantValue(const Expr *E, const ASTContext &Context) {
  E = stripped(E);
  if (isa<CXXNullPtrLiteralExpr, CXXBoolLiteralExpr, IntegerLiteral,
          FloatingLiteral, clang::StringLiteral, CXXScalarValueInitExpr>(E) ||
      isNullopt(E))
    return true;
  if (const auto *List = dyn_cast<InitListExpr>(E))
    return llvm::all_of(List->inits(), [&](const Expr *Init) {
      return isConstantValue(Init, Context);
    });
  if (const auto *Construct = dyn_cast<CXXConstructExpr>(E))
    return llvm::all_of(Construct->arguments(), [&](const Expr *Arg) {
      return isa<CXXDefaultArgExpr>(Arg) || isConstantValue(Arg, Context);
    });
  if (const auto *Ref = dyn_cast<DeclRefExpr>(E);
      Ref && isa<EnumConstantDecl>(Ref->getDecl()))
    return true;
  return !E->isValueDependent() && E->getType()->isScalarType() &&
         E->isEvaluatable(Context);
}

bool isEmptyConstant(const Expr *E, const ASTContext &Context) {
  E = stripped(E);
  if (isa<CXXNullPtrLiteralExpr, CXXScalarValueInitExpr>(E) || isNullopt(E))
    return true;
  if (const auto *Literal = dyn_cast<CXXBoolLiteralExpr>(E))
    return !Literal->getValue();
  if (const auto *Literal = dyn_cast<IntegerLiteral>(E))
    return Literal->getValue().isZero();
  if (const auto *Literal = dyn_cast<clang::StringLiteral>(E))
    return Literal->getLength() == 0;
  if (const auto *List = dyn_cast<InitListExpr>(E))
    return List->getNumInits() == 0;
  if (const auto *Construct = dyn_cast<CXXConstructExpr>(E))
    return llvm::all_of(Construct->arguments(), [&](const Expr *Arg) {
      return isa<CXXDefaultArgExpr>(Arg) || isEmptyConstant(Arg, Context);
    });
  return false;
}

Exclusion::Exclusion(const FunctionAnalysis &F, TUAnalysis &TU)
    : F(F), TU(TU), G(*F.graph()) {
  guards();
  lockedByHand();
  flags();
}

bool Exclusion::heldAt(NodeId N) const {
  return llvm::any_of(Regions, [&](const Region &R) { return R.Held[N]; });
}

void Exclusion::guards() {
  llvm::DenseSet<const CXXRecordDecl *> Inferred;
  for (const Object &O : G.objects()) {
    const CXXRecordDecl *RD = O.Type->getAsCXXRecordDecl();
    if (O.K != Object::Variable || !RD || !RD->hasDefinition() ||
        RD->hasTrivialDestructor() || TU.types().resource(O.Type, true))
      continue;
    const CallExpr *Call = awaitedCall(O.Var->getInit());
    if (Call && soundsLikeLocking(Call->getDirectCallee()) &&
        !letsOthersIn(Call->getDirectCallee()))
      Inferred.insert(RD);
  }
  auto Find = [&](QualType T) -> std::optional<Guard> {
    if (std::optional<Guard> Known = TU.types().guard(T))
      return Known->Fact->Exclusive ? Known : std::nullopt;
    const CXXRecordDecl *RD = T->getAsCXXRecordDecl();
    if (RD && Inferred.contains(RD))
      return Guard{RD, &inferredGuard(), false};
    return std::nullopt;
  };
  std::vector<OwnedGuard> Owners = findOwnedGuards(F, TU.types(), Find);
  llvm::erase_if(Owners, [&](const OwnedGuard &Owner) {
    const VarDecl *Var = Owner.var(G);
    const CallExpr *Call = Var ? awaitedCall(Var->getInit()) : nullptr;
    return Call && letsOthersIn(Call->getDirectCallee());
  });
  // `auto writing = co_await mutex_.upgrade(reading);`, and a guard that is
  // moved into another: what the one gives up the other holds.
  for (size_t New = 0; New < Owners.size(); ++New)
    for (size_t Old = 0; Old < Owners.size(); ++Old) {
      const VarDecl *To = Owners[New].var(G);
      const VarDecl *From = Owners[Old].var(G);
      if (New == Old || !From || !To || !To->getInit() ||
          !mentions(To->getInit(), From))
        continue;
      llvm::BitVector Both = Owners[Old].Owns;
      Both |= Owners[New].Owns;
      for (NodeId N = 0; N < G.size(); ++N)
        if (G.node(N).S && (G.parents().isWithin(G.node(N).S, To->getInit()) ||
                            declares(G.node(N).S, To)))
          Both.set(N);
      Regions.push_back({std::move(Both), nullptr});
    }
  for (OwnedGuard &Owner : Owners) {
    const VarDecl *Var = Owner.var(G);
    Regions.push_back({std::move(Owner.Owns), Var ? Var->getInit() : nullptr});
  }
}

// From the acquiring call to the call that gives back.
void Exclusion::lockedByHand() {
  struct Acquire {
    NodeId At;
    std::optional<AccessPath> Object; ///< For pairs told by their names.
  };
  llvm::SmallVector<Acquire, 4> Acquires;
  llvm::BitVector Releases(G.size());
  std::vector<std::pair<NodeId, AccessPath>> NamedReleases;
  for (NodeId N = 0; N < G.size(); ++N) {
    if (G.node(N).Kind != NodeKind::Statement)
      continue;
    const auto *Call = dyn_cast_or_null<CallExpr>(G.node(N).S);
    const FunctionDecl *Callee = Call ? Call->getDirectCallee() : nullptr;
    if (!Callee)
      continue;
    if (!TU.knowledge().pairsReleasedBy(Callee).empty())
      Releases.set(N);
    if (TU.knowledge().pairAcquire(Callee)) {
      if (!letsOthersIn(Callee))
        Acquires.push_back({N, std::nullopt});
      continue;
    }
    const Expr *Object = calledObject(Call);
    std::optional<AccessPath> Place;
    if (Object)
      Place = F.accesses().resolver().resolve(Object);
    if (!Place)
      continue;
    if (soundsLikeUnlocking(nameOf(Callee)))
      NamedReleases.push_back({N, *Place});
    else if ((soundsLikeLocking(Callee) || nameOf(Callee) == "wait") &&
             !letsOthersIn(Callee) &&
             resultFate(Call, G.parents()).Use == ResultUse::Awaited)
      Acquires.push_back({N, *Place});
  }
  for (const Acquire &A : Acquires) {
    llvm::BitVector Ends = Releases;
    if (A.Object) {
      Ends.reset();
      for (const auto &[N, Place] : NamedReleases)
        if (Place == *A.Object)
          Ends.set(N);
      // Without a give-back the name may mean anything.
      if (Ends.none())
        continue;
    }
    llvm::BitVector Held(G.size());
    PathQuery Q;
    Q.Start = A.At;
    Q.Edges = UnwindEdges;
    auto Visit = [&](NodeId N, PathState S) {
      Held.set(N);
      return Ends[N] ? PathStep::stop() : PathStep::go(S);
    };
    Q.Visit = Visit;
    findPath(G, Q);
    Regions.push_back({std::move(Held), cast<CallExpr>(G.node(A.At).S)});
  }
}

// `if (busy_) co_return; busy_ = true; … busy_ = false;` and
// `if (busy_.exchange(true)) co_return;` are locks that do not wait.
void Exclusion::flags() {
  const AccessTable &Table = F.accesses();
  for (const Access &Set : Table.all()) {
    if (!Set.Place.lastField() || sharingOf(Set.Place, G) == Sharing::Local)
      continue;
    const auto *Call = dyn_cast<CXXMemberCallExpr>(stripped(Set.Site));
    llvm::StringRef Name = nameOf(Call ? Call->getMethodDecl() : nullptr);
    bool IsWrite = Set.Kind == AccessKind::Write && Set.Value &&
                   isConstantValue(Set.Value, TU.context()) &&
                   !isEmptyConstant(Set.Value, TU.context());
    bool Inserts = Set.Kind == AccessKind::Mutate &&
                   (Name == "insert" || Name == "emplace") &&
                   isErased(Set.Place);
    // An exchange is its own test.
    bool IsExchange =
        Set.Kind == AccessKind::Mutate &&
        (Call ? Name.contains("exchange") || Name.contains("test_and_set") ||
                    Name.contains("try_lock") || Inserts
              : Set.Site->getType()->isScalarType());
    for (NodeId B = 0; B < G.size(); ++B) {
      if (G.node(B).Kind != NodeKind::Branch)
        continue;
      if ((IsExchange && G.parents().isWithin(Set.Site, G.node(B).S)) ||
          ((IsWrite || Inserts) && decidesWithoutSuspension(B, Set))) {
        hold(Set);
        break;
      }
    }
  }
}

bool Exclusion::isErased(const AccessPath &Container) const {
  return llvm::any_of(F.accesses().all(), [&](const Access &A) {
    const auto *Call = dyn_cast<CXXMemberCallExpr>(stripped(A.Site));
    return Call && A.Place == Container &&
           nameOf(Call->getMethodDecl()) == "erase";
  });
}

/// \p Branch tests the place that \p Set takes, and nobody runs between.
bool Exclusion::decidesWithoutSuspension(NodeId Branch,
                                         const Access &Set) const {
  bool Reads = llvm::any_of(F.accesses().all(), [&](const Access &A) {
    return A.Kind == AccessKind::Read && A.Place == Set.Place &&
           G.parents().isWithin(A.Site, G.node(Branch).S);
  });
  return Reads && reachesUnsuspended(G, Branch, Set.At);
}

// Until the place is written or changed again.
void Exclusion::hold(const Access &Set) {
  llvm::BitVector Held(G.size());
  PathQuery Q;
  Q.Start = Set.At;
  Q.Edges = UnwindEdges;
  auto Visit = [&](NodeId N, PathState S) {
    Held.set(N);
    for (const Access &A : F.accesses().at(N))
      if (A.Place == Set.Place && A.Kind != AccessKind::Read)
        return PathStep::stop();
    return PathStep::go(S);
  };
  Q.Visit = Visit;
  findPath(G, Q);
  Regions.push_back({std::move(Held), nullptr});
}

// --- Callers -----------------------------------------------------------------

static bool holdsAt(const FunctionDecl *In, const Expr *Site, TUAnalysis &TU,
                    unsigned Depth) {
  if (!In || In->isDependentContext() || !In->doesThisDeclarationHaveABody())
    return false;
  const FunctionAnalysis &F = TU.function(In);
  if (!F.graph())
    return false;
  std::optional<NodeId> At = F.graph()->nodeOf(Site);
  return (At && Exclusion(F, TU).heldAt(*At)) || runsLocked(In, TU, Depth + 1);
}

/// `with_lock(mutex_, [&]() -> task<> {…})`, `mutex_.with([&] …)`.
static bool runUnderMutex(const CallExpr *Call) {
  const Expr *Object = calledObject(Call);
  if (Object && soundsLikeMutex(Object->getType()))
    return true;
  return llvm::any_of(Call->arguments(), [](const Expr *Argument) {
    return soundsLikeMutex(stripped(Argument)->getType());
  });
}

bool runsLocked(const FunctionDecl *FD, TUAnalysis &TU, unsigned Depth) {
  for (const ParmVarDecl *P : FD->parameters()) {
    // A template that only references name need not be instantiated.
    const CXXRecordDecl *RD = P->getType()->getPointeeCXXRecordDecl();
    const GuardFact *Fact = RD ? TU.knowledge().guard(RD) : nullptr;
    if (Fact && Fact->Exclusive)
      return true;
  }
  std::string Name = FD->getNameAsString();
  for (llvm::StringRef Word :
       {"locked", "with_lock", "under_lock", "exclusive"})
    if (llvm::StringRef(Name).contains_insensitive(Word) &&
        !llvm::StringRef(Name).contains_insensitive("blocked"))
      return true;
  if (Depth >= MaxCallerDepth)
    return false;
  const CodeIndex &Index = TU.index();
  const auto *Method = dyn_cast<CXXMethodDecl>(FD);
  bool IsLambda = Method && Method->getParent()->isLambda();
  if (IsLambda) {
    const LambdaExpr *Lambda = Index.lambda(FD);
    const FunctionDecl *Around = Index.enclosing(FD);
    if (Lambda && Around && !Around->isDependentContext() &&
        Around->hasBody()) {
      const FunctionAnalysis &Outer = TU.function(Around);
      if (!Outer.graph())
        return false;
      ResultFate Fate = resultFate(Lambda, Outer.graph()->parents());
      const auto *Call = dyn_cast_or_null<CallExpr>(Fate.Site);
      if (Fate.Use == ResultUse::Passed && Call) {
        if (runUnderMutex(Call))
          return true;
        // Awaited at once, it ends before the guard does.
        if (resultFate(Call, Outer.graph()->parents()).Use ==
            ResultUse::Awaited)
          return holdsAt(Around, Call, TU, Depth);
      }
    }
  } else if (FD->isExternallyVisible() &&
             !(Method && Method->getAccess() == AS_private)) {
    return false; // Others may call it.
  }
  bool Any = false;
  for (const CallSite &Caller : Index.mentions(FD)) {
    if (Caller.In && Caller.In->isDependentContext())
      continue;
    if (!Caller.IsCall || !holdsAt(Caller.In, Caller.Site, TU, Depth))
      return false;
    const SuspendCFG &G = *TU.function(Caller.In).graph();
    ResultUse Use = resultFate(cast<Expr>(Caller.Site), G.parents()).Use;
    // A task that is started and left outlives the guard.
    if (Use != ResultUse::Awaited && Use != ResultUse::Returned)
      return false;
    Any = true;
  }
  return Any;
}

} // namespace codrop
