// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a coroutine is made of: its promise, its task type and what knowledge
// says of it, and its suspension points with the ways out that each has. How
// control flows between them is SuspendCFG's.

#ifndef CODROP_ANALYSIS_COROUTINE_H
#define CODROP_ANALYSIS_COROUTINE_H

#include "analysis/Knowledge.h"
#include "clang/AST/ExprCXX.h"
#include "clang/AST/StmtCXX.h"
#include <optional>
#include <vector>

namespace codrop {

/// Which task types' suspended frames may be destroyed (option DestroyEdges).
enum class DestroyEdgePolicy { Known, Always, Never };

enum class SuspensionKind { Initial, Await, Yield, Final };

/// A point at which a coroutine may stop running.
struct Suspension {
  SuspensionKind Kind = SuspensionKind::Await;
  /// The co_await or co_yield expression; for initial and final suspend the
  /// implicit await that Clang builds. Null in a dependent context.
  const clang::CoroutineSuspendExpr *E = nullptr;
  /// await_ready() is always true, or knowledge says so: no suspension at all.
  bool NeverSuspends = false;
  /// await_resume() cannot throw: no unwind edge.
  bool NeverThrows = false;
  /// Awaiting it ends the coroutine: no handler runs, the locals are destroyed.
  bool NeverResumes = false;
  /// As above, but only if what is awaited fails.
  bool LeavesOnFailure = false;
  /// What is awaited, as written; null for initial and final suspend.
  const clang::Expr *Operand = nullptr;
};

struct Coroutine {
  const clang::FunctionDecl *Function = nullptr;
  const clang::CoroutineBodyStmt *Body = nullptr;
  const clang::CXXRecordDecl *Promise = nullptr; ///< Null if dependent.
  clang::QualType TaskType;                      ///< Declared return type.
  const TaskTypeFact *Task = nullptr;            ///< Null if not known.
  /// A suspended frame may be destroyed: destroy edges count.
  bool DestroyEdges = false;
  /// The same at a co_yield only: a generator that nobody knows, whose consumer
  /// may stop early.
  bool DestroyedAtYields = false;
  /// Initial suspend first, final suspend last, between them in source order.
  std::vector<Suspension> Suspensions;
  /// A lambda's call operator.
  bool IsLambda = false;

  /// The statement that the user wrote, without Clang's wrapping.
  const clang::Stmt *userBody() const { return Body->getBody(); }
};

/// The model of \p FD; none if it is no coroutine, or only a template pattern
/// (its instantiations are coroutines of their own).
std::optional<Coroutine> modelCoroutine(const clang::FunctionDecl *FD,
                                        const Knowledge &Known,
                                        DestroyEdgePolicy Policy);

/// Cheap: true if \p FD has a body that is a coroutine's.
bool isCoroutine(const clang::FunctionDecl *FD);

/// How the await \p E can end.
Suspension modelSuspension(const clang::CoroutineSuspendExpr *E,
                           const Knowledge &Known);

} // namespace codrop

#endif // CODROP_ANALYSIS_COROUTINE_H
