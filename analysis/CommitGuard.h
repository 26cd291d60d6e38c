// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Classes whose destructor takes the success action when it runs without an
// exception: it commits, or asks std::uncaught_exceptions() whether all went
// well. A frame that is dropped while it is suspended runs it that way. Guards
// that are armed or disarmed by hand tell success themselves and are none.
// Where such a guard lives is CommitOnDrop's.

#ifndef CODROP_ANALYSIS_COMMITGUARD_H
#define CODROP_ANALYSIS_COMMITGUARD_H

#include "analysis/DropRun.h"
#include "analysis/Knowledge.h"

namespace codrop {

struct CommitGuard {
  const clang::CXXRecordDecl *Record = nullptr;
  /// Where it asks for exceptions; invalid if it commits whatever happens.
  clang::SourceLocation Asks;
  /// What it does; the callee may be unknown. None for a class that an option
  /// names.
  std::optional<DropAct> Act;
  /// "commit" or "publish", or empty: the action has no name that tells.
  std::string Verb;
  /// The members that end what it would do.
  GuardFact Fact;
};

class CommitGuards {
public:
  /// \p More: classes that commit in their destructor, \p Allowed: classes that
  /// may; by qualified name.
  CommitGuards(llvm::ArrayRef<std::string> More,
               llvm::ArrayRef<std::string> Allowed)
      : More(More), Allowed(Allowed) {}

  const CommitGuard *find(const clang::CXXRecordDecl *RD);

private:
  llvm::ArrayRef<std::string> More, Allowed;
  llvm::DenseMap<const clang::CXXRecordDecl *, std::unique_ptr<CommitGuard>>
      Known;
};

} // namespace codrop

#endif // CODROP_ANALYSIS_COMMITGUARD_H
