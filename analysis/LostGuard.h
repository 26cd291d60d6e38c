// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Guards that are lost although there is one: dropped at the end of the
// statement that makes them, never awaited, disarmed before what they protect,
// given up without a give-back, or dead before the task that they protect runs.
// What is acquired without a guard is HandHeld's.

#ifndef CODROP_ANALYSIS_LOSTGUARD_H
#define CODROP_ANALYSIS_LOSTGUARD_H

#include "analysis/TUAnalysis.h"

namespace codrop {

struct LostGuard {
  enum Kind {
    DroppedAtOnce, ///< `co_await m.scoped_lock();`
    OnlyDeclared,  ///< `std::unique_lock<std::mutex>(m);` declares an `m`.
    TaskUnused,    ///< `auto g = m.scoped_lock();`
    TaskDropped,   ///< `m.scoped_lock();`
    NeverAcquired, ///< `m.lock();` of an awaitable that gives no guard.
    Disarmed,      ///< `rollback.disarm(); co_await commit();`
    ReleasedEarly, ///< `units.return_all(); co_await write();`
    GivenUp,       ///< `lock.release();`
    BesideTask,    ///< `auto h = gate.hold(); return task();`
  } K;
  clang::SourceLocation Where;
  /// Where the guard was made, where it is not Where.
  clang::SourceLocation Made;
  /// The await or call that goes unprotected.
  clang::SourceLocation Unprotected;
  /// The expression that makes the guard or its task; null for OnlyDeclared
  /// and what is given up early.
  const clang::Expr *Value = nullptr;
  /// For OnlyDeclared.
  const clang::VarDecl *Declared = nullptr;
  std::string Variable;    ///< Its name, or what the acquisition is about.
  std::string Type;        ///< The guard's class.
  std::string Callee;      ///< For GivenUp: "release".
  bool OnSomePath = false; ///< For GivenUp: given back on other paths.
  bool Eager = false;      ///< For BesideTask.
};

/// In a coroutine.
std::vector<LostGuard> findLostGuards(const FunctionAnalysis &F,
                                      TUAnalysis &TU);
/// In a plain function that returns a task.
std::vector<LostGuard> findGuardsBesideTask(const FunctionAnalysis &F,
                                            TUAnalysis &TU);

} // namespace codrop

#endif // CODROP_ANALYSIS_LOSTGUARD_H
