// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What can be asked of a finished SuspendCFG.

#include "analysis/SuspendCFG.h"

namespace codrop {

std::optional<NodeId> SuspendCFG::birthOf(ObjectId O) const {
  auto It = BirthOf.find(O);
  if (It == BirthOf.end())
    return std::nullopt;
  return It->second;
}

std::optional<NodeId> SuspendCFG::nodeOf(const clang::Stmt *S) const {
  auto It = NodeOfStmt.find(S);
  if (It == NodeOfStmt.end())
    return std::nullopt;
  return It->second;
}

const Suspension &SuspendCFG::suspension(NodeId N) const {
  return Coro->Suspensions[Nodes[N].Suspension];
}

} // namespace codrop
