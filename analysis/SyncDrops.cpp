// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "analysis/SyncDrops.h"
#include "analysis/MemberUses.h"
#include "analysis/Names.h"
#include "analysis/ResourceValue.h"
#include "clang/Basic/SourceManager.h"

using namespace clang;

namespace codrop {

namespace {

class Finder {
public:
  Finder(const FunctionAnalysis &F, TUAnalysis &TU, bool Infer)
      : F(F), FD(F.function()), TU(TU), Infer(Infer),
        SM(TU.context().getSourceManager()),
        Parents(writtenBody(F.function())) {}

  std::vector<SyncDrop> run();

private:
  void parameters();
  void statement(const Stmt *S);
  void memberCall(const CXXMemberCallExpr *Call);
  void assignment(const CXXOperatorCallExpr *Call);
  void deletion(const CXXDeleteExpr *Delete);
  void givenAway(const CallExpr *Call);

  std::optional<OwnedResource> owned(QualType T) const {
    return ownedResource(T.getNonReferenceType(), TU.types(), Infer);
  }
  bool isOurs(const Expr *Object) const;
  bool mayBeClosed(const Resource &R, const Expr *Site,
                   const Expr *Object) const;
  bool closedBefore(const Resource &R, SourceLocation Site) const;
  bool letGoBefore(const Expr *Object, SourceLocation Site) const;
  bool isAskedAbout(const Resource &R, const Expr *Site) const;
  bool dies(const ParmVarDecl *Param, const FunctionDecl *In,
            const Resource &R) const;
  void add(SyncDrop::Kind K, const Resource &R, const Expr *Site,
           std::string Name, std::string How);

