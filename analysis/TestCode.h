// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which code of a translation unit is a test's: the tests themselves, and the
// file that registers them. What a test does to its own thread it does on
// purpose, and no other task waits for it. How tests are made is knowledge's to
// say (`tests:`): a base class, or what a test is registered with.

#ifndef CODROP_ANALYSIS_TESTCODE_H
#define CODROP_ANALYSIS_TESTCODE_H

#include "analysis/Knowledge.h"
#include "clang/AST/ASTContext.h"
#include "llvm/ADT/DenseSet.h"

namespace codrop {

class TestCode {
public:
  TestCode(const clang::ASTContext &Context, const Knowledge &Known);

  /// \p FD is a test, or a member function of one. Does not look at what a
  /// lambda is written in.
  bool isTest(const clang::FunctionDecl *FD) const;
  /// \p Loc is in the main file, and that registers tests.
  bool isInTestFile(clang::SourceLocation Loc) const;

private:
  void read(const clang::DeclContext *Context);
  void readVariable(const clang::VarDecl *Var);

  const clang::SourceManager &SM;
  const Knowledge &Known;
  bool Registers = false;
  unsigned NamedTests = 0, OtherFunctions = 0;
  llvm::DenseSet<const clang::FunctionDecl *> Functions;
  llvm::DenseSet<const clang::CXXRecordDecl *> Classes;
};

/// A class named as a test, or as what stands in for the real thing in one.
bool isTestDouble(const clang::CXXRecordDecl *RD);

} // namespace codrop

#endif // CODROP_ANALYSIS_TESTCODE_H
