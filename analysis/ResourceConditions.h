// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the branches of a function say about one resource: that it is not open
// on this side, or that a way is not taken in practice. The graph evaluates no
// condition, and code that closes correctly is full of them: `if
// (c.is_open())`, a flag, the error code of the opening call, a loop that tries
// again.

#ifndef CODROP_ANALYSIS_RESOURCECONDITIONS_H
#define CODROP_ANALYSIS_RESOURCECONDITIONS_H

#include "analysis/ResourceUses.h"
#include "analysis/SuspendCFG.h"
#include "llvm/ADT/FoldingSet.h"

namespace codrop {

class ResourceConditions {
public:
  ResourceConditions(const SuspendCFG &G, const ResourceUses &Uses);

  /// Taking \p E out of \p N says that the resource is not open.
  bool saysClosed(NodeId N, const Edge &E) const;

private:
  /// A condition that a statement stands under, and on which side.
  struct Guard {
    const clang::Expr *Condition = nullptr;
    llvm::FoldingSetNodeID Id;
    bool Positive = true;
  };
  llvm::SmallVector<Guard, 4> guardsOf(const clang::Stmt *S) const;
  void readFlags(const llvm::DenseSet<const clang::VarDecl *> &Assigned);
  void readGuards(const llvm::DenseSet<const clang::VarDecl *> &Assigned);
  void readRetries();
  bool saysThatOpeningFailed(NodeId N, const Edge &E,
                             const clang::Expr *Condition) const;

  const SuspendCFG &G;
  const ResourceUses &Uses;
  /// Local flags under which the resource is closed: the value that closes.
  llvm::DenseMap<const clang::VarDecl *, bool> Flags;
  /// Conditions under which alone it is opened.
  llvm::SmallVector<Guard, 2> Guards;
  /// Conditions of loops that try to close it until they have.
  llvm::SmallVector<const clang::Expr *, 1> Retries;
};

/// If \p Condition tests whether one of \p Names holds something (and what it
/// holds is open): the outcome that says yes.
std::optional<Edge::Outcome>
saysThatSet(const clang::Expr *Condition,
            llvm::ArrayRef<const clang::ValueDecl *> Names);
/// A handler of \p Try takes everything that an await throws: `catch (...)`, or
/// std::exception's, which all but a few libraries' exceptions derive from.
bool catchesWhatAwaitsThrow(const clang::CXXTryStmt *Try);
/// A handler of \p Try takes what \p Throw throws.
bool catches(const clang::CXXTryStmt *Try, const clang::CXXThrowExpr *Throw);
/// \p E leads from a try's dispatch node to one of its handlers.
bool leadsToHandler(const SuspendCFG &G, const Edge &E);

} // namespace codrop

#endif // CODROP_ANALYSIS_RESOURCECONDITIONS_H
