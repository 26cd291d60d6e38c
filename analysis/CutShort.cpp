// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "analysis/CutShort.h"
#include "analysis/DyingObject.h"
#include "analysis/Names.h"
#include "analysis/RaceOutcome.h"

using namespace clang;

namespace codrop {

namespace {

/// One place contains the other.
bool overlap(const AccessPath &A, const AccessPath &B) {
  return A.startsWith(B) || B.startsWith(A);
}

bool hasWord(const FunctionDecl *FD,
             std::initializer_list<llvm::StringRef> Wanted) {
  return llvm::any_of(identifierWords(nameOf(FD)), [&](llvm::StringRef Word) {
    return llvm::is_contained(Wanted, Word);
  });
}

/// After a read that was cut, a last word to the peer does no harm.
bool isOtherWay(const FunctionDecl *Cut, const FunctionDecl *Next) {
  return hasWord(Cut, {"read", "receive", "recv"}) &&
         hasWord(Next, {"write", "send", "reply", "respond", "notify"});
}

/// May catch what says that the time is up or that something was cancelled.
bool mayCatchTimeout(const CXXCatchStmt *Catch, const Knowledge &Known) {
  QualType T = Catch->getCaughtType();
  if (T.isNull())
    return true;
  const CXXRecordDecl *RD = T.getNonReferenceType()->getAsCXXRecordDecl();
  if (!RD)
    return false;
  if (RD->isInStdNamespace() && nameOf(RD) == "exception")
    return true;
  return Known.cancellationException(RD) ||
         llvm::any_of(identifierWords(nameOf(RD)), [](llvm::StringRef Word) {
           return Word.contains("time") || Word.contains("cancel") ||
                  Word.contains("abort") || Word.contains("expire") ||
                  Word.contains("deadline");
         });
}

class CutShortFinder {
public:
  CutShortFinder(const FunctionAnalysis &F, TUAnalysis &TU)
      : F(F), TU(TU), G(*F.graph()), Effects(F, TU), Later(F, TU) {}

  std::vector<CutShort> run() {
    for (const Race &R : findRaces(F, TU)) {
      RaceOutcome Outcome(R, G);
      for (unsigned I = 0; I != R.Operands.size(); ++I)
        for (CutEffect &E : Effects.of(R.Operands[I].Op, R.LoserGoesOn))
          if (judge(R, Outcome, I, E))
            break;
    }
    return std::move(Found);
  }

private:
  /// What a way after the race comes to.
  enum Goal { Reuse, NormalExit, AnyExit };
  enum State : PathState { Before = 0, After = 1, Asked = 2 };

  bool judge(const Race &R, const RaceOutcome &Outcome, unsigned Loser,
             CutEffect &E) {
    CutShort C;
    C.In = R;
    C.Effect = E;
    bool Sure = R.Then != Race::Unknown && !R.OnFailure;
    switch (E.K) {
    case CutEffect::HalfUpdate:
      C.K = CutShort::Halved;
      return report(std::move(C), Sure);
    case CutEffect::Operation:
      if (E.Fact->Behind == InterruptedFact::Leaves::Lost) {
        C.K = CutShort::Lost;
        if (R.OnFailure || !wayTo(AnyExit, R, Outcome, Loser, E))
          return false;
        return report(std::move(C), Sure);
      }
      if (!E.State)
        return false;
      if (std::optional<Path> Way = wayTo(Reuse, R, Outcome, Loser, E)) {
        C.Again = useAt(Way->Nodes.back(), E);
        if (!C.Again)
          C.Again = E.Site;
        for (NodeId N : Way->Nodes)
          if (const auto *Catch = dyn_cast_or_null<CXXCatchStmt>(G.node(N).S))
            C.Handler = Catch;
        return report(std::move(C), Sure);
      }
      [[fallthrough]];
    case CutEffect::Commit:
    case CutEffect::Close:
      if (R.OnFailure || endsAll(R, Loser) || !isOutside(*E.State) ||
          !wayTo(NormalExit, R, Outcome, Loser, E))
        return false;
      C.K = CutShort::LivesOn;
      return report(std::move(C), false);
    }
    return false;
  }

