// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "analysis/Pairing.h"
#include "analysis/Names.h"
#include "analysis/Summaries.h"
#include "analysis/Syntax.h"
#include "llvm/ADT/StringExtras.h"

using namespace clang;

namespace codrop {

namespace {

using Words = llvm::SmallVector<std::string, 4>;

/// What a verb is undone by. The first word of a function's name, after the
/// words that only say how it waits.
struct Opposite {
  llvm::StringLiteral Acquire;
  llvm::StringLiteral Release;
};
constexpr Opposite Opposites[] = {
    {"acquire", "release"},  {"lock", "unlock"},     {"lock", "release"},
    {"enter", "leave"},      {"enter", "exit"},      {"begin", "end"},
    {"wait", "signal"},      {"wait", "release"},    {"wait", "post"},
    {"checkout", "checkin"}, {"reserve", "release"}, {"down", "up"},
};

bool isManner(llvm::StringRef Word) {
  return Word == "async" || Word == "co" || Word == "try" || Word == "for" ||
         Word == "until" || Word == "coro";
}

Words withoutManner(Words All) {
  llvm::erase_if(All, [](const std::string &W) { return isManner(W); });
  return All;
}

/// lock_shared and unlock_shared, acquire(n) and release(n), lock_async and
/// unlock: the verbs are opposites and nothing else contradicts.
bool areOpposite(const Words &Acquire, const Words &Release) {
  for (const Opposite &O : Opposites) {
    auto VerbA = llvm::find(Acquire, O.Acquire);
    auto VerbR = llvm::find(Release, O.Release);
    if (VerbA == Acquire.end() || VerbR == Release.end())
      continue;
    // The verb leads, or follows what is locked: read_lock, read_unlock.
    Words RestA(Acquire.begin(), VerbA), RestR(Release.begin(), VerbR);
    RestA.append(std::next(VerbA), Acquire.end());
    RestR.append(std::next(VerbR), Release.end());
    if (RestA == RestR || RestR.empty())
      return true;
  }
  return false;
}

/// wait() with signal() is a condition variable's as well as a semaphore's;
/// only the latter gives something to the one that waited.
bool countsPermits(const CXXRecordDecl *Class) {
  for (const std::string &Word : identifierWords(nameOf(Class)))
    if (llvm::StringRef(Word).starts_with("sem") || Word == "limiter" ||
        Word == "throttle" || Word == "mutex" || Word == "permits" ||
        Word == "slots")
      return true;
  return false;
}

/// The result owns what was acquired: letting it die gives it back.
bool resultOwns(QualType Result) {
  const CXXRecordDecl *RD =
      Result.isNull() ? nullptr
                      : Result.getNonReferenceType()->getAsCXXRecordDecl();
  if (!RD || !RD->hasDefinition() || RD->hasTrivialDestructor())
    return false;
  // Owners of an object that came from a pool give back nothing to the pool.
  llvm::StringRef Name = nameOf(RD);
  return !(
      RD->isInStdNamespace() &&
      (Name == "shared_ptr" || Name == "unique_ptr" || Name == "optional"));
}

template <class Predicate>
bool anyMethod(const CXXRecordDecl *RD, Predicate Accept, unsigned Depth = 0) {
  RD = RD ? RD->getDefinition() : nullptr;
  if (!RD || Depth > 4)
    return false;
  for (const Decl *D : RD->decls()) {
    const auto *Method = dyn_cast<CXXMethodDecl>(D);
    if (const auto *Template = dyn_cast<FunctionTemplateDecl>(D))
      Method = dyn_cast<CXXMethodDecl>(Template->getTemplatedDecl());
    if (Method && Accept(Method))
      return true;
  }
  for (const CXXBaseSpecifier &Base : RD->bases())
    if (anyMethod(Base.getType()->getAsCXXRecordDecl(), Accept, Depth + 1))
      return true;
  return false;
}

std::optional<Acquisition> inferAcquisition(const CallExpr *Call,
                                            const TypeModel &Types) {
  const auto *Method = dyn_cast_or_null<CXXMethodDecl>(Call->getDirectCallee());
  const CXXRecordDecl *Class = objectClass(Call);
  if (!Method || !Class || Method->isStatic() || Method->isConst() ||
      Method->isOverloadedOperator() || Class->isInStdNamespace())
    return std::nullopt;
  Words Name = withoutManner(identifierWords(nameOf(Method)));
  bool Waits = llvm::is_contained(Name, "wait");
  if (Name.empty() || (Waits && !countsPermits(Class)))
    return std::nullopt;
  QualType Result = Call->getType();
  bool Awaitable = Types.isAwaitable(Result);
  if (Awaitable)
    Result = Types.awaitResult(Result);
  // begin() of a container is no acquisition, and neither is wait() that
  // returns at once.
  else if ((Name.size() == 1 && Name[0] == "begin") || Waits ||
           !(Result->isVoidType() || Result->isBooleanType() ||
             Result->isPointerType()))
    return std::nullopt;
  // `co_await items.begin()` gives an iterator.
  if (Awaitable && Name.size() == 1 && Name[0] == "begin" &&
      (Result.isNull() || !Result->isVoidType()))
    return std::nullopt;
  if (resultOwns(Result))
    return std::nullopt;
  bool HasRelease = anyMethod(Class, [&](const CXXMethodDecl *Other) {
    return Other != Method && !Other->isStatic() && !Other->isConst() &&
           areOpposite(Name, withoutManner(identifierWords(nameOf(Other))));
  });
  if (!HasRelease)
    return std::nullopt;
  Acquisition A;
  A.Call = Call;
  A.When = Awaitable                 ? PairFact::When::Awaited
           : Result->isBooleanType() ? PairFact::When::True
                                     : PairFact::When::Called;
  return A;
}

} // namespace

bool soundsLikeCleanup(llvm::StringRef Name) {
  for (const std::string &Word : identifierWords(Name))
    if (llvm::StringRef(Word).starts_with("clean") ||
        llvm::is_contained({"close",      "reset",    "stop",     "fail",
                            "finish",     "finished", "failed",   "shutdown",
                            "disconnect", "abort",    "release",  "done",
                            "terminate",  "exit",     "end",      "leave",
                            "unlock",     "clear",    "rollback", "undo",
                            "restore",    "finalize", "complete"},
                           llvm::StringRef(Word)))
      return true;
  return false;
}

const Expr *pairTarget(const CallExpr *Call) {
  if (const Expr *Object = calledObject(Call))
    return Object;
  if (Call->getNumArgs() == 0)
    return nullptr;
  const Expr *First = stripped(Call->getArg(0));
  if (const auto *Address = dyn_cast<UnaryOperator>(First);
      Address && Address->getOpcode() == UO_AddrOf)
    return Address->getSubExpr();
  return First;
}

/// `lock_.mutex_->lock()`, `auto *m = guard.mutex(); m->lock()`: what a guard
/// watches over is taken back for the guard, which will release it.
static bool belongsToGuard(const Expr *Target, const TypeModel &Types) {
  const Expr *E = Target ? stripped(Target) : nullptr;
  if (const auto *Ref = dyn_cast_or_null<DeclRefExpr>(E))
    if (const auto *Var = dyn_cast<VarDecl>(Ref->getDecl());
        Var && Var->isLocalVarDecl() && Var->getInit() &&
        (Var->getType()->isPointerType() || Var->getType()->isReferenceType()))
      E = stripped(Var->getInit());
  const Expr *Base = nullptr;
  if (const auto *Member = dyn_cast_or_null<MemberExpr>(E))
    Base = Member->getBase();
  else if (const auto *Call = dyn_cast_or_null<CallExpr>(E))
    Base = calledObject(Call);
  if (!Base || isa<CXXThisExpr>(stripped(Base)))
    return false;
  QualType T = Base->getType().getNonReferenceType();
  if (T->isPointerType())
    T = T->getPointeeType();
  const CXXRecordDecl *RD = T->getAsCXXRecordDecl();
  if (!RD)
    return false;
  if (std::optional<Guard> Known = Types.guard(T))
    return !Known->Nested;
  auto Words = identifierWords(nameOf(RD));
  return !Words.empty() && (Words.back() == "lock" || Words.back() == "guard");
}

std::optional<Acquisition> acquisition(const CallExpr *Call,
                                       const TypeModel &Types) {
  const FunctionDecl *Callee = Call->getDirectCallee();
  if (!Callee || belongsToGuard(pairTarget(Call), Types))
    return std::nullopt;
  const PairFact *Fact =
      Types.knowledge().pairAcquire(Callee, objectClass(Call));
  if (!Fact)
    return inferAcquisition(Call, Types);
  if (Fact->OnlyIf && !holds(*Fact->OnlyIf, Call, Types.context()))
    return std::nullopt;
  Acquisition A;
  A.Call = Call;
  A.When = Fact->AcquiredWhen;
  // An annotation says nothing of when; an awaitable must be awaited.
  if (A.When == PairFact::When::Called && Types.isAwaitable(Call->getType()))
    A.When = PairFact::When::Awaited;
  A.What = Fact->What;
  A.Instead = Fact->Instead;
  A.Known = Fact;
  return A;
}

bool givesBack(const CallExpr *Call, const Acquisition &A,
               const TypeModel &Types) {
  const FunctionDecl *Callee = Call->getDirectCallee();
  if (!Callee || Call == A.Call)
    return false;
  for (const PairFact *Fact :
       Types.knowledge().pairsReleasedBy(Callee, objectClass(Call))) {
    if (Fact->ReleaseIf && !holds(*Fact->ReleaseIf, Call, Types.context()))
      continue;
    if (A.Known && llvm::is_contained(Fact->Release, A.Known->Release.front()))
      return true;
  }
  if (A.Known)
    return false;
  const auto *Method = dyn_cast<CXXMethodDecl>(Callee);
  return Method && !Method->isStatic() &&
         areOpposite(
             withoutManner(identifierWords(nameOf(A.Call->getDirectCallee()))),
             withoutManner(identifierWords(nameOf(Callee))));
}

// --- Guards ------------------------------------------------------------------

static bool namesHolding(llvm::StringRef Name) {
  for (const std::string &Word : identifierWords(Name))
    if (llvm::is_contained({"lock", "guard", "permit", "permits", "units",
                            "holder", "lease", "ticket", "hold", "slot",
                            "acquire", "borrow", "enter", "lease", "reserve",
                            "reservation"},
                           llvm::StringRef(Word)))
      return true;
  return false;
}

/// A destructor that calls `owner_->release()` or the like.
static bool destructorReleases(const CXXRecordDecl *RD, bool &Visible) {
  const CXXDestructorDecl *Destructor = RD->getDestructor();
  const FunctionDecl *Definition = nullptr;
  if (!Destructor || Destructor->isDefaulted() ||
      !Destructor->hasBody(Definition))
    return false;
  Visible = true;
  ParentTable Body(Definition->getBody());
  for (const Stmt *S : Body.preorder()) {
    const auto *Call = dyn_cast<CXXMemberCallExpr>(S);
    const FunctionDecl *Callee = Call ? Call->getDirectCallee() : nullptr;
    for (const std::string &Word : identifierWords(nameOf(Callee)))
      if (llvm::is_contained({"release", "unlock", "leave", "signal", "end",
                              "return", "checkin", "exit", "post", "give"},
                             llvm::StringRef(Word)))
        return true;
  }
  return false;
}

static std::optional<Guard> inferGuard(QualType T, const FunctionDecl *Maker,
                                       const TypeModel &Types) {
  const CXXRecordDecl *RD = T.getNonReferenceType()->getAsCXXRecordDecl();
  RD = RD ? RD->getDefinition() : nullptr;
  if (!RD || RD->isInStdNamespace() || RD->isLambda() || RD->isUnion() ||
      Types.isAwaitable(T) || RD->hasTrivialDestructor() ||
      !RD->hasUserDeclaredDestructor())
    return std::nullopt;
  // What can be copied owns nothing alone.
  bool Copyable = RD->needsImplicitCopyConstructor() &&
                  !RD->defaultedCopyConstructorIsDeleted() &&
                  !RD->hasUserDeclaredMoveOperation();
  for (const CXXConstructorDecl *Ctor : RD->ctors())
    Copyable |= Ctor->isCopyConstructor() && !Ctor->isDeleted();
  if (Copyable)
    return std::nullopt;
  bool Visible = false;
  bool Releases = destructorReleases(RD, Visible);
  bool Named = namesHolding(nameOf(RD));
  bool NamedMaker = isa_and_nonnull<CXXConstructorDecl>(Maker)
                        ? Named
                        : namesHolding(nameOf(Maker));
  if (Visible ? !Releases || !(Named || NamedMaker) : !Named || !NamedMaker)
    return std::nullopt;
  // Nothing is known of what it can do early, so nothing is assumed.
  static const GuardFact Inferred = [] {
    GuardFact F;
    F.Kind = GuardKind::CoroutineSafe;
    F.Release = {"unlock"};
    return F;
  }();
  return Guard{RD, &Inferred, false};
}

std::optional<Guard> guardFrom(QualType T, const FunctionDecl *Maker,
                               const TypeModel &Types) {
  if (std::optional<Guard> Known = Types.guard(T)) {
    if (!Known->Nested)
      return Known;
    // A struct of the user's that holds a guard is one itself; an optional may
    // be empty.
    if (const CXXRecordDecl *RD = T.getNonReferenceType()->getAsCXXRecordDecl();
        RD && RD->isInStdNamespace())
      return std::nullopt;
    return Known;
  }
  return inferGuard(T, Maker, Types);
}

} // namespace codrop
