// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "analysis/IgnoredTokens.h"
#include "analysis/Names.h"

using namespace clang;

namespace codrop {

bool soundsLikeClosing(llvm::StringRef Name) {
  return llvm::any_of(identifierWords(Name), [](llvm::StringRef Word) {
    return llvm::is_contained(
        {"stop",     "stopped",    "close",      "closed",      "shutdown",
         "shut",     "drain",      "teardown",   "finalize",    "dispose",
         "cleanup",  "abort",      "cancel",     "terminate",   "disconnect",
         "rollback", "unregister", "deregister", "unsubscribe", "destroy",
         "quit",     "exit",       "broken",     "break"},
        Word);
  });
}

/// Ends the wait for what it is given, or keeps it from being ended, or does
/// not wait at all.
static bool isBounded(const FunctionDecl *FD, TUAnalysis &TU) {
  const CombinatorFact *Combinator = TU.knowledge().cancellingCombinator(FD);
  return (Combinator && !Combinator->OnFailure) ||
         TU.knowledge().isShield(FD) ||
         llvm::any_of(identifierWords(nameOf(FD)), [](llvm::StringRef Word) {
           return Word == "timeout" || Word == "deadline" || Word == "shield" ||
                  Word == "spawn" || Word == "detach" || Word == "background";
         });
}

bool isWaitedFor(const CallExpr *Call, const FunctionAnalysis &F,
                 TUAnalysis &TU) {
  const ParentTable &Parents = F.graph()->parents();
  const Expr *At = Call;
  for (unsigned Depth = 0; Depth < 4; ++Depth) {
    // An await through an adaptor shows only the await: look at the adaptor.
    const Stmt *P = Parents.effectiveParent(At);
    if (const auto *Outer = dyn_cast_or_null<CallExpr>(P))
      if (const FunctionDecl *Callee = Outer->getDirectCallee();
          Callee && isBounded(Callee, TU))
        return false;
    ResultFate Fate = resultFate(At, Parents);
    switch (Fate.Use) {
    case ResultUse::Awaited:
    case ResultUse::Returned:
      return true;
    case ResultUse::Stored:
      return Fate.Var &&
             llvm::any_of(F.uses().of(Fate.Var), [&](const UseTable::At &U) {
               return U.What.Ref &&
                      resultFate(U.What.Ref, Parents).Use == ResultUse::Awaited;
             });
    case ResultUse::Passed: {
      const auto *Outer = dyn_cast_or_null<CallExpr>(Fate.Site);
      const FunctionDecl *Callee = Outer ? Outer->getDirectCallee() : nullptr;
      if (!Callee || isBounded(Callee, TU) || TU.knowledge().sink(Callee) ||
          !TU.types().isAwaitable(Outer->getType()))
        return false;
      At = Outer;
      continue;
    }
    default:
      return false;
    }
  }
  return false;
}

/// A function that runs when its component is stopped, and those that only
/// such functions call.
static bool runsAtTheEnd(const FunctionDecl *FD, TUAnalysis &TU,
                         unsigned Depth = 3) {
  if (soundsLikeClosing(nameOf(FD)))
    return true;
  if (const auto *Method = dyn_cast<CXXMethodDecl>(FD);
      Method && Method->getParent()->isLambda()) {
    const FunctionDecl *Around = TU.index().enclosing(FD);
    return Around && Depth && runsAtTheEnd(Around, TU, Depth - 1);
  }
  auto Mentions = TU.index().mentions(FD);
  return Depth && !Mentions.empty() &&
         llvm::all_of(Mentions, [&](const CallSite &Site) {
           return Site.In && Site.In != FD &&
                  runsAtTheEnd(Site.In, TU, Depth - 1);
         });
}

std::vector<IgnoredToken> findIgnoredTokens(const FunctionAnalysis &F,
                                            TUAnalysis &TU) {
  std::vector<IgnoredToken> Out;
  const SuspendCFG &G = *F.graph();
  if (!F.coroutine() || G.suspendNodes().empty())
    return Out;
  TokenModel Model(TU);
  std::vector<TokenUse> Uses;
  for (const ScopeToken &Token : Model.inScope(F))
    Uses.push_back({Token, Model.mentions(Token, F)});
  for (const ScopeToken &Token : Model.locals(G))
    Uses.push_back({Token, Model.mentions(Token, F)});
  // Ignored on purpose, and said so; or given to the one who cancels.
  llvm::erase_if(Uses, [](const TokenUse &U) {
    return (!U.Mentions.empty() && U.only({TokenMention::Discarded})) ||
           llvm::any_of(U.Mentions, [](const TokenMention &M) {
             return M.K == TokenMention::Request;
           });
  });
  // The component's own token does not reach what is done to stop it.
  if (llvm::any_of(Uses,
                   [](const TokenUse &U) {
                     return U.Token.From == ScopeToken::Member;
                   }) &&
      (runsAtTheEnd(F.function(), TU) || TU.isInTest(F.function())))
    llvm::erase_if(Uses, [](const TokenUse &U) {
      return U.Token.From == ScopeToken::Member;
    });
  findWrongTokens(F, TU, Model, Uses, Out);
  findUnusedTokens(F, TU, Uses, Out);
  findOmittedTokens(F, TU, Model, Uses, Out);
  findBlindLoops(F, TU, Model, Uses, Out);
  findMissedWakeups(F, TU, Model, Uses, Out);
  return Out;
}

void findUnusedTokens(const FunctionAnalysis &F, TUAnalysis &TU,
                      llvm::ArrayRef<TokenUse> Uses,
                      std::vector<IgnoredToken> &Out) {
  const SuspendCFG &G = *F.graph();
  const Coroutine *C = F.coroutine();
  // A promise that is made from the parameters takes the token from there.
  if (const VarDecl *Promise = C->Body->getPromiseDecl())
    if (const auto *Made =
            dyn_cast_or_null<CXXConstructExpr>(Promise->getInit());
        Made && Made->getNumArgs() != 0)
      return;
  for (const TokenUse &U : Uses) {
    if (U.Token.From != ScopeToken::Parameter || !U.Mentions.empty() ||
        U.Token.D->hasAttr<UnusedAttr>())
      continue;
    if (llvm::any_of(Out, [&](const IgnoredToken &Told) {
          return Told.Token.D == U.Token.D && Told.K == IgnoredToken::CutOff;
        }))
      continue;
    IgnoredToken Found;
    Found.K = IgnoredToken::Unused;
    Found.Token = U.Token;
    Found.Waits = G.node(G.suspendNodes().front()).S;
    // Others have said which parameters there are.
    const auto *Method = dyn_cast<CXXMethodDecl>(F.function());
    if (Method && (Method->isVirtual() || Method->getParent()->isLambda()))
      Found.Sure = Confidence::Maybe;
    Out.push_back(Found);
  }
}

} // namespace codrop
