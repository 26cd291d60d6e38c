// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Handlers on a fiber: a plain function that waits without leaving its stack.
// Cancelling the fiber throws through it, and whoever catches that must let it
// go on, whatever else it does with what it catches.

#include "analysis/Names.h"
#include "analysis/SwallowedCancellation.h"

using namespace clang;

namespace codrop {

/// \p S names \p Scope, or a local that was made with it.
static bool namesScope(const Stmt *S, const ParmVarDecl *Scope,
                       unsigned Depth = 2) {
  if (!S || isa<LambdaExpr>(S))
    return false;
  if (const auto *Ref = dyn_cast<DeclRefExpr>(S)) {
    if (Ref->getDecl() == Scope)
      return true;
    const auto *Var = dyn_cast<VarDecl>(Ref->getDecl());
    return Depth && Var && Var->hasLocalStorage() && Var->getInit() &&
           namesScope(Var->getInit(), Scope, Depth - 1);
  }
  return llvm::any_of(S->children(), [&](const Stmt *Child) {
    return namesScope(Child, Scope, Depth);
  });
}

/// The first call below \p Block that may wait.
static const Expr *firstWait(const Stmt *Block, const ParmVarDecl *Scope,
                             const ParentTable &Parents) {
  for (const Stmt *S : Parents.preorder())
    if (const auto *Call = dyn_cast<CallExpr>(S);
        Call && Parents.isWithin(Call, Block) && namesScope(Call, Scope))
      return Call;
  return nullptr;
}

/// A function of the library that takes what was caught, and lets a
/// cancellation go on: `getCaughtExceptionAsKj()`.
static bool asksForCaught(const Stmt *S, const CXXCatchStmt *Handler,
                          const ParentTable &Parents) {
  const auto *Call = dyn_cast<CallExpr>(S);
  return Call && Parents.isWithin(Call, Handler) &&
         llvm::is_contained(identifierWords(nameOf(Call->getDirectCallee())),
                            "caught");
}

std::vector<SwallowedCancellation>
findSwallowedOnFiber(const FunctionAnalysis &F, const Cancellation &Cancel) {
  std::vector<SwallowedCancellation> Found;
  const SuspendCFG *G = F.coroutine() ? nullptr : F.graph();
  if (!G)
    return Found;
  const ParentTable &Parents = G->parents();
  for (const auto &[What, Scope] : Cancel.thrownOnFiber(F.function()))
    for (NodeId N = 0; N < G->size(); ++N) {
      const auto *Handler = dyn_cast_or_null<CXXCatchStmt>(G->node(N).S);
      const auto *Try =
          Handler ? dyn_cast_or_null<CXXTryStmt>(Parents.parent(Handler))
                  : nullptr;
      if (G->node(N).Kind != NodeKind::Join || !Try)
        continue;
      // It arrives at the first handler that takes it.
      const CXXCatchStmt *First = nullptr;
      for (unsigned I = 0; I < Try->getNumHandlers() && !First; ++I)
        if (Cancellation::takes(Try->getHandler(I), *What) != Takes::Not)
          First = Try->getHandler(I);
      const Expr *Waits = First == Handler
                              ? firstWait(Try->getTryBlock(), Scope, Parents)
                              : nullptr;
      if (!Waits || llvm::any_of(Parents.preorder(), [&](const Stmt *S) {
            return asksForCaught(S, Handler, Parents);
          }))
        continue;
      const Stmt *Then = Handler;
      PathQuery Q;
      Q.Start = N;
      Q.Edges = {EdgeKind::Normal};
      auto Visit = [&](NodeId At, PathState S) {
        const Stmt *Here = G->node(At).S;
        if (isa_and_nonnull<ReturnStmt>(Here))
          Then = Here;
        return At == G->exit() || isa_and_nonnull<ReturnStmt>(Here)
                   ? PathStep::found()
                   : PathStep::go(S);
      };
      Q.Visit = Visit;
      if (!findPath(*G, Q))
        continue;
      SwallowedCancellation Result;
      Result.K = SwallowedCancellation::Answered;
      Result.Handler = Handler;
      Result.What = What;
      Result.How = Cancellation::takes(Handler, *What);
      Result.Suspends = Waits;
      Result.Then = Then;
      Found.push_back(Result);
    }
  return Found;
}

} // namespace codrop
