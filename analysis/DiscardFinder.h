// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The search behind DiscardedTask.h in one function, for the files that share
// it.

#ifndef CODROP_ANALYSIS_DISCARDFINDER_H
#define CODROP_ANALYSIS_DISCARDFINDER_H

#include "analysis/DiscardedTask.h"

namespace codrop {

/// Where the value of an expression ends unused.
struct DiscardSite {
  /// The statement, or the operator, that throws it away.
  const clang::Stmt *Site = nullptr;
  /// The whole of what is thrown away with it: `c ? f() : g()`.
  const clang::Stmt *Whole = nullptr;
  /// Said in words: a cast to void, an assignment to std::ignore.
  bool Explicit = false;
};

/// None if anything is done with the value of \p E. What only hands it on
/// (parentheses, std::move, a branch of `?:`, the right side of a comma) is
/// followed.
std::optional<DiscardSite> discardOf(const clang::Expr *E,
                                     const ParentTable &Parents);

class DiscardFinder {
public:
  DiscardFinder(const FunctionAnalysis &F, TUAnalysis &TU,
                const TaskDrops &Drops, const DiscardOptions &Options)
      : F(F), TU(TU), Drops(Drops), Options(Options),
        Parents(writtenBody(F.function())) {}

  // DiscardedTask.cpp: tasks that die in the statement that makes them.
  void statements();
  // UnconsumedTask.cpp: tasks in variables.
  void variables();
  // MemberTask.cpp: task members that are overwritten.
  void members();
  // TaskCallables.cpp: tasks that a callable returns to nobody.
  void callables();

  std::vector<DiscardedTask> Found;

private:
  DiscardedTask &add(DiscardedTask::Kind K, TaskLoss Loss,
                     clang::SourceLocation Where);
  const clang::CXXRecordDecl *guardOf(const clang::Expr *Task) const;
  bool isDetached(const clang::CallExpr *Call, TaskLoss Loss) const;
  bool isTriedByTest(const clang::Expr *Task) const;
  bool isMacroTest(const clang::Expr *E, const clang::Stmt *Site) const;
  bool callsParameter(const clang::CallExpr *Call) const;

  const FunctionAnalysis &F;
  TUAnalysis &TU;
  const TaskDrops &Drops;
  const DiscardOptions &Options;
  ParentTable Parents;
};

/// A future that is ready when it is made, and asks for nothing.
bool makesReady(const clang::Expr *E);

} // namespace codrop

#endif // CODROP_ANALYSIS_DISCARDFINDER_H
