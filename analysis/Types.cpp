// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "analysis/Types.h"
#include "analysis/ClassShape.h"
#include "analysis/Syntax.h"
#include "clang/AST/CXXInheritance.h"
#include "clang/AST/DeclTemplate.h"

using namespace clang;

namespace codrop {

/// The class to read the shape of \p T from: for a specialization that nobody
/// needed complete (`task<int> next();`), its template's.
static const CXXRecordDecl *shapeOf(QualType T) {
  if (const CXXRecordDecl *RD = classOf(T))
    return RD;
  const auto *Spec = T.isNull()
                         ? nullptr
                         : dyn_cast_or_null<ClassTemplateSpecializationDecl>(
                               T.getNonReferenceType()->getAsCXXRecordDecl());
  return Spec ? Spec->getSpecializedTemplate()
                    ->getTemplatedDecl()
                    ->getDefinition()
              : nullptr;
}

static bool declares(const CXXRecordDecl *RD, llvm::StringRef Name) {
  IdentifierInfo &Id = RD->getASTContext().Idents.get(Name);
  return !RD->lookup(&Id).empty();
}

static const FunctionDecl *asFunction(const NamedDecl *D) {
  if (const auto *Using = dyn_cast<UsingShadowDecl>(D))
    D = Using->getTargetDecl();
  if (const auto *Template = dyn_cast<FunctionTemplateDecl>(D))
    return Template->getTemplatedDecl();
  return dyn_cast<FunctionDecl>(D);
}

bool TypeModel::isTask(QualType T) const {
  const CXXRecordDecl *RD = shapeOf(T);
  if (!RD)
    return false;
  auto [It, New] = Task.try_emplace(RD, false);
  if (!New)
    return It->second;
  bool Result = Known.taskType(RD) != nullptr ||
                (declares(RD, "promise_type") && !RD->isLambda());
  Task[RD] = Result;
  return Result;
}

bool TypeModel::isAwaitable(QualType T) const {
  const CXXRecordDecl *RD = shapeOf(T);
  if (!RD)
    return false;
  auto It = Awaitable.find(RD);
  if (It != Awaitable.end())
    return It->second;
  bool Result = isTask(T) || Known.awaitOfType(RD);
  if (!Result) {
    DeclarationName CoAwait =
        Context.DeclarationNames.getCXXOperatorName(OO_Coawait);
    Result = anyInHierarchy(RD, [&](const CXXRecordDecl *R) {
      return declares(R, "await_ready") || !R->lookup(CoAwait).empty();
    });
  }
  Awaitable[RD] = Result;
  return Result;
}

bool TypeModel::isEagerTask(QualType T) const {
  const CXXRecordDecl *RD = classOf(T);
  const TaskTypeFact *Fact = RD ? Known.taskType(RD) : nullptr;
  return Fact && Fact->Start == TaskStart::Eager;
}

const CXXRecordDecl *promiseOf(const CXXRecordDecl *Task) {
  ASTContext &Context = Task->getASTContext();
  for (const NamedDecl *D : Task->lookup(&Context.Idents.get("promise_type")))
    if (const auto *Type = dyn_cast<TypeDecl>(D))
      if (const CXXRecordDecl *Promise =
              Context.getTypeDeclType(Type)->getAsCXXRecordDecl()) {
        if (const CXXRecordDecl *Definition = Promise->getDefinition())
          return Definition;
        // What nobody needed yet has the shape of its pattern.
        const CXXRecordDecl *Pattern =
            Promise->getInstantiatedFromMemberClass();
        if (const auto *Spec =
                dyn_cast<ClassTemplateSpecializationDecl>(Promise))
          Pattern = Spec->getSpecializedTemplate()->getTemplatedDecl();
        return Pattern ? Pattern->getDefinition() : nullptr;
      }
  return nullptr;
}

bool suspendsWith(const CXXRecordDecl *Promise, llvm::StringRef Member,
                  llvm::StringRef Awaiter) {
  if (!Promise)
    return false;
  bool Found = false;
  anyInHierarchy(Promise, [&](const CXXRecordDecl *R) {
    IdentifierInfo &Id = R->getASTContext().Idents.get(Member);
    for (const NamedDecl *D : R->lookup(&Id))
      if (const FunctionDecl *F = asFunction(D)) {
        const CXXRecordDecl *RD = F->getReturnType()->getAsCXXRecordDecl();
        Found = RD && RD->isInStdNamespace() && RD->getIdentifier() &&
                RD->getName() == Awaiter;
        return true;
      }
    return false;
  });
  return Found;
}

bool TypeModel::isLazyTask(QualType T) const {
  const CXXRecordDecl *RD = classOf(T);
  if (!RD || !isTask(T))
    return false;
  if (const TaskTypeFact *Fact = Known.taskType(RD))
    return Fact->Start == TaskStart::Lazy;
  return suspendsWith(promiseOf(RD), "initial_suspend", "suspend_always");
}

bool TypeModel::runsOnWhenDropped(QualType T) const {
  const CXXRecordDecl *RD = classOf(T);
  if (!RD || !isTask(T))
    return false;
  if (const TaskTypeFact *Fact = Known.taskType(RD))
    return Fact->Start == TaskStart::Eager && Fact->Drop == TaskDrop::Detaches;
  // Where the frame destroys itself, or nothing destroys it, nobody stops it.
  const CXXRecordDecl *Promise = promiseOf(RD);
  return suspendsWith(Promise, "initial_suspend", "suspend_never") &&
         (RD->hasTrivialDestructor() ||
          suspendsWith(Promise, "final_suspend", "suspend_never"));
}

bool TypeModel::isDetached(QualType T) const {
  if (T->isVoidType())
    return true;
  const CXXRecordDecl *RD = classOf(T);
  if (!runsOnWhenDropped(T))
    return false;
  // A known task can be awaited, if only by a free operator co_await.
  if (Known.taskType(RD))
    return RD->isEmpty();
  DeclarationName CoAwait =
      Context.DeclarationNames.getCXXOperatorName(OO_Coawait);
  return !anyInHierarchy(RD, [&](const CXXRecordDecl *R) {
    return declares(R, "await_ready") || !R->lookup(CoAwait).empty() ||
           declares(R, "get") || declares(R, "wait") || declares(R, "join") ||
           declares(R, "then");
  });
}

QualType TypeModel::awaitResult(QualType T) const {
  const CXXRecordDecl *RD = classOf(T);
  if (!RD)
    return {};
  auto resumeType = [&](const CXXRecordDecl *Awaiter) -> QualType {
    QualType Result;
    anyInHierarchy(Awaiter, [&](const CXXRecordDecl *R) {
      for (const NamedDecl *D : R->lookup(&Context.Idents.get("await_resume")))
        if (const FunctionDecl *F = asFunction(D)) {
          Result = F->getReturnType();
          return true;
        }
      return false;
    });
    return Result;
  };
  QualType Result = resumeType(RD);
  if (Result.isNull())
    anyInHierarchy(RD, [&](const CXXRecordDecl *R) {
      for (const NamedDecl *D :
           R->lookup(Context.DeclarationNames.getCXXOperatorName(OO_Coawait)))
        if (const FunctionDecl *F = asFunction(D)) {
          Result = resumeType(classOf(F->getReturnType()));
          return !Result.isNull();
        }
      return false;
    });
  if (!Result.isNull() && !Result->isDependentType() &&
      !Result->isUndeducedType())
    return Result;
  // task<T>: by custom the first template argument is the result.
  if (isTask(T))
    if (const auto *Spec = dyn_cast<ClassTemplateSpecializationDecl>(RD)) {
      const TemplateArgumentList &Args = Spec->getTemplateArgs();
      if (Args.size() > 0 && Args[0].getKind() == TemplateArgument::Type)
        return Args[0].getAsType();
    }
  return {};
}

// --- Resources ---------------------------------------------------------------

namespace {
/// Names of members that mean the end of an object's work. Which of them a
/// class has decides what the message recommends, the most specific first.
constexpr llvm::StringLiteral ClosingNames[] = {"close",
                                                "async_close",
                                                "aclose",
                                                "close_async",
                                                "closeAsync",
                                                "shutdown",
                                                "async_shutdown",
                                                "stop",
                                                "join",
                                                "joinAsync",
                                                "cancelAndJoinAsync",
                                                "drain",
                                                "disconnect",
                                                "async_disconnect",
                                                "cleanup"};
/// Members that open it again or for the first time.
constexpr llvm::StringLiteral OpeningNames[] = {
    "open",        "async_open", "connect", "async_connect", "start",
    "async_start", "accept",     "bind",    "listen"};
} // namespace

/// Its destructor starts the close itself: dropping it loses nothing, and
/// whether that is sound is another rule's question.
static bool closesInDestructor(const CXXRecordDecl *RD,
                               llvm::ArrayRef<std::string> CloseNames) {
  const CXXDestructorDecl *Destructor = RD->getDestructor();
  const FunctionDecl *Definition = nullptr;
  if (!Destructor || !Destructor->hasBody(Definition))
    return false;
  ParentTable Body(Definition->getBody());
  for (const Stmt *S : Body.preorder()) {
    const auto *Call = dyn_cast<CXXMemberCallExpr>(S);
    const CXXMethodDecl *Method = Call ? Call->getMethodDecl() : nullptr;
    if (Method && Method->getIdentifier() &&
        isa<CXXThisExpr>(stripped(Call->getImplicitObjectArgument())) &&
        llvm::is_contained(CloseNames, Method->getName()))
      return true;
  }
  return false;
}

static bool callableWithoutArguments(const FunctionDecl *F) {
  return F->getMinRequiredArguments() == 0;
}

std::optional<Resource>
TypeModel::inferResource(const CXXRecordDecl *RD) const {
  // Tasks, awaitables and the standard library's own types are no resources:
  // `join()` of a task is how it is awaited.
  if (RD->isLambda() || RD->isInStdNamespace() || RD->isUnion() ||
      isAwaitable(Context.getCanonicalTagType(RD)))
    return std::nullopt;
  Resource R;
  R.Record = RD;
  R.Inferred = true;
  for (llvm::StringRef Name : ClosingNames)
    anyInHierarchy(RD, [&](const CXXRecordDecl *Base) {
      for (const NamedDecl *D : Base->lookup(&Context.Idents.get(Name))) {
        const auto *Method = dyn_cast_or_null<CXXMethodDecl>(asFunction(D));
        // Only a public, non-static close can be asked of the user.
        if (!Method || Method->isStatic() || D->getAccess() != AS_public ||
            !callableWithoutArguments(Method))
          continue;
        // `close() const` changes nothing about the object.
        if (!Method->isConst() && isAwaitable(Method->getReturnType())) {
          R.Close.push_back(Name.str());
          return true;
        }
      }
      return false;
    });
  if (R.Close.empty() || closesInDestructor(RD, R.Close))
    return std::nullopt;
  for (llvm::StringRef Name : OpeningNames)
    anyInHierarchy(RD, [&](const CXXRecordDecl *Base) {
      for (const NamedDecl *D : Base->lookup(&Context.Idents.get(Name))) {
        const auto *Method = dyn_cast_or_null<CXXMethodDecl>(asFunction(D));
        if (Method && !Method->isStatic()) {
          R.Open.push_back(Name.str());
          return true;
        }
      }
      return false;
    });
  return R;
}

const Resource *TypeModel::resource(QualType T, bool Infer) const {
  const CXXRecordDecl *RD = classOf(T);
  if (!RD || RD->isDependentContext())
    return nullptr;
  auto [It, New] = Resources[Infer].try_emplace(RD, nullptr);
  if (!New)
    return It->second.get();
  std::unique_ptr<Resource> Result;
  if (!Known.notResource(RD)) {
    if (const ResourceFact *Fact = Known.resource(RD)) {
      Result = std::make_unique<Resource>();
      Result->Record = RD;
      Result->Close = Fact->Close;
      Result->Open = Fact->Open;
      Result->DefaultConstructedIsClosed = Fact->DefaultConstructedIsClosed;
      Result->NormalPathOnly = Fact->NormalPathOnly;
      Result->Copyable = Fact->SharedByCopies;
      Result->Why = Fact->Why;
      Result->OfLibrary =
          llvm::StringRef(Fact->Origin.File).starts_with("<embedded>");
    } else if (Infer) {
      if (std::optional<Resource> Inferred = inferResource(RD))
        Result = std::make_unique<Resource>(std::move(*Inferred));
    }
  }
  if (Result)
    Result->Copyable |= isCopyable(RD);
  const Resource *Raw = Result.get();
  Resources[Infer][RD] = std::move(Result);
  return Raw;
}

bool TypeModel::isCopyable(const CXXRecordDecl *RD) {
  bool CopyDeleted = false, HasCopy = RD->needsImplicitCopyConstructor();
  for (const CXXConstructorDecl *Ctor : RD->ctors())
    if (Ctor->isCopyConstructor()) {
      HasCopy = true;
      CopyDeleted |= Ctor->isDeleted();
    }
  return HasCopy && !CopyDeleted && !RD->defaultedCopyConstructorIsDeleted();
}

QualType TypeModel::heldType(QualType T) {
  const auto *Spec =
      dyn_cast_or_null<ClassTemplateSpecializationDecl>(classOf(T));
  if (!Spec || !Spec->isInStdNamespace() ||
      !llvm::is_contained({"optional", "expected", "unique_ptr"},
                          Spec->getName()))
    return {};
  const TemplateArgumentList &Args = Spec->getTemplateArgs();
  if (Args.size() == 0 || Args[0].getKind() != TemplateArgument::Type)
    return {};
  if (Spec->getName() == "unique_ptr") {
    const CXXRecordDecl *Deleter =
        Args.size() > 1 && Args[1].getKind() == TemplateArgument::Type
            ? Args[1].getAsType()->getAsCXXRecordDecl()
            : nullptr;
    if (!Deleter || !Deleter->isInStdNamespace())
      return {};
  }
  return Args[0].getAsType();
}

std::string typeName(QualType T, const ASTContext &Context) {
  PrintingPolicy Policy = Context.getPrintingPolicy();
  Policy.SuppressTagKeyword = true;
  Policy.SuppressUnwrittenScope = true;
  Policy.adjustForCPlusPlus();
  return T.getNonReferenceType().getUnqualifiedType().getAsString(Policy);
}

} // namespace codrop
