// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the mentions of a variable do to the task in it, or to the tasks of a
// container: put one in, ask how it is, throw it away, or something that may
// await it. In which order that happens is UnconsumedTask.cpp's.

#ifndef CODROP_ANALYSIS_TASKUSES_H
#define CODROP_ANALYSIS_TASKUSES_H

#include "analysis/DiscardedTask.h"

namespace codrop {

enum class TaskUse {
  Consumes, ///< Awaits it, moves it, passes it on, and whatever is unknown.
  Asks,     ///< `t.available()`, `all.size()`
  Nothing,  ///< `(void)t;`, `std::move(t);`
  Fills,    ///< `all.push_back(f())`
  Replaces, ///< `t = f();`
  Empties,  ///< `all.clear();`
};

/// A task is put into the variable.
struct TaskFilling {
  NodeId Node = 0;
  const clang::Expr *Value = nullptr;
  /// Only under a condition.
  bool Conditional = false;
};

class TaskUses {
public:
  TaskUses(const FunctionAnalysis &F, const TaskDrops &Drops,
           const HeldTask &Held, const DiscardOptions &Options)
      : F(F), G(*F.graph()), Parents(G.parents()), Drops(Drops), Held(Held),
        Options(Options) {}

  /// False if a mention can't be placed: nothing is known then.
  bool read(ObjectId O);

  /// What happens at \p N; null if nothing does.
  const TaskUse *at(NodeId N) const {
    auto It = Uses.find(N);
    return It == Uses.end() ? nullptr : &It->second;
  }
  llvm::ArrayRef<TaskFilling> fillings() const { return Fillings; }
  /// The mentions that may await it.
  llvm::ArrayRef<const clang::Stmt *> consumers() const { return Consumers; }

private:
  TaskUse classify(const Use &U) const;
  const clang::Expr *putIn(const clang::Expr *Value, bool &Conditional,
                           unsigned Depth = 0) const;
  void addFilling(NodeId N, const clang::Expr *Value, const clang::Stmt *Site);
  bool isConditional(const clang::Stmt *S) const;

  const FunctionAnalysis &F;
  const SuspendCFG &G;
  const ParentTable &Parents;
  const TaskDrops &Drops;
  const HeldTask &Held;
  const DiscardOptions &Options;
  const clang::VarDecl *Var = nullptr;
  llvm::DenseMap<NodeId, TaskUse> Uses;
  std::vector<TaskFilling> Fillings;
  llvm::SmallVector<const clang::Stmt *, 4> Consumers;
};

} // namespace codrop

#endif // CODROP_ANALYSIS_TASKUSES_H
