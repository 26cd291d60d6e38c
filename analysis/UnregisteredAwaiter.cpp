// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "analysis/UnregisteredAwaiter.h"
#include "analysis/ClassShape.h"
#include "analysis/HandleScan.h"
#include "analysis/Names.h"
#include "clang/AST/DeclTemplate.h"
#include "clang/Basic/SourceManager.h"

using namespace clang;

namespace codrop {

namespace {

// --- Where frames are dropped ------------------------------------------------

/// A task class, unknown to knowledge, that starts its coroutine by a member
/// and destroys the frame wherever it has got to.
bool dropsStartedFrames(const CXXRecordDecl *Task) {
  if (!Task || !Task->hasDefinition())
    return false;
  Task = Task->getDefinition();
  const FunctionDecl *Destructor = visibleBody(Task->getDestructor());
  if (!Destructor)
    return false;
  for (const FieldDecl *Field : Task->fields()) {
    if (!isCoroutineHandle(Field->getType()) || nameOf(Field).empty())
      continue;
    HandleScan Dies(Destructor, Field, nullptr);
    if (Dies.Destroys.isInvalid() || Dies.AsksOthers || Dies.AsksDone)
      continue;
    for (const CXXMethodDecl *Method : Task->methods())
      if (const FunctionDecl *Body = visibleBody(Method);
          Body && !isa<CXXConstructorDecl, CXXDestructorDecl>(Method) &&
          HandleScan(Body, Field, nullptr).Resumes)
        return true;
  }
  return false;
}

/// A suspended frame of \p C may be destroyed where it awaits. Generators are
/// dropped where they yield.
bool mayBeDroppedAtAwait(const Coroutine &C, const TUAnalysis &TU) {
  if (llvm::any_of(C.Suspensions, [](const Suspension &S) {
        return S.Kind == SuspensionKind::Yield;
      }))
    return false;
  if (C.DestroyEdges)
    return true;
  return TU.options().DestroyEdges == DestroyEdgePolicy::Known && !C.Task &&
         dropsStartedFrames(
             C.TaskType.getNonReferenceType()->getAsCXXRecordDecl());
}

// --- Who takes back ----------------------------------------------------------

bool hasOwnDestructor(const CXXRecordDecl *RD) {
  const CXXDestructorDecl *Destructor = RD->getDestructor();
  return Destructor && Destructor->isUserProvided();
}

/// Destroying an object of type \p T runs code that is about more than memory:
/// a registration that ends with it, a hook that unlinks itself.
bool mayTakeBack(QualType T, unsigned Depth = 0) {
  const CXXRecordDecl *RD = classOf(T.getCanonicalType());
  if (!RD || T->isReferenceType() || T->isPointerType() || Depth > 4)
    return false;
  if (!RD->isInStdNamespace()) {
    if (hasOwnDestructor(RD))
      return true;
    if (!RD->hasDefinition())
      return false;
    for (const CXXBaseSpecifier &Base : RD->bases())
      if (mayTakeBack(Base.getType(), Depth + 1))
        return true;
    return llvm::any_of(RD->fields(), [&](const FieldDecl *Field) {
      return mayTakeBack(Field->getType(), Depth + 1);
    });
  }
  if (nameOf(RD) == "stop_callback" || nameOf(RD) == "jthread")
    return true;
  const auto *Spec = dyn_cast<ClassTemplateSpecializationDecl>(RD);
  if (!Spec)
    return false;
  if (nameOf(RD) == "unique_ptr" && typeArguments(Spec).size() > 1)
    if (const CXXRecordDecl *Deleter = classOf(typeArguments(Spec)[1]);
        Deleter && !Deleter->isInStdNamespace())
      return true;
  return llvm::is_contained(
             {"optional", "unique_ptr", "variant", "pair", "tuple", "array"},
             nameOf(RD)) &&
         llvm::any_of(heldTypes(Spec), [&](QualType Held) {
           return mayTakeBack(Held, Depth + 1);
         });
}

// --- What is handed out ------------------------------------------------------

struct HandOut {
  SourceLocation Loc;
  bool Itself = false;
};

/// Follows the handle parameter and `this` through one member function of the
/// awaiter and the members that it calls.
class HandOutFinder {
public:
  explicit HandOutFinder(const SourceManager &SM) : SM(SM) {}

