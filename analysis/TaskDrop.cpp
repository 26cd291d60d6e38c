// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "analysis/TaskDrop.h"
#include "analysis/ClassShape.h"
#include "analysis/Names.h"
#include "analysis/Syntax.h"

using namespace clang;

namespace codrop {

static bool declares(const CXXRecordDecl *RD, DeclarationName Name) {
  return anyInHierarchy(
      RD, [&](const CXXRecordDecl *R) { return !R->lookup(Name).empty(); });
}

static bool declares(const CXXRecordDecl *RD, llvm::StringRef Name) {
  return declares(RD, &RD->getASTContext().Idents.get(Name));
}

/// The template that \p RD was made from, or the class itself.
static const Decl *origin(const CXXRecordDecl *RD) {
  if (const auto *Spec = dyn_cast<ClassTemplateSpecializationDecl>(RD))
    return Spec->getSpecializedTemplate()->getCanonicalDecl();
  return RD->getCanonicalDecl();
}

/// True if a parameter of type \p T takes a \p RD, or what was made from the
/// same template.
static bool takes(QualType T, const CXXRecordDecl *RD) {
  T = T.getNonReferenceType();
  if (const auto *Written = T->getAs<TemplateSpecializationType>()) {
    const TemplateDecl *Template =
        Written->getTemplateName().getAsTemplateDecl();
    return Template && Template->getCanonicalDecl() == origin(RD);
  }
  const CXXRecordDecl *Class = T->getAsCXXRecordDecl();
  return Class && (origin(Class) == origin(RD) ||
                   // `friend auto operator co_await(task)` in a template.
                   (Class->getDescribedClassTemplate() &&
                    Class->getDescribedClassTemplate()->getCanonicalDecl() ==
                        origin(RD)));
}

/// A function called \p Name in the namespaces around \p RD takes it.
static bool hasFreeFunction(const CXXRecordDecl *RD, DeclarationName Name) {
  for (const DeclContext *DC = RD->getDeclContext(); DC; DC = DC->getParent())
    if (DC->isNamespace())
      for (const NamedDecl *D : DC->lookup(Name)) {
        const FunctionDecl *F = D->getAsFunction();
        if (F && F->getNumParams() > 0 &&
            takes(F->getParamDecl(0)->getType(), RD))
          return true;
      }
  return false;
}

/// Something takes it by co_await: a member, a free operator, or what the
/// promise of a coroutine of its own kind makes of it.
static bool canBeAwaited(const CXXRecordDecl *RD) {
  ASTContext &Context = RD->getASTContext();
  DeclarationName CoAwait =
      Context.DeclarationNames.getCXXOperatorName(OO_Coawait);
  if (declares(RD, "await_ready") || declares(RD, CoAwait) ||
      hasFreeFunction(RD, CoAwait))
    return true;
  const CXXRecordDecl *Promise = promiseOf(RD);
  return Promise && anyInHierarchy(Promise, [&](const CXXRecordDecl *R) {
           for (const NamedDecl *D :
                R->lookup(&Context.Idents.get("await_transform"))) {
             const FunctionDecl *F = D->getAsFunction();
             if (F && F->getNumParams() == 1 &&
                 takes(F->getParamDecl(0)->getType(), RD))
               return true;
           }
           return false;
         });
}

/// What it gives comes one by one.
static bool isGenerator(const CXXRecordDecl *RD) {
  return declares(RD, "begin") || declares(RD, "next");
}

/// A body of \p F that can be read resumes the coroutine, so that one which is
/// born suspended runs all the same.
static bool resumes(const FunctionDecl *F) {
  const FunctionDecl *Definition = nullptr;
  if (!F || !F->hasBody(Definition) || !Definition->getBody())
    return false;
  ParentTable Body(Definition->getBody());
  return llvm::any_of(Body.preorder(), [](const Stmt *S) {
    const auto *Call = dyn_cast<CallExpr>(S);
    const auto *Method =
        Call ? dyn_cast_or_null<CXXMethodDecl>(Call->getDirectCallee())
             : nullptr;
    return Method && Method->getParent()->isInStdNamespace() &&
           nameOf(Method->getParent()) == "coroutine_handle" &&
           (nameOf(Method) == "resume" ||
            Method->getOverloadedOperator() == OO_Call);
  });
}

static bool startsItself(const CXXRecordDecl *RD) {
  if (resumes(RD->getDestructor()))
    return true;
  for (const CXXConstructorDecl *Constructor : RD->ctors())
    if (resumes(Constructor))
      return true;
  const CXXRecordDecl *Promise = promiseOf(RD);
  if (!Promise)
    return false;
  IdentifierInfo &Id = RD->getASTContext().Idents.get("get_return_object");
  return anyInHierarchy(Promise, [&](const CXXRecordDecl *R) {
    for (const NamedDecl *D : R->lookup(&Id))
      if (resumes(D->getAsFunction()))
        return true;
    return false;
  });
}

std::optional<TaskLoss> TaskDrops::classify(QualType T,
                                            const CXXRecordDecl *RD) const {
  if (!Types.isTask(T) || isGenerator(RD))
    return std::nullopt;
  if (const TaskTypeFact *Fact = Types.knowledge().taskType(RD)) {
    if (Fact->Drop == TaskDrop::Joins)
      return std::nullopt;
    // A return object that tells nothing is made to be dropped.
    if (Fact->Drop == TaskDrop::Detaches && !canBeAwaited(RD) &&
        !declares(RD, "get") && !declares(RD, "then") && !declares(RD, "wait"))
      return std::nullopt;
    if (Fact->Start == TaskStart::Lazy)
      return TaskLoss::NeverRuns;
    return Fact->Drop == TaskDrop::Detaches ? TaskLoss::Unseen
           : Fact->Drop == TaskDrop::Destroys || Fact->Drop == TaskDrop::Cancels
               ? TaskLoss::Cancelled
               : TaskLoss::Unknown;
  }
  if (!canBeAwaited(RD))
    return std::nullopt;
  if (Types.isLazyTask(T))
    return startsItself(RD) ? TaskLoss::Unseen : TaskLoss::NeverRuns;
  return Types.runsOnWhenDropped(T) ? TaskLoss::Unseen : TaskLoss::Unknown;
}

std::optional<TaskLoss> TaskDrops::loss(QualType T) const {
  const CXXRecordDecl *RD = classOf(T);
  if (!RD || RD->isDependentContext() || T->isReferenceType())
    return std::nullopt;
  auto [It, New] = Losses.try_emplace(RD, std::nullopt);
  if (!New)
    return It->second;
  std::optional<TaskLoss> Result = classify(T, RD);
  return Losses[RD] = Result;
}

std::optional<HeldTask> TaskDrops::held(QualType T) const {
  if (std::optional<TaskLoss> Loss = loss(T))
    return HeldTask{*Loss, T, HeldTask::Itself};
  const auto *Spec =
      dyn_cast_or_null<ClassTemplateSpecializationDecl>(classOf(T));
  if (!Spec || !Spec->isInStdNamespace() || T->isReferenceType())
    return std::nullopt;
  auto [It, New] = Holders.try_emplace(Spec, std::nullopt);
  if (!New)
    return It->second;
  std::optional<HeldTask> Result;
  std::optional<HeldTask::Holder> How;
  llvm::StringRef Name = Spec->getName();
  if (Name == "optional" || Name == "unique_ptr" || Name == "expected")
    How = HeldTask::Single;
  else if (Name == "pair" || Name == "tuple" || Name == "array")
    How = HeldTask::Several;
  else if (llvm::is_contained({"vector", "deque", "list", "forward_list",
                               "queue", "stack", "map", "unordered_map"},
                              Name))
    How = HeldTask::Container;
  if (How)
    for (QualType Arg : heldTypes(Spec))
      if (std::optional<TaskLoss> Loss = loss(Arg); Loss && !Result)
        Result = HeldTask{*Loss, Arg, *How};
  return Holders[Spec] = Result;
}

QualType callResult(QualType T) {
  if (T.isNull())
    return {};
  T = T.getNonReferenceType();
  if (T->isPointerType())
    T = T->getPointeeType();
  else if (const auto *Member = T->getAs<MemberPointerType>())
    T = Member->getPointeeType();
  if (const auto *Function = T->getAs<FunctionType>())
    return Function->getReturnType();
  const CXXRecordDecl *RD = classOf(T);
  if (!RD)
    return {};
  QualType Result;
  unsigned Count = 0;
  for (const NamedDecl *D : RD->lookup(
           RD->getASTContext().DeclarationNames.getCXXOperatorName(OO_Call))) {
    ++Count;
    if (const auto *Method = dyn_cast<CXXMethodDecl>(D)) {
      Result = Method->getReturnType();
    } else if (const auto *Template = dyn_cast<FunctionTemplateDecl>(D)) {
      // Of a generic lambda, what it was called with tells.
      for (const FunctionDecl *Made : Template->specializations())
        if (!Made->getReturnType()->isUndeducedType())
          Result = Made->getReturnType();
    }
  }
  if (Count == 1)
    return Result;
  // `std::bind_front(&server::run, this)`
  const auto *Spec = dyn_cast<ClassTemplateSpecializationDecl>(RD);
  if (!Spec || !Spec->isInStdNamespace() || !Spec->getName().contains("ind"))
    return {};
  llvm::SmallVector<QualType, 4> Args = typeArguments(Spec);
  return Args.empty() ? QualType() : callResult(Args.front());
}

} // namespace codrop
