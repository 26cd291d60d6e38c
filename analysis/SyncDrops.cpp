// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "analysis/SyncDrops.h"
#include "analysis/ClosedSigns.h"
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
        IsGeneric(F.function()->isTemplateInstantiation()),
        SM(TU.context().getSourceManager()), Parents(writtenBody(F.function())),
        Signs(F, TU, Infer, Parents) {}

  std::vector<SyncDrop> run();

private:
  void parameters();
  void statement(const Stmt *S);
  void memberCall(const CXXMemberCallExpr *Call);
  void assignment(const CXXOperatorCallExpr *Call);
  void deletion(const CXXDeleteExpr *Delete);
  void givenAway(const CallExpr *Call);
  void removedByFunction(const CallExpr *Call);
  void local(const VarDecl *Var);
  void temporary(const Expr *E);
  void captures(const LambdaExpr *Lambda);

  std::optional<OwnedResource> owned(QualType T) const {
    return ownedResource(T.getNonReferenceType(), TU.types(), Infer);
  }
  bool isOurs(const Expr *Object) const;
  const Expr *takenFromOurs(const Expr *Value) const;
  void add(SyncDrop::Kind K, const Resource &R, const Expr *Site,
           std::string Name, std::string How);

  const FunctionAnalysis &F;
  const FunctionDecl *FD;
  TUAnalysis &TU;
  bool Infer;
  /// What a generic variant keeps is its own to know: a task's result.
  bool IsGeneric;
  const SourceManager &SM;
  ParentTable Parents;
  ClosedSigns Signs;
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

// --- Drops -------------------------------------------------------------------

/// `std::variant<connection, std::exception_ptr>`: what holds one of several.
static bool isVariant(QualType T) {
  const CXXRecordDecl *RD = T.getNonReferenceType()->getAsCXXRecordDecl();
  return RD && RD->isInStdNamespace() && nameOf(RD) == "variant";
}

static bool isZero(const Expr *E, const ASTContext &Context) {
  Expr::EvalResult Value;
  return !E->isValueDependent() && E->EvaluateAsInt(Value, Context) &&
         Value.Val.getInt().isZero();
}

/// What a converting constructor is given.
static const Expr *withoutConversion(const Expr *E) {
  E = stripped(E);
  const auto *Construct = dyn_cast<CXXConstructExpr>(E);
  return Construct && Construct->getNumArgs() == 1 &&
                 !isa<CXXTemporaryObjectExpr>(Construct)
             ? stripped(Construct->getArg(0))
             : E;
}

void Finder::memberCall(const CXXMemberCallExpr *Call) {
  llvm::StringRef Name = nameOf(Call->getMethodDecl());
  const bool Empties = Name == "reset" && Call->getNumArgs() <= 1;
  const bool Removes =
      llvm::is_contained(
          {"erase", "clear", "pop_back", "pop_front", "remove_if"}, Name) ||
      (Name == "resize" && Call->getNumArgs() > 0 &&
       isZero(Call->getArg(0), TU.context()));
  const Expr *Object = stripped(Call->getImplicitObjectArgument());
  // `either.emplace<0>()`
  if (Name == "emplace" && isVariant(Object->getType()) && !IsGeneric &&
      !owned(Call->getType())) {
    std::optional<OwnedResource> R = owned(Object->getType());
    if (R && isOurs(Object) && !Signs.mayBeClosed(*R->What, Call, Object))
      add(SyncDrop::Emptied, *R->What, Call, nameOfObject(Object), "emplace()");
    return;
  }
  // `std::vector<connection>().swap(all)`
  if (Name == "swap" && Call->getNumArgs() == 1 &&
      isa<CXXTemporaryObjectExpr, CXXScalarValueInitExpr>(Object)) {
    const Expr *Other = stripped(Call->getArg(0));
    std::optional<OwnedResource> R = owned(Other->getType());
    if (R && R->How != OwnedResource::Itself && isOurs(Other) &&
        !Signs.mayBeClosed(*R->What, Call, Other))
      add(R->How == OwnedResource::Holder ? SyncDrop::Emptied
                                          : SyncDrop::Removed,
          *R->What, Call, nameOfObject(Other), "swap()");
    return;
  }
  if (!Empties && !Removes)
    return;
  QualType T = Object->getType().getNonReferenceType();
  std::optional<OwnedResource> R = owned(T);
  if (!R || !isOurs(Object) ||
      R->How != (Empties ? OwnedResource::Holder : OwnedResource::Elements))
    return;
  for (const Expr *Arg : Call->arguments())
    if (Empties && !isa<CXXDefaultArgExpr>(Arg) && !isEmptyValue(Arg, true))
      return; // Another one takes its place.
  if (!Signs.mayBeClosed(*R->What, Call, Object))
    add(Empties ? SyncDrop::Emptied : SyncDrop::Removed, *R->What, Call,
        nameOfObject(Object), (Name + "()").str());
}

