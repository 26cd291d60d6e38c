// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What happens in each block of Clang's CFG, one step after the other, as far
// as a SuspendCFG is interested in it: what is evaluated, what comes to life or
// ends, what suspends, what may throw. Clang's surprises about awaits and
// temporaries end here; where control goes is the graph builder's.

#ifndef CODROP_ANALYSIS_SUSPENDSTEPS_H
#define CODROP_ANALYSIS_SUSPENDSTEPS_H

#include "analysis/Coroutine.h"
#include "analysis/FunctionObjects.h"
#include "clang/Analysis/CFG.h"

namespace codrop {

/// One thing that happens in a block.
struct Step {
  static constexpr unsigned None = ~0U;

  const clang::Stmt *S = nullptr; ///< Null where an object ends.
  ObjectId Begins = None;         ///< Comes to life after the step.
  ObjectId Ends = None;
  unsigned Suspension = None; ///< Index in Coroutine::Suspensions.
  bool MayThrow = false;
  bool IsThrow = false;                   ///< Nothing comes after it.
  bool NeverReturns = false;              ///< Nor after it, not even handlers.
  const clang::CXXTryStmt *Try = nullptr; ///< Innermost enclosing try block.
};

class StepTable {
public:
  /// \p C is null for a plain function, \p Known if nothing is known.
  StepTable(const clang::CFG &Graph, const Coroutine *C,
            const ParentTable &Parents, const FunctionObjects &Objects,
            const Knowledge *Known, const clang::ASTContext &Context);

  llvm::ArrayRef<Step> of(const clang::CFGBlock &B) const {
    return Steps[B.getBlockID()];
  }
  /// The statement as written for one that Clang's CFG has made up: it splits
  /// `T a, b;` into two declarations.
  const clang::Stmt *original(const clang::Stmt *S) const {
    auto It = Synthetic.find(S);
    return It == Synthetic.end() ? S : It->second;
  }

private:
  void addStatement(const clang::Stmt *AsWritten, std::vector<Step> &Out) const;
  void addEnd(std::optional<ObjectId> O, std::vector<Step> &Out) const;
  void addEndOf(const clang::VarDecl *Var, std::vector<Step> &Out) const;
  bool neverReturns(const clang::Stmt *S) const;

  const Coroutine *Coro;
  const ParentTable &Parents;
  const FunctionObjects &Objects;
  const Knowledge *Known;
  const clang::ASTContext &Context;
  llvm::DenseMap<const clang::Stmt *, const clang::Stmt *> Synthetic;
  llvm::DenseMap<const clang::Stmt *, unsigned> SuspensionOf;
  std::vector<std::vector<Step>> Steps; // by block id
};

} // namespace codrop

#endif // CODROP_ANALYSIS_SUSPENDSTEPS_H
