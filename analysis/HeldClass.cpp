// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "analysis/HeldClass.h"
#include "analysis/ClassShape.h"
#include "llvm/ADT/STLExtras.h"

using namespace clang;

namespace codrop {

using Predicate = llvm::function_ref<bool(const CXXRecordDecl *)>;

static std::optional<HeldClass> heldIn(QualType T, Predicate Wanted,
                                       unsigned Depth) {
  if (const auto *Array = T->getAsArrayTypeUnsafe())
    T = Array->getElementType();
  const CXXRecordDecl *RD = T->getAsCXXRecordDecl();
  RD = RD ? RD->getDefinition() : nullptr;
  if (!RD || Depth > 3 || RD->isLambda())
    return std::nullopt;
  if (Wanted(RD))
    return HeldClass{RD, Depth > 0, false};
  if (const auto *Spec = dyn_cast<ClassTemplateSpecializationDecl>(RD);
      Spec && Spec->isInStdNamespace()) {
    llvm::StringRef Name = Spec->getName();
    bool Always = llvm::is_contained({"pair", "tuple", "array"}, Name);
    // Whether the last owner of what is shared dies here can't be told.
    bool Absent =
        llvm::is_contained({"optional", "unique_ptr", "variant", "vector",
                            "deque", "list", "map", "unordered_map"},
                           Name);
    if (Always || Absent)
      for (QualType Inner : heldTypes(Spec))
        if (std::optional<HeldClass> Found = heldIn(Inner, Wanted, Depth + 1)) {
          Found->MayBeAbsent |= Absent;
          return Found;
        }
    return std::nullopt;
  }
  if (RD->isInStdNamespace())
    return std::nullopt;
  for (const FieldDecl *Field : RD->fields())
    if (Field->getType()->isRecordType() || Field->getType()->isArrayType())
      if (std::optional<HeldClass> Found =
              heldIn(Field->getType(), Wanted, Depth + 1))
        return Found;
  return std::nullopt;
}

std::optional<HeldClass> findHeld(QualType T, Predicate Wanted) {
  return heldIn(T.getNonReferenceType(), Wanted, 0);
}

} // namespace codrop
