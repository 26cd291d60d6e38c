// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A task member that is given a task and then another one in the same function,
// mostly in a loop, without a mention between. What other functions do with the
// member is not followed: they may take the task while this one is suspended.

#include "analysis/DiscardFinder.h"
#include "analysis/TaskUses.h"

using namespace clang;

namespace codrop {

namespace {

/// The member of this very object that \p E names, or null.
const FieldDecl *ownMember(const Expr *E) {
  const auto *Member = dyn_cast<MemberExpr>(stripped(E));
  if (!Member || !isa<CXXThisExpr>(stripped(Member->getBase())))
    return nullptr;
  return dyn_cast<FieldDecl>(Member->getMemberDecl());
}

/// Its place in a turn of the loop, or in the function, is certain.
bool isUnconditional(const Stmt *S, const ParentTable &Parents) {
  for (; S; S = Parents.parent(S))
    if (isa<IfStmt, SwitchStmt, CXXCatchStmt, ConditionalOperator>(S))
      return false;
    else if (isa<ForStmt, WhileStmt, DoStmt, CXXForRangeStmt>(S))
      return true;
  return true;
}

} // namespace

void DiscardFinder::members() {
  struct Assignment {
    const CXXOperatorCallExpr *Call;
    const FieldDecl *Field;
  };
  llvm::SmallVector<Assignment, 2> Assignments;
  for (const Stmt *S : Parents.preorder()) {
    const auto *Call = dyn_cast<CXXOperatorCallExpr>(S);
    if (!Call || Call->getOperator() != OO_Equal || Call->getNumArgs() != 2)
      continue;
    const FieldDecl *Field = ownMember(Call->getArg(0));
    if (Field && Drops.loss(Field->getType()) && isUnconditional(Call, Parents))
      Assignments.push_back({Call, Field});
  }
  if (Assignments.empty() || !F.graph())
    return;
  const SuspendCFG &G = *F.graph();
  for (const auto &[Call, Field] : Assignments) {
    const auto *Made = dyn_cast<CallExpr>(stripped(Call->getArg(1)));
    std::optional<NodeId> Start = G.nodeOf(Call);
    std::optional<TaskLoss> Loss = Drops.loss(Field->getType());
    if (!Made || !Start || !Drops.loss(Made->getType()) || movedOperand(Made) ||
        makesReady(Made))
      continue;
    llvm::DenseSet<NodeId> Mentions;
    for (const Stmt *S : Parents.preorder()) {
      const auto *E = dyn_cast<MemberExpr>(S);
      if (!E || E->getMemberDecl() != Field)
        continue;
      // The left side of an assignment is no mention.
      const Stmt *Outer = Parents.effectiveParent(E);
      if (llvm::any_of(Assignments, [&](const Assignment &A) {
            return A.Call == Outer && stripped(A.Call->getArg(0)) == E;
          }))
        continue;
      // What only names something may have no node of its own.
      std::optional<NodeId> N;
      for (const Stmt *P = E; P && !N; P = Parents.parent(P))
        N = G.nodeOf(P);
      if (N)
        Mentions.insert(*N);
    }
    auto mentions = [&](const FunctionDecl *FD, const FieldDecl *Member) {
      return llvm::any_of(
          TU.index().users(Member), [&](const FunctionDecl *User) {
            return FD && User->getCanonicalDecl() == FD->getCanonicalDecl();
          });
    };
    auto isMaker = [&](const Expr *E) {
      return llvm::any_of(Assignments, [&](const Assignment &A) {
        return stripped(A.Call->getArg(1)) == E;
      });
    };
    auto Visit = [&](NodeId N, PathState State) {
      const Stmt *S = G.node(N).S;
      if (!S)
        return PathStep::go(1);
      for (const Assignment &Other : Assignments)
        if (Other.Call == S && Other.Field == Field)
          return PathStep::found();
      if (Mentions.contains(N))
        return PathStep::stop();
      // A function of the same object may take it. One that only makes the
      // next task is taken not to, unless it can be seen to.
      if (const auto *Method = dyn_cast<CXXMemberCallExpr>(S);
          Method &&
          isa<CXXThisExpr>(stripped(Method->getImplicitObjectArgument())) &&
          (!isMaker(Method) || mentions(Method->getMethodDecl(), Field)))
        return PathStep::stop();
      if (isa<LambdaExpr>(S))
        return PathStep::stop();
      return PathStep::go(1);
    };
    PathQuery Q;
    Q.Start = *Start;
    auto Take = [](NodeId, const Edge &, PathState) {
      return std::optional<PathState>(1);
    };
    Q.Visit = Visit;
    Q.Take = Take;
    std::optional<Path> Way = findPath(G, Q);
    if (!Way)
      continue;
    DiscardedTask &D =
        add(DiscardedTask::Overwritten, *Loss, Call->getArg(0)->getExprLoc());
    D.Member = Field;
    D.Value = Made;
    D.Made = Made->getExprLoc();
    D.Leaves = G.node(Way->Nodes.back()).S->getBeginLoc();
    // Others may have taken it in the meantime.
    if (!Way->suspensions(G).empty() && TU.index().users(Field).size() > 1)
      D.Sure = Confidence::Maybe;
    break;
  }
}

} // namespace codrop
