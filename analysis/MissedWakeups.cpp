// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Waits for a condition that a callback on the token signals when a stop is
// requested. The signal wakes who waits at that moment. Who was suspended
// elsewhere, and does not ask the token before it waits, is never woken.

#include "analysis/IgnoredTokens.h"
#include "analysis/Names.h"

using namespace clang;

namespace codrop {

/// The variable or field that is named last: `event` of `state_.event`.
static const ValueDecl *lastNamed(const Expr *E) {
  E = E ? stripped(E) : nullptr;
  if (const auto *Member = dyn_cast_or_null<MemberExpr>(E))
    return Member->getMemberDecl();
  const auto *Ref = dyn_cast_or_null<DeclRefExpr>(E);
  return Ref ? Ref->getDecl() : nullptr;
}

/// What \p Callback wakes the waiters of, with a signal that is gone then.
static const ValueDecl *signalled(const LambdaExpr *Callback) {
  llvm::SmallVector<const Stmt *, 16> Left = {Callback->getBody()};
  while (!Left.empty()) {
    const Stmt *S = Left.pop_back_val();
    if (!S)
      continue;
    const auto *Call = dyn_cast<CXXMemberCallExpr>(S);
    auto Words =
        identifierWords(nameOf(Call ? Call->getMethodDecl() : nullptr));
    if (!Words.empty() && llvm::is_contained({"signal", "broadcast", "notify"},
                                             llvm::StringRef(Words.front())))
      if (const ValueDecl *D = lastNamed(Call->getImplicitObjectArgument()))
        return D;
    llvm::append_range(Left, S->children());
  }
  return nullptr;
}

namespace {
struct StopSignal {
  const LambdaExpr *Callback = nullptr;
  const ValueDecl *Condition = nullptr;
};
} // namespace

/// The callbacks that are registered on \p Token.
static std::vector<StopSignal> signalsOf(const ScopeToken &Token,
                                         const SuspendCFG &G,
                                         const TokenModel &Model) {
  std::vector<StopSignal> Out;
  for (const Stmt *S : G.parents().preorder()) {
    const auto *Callback = dyn_cast<LambdaExpr>(S);
    const ValueDecl *Condition = Callback ? signalled(Callback) : nullptr;
    if (!Condition)
      continue;
    const Stmt *Around = G.parents().effectiveParent(Callback);
    for (unsigned Depth = 0; Depth < 3; ++Depth) {
      const auto *E = dyn_cast_or_null<Expr>(Around);
      if (!E)
        break;
      if (Model.isMentioned(Token, E, /*UnseenMay=*/false)) {
        Out.push_back({Callback, Condition});
        break;
      }
      Around = G.parents().effectiveParent(E);
    }
  }
  return Out;
}

void findMissedWakeups(const FunctionAnalysis &F, TUAnalysis &TU,
                       const TokenModel &Model, llvm::ArrayRef<TokenUse> Uses,
                       std::vector<IgnoredToken> &Out) {
  const SuspendCFG &G = *F.graph();
  for (const TokenUse &U : Uses) {
    if (U.only({TokenMention::Check, TokenMention::Forward}))
      continue;
    for (const StopSignal &Signal : signalsOf(U.Token, G, Model)) {
      llvm::BitVector Looks(G.size());
      for (NodeId N = 0; N < G.size(); ++N)
        if (const auto *E = dyn_cast_or_null<Expr>(G.node(N).S))
          if (Model.isMentioned(U.Token, E, /*UnseenMay=*/false))
            Looks.set(N);
      for (const Stmt *S : G.parents().preorder()) {
        const auto *Wait = dyn_cast<CXXMemberCallExpr>(S);
        auto Words =
            identifierWords(nameOf(Wait ? Wait->getMethodDecl() : nullptr));
        std::optional<NodeId> At;
        if (Words.empty() || Wait->getNumArgs() != 0 ||
            !(Words.front() == "wait" || Words.front() == "when") ||
            lastNamed(Wait->getImplicitObjectArgument()) != Signal.Condition ||
            !isWaitedFor(Wait, F, TU) || !(At = G.nodeOf(Wait)))
          continue;
        for (NodeId From : G.suspendNodes()) {
          PathQuery Q;
          Q.Start = From;
          auto Visit = [&](NodeId N, PathState State) {
            if (N == *At)
              return PathStep::found();
            return Looks.test(N) ? PathStep::stop() : PathStep::go(State);
          };
          Q.Visit = Visit;
          if (Looks.test(From) || !findPath(G, Q))
            continue;
          IgnoredToken Fact;
          Fact.K = IgnoredToken::Missed;
          Fact.Sure = Confidence::Maybe;
          Fact.Token = U.Token;
          Fact.Site = Wait;
          Fact.Waits = G.node(From).S;
          Fact.Callee = Wait->getMethodDecl();
          Fact.Started = Signal.Callback;
          Out.push_back(Fact);
          break;
        }
      }
    }
  }
}

} // namespace codrop