  const FunctionAnalysis &F;
  const FunctionDecl *FD;
  TUAnalysis &TU;
  bool Infer;
  const SourceManager &SM;
  ParentTable Parents;
  std::vector<SyncDrop> Found;
};

void Finder::add(SyncDrop::Kind K, const Resource &R, const Expr *Site,
                 std::string Name, std::string How) {
  SyncDrop Drop;
  Drop.K = K;
  Drop.Loc = Site->getExprLoc();
  Drop.Range = Site->getSourceRange();
  Drop.Name = std::move(Name);
  Drop.How = std::move(How);
  Drop.What = &R;
  Found.push_back(std::move(Drop));
}

static std::string nameOfObject(const Expr *E) {
  if (const FieldDecl *Field = memberOf(E))
    return Field->getNameAsString();
  if (const auto *Member = dyn_cast<MemberExpr>(stripped(E)))
    return Member->getMemberDecl()->getNameAsString();
  const auto *Ref = dyn_cast<DeclRefExpr>(stripped(E));
  return Ref ? Ref->getDecl()->getNameAsString() : std::string();
}

/// A member, a global, or what a reference refers to. Locals of coroutines are
/// followed by unawaited-close, and what a plain function makes for itself is
/// seldom more than a test.
bool Finder::isOurs(const Expr *Object) const {
  if (memberOf(Object))
    return true;
  while (const auto *Member = dyn_cast<MemberExpr>(stripped(Object)))
    Object = Member->getBase();
  const auto *Ref = dyn_cast<DeclRefExpr>(stripped(Object));
  const auto *Var = Ref ? dyn_cast<VarDecl>(Ref->getDecl()) : nullptr;
  return Var && (!Var->hasLocalStorage() || Var->getType()->isReferenceType() ||
                 Var->getType()->isPointerType());
}

// --- Signs that it is closed -------------------------------------------------

/// The function that a lambda is written in, outermost.
static const FunctionDecl *outermost(const FunctionDecl *FD, TUAnalysis &TU) {
  for (unsigned Depth = 0; Depth < 8; ++Depth) {
    const auto *Method = dyn_cast<CXXMethodDecl>(FD);
    if (!Method || !Method->getParent()->isLambda())
      return FD;
    const FunctionDecl *Outer = TU.index().enclosing(FD);
    const FunctionDecl *Definition = nullptr;
    if (!Outer || !Outer->hasBody(Definition))
      return FD;
    FD = Definition;
  }
  return FD;
}

/// `conn_->close().then([this] { conn_.reset(); })`
bool Finder::closedBefore(const Resource &R, SourceLocation Site) const {
  bool Closed = false;
  visitBodies(writtenBody(outermost(FD, TU)), [&](const ParentTable &Body) {
    for (const Stmt *S : Body.preorder()) {
      const auto *Call = dyn_cast<CallExpr>(S);
      if (!Call || !SM.isBeforeInTranslationUnit(Call->getBeginLoc(), Site))
        continue;
      const FunctionDecl *Callee = Call->getDirectCallee();
      const auto *Method = dyn_cast_or_null<CXXMethodDecl>(Callee);
      // A helper whose name speaks of it is believed.
      for (const std::string &Word : identifierWords(nameOf(Callee)))
        Closed |= llvm::is_contained(R.Close, Word) || Word == "close" ||
                  Word == "shutdown" || Word == "stop" || Word == "abort";
      Closed |= llvm::is_contained(R.Close, nameOf(Callee).str()) ||
                (Method && TU.summaries().closesObject(Method, R.Close));
    }
  });
  return Closed;
}

bool Finder::letGoBefore(const Expr *Object, SourceLocation Site) const {
  const FieldDecl *Field = memberOf(Object);
  return llvm::any_of(Parents.preorder(), [&](const Stmt *S) {
    const auto *E = dyn_cast<Expr>(S);
    if (!E || !SM.isBeforeInTranslationUnit(E->getBeginLoc(), Site))
      return false;
    if (const Expr *Moved = movedOperand(E))
      return Field ? memberOf(Moved) == Field
                   : nameOfObject(Moved) == nameOfObject(Object);
    const auto *Call = dyn_cast<CXXMemberCallExpr>(E);
    return Call && nameOf(Call->getMethodDecl()) == "release" &&
           memberOf(Call->getImplicitObjectArgument()) == Field;
  });
}

/// `if (conn_->failed()) conn_.reset();`: a condition asks one of its kind how
/// it is.
bool Finder::isAskedAbout(const Resource &R, const Expr *Site) const {
  for (const Stmt *P = Parents.parent(Site); P; P = Parents.parent(P)) {
    const auto *If = dyn_cast<IfStmt>(P);
    if (!If || !If->getCond())
      continue;
    ParentTable Condition(If->getCond());
    for (const Stmt *S : Condition.preorder())
      if (const auto *Call = dyn_cast<CXXMemberCallExpr>(S);
          Call && Call->getRecordDecl() && R.Record &&
          Call->getRecordDecl()->getCanonicalDecl() ==
              R.Record->getCanonicalDecl())
        return true;
  }
  return false;
}

static bool speaksOfTheEnd(const FunctionDecl *FD) {
  for (const std::string &Word : identifierWords(nameOf(FD)))
    if (llvm::is_contained({"closed", "disconnected", "finished", "stopped",
                            "ended", "expired", "dead", "done", "eof",
                            "completed", "reap", "purge", "gc"},
                           llvm::StringRef(Word)))
      return true;
  return false;
}

bool Finder::mayBeClosed(const Resource &R, const Expr *Site,
                         const Expr *Object) const {
  if (isa<CXXConstructorDecl>(FD) || speaksOfTheEnd(outermost(FD, TU)) ||
      isAskedAbout(R, Site) || (R.Record && closesItself(R.Record, R.Close)) ||
      closedBefore(R, Site->getBeginLoc()) ||
      (Object && letGoBefore(Object, Site->getBeginLoc())))
    return true;
  // A destructor of a class with a close comes after it.
  const auto *Destructor = dyn_cast<CXXDestructorDecl>(FD);
  return Destructor &&
         TU.types().resource(
             TU.context().getCanonicalTagType(Destructor->getParent()), Infer);
}

// --- Drops -------------------------------------------------------------------

void Finder::memberCall(const CXXMemberCallExpr *Call) {
  llvm::StringRef Name = nameOf(Call->getMethodDecl());
  const bool Empties = Name == "reset" && Call->getNumArgs() <= 1;
  const bool Removes =
      llvm::is_contained({"erase", "clear", "pop_back", "pop_front"}, Name);
  if (!Empties && !Removes)
    return;
  const Expr *Object = stripped(Call->getImplicitObjectArgument());
  QualType T = Object->getType().getNonReferenceType();
  std::optional<OwnedResource> R = owned(T);
  if (!R || !isOurs(Object) ||
      R->How != (Empties ? OwnedResource::Holder : OwnedResource::Elements))
    return;
  for (const Expr *Arg : Call->arguments())
    if (Empties && !isa<CXXDefaultArgExpr>(Arg) && !isEmptyValue(Arg, true))
      return; // Another one takes its place.
  if (!mayBeClosed(*R->What, Call, Object))
    add(Empties ? SyncDrop::Emptied : SyncDrop::Removed, *R->What, Call,
        nameOfObject(Object), (Name + "()").str());
}

void Finder::assignment(const CXXOperatorCallExpr *Call) {
  if (Call->getOperator() != OO_Equal || Call->getNumArgs() != 2)
    return;
  const Expr *Object = stripped(Call->getArg(0));
  std::optional<OwnedResource> R = owned(Object->getType());
  if (!R || R->How != OwnedResource::Holder || !isOurs(Object) ||
      !isEmptyValue(Call->getArg(1), true))
    return;
  if (!mayBeClosed(*R->What, Call, Object))
    add(SyncDrop::Emptied, *R->What, Call, nameOfObject(Object), "assignment");
}

void Finder::deletion(const CXXDeleteExpr *Delete) {
  QualType T = Delete->getDestroyedType();
  std::optional<OwnedResource> R = T.isNull() ? std::nullopt : owned(T);
  if (R && R->How == OwnedResource::Itself &&
      !mayBeClosed(*R->What, Delete, nullptr))
    add(SyncDrop::Deleted, *R->What, Delete,
        nameOfObject(Delete->getArgument()), "delete");
}

/// Nothing in \p In closes the parameter or hands it on.
bool Finder::dies(const ParmVarDecl *Param, const FunctionDecl *In,
                  const Resource &R) const {
  bool Lives = false;
  if (const auto *Ctor = dyn_cast<CXXConstructorDecl>(In); Ctor)
    return false;
  visitBodies(writtenBody(In), [&](const ParentTable &Body) {
    for (const Stmt *S : Body.preorder()) {
      if (const auto *Lambda = dyn_cast<LambdaExpr>(S))
        for (const LambdaCapture &Capture : Lambda->captures())
          Lives |=
              Capture.capturesVariable() && Capture.getCapturedVar() == Param;
      const auto *Ref = dyn_cast<DeclRefExpr>(S);
      if (!Ref || Ref->getDecl() != Param)
        continue;
      Use U = classifyUse(Ref, Body);
      switch (U.Kind) {
      case UseKind::Value:
      case UseKind::Condition:
      case UseKind::FieldAccess:
      case UseKind::PassedByConstReference:
        break;
      case UseKind::MemberCall:
        Lives |= llvm::is_contained(R.Close, nameOf(U.Callee).str()) ||
                 TU.summaries().closesObject(
                     dyn_cast_or_null<CXXMethodDecl>(U.Callee), R.Close) ||
                 nameOf(U.Callee) == "release";
        break;
      default:
        Lives = true;
      }
    }
  });
  return !Lives;
}

void Finder::parameters() {
  const auto *Method = dyn_cast<CXXMethodDecl>(FD);
  // An override must take what it is given; of a template the caller is told.
  if (F.coroutine() || FD->isMain() || FD->isOverloadedOperator() ||
      FD->isTemplateInstantiation() || isa<CXXConstructorDecl>(FD) ||
      (Method && Method->size_overridden_methods() > 0 &&
       !Method->getParent()->isLambda()) ||
      speaksOfTheEnd(FD))
    if (!(Method && Method->getParent()->isLambda()) || F.coroutine())
      return;
  for (const ParmVarDecl *Param : FD->parameters()) {
    QualType T = Param->getType();
    if (T->isReferenceType())
      continue;
    std::optional<OwnedResource> R = owned(T);
    if (!R || R->How == OwnedResource::Elements || !dies(Param, FD, *R->What))
      continue;
    SyncDrop Drop;
    Drop.K = SyncDrop::Taken;
    Drop.Loc = Param->getLocation();
    Drop.Name = Param->getNameAsString();
    Drop.What = R->What;
    Drop.Callee = FD;
    Found.push_back(std::move(Drop));
  }
}

void Finder::givenAway(const CallExpr *Call) {
  const FunctionDecl *Callee = Call->getDirectCallee();
  if (!Callee)
    return;
  // `std::exchange(conn_, nullptr);`
  if (nameOf(Callee) == "exchange" && Callee->isInStdNamespace() &&
      Call->getNumArgs() == 2) {
    const Expr *Object = stripped(Call->getArg(0));
    ResultFate Fate = resultFate(Call, Parents);
    std::optional<OwnedResource> R = owned(Object->getType());
    if (R && Fate.Use == ResultUse::Discarded && isOurs(Object) &&
        isEmptyValue(Call->getArg(1), true) &&
        !mayBeClosed(*R->What, Call, nullptr))
      add(SyncDrop::Exchanged, *R->What, Call, nameOfObject(Object),
          "std::exchange");
    return;
  }
  const FunctionDecl *Definition = nullptr;
  if (!Callee->isTemplateInstantiation() || !Callee->hasBody(Definition) ||
      isCoroutine(Definition) || SM.isInSystemHeader(Definition->getLocation()))
    return;
  for (unsigned I = 0; I < Call->getNumArgs() && I < Definition->getNumParams();
       ++I) {
    const ParmVarDecl *Param = Definition->getParamDecl(I);
    if (Param->getType()->isReferenceType())
      continue;
    std::optional<OwnedResource> R = owned(Param->getType());
    if (!R || R->How == OwnedResource::Elements ||
        !dies(Param, Definition, *R->What) ||
        mayBeClosed(*R->What, Call, nullptr))
      continue;
    const Expr *Arg = Call->getArg(I);
    if (const auto *Construct = dyn_cast<CXXConstructExpr>(stripped(Arg));
        Construct && Construct->getNumArgs() > 0)
      Arg = Construct->getArg(0);
    if (const Expr *Moved = movedOperand(stripped(Arg)))
      Arg = Moved;
    add(SyncDrop::Given, *R->What, Call, nameOfObject(Arg), "");
    Found.back().Callee = Definition;
  }
}

void Finder::statement(const Stmt *S) {
  if (const auto *Member = dyn_cast<CXXMemberCallExpr>(S))
    memberCall(Member);
  if (const auto *Operator = dyn_cast<CXXOperatorCallExpr>(S))
    assignment(Operator);
  else if (const auto *Call = dyn_cast<CallExpr>(S))
    givenAway(Call);
  else if (const auto *Delete = dyn_cast<CXXDeleteExpr>(S))
    deletion(Delete);
}

std::vector<SyncDrop> Finder::run() {
  parameters();
  for (const Stmt *S : Parents.preorder())
    statement(S);
  return std::move(Found);
}

} // namespace

std::vector<SyncDrop> findSyncDrops(const FunctionAnalysis &F, TUAnalysis &TU,
                                    bool Infer) {
  return Finder(F, TU, Infer).run();
}

} // namespace codrop
