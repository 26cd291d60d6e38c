// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "analysis/Cancellation.h"
#include "analysis/ClassShape.h"
#include "analysis/Names.h"
#include "clang/AST/ASTContext.h"
#include "clang/AST/DeclTemplate.h"
#include "clang/Basic/SourceManager.h"

using namespace clang;

namespace codrop {

using Words = llvm::SmallVector<std::string, 4>;

static bool hasAny(const Words &Has,
                   std::initializer_list<llvm::StringRef> Any) {
  return llvm::any_of(
      Has, [&](llvm::StringRef Word) { return llvm::is_contained(Any, Word); });
}

static bool hasPrefix(const Words &Has,
                      std::initializer_list<llvm::StringRef> Any) {
  return llvm::any_of(Has, [&](llvm::StringRef Word) {
    return llvm::any_of(
        Any, [&](llvm::StringRef Prefix) { return Word.starts_with(Prefix); });
  });
}

/// "operation_cancelled", "AbortRequested", "stopped_exception"
static bool soundsCancelled(const CXXRecordDecl *RD) {
  Words Name = identifierWords(nameOf(RD));
  return hasPrefix(Name, {"cancel"}) ||
         hasAny(Name, {"aborted", "stopped", "interrupted", "shutdown"}) ||
         (hasAny(Name, {"abort", "stop"}) &&
          hasAny(Name, {"requested", "exception", "error"}));
}

static bool soundsLikeToken(const CXXRecordDecl *RD) {
  Words Name = identifierWords(nameOf(RD));
  return (hasPrefix(Name, {"cancel", "abort", "stop", "shutdown"}) &&
          hasAny(Name, {"token", "source", "signal", "slot", "state", "flag",
                        "context", "controller"})) ||
         (!Name.empty() && Name.back() == "gate");
}

/// What is called so is asked before going on, or says that there is an end.
static bool soundsLikeStop(llvm::StringRef Identifier) {
  Words Name = identifierWords(Identifier);
  return hasPrefix(Name, {"stop", "abort", "cancel", "shutdown", "terminat",
                          "interrupt", "quit", "exit"}) ||
         hasAny(Name, {"shut", "closed", "closing", "running", "alive", "open",
                       "connected", "disconnected", "draining", "drained",
                       "active", "dying", "dead", "shutting", "eof"});
}

/// The class called \p Name in the translation unit, if it is defined.
static const CXXRecordDecl *findClass(llvm::StringRef Name,
                                      const ASTContext &Context) {
  const DeclContext *In = Context.getTranslationUnitDecl();
  llvm::SmallVector<llvm::StringRef, 4> Parts;
  Name.split(Parts, "::");
  for (llvm::StringRef Part : Parts) {
    const DeclContext *Next = nullptr;
    for (const NamedDecl *D : In->lookup(&Context.Idents.get(Part))) {
      D = D->getUnderlyingDecl();
      if (const auto *Alias = dyn_cast<NamespaceAliasDecl>(D))
        D = Alias->getNamespace();
      if (const auto *Typedef = dyn_cast<TypedefNameDecl>(D))
        D = Typedef->getUnderlyingType()->getAsCXXRecordDecl();
      if (const auto *DC = dyn_cast_or_null<DeclContext>(D)) {
        Next = DC;
        break;
      }
    }
    if (!Next)
      return nullptr;
    In = Next;
  }
  const auto *RD = dyn_cast<CXXRecordDecl>(In);
  return RD ? RD->getDefinition() : nullptr;
}

Cancellation::Cancellation(TUAnalysis &TU) : TU(TU), Known(TU.knowledge()) {
  for (const CancellationExceptionFact *F : Known.cancellationExceptions())
    if (const CXXRecordDecl *RD = findClass(F->Name, TU.context()))
      Exceptions.push_back({RD, F->Name, F});
}

static llvm::StringRef libraryOf(QualType T, const Knowledge &Known) {
  const CXXRecordDecl *RD =
      T.isNull() ? nullptr : T.getNonReferenceType()->getAsCXXRecordDecl();
  const TaskTypeFact *Task = RD ? Known.taskType(RD) : nullptr;
  return Task ? llvm::StringRef(Task->Origin.Library) : llvm::StringRef();
}

llvm::SmallVector<const CancellationException *, 4>
Cancellation::thrownIn(const Coroutine &C, bool WithOwn) const {
  llvm::SmallVector<llvm::StringRef, 2> Libraries;
  auto addLibrary = [&](llvm::StringRef Name) {
    if (!Name.empty() && !llvm::is_contained(Libraries, Name))
      Libraries.push_back(Name);
  };
  if (C.Task)
    addLibrary(C.Task->Origin.Library);
  for (const Suspension &S : C.Suspensions)
    if (S.Operand)
      addLibrary(libraryOf(S.Operand->getType(), Known));
  llvm::SmallVector<const CancellationException *, 4> Result;
  for (const CancellationException &E : Exceptions)
    // What the user's own files say holds for whatever is awaited.
    if (E.Known->Fiber.empty() &&
        (llvm::is_contained(Libraries, E.Known->Origin.Library) ||
         !llvm::StringRef(E.Known->Origin.File).starts_with("<embedded>")))
      Result.push_back(&E);
  if (!Result.empty() || !WithOwn)
    return Result;
  if (!Own) {
    Own.emplace();
    for (const CXXRecordDecl *RD : TU.index().thrown()) {
      const CancellationExceptionFact *F = Known.cancellationException(RD);
      if (F ? F->Origin.Library == "annotation" : codrop::soundsCancelled(RD))
        Own->push_back({RD, RD->getQualifiedNameAsString(), F});
    }
  }
  for (const CancellationException &E : *Own)
    Result.push_back(&E);
  return Result;
}

llvm::SmallVector<std::pair<const CancellationException *, const ParmVarDecl *>,
                  1>
Cancellation::thrownOnFiber(const FunctionDecl *FD) const {
  llvm::SmallVector<
      std::pair<const CancellationException *, const ParmVarDecl *>, 1>
      Result;
  for (const CancellationException &E : Exceptions)
    for (const ParmVarDecl *P : FD->parameters()) {
      const CXXRecordDecl *RD =
          P->getType().getNonReferenceType()->getAsCXXRecordDecl();
      if (RD && !E.Known->Fiber.empty() && knowledgeName(RD) == E.Known->Fiber)
        Result.push_back({&E, P});
    }
  return Result;
}

bool Cancellation::mayBeOnFiber(const FunctionDecl *FD) {
  static const std::vector<std::string> Names = [] {
    std::vector<std::string> Result;
    for (const CancellationExceptionFact *F :
         Knowledge::embedded().cancellationExceptions())
      if (!F->Fiber.empty())
        Result.push_back(llvm::StringRef(F->Fiber).rsplit("::").second.str());
    return Result;
  }();
  return llvm::any_of(FD->parameters(), [](const ParmVarDecl *P) {
    return P->getType()->isReferenceType() &&
           llvm::is_contained(
               Names,
               nameOf(
                   P->getType().getNonReferenceType()->getAsCXXRecordDecl()));
  });
}

static const CXXRecordDecl *caughtClass(const CXXCatchStmt *Handler) {
  QualType T = Handler->getCaughtType().getNonReferenceType();
  if (T->isPointerType())
    T = T->getPointeeType();
  const CXXRecordDecl *RD = T->getAsCXXRecordDecl();
  return RD ? RD->getDefinition() : nullptr;
}

static bool isSameOrDerived(const CXXRecordDecl *RD, const CXXRecordDecl *Of) {
  return RD->getCanonicalDecl() == Of->getCanonicalDecl() ||
         RD->isDerivedFrom(Of);
}

Takes Cancellation::takes(const CXXCatchStmt *Handler,
                          const CancellationException &What) {
  if (!Handler->getExceptionDecl())
    return Takes::All;
  const CXXRecordDecl *Caught = caughtClass(Handler);
  if (!Caught)
    return Takes::Not;
  if (isSameOrDerived(Caught, What.Class))
    return Takes::Named;
  if (!What.Class->isDerivedFrom(Caught))
    return Takes::Not;
  // A base of its own library is an error's name, too.
  return Caught->isInStdNamespace() && nameOf(Caught) != "system_error"
             ? Takes::Base
             : Takes::Named;
}

bool Cancellation::soundsCancelled(const CXXCatchStmt *Handler) {
  const CXXRecordDecl *Caught =
      Handler->getExceptionDecl() ? caughtClass(Handler) : nullptr;
  return Caught && codrop::soundsCancelled(Caught);
}

bool Cancellation::isToken(QualType T, unsigned Depth) const {
  if (T.isNull() || !Depth)
    return false;
  T = T.getNonReferenceType();
  if (T->isPointerType())
    T = T->getPointeeType();
  const CXXRecordDecl *RD = T->getAsCXXRecordDecl();
  if (!RD)
    return false;
  if (!RD->isInStdNamespace()) {
    auto [It, New] = Tokens.try_emplace(RD, false);
    if (New)
      It->second = Known.isCancellationToken(RD) || soundsLikeToken(RD);
    return It->second;
  }
  if (Known.isCancellationToken(RD))
    return true;
  const auto *Spec = dyn_cast<ClassTemplateSpecializationDecl>(RD);
  return Spec && llvm::any_of(heldTypes(Spec), [&](QualType Held) {
           return isToken(Held, Depth - 1);
         });
}

bool Cancellation::holdsToken(const CXXRecordDecl *RD, unsigned Depth) const {
  RD = RD ? RD->getDefinition() : nullptr;
  if (!RD || !Depth || RD->isInStdNamespace())
    return false;
  return anyInHierarchy(RD, [&](const CXXRecordDecl *R) {
    return llvm::any_of(R->fields(), [&](const FieldDecl *F) {
      QualType T = F->getType().getNonReferenceType();
      return isToken(T) ||
             holdsToken((T->isPointerType() ? T->getPointeeType() : T)
                            ->getAsCXXRecordDecl(),
                        Depth - 1);
    });
  });
}

bool Cancellation::hasTokenInReach(const FunctionDecl *FD) const {
  for (const ParmVarDecl *P : FD->parameters())
    if (isToken(P->getType()))
      return true;
  const auto *Method = dyn_cast<CXXMethodDecl>(FD);
  if (!Method)
    return false;
  // A lambda's captures are members, `this` among them.
  const CXXRecordDecl *Class = Method->getParent();
  return holdsToken(Class, Class->isLambda() ? 3 : 2);
}

bool Cancellation::givesToken(const Expr *Call) const {
  auto isNamedToken = [&](const Expr *E) {
    return E && isToken(stripped(E)->getType());
  };
  if (const Expr *Object = calledObject(Call))
    if (isNamedToken(Object))
      return true;
  if (const auto *C = dyn_cast<CallExpr>(Call))
    return llvm::any_of(C->arguments(), isNamedToken);
  if (const auto *C = dyn_cast<CXXConstructExpr>(Call))
    return llvm::any_of(C->arguments(), isNamedToken);
  return false;
}

bool Cancellation::asksForStop(const Stmt *S, unsigned Depth) const {
  if (!S)
    return false;
  if (const auto *E = dyn_cast<Expr>(S)) {
    if (const auto *Ref = dyn_cast<DeclRefExpr>(E)) {
      if (soundsLikeStop(nameOf(Ref->getDecl())) || isToken(Ref->getType()))
        return true;
    } else if (const auto *Member = dyn_cast<MemberExpr>(E)) {
      if (soundsLikeStop(nameOf(Member->getMemberDecl())) ||
          isToken(Member->getType()))
        return true;
    }
    if (const FunctionDecl *Callee = Depth ? calledFunction(E) : nullptr) {
      const FunctionDecl *Definition = Callee->getDefinition();
      if (Definition && Definition->getBody() &&
          !Definition->getASTContext().getSourceManager().isInSystemHeader(
              Definition->getLocation()) &&
          asksForStop(writtenBody(Definition), Depth - 1))
        return true;
    }
  }
  return llvm::any_of(S->children(), [&](const Stmt *Child) {
    return asksForStop(Child, Depth);
  });
}

const FunctionDecl *awaitedFunction(const Expr *Operand,
                                    const TypeModel &Types) {
  const FunctionDecl *Result = nullptr;
  for (const Expr *E = Operand ? stripped(Operand) : nullptr; E;) {
    if (const FunctionDecl *Callee = calledFunction(E);
        Callee && Callee->getIdentifier())
      Result = Callee;
    // The task that a member is called on, or that a wrapper is given.
    const Expr *Inner = nullptr;
    auto offer = [&](const Expr *Offered) {
      Offered = Offered ? stripped(Offered) : nullptr;
      if (!Inner && Offered && isa<CallExpr>(Offered) &&
          Types.isAwaitable(Offered->getType()))
        Inner = Offered;
    };
    offer(calledObject(E));
    if (const auto *Call = dyn_cast<CallExpr>(E))
      for (const Expr *Argument : Call->arguments())
        offer(Argument);
    E = Inner;
  }
  return Result;
}

bool soundsLikeCleanup(const FunctionDecl *FD) {
  return hasAny(identifierWords(nameOf(FD)),
                {"close",     "aclose",      "stop",       "shutdown",
                 "join",      "drain",       "disconnect", "cancel",
                 "abort",     "cleanup",     "clean",      "release",
                 "unlock",    "dispose",     "teardown",   "finish",
                 "finalize",  "unsubscribe", "unregister", "destroy",
                 "terminate", "quit"});
}

bool soundsLikeWaiting(const FunctionDecl *FD) {
  Words Name = identifierWords(nameOf(FD));
  return !hasAny(Name, {"all", "any"}) &&
         hasAny(Name,
                {"sleep", "wait", "waits", "delay", "pause", "backoff", "yield",
                 "when", "reschedule", "schedule", "timer", "timeout"});
}

} // namespace codrop
