// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// codrop-blocking-destructor, see docs/rules/blocking-destructor.md.

#ifndef CODROP_CHECKS_BLOCKINGDESTRUCTORCHECK_H
#define CODROP_CHECKS_BLOCKINGDESTRUCTORCHECK_H

#include "checks/BlockingOptions.h"
#include "checks/CodropCheck.h"

namespace codrop {

class BlockingDestructorCheck : public CodropCheck {
public:
  BlockingDestructorCheck(llvm::StringRef Name,
                          clang::tidy::ClangTidyContext *Context,
                          std::shared_ptr<SharedAnalysis> Shared);
  void registerMatchers(clang::ast_matchers::MatchFinder *Finder) override;
  void storeOptions(clang::tidy::ClangTidyOptions::OptionMap &Opts) override;
  bool wants(const clang::FunctionDecl *FD) const override {
    return llvm::isa<clang::CXXDestructorDecl>(FD) || isCoroutine(FD);
  }

protected:
  bool needsGraph(const clang::FunctionDecl *FD) const override {
    return isCoroutine(FD);
  }
  std::vector<Finding> find(const FunctionAnalysis &F, TUAnalysis &TU) override;
  void noteRecord(const clang::CXXRecordDecl *RD) override {
    Implicit.push_back(RD);
  }
  std::vector<Finding> findAtEnd(TUAnalysis &TU) override;

private:
  BlockingOptions Work;
  bool OnlyCoroutineClasses;

  /// Where an object of a class lives in a coroutine frame.
  struct InFrame {
    const clang::FunctionDecl *Coroutine;
    clang::SourceLocation Loc;
    std::string Name;
    bool Part; ///< It is inside of the object called Name.
    bool Test; ///< The coroutine is written in a file of tests.
  };
  /// A class and how its destructor reaches blocking work.
  struct Blocking {
    const clang::CXXRecordDecl *Class;
    clang::SourceLocation Loc;
    BlockingChain Chain;
    Confidence Sure;
  };
  void noteFrame(const SuspendCFG &G, bool Test);
  bool onlyCarries(const Blocking &B) const;
  Finding describe(const Blocking &Found) const;

  llvm::DenseMap<const clang::CXXRecordDecl *, InFrame> Frames;
  std::vector<const clang::CXXDestructorDecl *> Destructors;
  /// Classes whose destructor nobody has written.
  std::vector<const clang::CXXRecordDecl *> Implicit;
  bool SawCoroutine = false;
};

} // namespace codrop

#endif // CODROP_CHECKS_BLOCKINGDESTRUCTORCHECK_H
