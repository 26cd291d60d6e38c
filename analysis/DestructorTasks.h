// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The tasks that a destructor starts, itself or through visible functions, and
// does not wait for, although they use the object that it destroys. Sinks are
// TaskStarts'; what a task uses is TaskBorrow's.

#ifndef CODROP_ANALYSIS_DESTRUCTORTASKS_H
#define CODROP_ANALYSIS_DESTRUCTORTASKS_H

#include "analysis/TaskBorrow.h"
#include "analysis/TaskStarts.h"

namespace codrop {

struct DestructorTask {
  /// The calls from the destructor to the function that starts the task.
  std::vector<std::pair<clang::SourceLocation, const clang::FunctionDecl *>>
      Calls;
  StartedTask::Kind How = StartedTask::Detached;
  clang::SourceLocation Started;
  TaskBorrow Uses;

  /// Where the story begins in the destructor.
  clang::SourceLocation where() const {
    return Calls.empty() ? Started : Calls.front().first;
  }
};

/// \p MoreSinks: functions that let the tasks go that they are given, by
/// qualified name.
std::vector<DestructorTask>
findDestructorTasks(const clang::CXXDestructorDecl *Destructor, TUAnalysis &TU,
                    unsigned CallDepth, llvm::ArrayRef<std::string> MoreSinks);

} // namespace codrop

#endif // CODROP_ANALYSIS_DESTRUCTORTASKS_H
