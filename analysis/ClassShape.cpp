// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "analysis/ClassShape.h"
#include "llvm/ADT/STLExtras.h"

using namespace clang;

namespace codrop {

const CXXRecordDecl *classOf(QualType T) {
  if (T.isNull())
    return nullptr;
  const CXXRecordDecl *RD = T.getNonReferenceType()->getAsCXXRecordDecl();
  return RD ? RD->getDefinition() : nullptr;
}

bool anyInHierarchy(const CXXRecordDecl *RD,
                    llvm::function_ref<bool(const CXXRecordDecl *)> Visit,
                    unsigned Depth) {
  if (!RD || !RD->hasDefinition() || Depth > 16)
    return false;
  RD = RD->getDefinition();
  if (Visit(RD))
    return true;
  for (const CXXBaseSpecifier &Base : RD->bases())
    if (anyInHierarchy(Base.getType()->getAsCXXRecordDecl(), Visit, Depth + 1))
      return true;
  return false;
}

llvm::SmallVector<QualType, 4>
typeArguments(const ClassTemplateSpecializationDecl *Spec) {
  llvm::SmallVector<QualType, 4> Types;
  for (const TemplateArgument &Arg : Spec->getTemplateArgs().asArray()) {
    if (Arg.getKind() == TemplateArgument::Type)
      Types.push_back(Arg.getAsType());
    else if (Arg.getKind() == TemplateArgument::Pack)
      for (const TemplateArgument &Inner : Arg.pack_elements())
        if (Inner.getKind() == TemplateArgument::Type)
          Types.push_back(Inner.getAsType());
  }
  return Types;
}

llvm::SmallVector<QualType, 4>
heldTypes(const ClassTemplateSpecializationDecl *Spec) {
  llvm::SmallVector<QualType, 4> Types = typeArguments(Spec);
  if (!Spec->isInStdNamespace())
    return Types;
  llvm::StringRef Name = Spec->getName();
  if (Types.size() > 1 && llvm::is_contained({"unique_ptr", "vector", "deque",
                                              "list", "forward_list", "set"},
                                             Name))
    Types.resize(1);
  if (Types.size() > 2 &&
      llvm::is_contained({"map", "multimap", "unordered_map"}, Name))
    Types.resize(2);
  return Types;
}

} // namespace codrop
