// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Coroutines that nobody can wait for, judged by themselves: reference
// parameters, the object, a lambda's captures. And whether a coroutine could
// keep its object at all.

#include "analysis/ClassShape.h"
#include "analysis/DanglingFinder.h"
#include "analysis/Names.h"

using namespace clang;

namespace codrop {

using MaybeBorrow = std::optional<TaskBorrow>;

// --- The object --------------------------------------------------------------

namespace {

/// Shared owners, or references counted by the object itself: whoever writes a
/// coroutine of such a class can keep it alive.
bool isSharedOwned(const CXXRecordDecl *Class) {
  return Class && Class->hasDefinition() &&
         anyInHierarchy(Class, [](const CXXRecordDecl *RD) {
           return llvm::any_of(RD->methods(), [](const CXXMethodDecl *M) {
             return llvm::is_contained({"weak_from_this", "shared_from_this",
                                        "get_weak", "get_strong"},
                                       nameOf(M));
           });
         });
}

/// Whoever owns the object has to wait for its end, and what it has started is
/// taken to be over then.
bool hasAwaitedEnd(const CXXRecordDecl *Class, const TypeModel &Types) {
  return anyInHierarchy(Class, [&](const CXXRecordDecl *RD) {
    return llvm::any_of(RD->methods(), [&](const CXXMethodDecl *M) {
      return M->getReturnType()->isRecordType() &&
             llvm::is_contained({"stop", "close", "shutdown", "join", "drain"},
                                nameOf(M)) &&
             Types.isAwaitable(M->getReturnType());
    });
  });
}

} // namespace

/// The class of the object that the function is a member of, if its coroutines
/// should keep it: it has shared owners, and nobody waits for its end.
const CXXRecordDecl *DanglingFinder::sharedClass() const {
  const auto *Method = dyn_cast<CXXMethodDecl>(FD);
  if (!Method || !Method->isInstance() || isa<CXXDestructorDecl>(Method))
    return nullptr;
  const CXXRecordDecl *Class = Method->getParent();
  return !Class->isLambda() && isSharedOwned(Class) &&
                 !hasAwaitedEnd(Class, TU.types())
             ? Class
             : nullptr;
}

// --- Coroutines that nobody can wait for -------------------------------------

/// How long what \p Arg names lives, as seen from the function around the call.
DanglingFinder::Lifetime
DanglingFinder::lifetimeOf(const Expr *Arg, const CallSite &Call) const {
  const Expr *E = Arg->IgnoreParens();
  while (true) {
    if (const auto *Full = dyn_cast<FullExpr>(E))
      E = Full->getSubExpr()->IgnoreParens();
    else if (const auto *Cast = dyn_cast<CastExpr>(E);
             Cast && Cast->getSubExpr()->isGLValue() && Cast->isGLValue())
      E = Cast->getSubExpr()->IgnoreParens();
    else if (const Expr *Moved = movedOperand(E))
      E = Moved->IgnoreParens();
    else
      break;
  }
  if (isa<MaterializeTemporaryExpr>(E))
    return Lifetime::Short;
  if (const auto *Ref = dyn_cast<DeclRefExpr>(E)) {
    const auto *Var = dyn_cast<VarDecl>(Ref->getDecl());
    if (!Var)
      return Lifetime::Unknown;
    if (!Var->hasLocalStorage())
      return Lifetime::Long;
    return Var->getType()->isReferenceType() || (Call.In && Call.In->isMain())
               ? Lifetime::Unknown
               : Lifetime::Short;
  }
  if (isa<MemberExpr>(E) || isa<CXXThisExpr>(E) || isa<UnaryOperator>(E))
    return Lifetime::Long;
  return Lifetime::Unknown;
}

void DanglingFinder::parameters() {
  if (!isCoroutine(FD) || !TU.types().isDetached(FD->getReturnType()))
    return;
  TaskBorrows Borrows(TU, nullptr);
  for (const ParmVarDecl *Param : FD->parameters()) {
    QualType T = Param->getType();
    if (!T->isReferenceType())
      continue;
    DyingRefs Refs = DyingRefs::none();
    Refs.addDying(Param);
    MaybeBorrow Uses = Borrows.inCoroutine(FD, Refs);
    if (!Uses)
      continue;
    bool ConstOrMoved = T->isRValueReferenceType() ||
                        T.getNonReferenceType().isConstQualified();
    const Expr *Short = nullptr;
    bool AllLong = true, Any = false;
    for (const CallSite &Call : TU.index().mentions(FD)) {
      const auto *Site = dyn_cast<CallExpr>(Call.Site);
      llvm::SmallVector<const Expr *, 4> Args =
          Call.IsCall && Site ? argumentsOf(Site)
                              : llvm::SmallVector<const Expr *, 4>();
      unsigned Index = Param->getFunctionScopeIndex();
      Lifetime L = Index < Args.size() ? lifetimeOf(Args[Index], Call)
                                       : Lifetime::Unknown;
      if (L == Lifetime::Short && !Short)
        Short = Args[Index];
      AllLong &= L == Lifetime::Long;
      Any = true;
    }
    if ((Any && AllLong) || (!Short && !ConstOrMoved))
      continue;
    add(DanglingTask::Parameter, Param->getLocation(), std::move(*Uses));
    Found.back().Param = Param;
    Found.back().Short = Short;
    Found.back().Sure = Short ? Confidence::Definite : Confidence::Maybe;
  }
}

/// A variable of the coroutine owns the object, or tells that it is gone.
bool DanglingFinder::keepsObject(const CXXRecordDecl *Class) const {
  TaskBorrows Borrows(TU, Class);
  auto keeps = [&](const VarDecl *Var) {
    if (Borrows.sharesObject(Var->getType()))
      return true;
    auto any = [](llvm::StringRef Name,
                  std::initializer_list<llvm::StringRef> Words) {
      return llvm::any_of(identifierWords(Name), [&](llvm::StringRef Word) {
        return llvm::is_contained(Words, Word);
      });
    };
    return any(nameOf(Var), {"self", "keep", "keepalive", "alive", "lifetime",
                             "strong", "weak", "holder", "hold", "pin"}) ||
           any(typeName(Var->getType(), TU.context()), {"holder"});
  };
  if (llvm::any_of(FD->parameters(), keeps))
    return true;
  for (const Stmt *S : Parents.preorder())
    if (const auto *Decls = dyn_cast<DeclStmt>(S))
      for (const Decl *D : Decls->decls())
        if (const auto *Var = dyn_cast<VarDecl>(D); Var && keeps(Var))
          return true;
  return false;
}

void DanglingFinder::object() {
  const CXXRecordDecl *Class = sharedClass();
  if (!isCoroutine(FD) || !Class || keepsObject(Class) ||
      !TU.types().isDetached(FD->getReturnType()))
    return;
  TaskBorrows Borrows(TU, Class);
  if (MaybeBorrow Uses =
          Borrows.inCoroutine(FD, DyingRefs::inMember(DyingPart())))
    add(DanglingTask::Object, FD->getLocation(), std::move(*Uses));
}

/// A lambda that is given to somebody who calls it: an event's source. Who is
/// resumed after the handler was taken away has lost its captures.
void DanglingFinder::callback() {
  const auto *Method = dyn_cast<CXXMethodDecl>(FD);
  if (!isCoroutine(FD) || !Method || !Method->getParent()->isLambda() ||
      Method->isExplicitObjectMemberFunction() ||
      Method->getParent()->capture_size() == 0 ||
      !TU.types().isDetached(FD->getReturnType()))
    return;
  // Whoever calls it in this file is judged there.
  const LambdaExpr *Lambda = TU.index().lambda(FD);
  const FunctionDecl *Around = TU.index().enclosing(FD);
  if (!Lambda || !Around || !Around->hasBody() ||
      !TU.index().mentions(FD).empty())
    return;
  ParentTable Outer(writtenBody(Around));
  const Stmt *Up = Outer.effectiveParent(Lambda);
  while (isa_and_nonnull<CXXConstructExpr, CXXFunctionalCastExpr>(Up))
    Up = Outer.effectiveParent(Up);
  if (!isa_and_nonnull<CallExpr>(Up))
    return;
  DyingRefs Refs = DyingRefs::none();
  Refs.addClosure(Method->getParent());
  TaskBorrows Borrows(TU, nullptr);
  if (MaybeBorrow Uses = Borrows.inCoroutine(FD, Refs)) {
    add(DanglingTask::Callback, Lambda->getBeginLoc(), std::move(*Uses));
    Found.back().Sure = Confidence::Maybe;
  }
}

} // namespace codrop
