// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What is lost when a task object dies before anybody has awaited it: the whole
// work, the sight of its end, or what it has begun. Return objects that are
// made to be dropped, because nothing can be asked of them, lose nothing. How a
// task comes to die unawaited is DiscardedTask's.

#ifndef CODROP_ANALYSIS_TASKDROP_H
#define CODROP_ANALYSIS_TASKDROP_H

#include "analysis/Types.h"

namespace codrop {

enum class TaskLoss {
  NeverRuns, ///< Lazy: it has not begun.
  Unseen,    ///< It goes on, and nobody sees when it ends or fails.
  Cancelled, ///< It has begun and goes no further.
  Unknown,   ///< It was to be awaited; more is not known.
};

/// What a variable holds that should be awaited.
struct HeldTask {
  TaskLoss Loss = TaskLoss::Unknown;
  clang::QualType Task;
  /// Itself, something with at most one (optional, unique_ptr) or with a fixed
  /// number (pair, tuple, array), or a container.
  enum Holder { Itself, Single, Several, Container } How = Itself;
};

/// Answers are kept by class: make one for a translation unit.
class TaskDrops {
public:
  explicit TaskDrops(const TypeModel &Types) : Types(Types) {}

  /// None if \p T is no task, or one that may be dropped.
  std::optional<TaskLoss> loss(clang::QualType T) const;
  /// The same for a task and for what the standard library keeps tasks in.
  std::optional<HeldTask> held(clang::QualType T) const;

  const TypeModel &types() const { return Types; }

private:
  std::optional<TaskLoss> classify(clang::QualType T,
                                   const clang::CXXRecordDecl *RD) const;

  const TypeModel &Types;
  mutable llvm::DenseMap<const clang::CXXRecordDecl *, std::optional<TaskLoss>>
      Losses;
  mutable llvm::DenseMap<const clang::CXXRecordDecl *, std::optional<HeldTask>>
      Holders;
};

/// What calling an object of type \p T gives, where the type alone tells: a
/// function, a lambda, a class with one call operator, a bound member function.
clang::QualType callResult(clang::QualType T);

} // namespace codrop

#endif // CODROP_ANALYSIS_TASKDROP_H