void Finder::assignment(const CXXOperatorCallExpr *Call) {
  if (Call->getOperator() != OO_Equal || Call->getNumArgs() != 2)
    return;
  const Expr *Object = stripped(Call->getArg(0));
  std::optional<OwnedResource> R = owned(Object->getType());
  if (!R || R->How == OwnedResource::Itself || !isOurs(Object))
    return;
  bool Empty = isEmptyValue(Call->getArg(1), true);
  // `either = std::monostate()`
  if (isVariant(Object->getType()) && IsGeneric)
    return;
  if (const Expr *Value = withoutConversion(Call->getArg(1));
      isVariant(Object->getType()) && !isVariant(Value->getType()))
    Empty = !owned(Value->getType());
  if (Empty && !Signs.mayBeClosed(*R->What, Call, Object))
    add(R->How == OwnedResource::Holder ? SyncDrop::Emptied : SyncDrop::Removed,
        *R->What, Call, nameOfObject(Object), "assignment");
}

void Finder::deletion(const CXXDeleteExpr *Delete) {
  QualType T = Delete->getDestroyedType();
  std::optional<OwnedResource> R = T.isNull() ? std::nullopt : owned(T);
  if (R && R->How == OwnedResource::Itself &&
      !Signs.mayBeClosed(*R->What, Delete, nullptr))
    add(SyncDrop::Deleted, *R->What, Delete,
        nameOfObject(Delete->getArgument()), "delete");
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
    if (!R || R->How == OwnedResource::Elements ||
        !Signs.dies(Param, FD, *R->What))
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

/// `std::erase_if(conns_, …)`
void Finder::removedByFunction(const CallExpr *Call) {
  const FunctionDecl *Callee = Call->getDirectCallee();
  if (!llvm::is_contained({"erase_if", "erase"}, nameOf(Callee)) ||
      !Callee->isInStdNamespace() || Call->getNumArgs() != 2)
    return;
  const Expr *Object = stripped(Call->getArg(0));
  std::optional<OwnedResource> R = owned(Object->getType());
  if (R && R->How == OwnedResource::Elements && isOurs(Object) &&
      !Signs.mayBeClosed(*R->What, Call, Object))
    add(SyncDrop::Removed, *R->What, Call, nameOfObject(Object),
        "std::" + nameOf(Callee).str());
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
        !Signs.mayBeClosed(*R->What, Call, nullptr))
      add(SyncDrop::Exchanged, *R->What, Call, nameOfObject(Object),
          "std::exchange");
    return;
  }
  removedByFunction(Call);
  // Of what a template does with its parameter the caller is told.
  const FunctionDecl *Definition = nullptr;
  if (FD->isTemplateInstantiation() || !Callee->isTemplateInstantiation() ||
      !Callee->hasBody(Definition) || isCoroutine(Definition) ||
      SM.isInSystemHeader(Definition->getLocation()))
    return;
  for (unsigned I = 0; I < Call->getNumArgs() && I < Definition->getNumParams();
       ++I) {
    const ParmVarDecl *Param = Definition->getParamDecl(I);
    if (Param->getType()->isReferenceType())
      continue;
    std::optional<OwnedResource> R = owned(Param->getType());
    if (!R || R->How == OwnedResource::Elements ||
        !Signs.dies(Param, Definition, *R->What, 3) ||
        Signs.mayBeClosed(*R->What, Call, nullptr))
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

// --- What takes it and dies --------------------------------------------------

/// `std::move(conn_)`, `std::exchange(conn_, nullptr)`: the object of ours that
/// \p Value takes, if it does.
const Expr *Finder::takenFromOurs(const Expr *Value) const {
  for (unsigned Steps = 0; Value && Steps < 8; ++Steps) {
    Value = stripped(Value);
    if (const Expr *Moved = movedOperand(Value))
      return isOurs(Moved) ? stripped(Moved) : nullptr;
    if (const auto *Construct = dyn_cast<CXXConstructExpr>(Value)) {
      if (Construct->getNumArgs() != 1)
        return nullptr;
      Value = Construct->getArg(0);
    } else if (const auto *Cast = dyn_cast<ExplicitCastExpr>(Value)) {
      Value = Cast->getSubExpr();
    } else {
      const auto *Call = dyn_cast<CallExpr>(Value);
      return Call && nameOf(Call->getDirectCallee()) == "exchange" &&
                     Call->getDirectCallee()->isInStdNamespace() &&
                     isOurs(Call->getArg(0))
                 ? stripped(Call->getArg(0))
                 : nullptr;
    }
  }
  return nullptr;
}

/// `auto old = std::exchange(conn_, nullptr);` in a function that does nothing
/// with it. The locals of coroutines are unawaited-close's.
void Finder::local(const VarDecl *Var) {
  if (F.coroutine() || !Var->hasLocalStorage() || !Var->getInit() ||
      Var->getType()->isReferenceType() || isa<ParmVarDecl>(Var))
    return;
  std::optional<OwnedResource> R = owned(Var->getType());
  const Expr *From = R ? takenFromOurs(Var->getInit()) : nullptr;
  if (From && Signs.dies(Var, FD, *R->What) &&
      !Signs.mayBeClosed(*R->What, Var->getInit(), nullptr)) {
    add(SyncDrop::Dies, *R->What, Var->getInit(), Var->getNameAsString(), "");
    Found.back().Loc = Var->getLocation();
    Found.back().Elements = R->How == OwnedResource::Elements;
  }
}

/// `std::unique_ptr<connection>(std::move(conn_));`
void Finder::temporary(const Expr *E) {
  if (resultFate(E, Parents).Use != ResultUse::Discarded)
    return;
  std::optional<OwnedResource> R = owned(E->getType());
  const Expr *From = R ? takenFromOurs(E) : nullptr;
  if (From && !Signs.mayBeClosed(*R->What, E, nullptr)) {
    add(SyncDrop::Dies, *R->What, E, nameOfObject(From), "");
    Found.back().Elements = R->How == OwnedResource::Elements;
  }
}

/// `run([c = std::move(conn_)] { … });`: who has the lambda can only destroy
/// it.
void Finder::captures(const LambdaExpr *Lambda) {
  const CXXMethodDecl *Body = Lambda->getCallOperator();
  if (!Body->hasBody() || Body->isDependentContext() || isCoroutine(Body))
    return;
  for (const LambdaCapture &Capture : Lambda->captures()) {
    const auto *Var = Capture.capturesVariable()
                          ? dyn_cast<VarDecl>(Capture.getCapturedVar())
                          : nullptr;
    if (!Var || !Var->isInitCapture() || Var->getType()->isReferenceType())
      continue;
    std::optional<OwnedResource> R = owned(Var->getType());
    const Expr *From = R ? takenFromOurs(Var->getInit()) : nullptr;
    if (!From || !Signs.dies(Var, Body, *R->What) ||
        Signs.mayBeClosed(*R->What, Var->getInit(), nullptr))
      continue;
    add(SyncDrop::Captured, *R->What, Var->getInit(), Var->getNameAsString(),
        "");
    Found.back().Loc = Capture.getLocation();
  }
}

void Finder::statement(const Stmt *S) {
  if (const auto *Decls = dyn_cast<DeclStmt>(S))
    for (const Decl *D : Decls->decls())
      if (const auto *Var = dyn_cast<VarDecl>(D))
        local(Var);
  if (const auto *Lambda = dyn_cast<LambdaExpr>(S))
    captures(Lambda);
  if (const auto *Cast = dyn_cast<CXXFunctionalCastExpr>(S))
    temporary(Cast);
  if (const auto *Construct = dyn_cast<CXXTemporaryObjectExpr>(S))
    temporary(Construct);

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
