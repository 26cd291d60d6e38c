// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "analysis/ResourceHolders.h"
#include "analysis/Names.h"
#include "clang/AST/DeclTemplate.h"

using namespace clang;

namespace codrop {

/// The element type of a container, by the name of its template: containers of
/// all libraries are called after those of the standard library.
static QualType elementType(QualType T) {
  if (const auto *Array = T->getAsArrayTypeUnsafe())
    return Array->getElementType();
  const auto *Spec = dyn_cast_or_null<ClassTemplateSpecializationDecl>(
      T->getAsCXXRecordDecl());
  if (!Spec || Spec->getTemplateArgs().size() == 0)
    return {};
  auto Words = identifierWords(nameOf(Spec));
  if (Words.empty())
    return {};
  llvm::StringRef Last = Words.back();
  unsigned Index = 0;
  if (llvm::is_contained({"map", "multimap"}, Last))
    Index = 1;
  else if (!llvm::is_contained({"vector", "deque", "list", "array", "set",
                                "multiset", "queue", "fifo"},
                               Last))
    return {};
  if (Spec->getTemplateArgs().size() <= Index ||
      Spec->getTemplateArgs()[Index].getKind() != TemplateArgument::Type)
    return {};
  return Spec->getTemplateArgs()[Index].getAsType();
}

/// The first type that a variant may hold and that owns a resource.
static QualType alternative(QualType T, const TypeModel &Types, bool Infer) {
  const auto *Spec = dyn_cast_or_null<ClassTemplateSpecializationDecl>(
      T->getAsCXXRecordDecl());
  if (!Spec || !Spec->isInStdNamespace() || nameOf(Spec) != "variant" ||
      Spec->getTemplateArgs().size() == 0 ||
      Spec->getTemplateArgs()[0].getKind() != TemplateArgument::Pack)
    return {};
  for (const TemplateArgument &Arg : Spec->getTemplateArgs()[0].pack_elements())
    if (Arg.getKind() == TemplateArgument::Type &&
        ownedResource(Arg.getAsType(), Types, Infer))
      return Arg.getAsType();
  return {};
}

std::optional<OwnedResource> ownedResource(QualType T, const TypeModel &Types,
                                           bool Infer) {
  if (T.isNull() || T->isReferenceType() || T->isPointerType())
    return std::nullopt;
  OwnedResource Owned;
  for (unsigned Depth = 0; Depth < 4; ++Depth) {
    if (const Resource *R = Types.resource(T, Infer)) {
      if (R->Copyable || R->NormalPathOnly || R->Close.empty())
        return std::nullopt;
      Owned.What = R;
      return Owned;
    }
    if (QualType Alternative = alternative(T, Types, Infer);
        !Alternative.isNull()) {
      if (Owned.How == OwnedResource::Itself)
        Owned.How = OwnedResource::Holder;
      T = Alternative;
    } else if (QualType Held = TypeModel::heldType(T); !Held.isNull()) {
      if (Owned.How == OwnedResource::Itself)
        Owned.How = OwnedResource::Holder;
      T = Held;
    } else if (QualType Element = elementType(T); !Element.isNull()) {
      Owned.How = OwnedResource::Elements;
      T = Element;
    } else {
      return std::nullopt;
    }
  }
  return std::nullopt;
}

std::string resourceName(const Resource &R, const ASTContext &Context) {
  return typeName(Context.getCanonicalTagType(R.Record), Context);
}

} // namespace codrop
