// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The parts of the tables that need no table: components of names and base
// classes, also of templates that nobody has instantiated.

#include "analysis/KnowledgeTables.h"
#include "clang/AST/DeclTemplate.h"

using namespace clang;
using llvm::StringRef;

namespace codrop {

StringRef lastComponent(StringRef Name) {
  // `::` inside of an operator's name ("operator std::string") is no scope.
  size_t End = Name.find("operator ");
  size_t At = Name.substr(0, End).rfind("::");
  return At == StringRef::npos ? Name : Name.substr(At + 2);
}

StringRef lastComponent(const NamedDecl *D,
                        llvm::SmallVectorImpl<char> &Buffer) {
  if (const IdentifierInfo *II = D->getIdentifier())
    return II->getName();
  llvm::raw_svector_ostream Out(Buffer);
  if (const auto *C = dyn_cast<CXXConstructorDecl>(D)) {
    if (const IdentifierInfo *II = C->getParent()->getIdentifier())
      return II->getName();
  } else if (const auto *Dtor = dyn_cast<CXXDestructorDecl>(D)) {
    if (const IdentifierInfo *II = Dtor->getParent()->getIdentifier())
      Out << '~' << II->getName();
  } else if (isa<CXXConversionDecl>(D)) {
    std::string Name = knowledgeName(D);
    Out << lastComponent(StringRef(Name));
  } else if (D->getDeclName().getCXXOverloadedOperator() != OO_None) {
    Out << D->getDeclName();
  }
  return Out.str();
}

const CXXRecordDecl *definitionOf(const CXXRecordDecl *RD) {
  if (const CXXRecordDecl *Definition = RD->getDefinition())
    return Definition;
  if (const auto *S = dyn_cast<ClassTemplateSpecializationDecl>(RD))
    return S->getSpecializedTemplate()->getTemplatedDecl()->getDefinition();
  return nullptr;
}

const CXXRecordDecl *recordOf(QualType Type) {
  if (const CXXRecordDecl *RD = Type->getAsCXXRecordDecl())
    return RD;
  if (const auto *T = Type->getAs<TemplateSpecializationType>())
    if (const TemplateDecl *Template = T->getTemplateName().getAsTemplateDecl())
      return dyn_cast_or_null<CXXRecordDecl>(Template->getTemplatedDecl());
  return nullptr;
}

} // namespace codrop
