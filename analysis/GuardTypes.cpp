// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// TypeModel's part about guards and mutexes.

#include "analysis/ClassShape.h"
#include "analysis/Syntax.h"
#include "analysis/Types.h"

using namespace clang;

namespace codrop {

bool TypeModel::isCoroutineMutex(const CXXRecordDecl *RD) const {
  if (!RD || !(RD = RD->getDefinition()))
    return false;
  if (Known.isCoroutineMutex(RD))
    return true;
  return anyInHierarchy(RD, [&](const CXXRecordDecl *R) {
    return llvm::any_of(R->methods(), [&](const CXXMethodDecl *Method) {
      return Method->getIdentifier() &&
             Method->getName().contains_insensitive("lock") &&
             isAwaitable(Method->getReturnType());
    });
  });
}

/// A mutex for threads, as far as its class tells: lock() comes back locked.
static bool isThreadMutex(const CXXRecordDecl *RD, const TypeModel &Model) {
  if (!RD || !(RD = RD->getDefinition()) || Model.isCoroutineMutex(RD))
    return false;
  bool Locks = false, Unlocks = false;
  anyInHierarchy(RD, [&](const CXXRecordDecl *R) {
    for (const CXXMethodDecl *Method : R->methods())
      if (Method->getIdentifier() && Method->getReturnType()->isVoidType()) {
        Locks |= Method->getName() == "lock";
        Unlocks |= Method->getName() == "unlock";
      }
    return Locks && Unlocks;
  });
  return Locks && Unlocks;
}

/// True if \p Body unlocks a mutex that a member of \p RD refers to.
static bool unlocksMember(const Stmt *Body, const CXXRecordDecl *RD,
                          const TypeModel &Model) {
  llvm::SmallVector<const Stmt *, 16> Work{Body};
  while (!Work.empty()) {
    const Stmt *S = Work.pop_back_val();
    if (!S || isa<LambdaExpr>(S))
      continue;
    if (const auto *Call = dyn_cast<CXXMemberCallExpr>(S)) {
      const CXXMethodDecl *Method = Call->getMethodDecl();
      const auto *Object =
          dyn_cast<MemberExpr>(stripped(Call->getImplicitObjectArgument()));
      const auto *Field =
          Object ? dyn_cast<FieldDecl>(Object->getMemberDecl()) : nullptr;
      // A class that owns its mutex is no guard but what is guarded.
      if (Method && Method->getIdentifier() && Field &&
          Method->getName().starts_with("unlock") && Field->getParent() == RD &&
          (Field->getType()->isReferenceType() ||
           Field->getType()->isPointerType()) &&
          isThreadMutex(Method->getParent(), Model))
        return true;
    }
    Work.append(S->child_begin(), S->child_end());
  }
  return false;
}

std::optional<GuardFact> TypeModel::inferGuard(const CXXRecordDecl *RD) const {
  const CXXDestructorDecl *Destructor = RD->getDestructor();
  const FunctionDecl *Definition = nullptr;
  if (RD->isInStdNamespace() || RD->isLambda() || RD->isDependentContext() ||
      !Destructor || !Destructor->isUserProvided() ||
      !Destructor->hasBody(Definition) ||
      !unlocksMember(Definition->getBody(), RD, *this))
    return std::nullopt;
  GuardFact Fact;
  Fact.Name = knowledgeName(RD);
  Fact.DefaultConstructedIsEmpty = true;
  Fact.Acquire = {"lock", "try_lock"};
  Fact.Disarm = {"release"};
  Fact.Release = {"unlock"};
  for (const CXXMethodDecl *Method : RD->methods()) {
    const FunctionDecl *Body = nullptr;
    if (Method->getIdentifier() && Method->hasBody(Body) &&
        unlocksMember(Body->getBody(), RD, *this))
      Fact.Release.push_back(Method->getNameAsString());
  }
  return Fact;
}

const GuardFact *TypeModel::guardFact(const CXXRecordDecl *RD) const {
  const GuardFact *Fact = Known.guard(RD);
  const auto *Spec = dyn_cast<ClassTemplateSpecializationDecl>(RD);
  if (Fact && (Fact->Kind != GuardKind::ThreadBound || !Spec))
    return Fact;
  auto It = Inferred.find(RD);
  if (It == Inferred.end()) {
    std::unique_ptr<GuardFact> Own;
    if (!Fact) {
      if (std::optional<GuardFact> Made = inferGuard(RD))
        Own = std::make_unique<GuardFact>(std::move(*Made));
    } else if (llvm::all_of(typeArguments(Spec), [&](QualType T) {
                 return isCoroutineMutex(T->getAsCXXRecordDecl());
               })) {
      // A standard guard of a mutex that coroutines await is bound to no
      // thread; a std::scoped_lock<> owns nothing at all.
      Own = std::make_unique<GuardFact>(*Fact);
      Own->Kind = GuardKind::CoroutineSafe;
    }
    It = Inferred.try_emplace(RD, std::move(Own)).first;
  }
  return It->second ? It->second.get() : Fact;
}

static std::optional<Guard> guardIn(const TypeModel &Model, QualType T,
                                    MoreGuards More, unsigned Depth) {
  T = T.getNonReferenceType();
  if (const auto *Array = T->getAsArrayTypeUnsafe())
    T = Array->getElementType();
  const CXXRecordDecl *RD = classOf(T);
  if (!RD || Depth > 3)
    return std::nullopt;
  if (More)
    if (const GuardFact *Fact = More(RD))
      return Guard{RD, Fact, Depth > 0, false};
  if (const GuardFact *Fact = Model.guardFact(RD))
    return Guard{RD, Fact, Depth > 0, false};
  if (const auto *Spec = dyn_cast<ClassTemplateSpecializationDecl>(RD);
      Spec && Spec->isInStdNamespace()) {
    llvm::StringRef Name = Spec->getName();
    bool Always = llvm::is_contained({"pair", "tuple", "array"}, Name);
    bool Absent = llvm::is_contained({"optional", "unique_ptr", "shared_ptr",
                                      "variant", "vector", "deque", "list",
                                      "map", "unordered_map", "forward_list"},
                                     Name);
    if (!Always && !Absent)
      return std::nullopt;
    for (QualType Inner : heldTypes(Spec))
      if (std::optional<Guard> G = guardIn(Model, Inner, More, Depth + 1)) {
        // An object that is handled by pointer, or many of them, have a life of
        // their own: whether they hold their lock now can't be told.
        if (Absent && G->Nested && classOf(Inner) != G->Record &&
            Name != "optional")
          return std::nullopt;
        G->MayBeAbsent |= Absent;
        return G;
      }
    return std::nullopt;
  }
  // A struct that holds a guard by value holds the lock as long as it lives.
  if (RD->isInStdNamespace() || RD->isLambda())
    return std::nullopt;
  for (const FieldDecl *Field : RD->fields())
    if (Field->getType()->isRecordType() || Field->getType()->isArrayType())
      if (std::optional<Guard> G =
              guardIn(Model, Field->getType(), More, Depth + 1))
        return G;
  return std::nullopt;
}

std::optional<Guard> TypeModel::guard(QualType T, MoreGuards More) const {
  return guardIn(*this, T, More, 0);
}

} // namespace codrop