  bool report(CutShort C, bool Sure) {
    C.Sure = Sure ? Confidence::Definite : Confidence::Maybe;
    Found.push_back(std::move(C));
    return true;
  }

  /// Others can reach it when the function has ended.
  bool isOutside(const AccessPath &Place) const {
    return sharingOf(Place, G) != Sharing::Local;
  }

  /// The operation that \p N starts on what \p E has left behind, or null.
  const Expr *useAt(NodeId N, const CutEffect &E) const {
    const auto *Call = dyn_cast_or_null<CallExpr>(G.node(N).S);
    if (!Call || G.node(N).Kind != NodeKind::Statement ||
        !TU.types().isAwaitable(Call->getType()))
      return nullptr;
    const FunctionDecl *Callee = Call->getDirectCallee();
    if (isEnding(Callee) || isOtherWay(E.Callee, Callee))
      return nullptr;
    if (isGiven(Call, *E.State))
      return Call;
    const Expr *Object = calledObject(Call);
    if (!Object || !isa<CXXThisExpr>(stripped(Object)))
      return nullptr;
    return llvm::any_of(Later.of(Call, true),
                        [&](const CutEffect &Next) {
                          return Next.State && overlap(*Next.State, *E.State) &&
                                 !isOtherWay(E.Callee, Next.Callee);
                        })
               ? Call
               : nullptr;
  }

  bool isGiven(const CallExpr *Call, const AccessPath &Place) const {
    auto isIt = [&](const Expr *E) {
      std::optional<AccessPath> P = Effects.object(E);
      // `this->f()` may do anything to any member.
      return P &&
             (!P->Parts.empty() || P->Root != AccessPath::This ||
              Place.Parts.empty()) &&
             overlap(*P, Place);
    };
    const Expr *Object = calledObject(Call);
    return (Object && isIt(Object)) || llvm::any_of(argumentsOf(Call), isIt);
  }

  /// What the operation worked on is closed, replaced or given away at \p N.
  bool endsAt(NodeId N, const AccessPath &Place) const {
    const Node &Here = G.node(N);
    std::optional<ObjectId> O = Place.Root == AccessPath::Variable
                                    ? G.objectOf(Place.Var)
                                    : std::nullopt;
    if (O && (G.birthOf(*O) == N ||
              (Here.Kind == NodeKind::ObjectEnd && Here.Obj == *O)))
      return true;
    if (Here.Kind != NodeKind::Statement || !Here.S)
      return false;
    if (const auto *Call = dyn_cast<CallExpr>(Here.S)) {
      if (isEnding(Call->getDirectCallee())) {
        const Expr *Object = calledObject(Call);
        std::optional<AccessPath> P;
        if (Object)
          P = Effects.object(Object);
        if ((P && overlap(*P, Place)) || isGiven(Call, Place))
          return true;
      }
      if (const Expr *Moved = movedOperand(Call))
        if (std::optional<AccessPath> P = Effects.object(Moved))
          return Place.startsWith(*P);
    }
    return llvm::any_of(F.accesses().at(N), [&](const Access &A) {
      return A.Kind == AccessKind::Write && Place.startsWith(A.Place);
    });
  }

  /// Another operand waits for the end of everything: with it, the object ends.
  bool endsAll(const Race &R, unsigned Loser) const {
    for (unsigned I = 0; I != R.Operands.size(); ++I) {
      if (I == Loser)
        continue;
      ParentTable Raced(R.Operands[I].Op);
      for (const Stmt *S : Raced.preorder()) {
        const NamedDecl *D = nullptr;
        if (const auto *Ref = dyn_cast<DeclRefExpr>(S))
          D = Ref->getDecl();
        else if (const auto *Member = dyn_cast<MemberExpr>(S))
          D = Member->getMemberDecl();
        if (llvm::any_of(identifierWords(nameOf(D)), [](llvm::StringRef W) {
              return llvm::is_contained(
                  {"stop", "stopped", "shutdown", "cancel", "cancelled",
                   "canceled", "quit", "exit", "close", "closed", "closing",
                   "terminate", "done", "abort", "signal", "watchdog", "end",
                   "finished"},
                  W);
            }))
          return true;
      }
    }
    return false;
  }

