// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// How a translation unit is parsed; see Parse.h for what is left out.

#include "tool/Parse.h"
#include "clang/AST/ASTContext.h"
#include "clang/Basic/SourceManager.h"
#include "clang/Frontend/FrontendActions.h"
#include "clang/Frontend/MultiplexConsumer.h"
#include "clang/Lex/PreprocessorOptions.h"
#include "clang/Tooling/Tooling.h"
#include <ctime>

using namespace clang;
using namespace llvm;

namespace codrop::tool {

namespace {

class UserCodeConsumer : public MultiplexConsumer {
public:
  UserCodeConsumer(std::vector<std::unique_ptr<ASTConsumer>> Inner,
                   const SourceManager &SM, double *Seconds)
      : MultiplexConsumer(std::move(Inner)), SM(SM), Seconds(Seconds) {}

  // The body of a template is kept: it is what instantiates the user's
  // templates, as std::make_unique<T>() does the destructor of T.
  bool shouldSkipFunctionBody(Decl *D) override {
    const DeclContext *Inside = D->getDeclContext();
    return !isa<TemplateDecl>(D) && !Inside->isDependentContext() &&
           !(D->getAsFunction() && D->getAsFunction()->isDependentContext()) &&
           SM.isInSystemHeader(D->getLocation());
  }

  void HandleTranslationUnit(ASTContext &Context) override {
    // Implicit instantiations hang below their template, so they are in the
    // scope if the template is.
    std::clock_t Start = std::clock();
    std::vector<Decl *> Scope;
    for (Decl *D : Context.getTranslationUnitDecl()->decls())
      if (D->getLocation().isValid() && !SM.isInSystemHeader(D->getLocation()))
        Scope.push_back(D);
    Context.setTraversalScope(Scope);
    MultiplexConsumer::HandleTranslationUnit(Context);
    if (Seconds)
      *Seconds += double(std::clock() - Start) / CLOCKS_PER_SEC;
  }

private:
  const SourceManager &SM;
  double *Seconds;
};

class ParseAction : public ASTFrontendAction {
public:
  ParseAction(const ConsumerFactory &Factory, double *Seconds)
      : Factory(Factory), Seconds(Seconds) {}

  std::unique_ptr<ASTConsumer> CreateASTConsumer(CompilerInstance &CI,
                                                 StringRef File) override {
    std::vector<std::unique_ptr<ASTConsumer>> Inner;
    Inner.push_back(Factory(CI, File));
    return std::make_unique<UserCodeConsumer>(std::move(Inner),
                                              CI.getSourceManager(), Seconds);
  }

private:
  const ConsumerFactory &Factory;
  double *Seconds;
};

class ParseActionFactory : public tooling::FrontendActionFactory {
public:
  ParseActionFactory(const ConsumerFactory &Factory, double *Seconds)
      : Factory(Factory), Seconds(Seconds) {}

  std::unique_ptr<FrontendAction> create() override {
    return std::make_unique<ParseAction>(Factory, Seconds);
  }

  bool runInvocation(std::shared_ptr<CompilerInvocation> Invocation,
                     FileManager *Files,
                     std::shared_ptr<PCHContainerOperations> PCHOperations,
                     DiagnosticConsumer *Diagnostics) override {
    // clang-tidy defines __clang_analyzer__ too; the doors must agree.
    Invocation->getPreprocessorOpts().SetUpStaticAnalyzer = true;
    Invocation->getFrontendOpts().SkipFunctionBodies = true;
    // Else the compiler prints how many warnings there were.
    Invocation->getDiagnosticOpts().ShowCarets = false;
    return FrontendActionFactory::runInvocation(
        std::move(Invocation), Files, std::move(PCHOperations), Diagnostics);
  }

private:
  const ConsumerFactory &Factory;
  double *Seconds;
};

} // namespace

static bool run(const std::vector<std::string> &Command,
                DiagnosticConsumer &Diagnostics, tooling::ToolAction &Action) {
  auto Files = makeIntrusiveRefCnt<FileManager>(FileSystemOptions());
  tooling::ToolInvocation Invocation(
      Command, &Action, Files.get(),
      std::make_shared<PCHContainerOperations>());
  Invocation.setDiagnosticConsumer(&Diagnostics);
  return Invocation.run();
}

bool parse(const std::vector<std::string> &Command,
           DiagnosticConsumer &Diagnostics, ConsumerFactory Factory,
           double *ConsumerSeconds) {
  ParseActionFactory Actions(Factory, ConsumerSeconds);
  return run(Command, Diagnostics, Actions);
}

} // namespace codrop::tool
