// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The one spelling of a declaration's name that knowledge files use. What hides
// a library's implementation from its users (inline namespaces, template
// arguments, using-declarations) must not show in it, or a fact would hold for
// one standard library only.

#include "analysis/Knowledge.h"
#include "clang/AST/ASTContext.h"
#include "clang/AST/DeclFriend.h"
#include "clang/AST/DeclTemplate.h"

using namespace clang;

namespace codrop {
namespace {

/// The declaration that a using-declaration, a template or an alias of a
/// namespace stands for.
const NamedDecl *underlying(const NamedDecl *D) {
  while (D) {
    if (const auto *Shadow = dyn_cast<UsingShadowDecl>(D))
      D = Shadow->getTargetDecl();
    else if (const auto *Alias = dyn_cast<NamespaceAliasDecl>(D))
      D = Alias->getNamespace();
    else if (const auto *T = dyn_cast<TemplateDecl>(D);
             T && T->getTemplatedDecl())
      D = T->getTemplatedDecl();
    else
      break;
  }
  return D;
}

std::string ownName(const NamedDecl *D) {
  if (isa<CXXConstructorDecl>(D))
    return cast<CXXConstructorDecl>(D)->getParent()->getNameAsString();
  if (isa<CXXDestructorDecl>(D))
    return "~" + cast<CXXDestructorDecl>(D)->getParent()->getNameAsString();
  if (const auto *Conversion = dyn_cast<CXXConversionDecl>(D)) {
    PrintingPolicy Policy(D->getASTContext().getLangOpts());
    return "operator " +
           Conversion->getConversionType().getCanonicalType().getAsString(
               Policy);
  }
  return D->getNameAsString();
}

const DeclContext *semanticParent(const Decl *D) {
  const DeclContext *DC = D->getDeclContext();
  // `extern int f();` in a body declares a function of the namespace.
  if (const auto *FD = dyn_cast<FunctionDecl>(D); FD && FD->isLocalExternDecl())
    while (DC->isFunctionOrMethod())
      DC = DC->getParent();
  return DC;
}

} // namespace

std::string knowledgeName(const NamedDecl *D) {
  D = D ? underlying(D) : nullptr;
  if (!D)
    return "";
  llvm::SmallVector<std::string, 6> Parts;
  for (const Decl *Part = D; Part;) {
    const auto *Named = dyn_cast<NamedDecl>(Part);
    const auto *Namespace = dyn_cast<NamespaceDecl>(Part);
    if (const auto *Record = dyn_cast<CXXRecordDecl>(Part);
        Record && Record->isLambda())
      return "";
    bool Invisible =
        !Named || (Namespace && (Namespace->isInline() ||
                                 Namespace->isAnonymousNamespace()));
    if (!Invisible)
      if (std::string Own = ownName(Named); !Own.empty())
        Parts.push_back(std::move(Own));
    const DeclContext *Parent = semanticParent(Part);
    if (!Parent || Parent->isTranslationUnit())
      break;
    Part = cast<Decl>(Parent);
  }
  std::string Name;
  for (const std::string &Part : llvm::reverse(Parts)) {
    if (!Name.empty())
      Name += "::";
    Name += Part;
  }
  return Name;
}

const CXXRecordDecl *objectClass(const CallExpr *Call) {
  const Expr *Object = nullptr;
  if (const auto *Member = dyn_cast<CXXMemberCallExpr>(Call))
    Object = Member->getImplicitObjectArgument();
  else if (const auto *Operator = dyn_cast<CXXOperatorCallExpr>(Call);
           Operator && Operator->getNumArgs() &&
           isa_and_nonnull<CXXMethodDecl>(Operator->getDirectCallee()))
    Object = Operator->getArg(0);
  if (!Object)
    return nullptr;
  QualType Type = Object->IgnoreParenImpCasts()->getType();
  if (Type->isPointerType())
    Type = Type->getPointeeType();
  return Type->getAsCXXRecordDecl();
}

} // namespace codrop
