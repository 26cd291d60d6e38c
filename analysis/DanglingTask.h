// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The tasks that a function lets go although they refer to what dies before
// them: its variables, temporaries, closures, the object whose member it is.
// What a task uses is TaskBorrow's, how it is started TaskStarts'; here is
// decided what dies when, and who waits before that.

#ifndef CODROP_ANALYSIS_DANGLINGTASK_H
#define CODROP_ANALYSIS_DANGLINGTASK_H

#include "analysis/PathSearch.h"
#include "analysis/TaskBorrow.h"
#include "analysis/TaskStarts.h"

namespace codrop {

struct DanglingTask {
  enum Kind {
    Returned,  ///< A plain function returns it.
    Started,   ///< It is started, and nobody waits for it here.
    Kept,      ///< It is kept longer than the temporaries that it refers to.
    Stored,    ///< It is kept by a member that outlives the function.
    Order,     ///< Its scope, which waits for it, dies after what it refers to.
    Called,    ///< The closure of its coroutine dies once it has been called.
    Parameter, ///< Nobody can wait for it, and it uses a parameter.
    Object,    ///< Nobody can wait for it, and it uses the object.
    Callback,  ///< Nobody can wait for it, and it uses a lambda's captures.
  } K = Returned;
  clang::SourceLocation Where;
  TaskBorrow Uses;
  StartedTask::Kind How = StartedTask::Detached; ///< For Started.
  const clang::CallExpr *By = nullptr; ///< For Called: who destroys it.
  /// For Kept, if it is a variable; for Order the scope.
  const clang::VarDecl *Keeper = nullptr;
  const clang::FieldDecl *Member = nullptr;  ///< For Stored.
  const clang::ParmVarDecl *Param = nullptr; ///< For Parameter.
  /// For Parameter: a call in this translation unit with what dies early.
  const clang::Expr *Short = nullptr;
  Confidence Sure = Confidence::Definite;
};

struct DanglingOptions {
  /// More functions that let the tasks go that they are given.
  std::vector<std::string> DetachingFunctions;
};

std::vector<DanglingTask> findDanglingTasks(const FunctionAnalysis &F,
                                            TUAnalysis &TU,
                                            const DanglingOptions &What);

} // namespace codrop

#endif // CODROP_ANALYSIS_DANGLINGTASK_H
