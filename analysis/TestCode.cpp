// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "analysis/TestCode.h"
#include "analysis/Names.h"
#include "analysis/Syntax.h"
#include "clang/AST/DeclTemplate.h"
#include "clang/AST/ExprCXX.h"
#include "clang/Basic/SourceManager.h"

using namespace clang;

namespace codrop {

TestCode::TestCode(const ASTContext &Context, const Knowledge &Known)
    : SM(Context.getSourceManager()), Known(Known) {
  read(Context.getTranslationUnitDecl());
  // A lone test_connection() does not make a file of tests.
  Registers |= NamedTests * 2 > OtherFunctions;
}

static bool isTestWord(llvm::StringRef Word) {
  return llvm::is_contained({"test", "tests", "unittest", "unittests"}, Word);
}

/// `test_get()`, `mylib::tests::get()`, `queue_test::run()`: what frameworks
/// that nobody has described register by hand.
static bool isNamedTest(const FunctionDecl *FD) {
  llvm::SmallVector<std::string, 4> Words = identifierWords(nameOf(FD));
  if (Words.size() > 1 &&
      (isTestWord(Words.front()) || isTestWord(Words.back())))
    return true;
  for (const DeclContext *In = FD->getDeclContext(); In; In = In->getParent())
    if (const auto *Named = dyn_cast<NamedDecl>(In);
        isa_and_nonnull<NamespaceDecl, CXXRecordDecl>(Named)) {
      Words = identifierWords(nameOf(Named));
      if (!Words.empty() && isTestWord(Words.back()))
        return true;
    }
  return false;
}

void TestCode::read(const DeclContext *Context) {
  for (const Decl *D : Context->decls()) {
    if (!SM.isInMainFile(SM.getExpansionLoc(D->getLocation())))
      continue;
    if (const auto *RD = dyn_cast<CXXRecordDecl>(D);
        RD && RD->isThisDeclarationADefinition() && Known.isTest(RD))
      Registers = true;
    if (const auto *Var = dyn_cast<VarDecl>(D))
      readVariable(Var);
    if (const auto *FD = dyn_cast<FunctionDecl>(D);
        FD && FD->isThisDeclarationADefinition())
      ++(isNamedTest(FD) ? NamedTests : OtherFunctions);
    if (isa<NamespaceDecl, LinkageSpecDecl>(D))
      read(cast<DeclContext>(D));
  }
}

// `static registrar<test_of_x> instance;`, `const AutoReg r(invoker(&test));`
void TestCode::readVariable(const VarDecl *Var) {
  const CXXRecordDecl *RD = Var->getType()->getAsCXXRecordDecl();
  bool IsRegistrar = RD && Known.isTest(RD);
  if (const auto *Spec = dyn_cast_or_null<ClassTemplateSpecializationDecl>(RD);
      Spec && IsRegistrar)
    for (const TemplateArgument &Arg : Spec->getTemplateArgs().asArray())
      if (Arg.getKind() == TemplateArgument::Type)
        if (const CXXRecordDecl *Test = Arg.getAsType()->getAsCXXRecordDecl())
          Classes.insert(Test->getCanonicalDecl());
  const Expr *Init = Var->getInit();
  if (!Init || Init->isValueDependent())
    return;
  ParentTable Parts(Init);
  IsRegistrar |= llvm::any_of(Parts.preorder(), [&](const Stmt *S) {
    const FunctionDecl *Callee =
        isa<Expr>(S) ? calledFunction(cast<Expr>(S)) : nullptr;
    return Callee && Known.registersTest(Callee);
  });
  if (!IsRegistrar)
    return;
  Registers = true;
  for (const Stmt *S : Parts.preorder())
    if (const auto *Ref = dyn_cast<DeclRefExpr>(S))
      if (const auto *FD = dyn_cast<FunctionDecl>(Ref->getDecl());
          FD && SM.isInMainFile(SM.getExpansionLoc(FD->getLocation())))
        Functions.insert(FD->getCanonicalDecl());
}

bool TestCode::isTest(const FunctionDecl *FD) const {
  const auto *Method = dyn_cast<CXXMethodDecl>(FD);
  return Functions.contains(FD->getCanonicalDecl()) ||
         (Method &&
          (Classes.contains(Method->getParent()->getCanonicalDecl()) ||
           Known.isTest(Method->getParent()))) ||
         (SM.isInMainFile(SM.getExpansionLoc(FD->getLocation())) &&
          isNamedTest(FD));
}

bool TestCode::isInTestFile(SourceLocation Loc) const {
  return Registers && SM.isInMainFile(SM.getExpansionLoc(Loc));
}

bool isTestDouble(const CXXRecordDecl *RD) {
  return llvm::any_of(identifierWords(nameOf(RD)), [](llvm::StringRef Word) {
    return llvm::is_contained({"mock", "fake", "stub", "test", "dummy"}, Word);
  });
}

} // namespace codrop
