// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Whether a task uses an object that dies as soon as the task is suspended or,
// if it starts later, before it has begun: through the frame of a member
// coroutine, a capture or a reference parameter. Bodies that are visible are
// read, also through plain functions that return a task; a coroutine that is
// only declared is taken to use what it is given. How the object dies and how
// the task is started is for DestructorTasks and DanglingTask to say.

#ifndef CODROP_ANALYSIS_TASKBORROW_H
#define CODROP_ANALYSIS_TASKBORROW_H

#include "analysis/DyingObject.h"
#include "analysis/TUAnalysis.h"

namespace codrop {

struct TaskBorrow {
  /// How the coroutine comes by the object.
  enum Kind {
    Object,   ///< It is a member function of it.
    Capture,  ///< It is a lambda, or a continuation, that captures it.
    Argument, ///< It is given a reference or pointer to it.
  } How = Object;
  DyingPart Given; ///< What it is given.
  DyingPart Used;  ///< What of that it uses.
  /// The coroutine; a lambda's call operator.
  const clang::FunctionDecl *Coroutine = nullptr;
  clang::SourceLocation Made; ///< The call or the lambda.
  /// The suspension before the use, unless the task starts later.
  clang::SourceLocation Suspends;
  clang::SourceLocation Uses; ///< Invalid where the body is not visible.
  /// The plain functions that return the task, outermost first.
  llvm::SmallVector<
      std::pair<clang::SourceLocation, const clang::FunctionDecl *>, 1>
      Through;
};

class TaskBorrows {
public:
  /// \p Object is the class of the object that dies; null if it is not the
  /// object of a member function.
  TaskBorrows(TUAnalysis &TU, const clang::CXXRecordDecl *Object)
      : TU(TU), Object(Object) {}

  /// What the task or callable that \p E gives uses of what \p Refs reaches.
  /// \p Later: it has not begun when the object dies.
  std::optional<TaskBorrow> borrow(const clang::Expr *E, const DyingRefs &Refs,
                                   bool Later, unsigned Depth = 4);

  /// The same for the task that the lambda \p Callable gives when it is called:
  /// before the call that it is given to returns.
  std::optional<TaskBorrow> called(const clang::Expr *Callable,
                                   const DyingRefs &Refs, bool Later,
                                   unsigned Depth = 4);
  /// What the coroutine \p FD itself uses of it after its first suspension.
  std::optional<TaskBorrow> inCoroutine(const clang::FunctionDecl *FD,
                                        DyingRefs Refs);
  /// \p T is a smart pointer, strong or weak, to the class of the object: it
  /// keeps the object, or tells that it is gone.
  bool sharesObject(clang::QualType T) const;

private:
  std::optional<TaskBorrow> ofCall(const clang::Expr *Call,
                                   const DyingRefs &Refs, bool Later,
                                   unsigned Depth);
  std::optional<TaskBorrow> ofLambda(const clang::LambdaExpr *Lambda,
                                     const DyingRefs &Refs, bool Later,
                                     unsigned Depth);
  bool borrowsUnseen(const clang::FunctionDecl *Callee) const;
  std::optional<TaskBorrow> ofBody(const clang::FunctionDecl *Definition,
                                   DyingRefs Refs, bool Later, unsigned Depth);
  std::optional<TaskBorrow> afterSuspension(const clang::FunctionDecl *FD,
                                            const DyingRefs &Refs,
                                            unsigned Depth);
  bool sharesObject(const clang::LambdaExpr *Lambda) const;

  TUAnalysis &TU;
  const clang::CXXRecordDecl *Object;
};

} // namespace codrop

#endif // CODROP_ANALYSIS_TASKBORROW_H
