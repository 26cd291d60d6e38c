// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The calls that make a task run without the caller waiting for it: sinks that
// knowledge knows, those that are told by their names, visible functions that
// store the task or hand it to such a sink, and tasks that run by themselves
// and are dropped. What such a task uses is TaskBorrow's.

#ifndef CODROP_ANALYSIS_TASKSTARTS_H
#define CODROP_ANALYSIS_TASKSTARTS_H

#include "analysis/DyingObject.h"
#include "analysis/TUAnalysis.h"

namespace codrop {

struct StartedTask {
  /// How nobody comes to wait for it.
  enum Kind {
    Detached, ///< Given to something that lets it go.
    Owned,    ///< Given to a scope that must be joined.
    Dropped,  ///< It runs by itself, and its object is dropped.
  } How = Detached;
  llvm::SmallVector<const clang::Expr *, 2> Tasks;
  /// Nothing of it has run when the call returns.
  bool Later = false;
};

class TaskStarts {
public:
  /// \p MoreSinks: functions that let the tasks go that they are given, by
  /// qualified name.
  TaskStarts(TUAnalysis &TU, llvm::ArrayRef<std::string> MoreSinks)
      : TU(TU), MoreSinks(MoreSinks) {}

  /// What the call \p E of \p Callee starts, unless it ends before what
  /// \p Refs stands for dies.
  std::optional<StartedTask> of(const clang::Expr *E,
                                const clang::FunctionDecl *Callee,
                                const DyingRefs &Refs,
                                const ParentTable &Parents) const;
  /// The task that a known sink is given; null if \p Callee is none.
  const clang::Expr *taskGiven(const clang::Expr *E,
                               const clang::FunctionDecl *Callee) const;
  /// The call comes back only when something is done that others do: it may be
  /// a task that was started before.
  bool isWait(const clang::Expr *Call) const;
  /// An eager task has run up to its first suspension when anybody gets it.
  bool runsAlready(const clang::Expr *Task) const;

private:
  std::optional<StartedTask> ofSink(const clang::Expr *E,
                                    const clang::FunctionDecl *Callee,
                                    const DyingRefs &Refs,
                                    const ParentTable &Parents) const;
  std::optional<StartedTask> byName(const clang::CallExpr *Call,
                                    const clang::FunctionDecl *Callee,
                                    const DyingRefs &Refs) const;
  std::optional<StartedTask> byBody(const clang::CallExpr *Call,
                                    const clang::FunctionDecl *Callee,
                                    const DyingRefs &Refs) const;
  bool handsOn(const clang::ParmVarDecl *Param, const ParentTable &Body) const;
  bool isDropped(const clang::CallExpr *Call, const ParentTable &Parents) const;
  bool diesWithObject(const clang::Expr *Context, const DyingRefs &Refs) const;
  bool isTaskLike(const clang::Expr *E) const;
  bool endsWithOwner(const clang::Expr *Owner, const clang::Expr *Task,
                     const DyingRefs &Refs) const;

  TUAnalysis &TU;
  llvm::ArrayRef<std::string> MoreSinks;
};

} // namespace codrop

#endif // CODROP_ANALYSIS_TASKSTARTS_H