  /// What else is raced is known not to throw when it is done.
  bool returnsWhenDone(const Race &R, unsigned Loser) const {
    for (unsigned I = 0; I != R.Operands.size(); ++I) {
      const auto *Call = dyn_cast_or_null<CallExpr>(R.Operands[I].Op);
      if (I == Loser)
        continue;
      const FunctionDecl *Callee = Call ? Call->getDirectCallee() : nullptr;
      const FunctionDecl *Definition = nullptr;
      bool Plain = hasWord(Callee, {"wait", "sleep", "delay"});
      if (!Plain && Callee && Callee->hasBody(Definition))
        Plain =
            llvm::none_of(ParentTable(writtenBody(Definition)).preorder(),
                          [](const Stmt *S) { return isa<CXXThrowExpr>(S); });
      if (!Plain)
        return false;
    }
    return true;
  }

  std::optional<Path> wayTo(Goal To, const Race &R, const RaceOutcome &Outcome,
                            unsigned Loser, const CutEffect &E) const {
    bool Resumes = R.Then == Race::Returns ||
                   (R.Then == Race::Unknown && returnsWhenDone(R, Loser));
    bool Throws = R.Then != Race::Returns || R.OnFailure;
    PathQuery Q;
    Q.Start = R.At;
    Q.State = Before;
    Q.Edges = UnwindEdges;
    auto Visit = [&](NodeId N, PathState S) {
      if (E.State && endsAt(N, *E.State))
        return PathStep::stop();
      NodeKind Kind = G.node(N).Kind;
      switch (To) {
      case Reuse:
        if (N == R.At || useAt(N, E))
          return PathStep::found();
        break;
      case NormalExit:
        if (Kind == NodeKind::Exit)
          return S & Asked ? PathStep::stop() : PathStep::found();
        break;
      case AnyExit:
        if (Kind == NodeKind::Exit || Kind == NodeKind::UnwindExit || N == R.At)
          return PathStep::found();
        break;
      }
      if (To != AnyExit && Outcome.endsAt(N, Loser))
        return PathStep::stop();
      return PathStep::go(S);
    };
    auto Take = [&](NodeId At, const Edge &Way,
                    PathState S) -> std::optional<PathState> {
      if (S == Before) {
        bool Fits = Way.Kind == EdgeKind::Resume   ? Resumes
                    : Way.Kind == EdgeKind::Unwind ? Throws
                                                   : false;
        return Fits ? std::optional<PathState>(After) : std::nullopt;
      }
      // Only the exception that tells of the race is followed.
      if (Way.Kind == EdgeKind::Unwind)
        return std::nullopt;
      const auto *Catch = dyn_cast_or_null<CXXCatchStmt>(G.node(Way.To).S);
      if (Catch && !mayCatchTimeout(Catch, TU.knowledge()))
        return std::nullopt;
      if (!Outcome.mayTake(At, Way, Loser))
        return std::nullopt;
      bool Asks = G.node(At).Kind == NodeKind::Branch && Outcome.asksAt(At);
      return Asks || Catch ? S | Asked : S;
    };
    Q.Visit = Visit;
    Q.Take = Take;
    return findPath(G, Q);
  }

  const FunctionAnalysis &F;
  TUAnalysis &TU;
  const SuspendCFG &G;
  CutEffects Effects;
  mutable CutEffects Later;
  std::vector<CutShort> Found;
};

} // namespace

std::vector<CutShort> findCutShort(const FunctionAnalysis &F, TUAnalysis &TU) {
  return CutShortFinder(F, TU).run();
}

} // namespace codrop