  std::optional<HandOut> find(const FunctionDecl *Body,
                              const ParmVarDecl *Handle, unsigned Depth);

private:
  std::optional<HandOut> follow(const Expr *Named, bool Itself,
                                const ParentTable &Parents, unsigned Depth);
  std::optional<HandOut> given(const Stmt *Call, const Stmt *Child, bool Itself,
                               unsigned Depth);
  bool isOutside(const Expr *Place) const;

  const SourceManager &SM;
  /// Local variables that hold the handle or the address.
  llvm::SmallVector<std::pair<const VarDecl *, bool>, 4> Holders;
};

/// Somewhere in it a promise is asked for: what belongs to a coroutine is
/// destroyed with its frame, or outlives the awaiter and owns it.
bool asksPromise(const Stmt *S) {
  if (!S)
    return false;
  if (const auto *Member = dyn_cast<MemberExpr>(S);
      Member && nameOf(Member->getMemberDecl()).contains("promise"))
    return true;
  if (const auto *Ref = dyn_cast<DeclRefExpr>(S))
    if (nameOf(Ref->getDecl()).contains("promise"))
      return true;
  return llvm::any_of(S->children(),
                      [](const Stmt *Child) { return asksPromise(Child); });
}

/// \p Place is no part of the awaiter or of a local variable.
bool HandOutFinder::isOutside(const Expr *Place) const {
  Place = stripped(Place);
  if (asksPromise(Place))
    return false;
  if (const auto *Member = dyn_cast<MemberExpr>(Place)) {
    QualType T = Member->getMemberDecl()->getType();
    if (T->isReferenceType())
      return true;
    const Expr *Base = stripped(Member->getBase());
    if (isa<CXXThisExpr>(Base))
      return false;
    // `list_->head`, `parent_.head`
    return (Member->isArrow() && !isa<CXXThisExpr>(Base)) || isOutside(Base);
  }
  if (const auto *Ref = dyn_cast<DeclRefExpr>(Place)) {
    const auto *Var = dyn_cast<VarDecl>(Ref->getDecl());
    if (!Var)
      return false;
    if (Var->hasGlobalStorage())
      return true;
    if (isa<ParmVarDecl>(Var) || !Var->getType()->isReferenceType())
      return false;
    return Var->getInit() && isOutside(Var->getInit());
  }
  if (const auto *Star = dyn_cast<UnaryOperator>(Place);
      Star && Star->getOpcode() == UO_Deref)
    return !isa<CXXThisExpr>(stripped(Star->getSubExpr()));
  if (const auto *Operator = dyn_cast<CXXOperatorCallExpr>(Place))
    return Operator->getOperator() == OO_Arrow ||
           Operator->getOperator() == OO_Star || isOutside(Operator->getArg(0));
  if (const auto *Call = dyn_cast<CXXMemberCallExpr>(Place))
    return !isCoroutineHandle(
        Call->getImplicitObjectArgument()->getType().getCanonicalType());
  if (isa<CallExpr>(Place))
    return true;
  if (const auto *Index = dyn_cast<ArraySubscriptExpr>(Place))
    return isOutside(Index->getBase());
  return false;
}

/// It is an argument of \p Call.
std::optional<HandOut> HandOutFinder::given(const Stmt *S, const Stmt *Child,
                                            bool Itself, unsigned Depth) {
  if (const auto *Construct = dyn_cast<CXXConstructExpr>(S)) {
    // A thread of its own, whether it is detached or kept.
    const CXXRecordDecl *RD = Construct->getConstructor()->getParent();
    if (RD->isInStdNamespace() && nameOf(RD) == "thread")
      return HandOut{Construct->getExprLoc(), Itself};
    return std::nullopt;
  }
  const auto *Call = cast<CallExpr>(S);
  const FunctionDecl *Callee = Call->getDirectCallee();
  if (!Callee)
    return std::nullopt;
  if (const auto *Member = dyn_cast<CXXMemberCallExpr>(Call)) {
    const Expr *Object = Member->getImplicitObjectArgument();
    if (!isa<CXXThisExpr>(stripped(Object)))
      return isOutside(Member->getCallee()) || isOutside(Object)
                 ? std::optional(HandOut{Call->getExprLoc(), Itself})
                 : std::nullopt;
    // A member of the awaiter's own: what it does with its parameter.
    const FunctionDecl *Body = visibleBody(Callee);
    if (!Body || Depth == 0)
      return std::nullopt;
    for (unsigned I = 0; I < Call->getNumArgs() && I < Body->getNumParams();
         ++I)
      if (Call->getArg(I) == Child)
        return HandOutFinder(SM).find(Body, Body->getParamDecl(I), Depth - 1);
    return std::nullopt;
  }
  if (isa<CXXOperatorCallExpr>(Call)) // Assignments are seen elsewhere.
    return std::nullopt;
  if (const auto *Method = dyn_cast<CXXMethodDecl>(Callee);
      Method && Method->isStatic())
    return std::nullopt;
  if (Callee->isInStdNamespace() || Callee->getBuiltinID() ||
      llvm::any_of(Call->arguments(), asksPromise))
    return std::nullopt;
  return HandOut{Call->getExprLoc(), Itself};
}

std::optional<HandOut> HandOutFinder::follow(const Expr *Named, bool Itself,
                                             const ParentTable &Parents,
                                             unsigned Depth) {
  const Stmt *Child = Named;
  for (const Stmt *P = Parents.effectiveParent(Named, &Child); P;
       P = Parents.effectiveParent(P, &Child)) {
    if (const VarDecl *Var = Parents.initializedVariable(Child)) {
      Holders.push_back({Var, Itself});
      return std::nullopt;
    }
    if (isa<ReturnStmt, CoreturnStmt, IfStmt, DeclStmt>(P))
      return std::nullopt;
    if (const auto *Member = dyn_cast<MemberExpr>(P)) {
      // `h.address()` is the handle again, and so is its conversion.
      const auto *Method = dyn_cast<CXXMethodDecl>(Member->getMemberDecl());
      bool Same = Method && (isa<CXXConversionDecl>(Method)
                                 ? !Method->getReturnType()->isBooleanType()
                                 : nameOf(Method) == "address");
      if (!Same)
        return std::nullopt;
      P = Parents.parent(P);
      if (!P)
        return std::nullopt;
      continue;
    }
    if (const auto *Binary = dyn_cast<BinaryOperator>(P)) {
      if (Binary->getOpcode() == BO_Assign && Binary->getRHS() == Child)
        return isOutside(Binary->getLHS())
                   ? std::optional(HandOut{Binary->getExprLoc(), Itself})
                   : std::nullopt;
      return std::nullopt;
    }
    if (const auto *Operator = dyn_cast<CXXOperatorCallExpr>(P)) {
      if (Operator->getOperator() == OO_Equal && Operator->getArg(1) == Child)
        return isOutside(Operator->getArg(0))
                   ? std::optional(HandOut{Operator->getExprLoc(), Itself})
                   : std::nullopt;
      return std::nullopt;
    }
    if (const auto *Call = dyn_cast<CallExpr>(P)) {
      if (movedOperand(Call) || nameOf(Call->getDirectCallee()) == "addressof")
        continue;
      // std::exchange(list_->head, this)
      if (nameOf(Call->getDirectCallee()) == "exchange" &&
          Call->getNumArgs() == 2 && Call->getArg(1) == Child)
        return isOutside(Call->getArg(0))
                   ? std::optional(HandOut{Call->getExprLoc(), Itself})
                   : std::nullopt;
      if (llvm::is_contained(
              {"from_address", "bind", "bind_front", "make_pair"},
              nameOf(Call->getDirectCallee())))
        continue;
      return given(Call, Child, Itself, Depth);
    }
    if (isa<CXXConstructExpr>(P)) {
      if (std::optional<HandOut> Found = given(P, Child, Itself, Depth))
        return Found;
      continue; // A holder of it.
    }
    if (isa<UnaryOperator>(P)) // `&*this` and the like.
      continue;
    if (!isa<Expr>(P))
      return std::nullopt;
  }
  return std::nullopt;
}

std::optional<HandOut> HandOutFinder::find(const FunctionDecl *Body,
                                           const ParmVarDecl *Handle,
                                           unsigned Depth) {
  ParentTable Parents(writtenBody(Body));
  for (const Stmt *S : Parents.preorder()) {
    std::optional<HandOut> Found;
    if (const auto *Ref = dyn_cast<DeclRefExpr>(S)) {
      const auto *Holder = llvm::find_if(
          Holders, [&](const auto &H) { return H.first == Ref->getDecl(); });
      if (Handle && Ref->getDecl() == Handle)
        Found = follow(Ref, false, Parents, Depth);
      else if (Holder != Holders.end())
        Found = follow(Ref, Holder->second, Parents, Depth);
    } else if (const auto *This = dyn_cast<CXXThisExpr>(S)) {
      const Stmt *P = Parents.effectiveParent(This);
      const auto *Member = dyn_cast_or_null<MemberExpr>(P);
      if (!Member)
        Found = follow(This, true, Parents, Depth);
      // What a member of its own, or of its base, does with it.
      else if (const auto *Method =
                   dyn_cast<CXXMethodDecl>(Member->getMemberDecl());
               Method && Depth > 0)
        if (const FunctionDecl *Called = visibleBody(Method);
            Called && Called != Body)
          Found = HandOutFinder(SM).find(Called, nullptr, Depth - 1);
    }
    if (Found)
      return Found;
  }
  return std::nullopt;
}

const CXXMethodDecl *suspendMember(const Suspension &S) {
  if (!S.E || !S.E->getSuspendExpr())
    return nullptr;
  ParentTable Table(S.E->getSuspendExpr());
  for (const Stmt *Inner : Table.preorder())
    if (const auto *Call = dyn_cast<CallExpr>(Inner);
        Call && nameOf(Call->getDirectCallee()) == "await_suspend")
      return dyn_cast<CXXMethodDecl>(Call->getDirectCallee());
  return nullptr;
}

} // namespace

std::vector<UnregisteredAwaiter>
findUnregisteredAwaiters(const FunctionAnalysis &F, TUAnalysis &TU) {
  const Coroutine *C = F.coroutine();
  if (!C || !mayBeDroppedAtAwait(*C, TU))
    return {};
  const SourceManager &SM = TU.context().getSourceManager();
  std::vector<UnregisteredAwaiter> Result;
  for (const Suspension &S : C->Suspensions) {
    if (S.Kind != SuspensionKind::Await || S.NeverSuspends)
      continue;
    const CXXMethodDecl *Suspend = suspendMember(S);
    const FunctionDecl *Body = visibleBody(Suspend);
    if (!Body || Body->isDependentContext() || Body->getNumParams() != 1 ||
        SM.isInSystemHeader(SM.getExpansionLoc(Body->getLocation())))
      continue;
    // A class that derives from the one with await_suspend may take back.
    const CXXRecordDecl *Awaiter = classOf(S.E->getCommonExpr()->getType());
    if (!Awaiter || mayTakeBack(TU.context().getCanonicalTagType(Awaiter)))
      continue;
    std::optional<HandOut> Found =
        HandOutFinder(SM).find(Body, Body->getParamDecl(0), 2);
    if (!Found)
      continue;
    Result.push_back(
        {Awaiter, Found->Loc, Found->Itself, S.E->getExprLoc(), C->TaskType});
  }
  return Result;
}

} // namespace codrop
