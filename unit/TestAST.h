// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Parses a string of C++20 for a unit test and finds declarations in it by
// name. Standard headers are found as the installed clang finds them. What a
// test then asks of the declarations is its own affair.

#ifndef CODROP_UNIT_TESTAST_H
#define CODROP_UNIT_TESTAST_H

#include "clang/ASTMatchers/ASTMatchFinder.h"
#include "clang/Basic/Diagnostic.h"
#include "clang/Frontend/ASTUnit.h"
#include "clang/Tooling/Tooling.h"
#include "llvm/Config/llvm-config.h"
#include "gtest/gtest.h"
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace codrop::test {

/// A parsed translation unit. Errors of the compiler fail the test.
class TestAST {
public:
  explicit TestAST(llvm::StringRef Code, std::vector<std::string> Flags = {}) {
    Flags.insert(Flags.begin(), "-std=c++20");
    // The program that runs is no clang: without this its headers (stddef.h)
    // would be looked for beside the test.
    Flags.push_back("-resource-dir");
    Flags.push_back(CODROP_CLANG_RESOURCE_DIR);
    Unit = clang::tooling::buildASTFromCodeWithArgs(Code, Flags, "input.cpp");
    if (!Unit || Unit->getDiagnostics().hasErrorOccurred())
      ADD_FAILURE() << "the test's code does not compile";
  }

  clang::ASTContext &context() { return Unit->getASTContext(); }
  clang::ASTUnit &unit() { return *Unit; }

  /// The definition of the function \p Name ("f", "ns::C::f"); null, and a
  /// failed test, if there is none. Instantiations are not looked at.
  const clang::FunctionDecl *function(llvm::StringRef Name) {
    using namespace clang::ast_matchers;
    return find<clang::FunctionDecl>(
        functionDecl(hasName(Name), isDefinition(),
                     unless(isTemplateInstantiation())),
        Name);
  }

  /// The first complete instantiation of the function template \p Name.
  const clang::FunctionDecl *instantiation(llvm::StringRef Name) {
    using namespace clang::ast_matchers;
    return find<clang::FunctionDecl>(
        functionDecl(hasName(Name), isDefinition(), isTemplateInstantiation()),
        Name);
  }

  const clang::CXXRecordDecl *record(llvm::StringRef Name) {
    using namespace clang::ast_matchers;
    return find<clang::CXXRecordDecl>(
        cxxRecordDecl(hasName(Name), isDefinition(), unless(isImplicit())),
        Name);
  }

  const clang::VarDecl *variable(llvm::StringRef Name) {
    using namespace clang::ast_matchers;
    return find<clang::VarDecl>(varDecl(hasName(Name)), Name);
  }

  /// The call operator of the lambda that initialises the variable \p Name.
  const clang::FunctionDecl *lambda(llvm::StringRef Name) {
    using namespace clang::ast_matchers;
    const auto *Lambda = find<clang::LambdaExpr>(
        lambdaExpr(hasAncestor(varDecl(hasName(Name)))), Name);
    return Lambda ? Lambda->getCallOperator() : nullptr;
  }

  /// 1-based line of \p Loc, for assertions about places.
  unsigned line(clang::SourceLocation Loc) {
    return context().getSourceManager().getExpansionLineNumber(Loc);
  }

private:
  template <typename Node, typename Matcher>
  const Node *find(const Matcher &M, llvm::StringRef Name) {
    using namespace clang::ast_matchers;
    if (!Unit)
      return nullptr;
    auto Found = match(M.bind("found"), context());
    if (Found.empty()) {
      ADD_FAILURE() << "the test's code has no " << Name.str();
      return nullptr;
    }
    return Found.front().template getNodeAs<Node>("found");
  }

  std::unique_ptr<clang::ASTUnit> Unit;
};

} // namespace codrop::test

#endif // CODROP_UNIT_TESTAST_H
