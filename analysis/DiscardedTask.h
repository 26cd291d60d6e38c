// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The tasks that die without having been awaited: at the end of the statement
// that makes them, in a variable, in a container, in a callable whose caller
// throws the result away. What is lost with each is TaskDrop's; whether a task
// that somebody keeps refers to what dies first is no matter here.

#ifndef CODROP_ANALYSIS_DISCARDEDTASK_H
#define CODROP_ANALYSIS_DISCARDEDTASK_H

#include "analysis/PathSearch.h"
#include "analysis/TUAnalysis.h"
#include "analysis/TaskDrop.h"

namespace codrop {

struct DiscardedTask {
  enum Kind {
    Statement,   ///< `f();`
    Explicit,    ///< `(void)f();`, `std::ignore = f();`
    Variable,    ///< `auto t = f();` and no more.
    SomePath,    ///< Some way does not await it.
    Overwritten, ///< `t = f(); t = g();`
    Emptied,     ///< `all.push_back(f()); all.clear();`
    Abandoned,   ///< An await between start and await may throw.
    Wrapped,     ///< `std::function<void()> f = [] -> task<> { … };`
    Dropped,     ///< A function calls what it is given and drops the result.
  } K = Statement;
  TaskLoss Loss = TaskLoss::Unknown;
  Confidence Sure = Confidence::Definite;
  clang::SourceLocation Where;
  /// Where the task is made, where it is not Where.
  clang::SourceLocation Made;
  /// Where the way leaves: a co_return, the await that throws, the statement
  /// that overwrites or throws away.
  clang::SourceLocation Leaves;
  /// The call that makes the task; may be null.
  const clang::Expr *Value = nullptr;
  /// For the kinds that are about one; the container for its elements.
  const clang::VarDecl *Var = nullptr;
  bool Elements = false;
  const clang::FieldDecl *Member = nullptr;
  /// The class of the guard that awaiting the task would have given.
  const clang::CXXRecordDecl *Guard = nullptr;
  /// For Wrapped: what takes the callable.
  clang::QualType Wrapper;
  /// For Dropped: the function that the callable is given to.
  const clang::FunctionDecl *Helper = nullptr;
};

struct DiscardOptions {
  /// `(void)f();` of a task that goes on by itself is reported, too.
  bool CastToVoid = false;
  /// What happens when an await throws.
  bool Unwinding = true;
};

std::vector<DiscardedTask> findDiscardedTasks(const FunctionAnalysis &F,
                                              TUAnalysis &TU,
                                              const TaskDrops &Drops,
                                              const DiscardOptions &Options);

} // namespace codrop

#endif // CODROP_ANALYSIS_DISCARDEDTASK_H
