// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Loops that await and do not look at the token at hand, and waits for what a
// callback on the token signals once. A loop that yields is stopped by whoever
// consumes it. That an exception of an await ends the loop is taken for a way
// to stop it, except where the await is for some time only.

#include "analysis/IgnoredTokens.h"
#include "analysis/Names.h"

using namespace clang;

namespace codrop {

static const Stmt *bodyOf(const Stmt *Loop) {
  if (const auto *For = dyn_cast<ForStmt>(Loop))
    return For->getBody();
  if (const auto *While = dyn_cast<WhileStmt>(Loop))
    return While->getBody();
  if (const auto *Do = dyn_cast<DoStmt>(Loop))
    return Do->getBody();
  if (const auto *Range = dyn_cast<CXXForRangeStmt>(Loop))
    return Range->getBody();
  return nullptr;
}

/// Time goes by, and nothing comes of it that could fail.
static bool waitsForTimeOnly(const Suspension &S) {
  const FunctionDecl *Callee = S.Operand ? calledFunction(S.Operand) : nullptr;
  auto Words = identifierWords(nameOf(Callee));
  return llvm::any_of(Words,
                      [](llvm::StringRef Word) {
                        return llvm::is_contained(
                            {"sleep", "yield", "delay", "pause", "reschedule"},
                            Word);
                      }) ||
         (!Words.empty() && Words.front() == "schedule");
}

/// `check_stopped()`, `throw_if_cancelled()`: called for what it may throw.
static bool callsToLeave(const Stmt *S) {
  const auto *Call = dyn_cast_or_null<CallExpr>(S);
  const FunctionDecl *Callee = Call ? Call->getDirectCallee() : nullptr;
  return soundsLikeClosing(nameOf(Callee)) ||
         llvm::any_of(
             identifierWords(nameOf(Callee)), [](llvm::StringRef Word) {
               return llvm::is_contained(
                   {"check", "throw", "ensure", "cancelled", "aborted"}, Word);
             });
}

namespace {

class LoopFinder {
public:
  LoopFinder(const FunctionAnalysis &F, TUAnalysis &TU, const TokenModel &Model,
             llvm::ArrayRef<TokenUse> Uses, std::vector<IgnoredToken> &Out)
      : F(F), TU(TU), G(*F.graph()), Model(Model), Uses(Uses), Out(Out) {}

  void run() {
    for (const Stmt *S : G.parents().preorder())
      if (const Stmt *Body = bodyOf(S))
        judge(S, Body);
  }

private:
  void judge(const Stmt *Loop, const Stmt *Body);
  bool callers(const TokenUse &U, const Stmt *Loop, NodeId At, bool Endless);
  bool hasWayOut(NodeId From, EdgeSet Edges) const;
  const Expr *detachedAt() const;
  bool isTold(const ScopeToken &Token) const {
    return llvm::any_of(Out, [&](const IgnoredToken &Fact) {
      return Fact.Token.D == Token.D &&
             (Fact.K == IgnoredToken::Unused || Fact.K == IgnoredToken::Loop ||
              Fact.K == IgnoredToken::LateLoop);
    });
  }

  const FunctionAnalysis &F;
  TUAnalysis &TU;
  const SuspendCFG &G;
  const TokenModel &Model;
  llvm::ArrayRef<TokenUse> Uses;
  std::vector<IgnoredToken> &Out;
};

} // namespace

bool LoopFinder::hasWayOut(NodeId From, EdgeSet Edges) const {
  llvm::BitVector Seen(G.size());
  llvm::SmallVector<NodeId, 32> Left = {From};
  while (!Left.empty()) {
    NodeId N = Left.pop_back_val();
    if (Seen.test(N))
      continue;
    Seen.set(N);
    if (N == G.exit() || N == G.unwindExit())
      return true;
    const Node &At = G.node(N);
    bool TimeOnly =
        At.Kind == NodeKind::Suspend && waitsForTimeOnly(G.suspension(N));
    for (const Edge &E : At.Out)
      if (Edges.contains(E.Kind) && !(TimeOnly && E.Kind == EdgeKind::Unwind) &&
          !(E.Kind == EdgeKind::CallUnwind && !callsToLeave(At.S)))
        Left.push_back(E.To);
  }
  return false;
}

/// Where the coroutine is started and let go, if that is all that is done
/// with it.
const Expr *LoopFinder::detachedAt() const {
  const Expr *Started = nullptr;
  for (const CallSite &Site : TU.index().mentions(F.function())) {
    if (!Site.In || !Site.IsCall || Site.In->isDependentContext() ||
        !Site.In->doesThisDeclarationHaveABody())
      return nullptr;
    const SuspendCFG *Around = TU.function(Site.In).graph();
    if (!Around)
      return nullptr;
    if (TU.types().runsOnWhenDropped(F.function()->getReturnType())) {
      Started = Site.Site;
      continue;
    }
    ResultFate Fate = resultFate(Site.Site, Around->parents());
    const auto *Sink = Fate.Use == ResultUse::Passed
                           ? dyn_cast_or_null<CallExpr>(Fate.Site)
                           : nullptr;
    const FunctionDecl *Callee = Sink ? Sink->getDirectCallee() : nullptr;
    const SinkFact *Fact = Callee ? TU.knowledge().sink(Callee) : nullptr;
    if (!Fact || !Fact->Detaches || !Fact->DetachedOnlyIfType.empty() ||
        Fact->OwnerWaits)
      return nullptr;
    Started = Sink;
  }
  return Started;
}

bool LoopFinder::callers(const TokenUse &U, const Stmt *Loop, NodeId At,
                         bool Endless) {
  // Nothing but looks at it, and those before the loop.
  if (U.Mentions.empty() || !U.only({TokenMention::Check}))
    return false;
  const SourceManager &SM = TU.context().getSourceManager();
  for (const TokenMention &M : U.Mentions)
    if (G.parents().isWithin(M.Named, Loop) ||
        !SM.isBeforeInTranslationUnit(M.Named->getBeginLoc(),
                                      Loop->getBeginLoc()))
      return false;
  IgnoredToken Fact;
  Fact.K = Endless ? IgnoredToken::Loop : IgnoredToken::LateLoop;
  Fact.Sure = Endless && U.Token.From == ScopeToken::Parameter
                  ? Confidence::Definite
                  : Confidence::Maybe;
  Fact.Token = U.Token;
  Fact.Site = Loop;
  Fact.Waits = G.node(At).S;
  Out.push_back(Fact);
  return true;
}

void LoopFinder::judge(const Stmt *Loop, const Stmt *Body) {
  std::optional<NodeId> At;
  for (NodeId N : G.suspendNodes()) {
    if (!G.parents().isWithin(G.node(N).S, Loop))
      continue;
    if (G.suspension(N).Kind == SuspensionKind::Yield)
      return;
    if (!At && G.parents().isWithin(G.node(N).S, Body))
      At = N;
  }
  if (!At)
    return;
  bool Endless = !hasWayOut(*At, NormalEdges);
  for (const TokenUse &U : Uses)
    if (U.Token.isCallers() && !isTold(U.Token) &&
        callers(U, Loop, *At, Endless))
      return;
  if (!Endless || hasWayOut(*At, UnwindEdges.with(EdgeKind::CallUnwind)) ||
      llvm::any_of(Uses, [&](const TokenUse &U) {
        return Model.isMentioned(U.Token, Loop);
      }))
    return;
  // A frame that can be destroyed is stopped by that.
  if (F.coroutine()->DestroyEdges)
    return;
  IgnoredToken Fact;
  Fact.Sure = Confidence::Maybe;
  Fact.Site = Loop;
  Fact.Waits = G.node(*At).S;
  for (const TokenUse &U : Uses)
    if (U.Token.From == ScopeToken::Member && !isTold(U.Token)) {
      Fact.K = IgnoredToken::Loop;
      Fact.Token = U.Token;
      Out.push_back(Fact);
      return;
    }
  if (!Uses.empty())
    return;
  if (const Expr *Started = detachedAt()) {
    Fact.K = IgnoredToken::Detached;
    Fact.Started = Started;
    Out.push_back(Fact);
  }
}

void findBlindLoops(const FunctionAnalysis &F, TUAnalysis &TU,
                    const TokenModel &Model, llvm::ArrayRef<TokenUse> Uses,
                    std::vector<IgnoredToken> &Out) {
  LoopFinder(F, TU, Model, Uses, Out).run();
}

} // namespace codrop
