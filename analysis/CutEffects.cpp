// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "analysis/CutEffects.h"
#include "analysis/DyingObject.h"
#include "analysis/Names.h"
#include "analysis/Races.h"

using namespace clang;

namespace codrop {

namespace {

constexpr unsigned MaxDepth = 4;

const FunctionDecl *definitionOf(const FunctionDecl *FD) {
  const FunctionDecl *Definition = nullptr;
  if (!FD || !FD->hasBody(Definition) || !Definition->getBody() ||
      Definition->isDependentContext() ||
      FD->getASTContext().getSourceManager().isInSystemHeader(
          Definition->getLocation()))
    return nullptr;
  return Definition;
}

bool isLambdaOperator(const FunctionDecl *FD) {
  const auto *Method = dyn_cast_or_null<CXXMethodDecl>(FD);
  return Method && Method->getParent()->isLambda();
}

/// Says that something becomes lasting, or moves from here to there.
bool soundsLikeCommit(const FunctionDecl *FD, bool GoesOn) {
  llvm::SmallVector<std::string, 4> Words = identifierWords(nameOf(FD));
  if (!Words.empty() && Words.front() == "async")
    Words.erase(Words.begin());
  if (Words.empty())
    return false;
  llvm::StringRef Verb = Words.front();
  if (llvm::is_contained({"commit", "transfer", "persist", "checkpoint"}, Verb))
    return true;
  // What goes on is not cut in half.
  return !GoesOn && llvm::is_contained({"rename", "rotate", "save", "store",
                                        "record", "append", "journal"},
                                       Verb);
}

} // namespace

bool isEnding(const FunctionDecl *FD) {
  for (const std::string &Word : identifierWords(nameOf(FD)))
    if (llvm::is_contained({"close",      "cancel",    "reset",    "stop",
                            "shutdown",   "abort",     "kill",     "terminate",
                            "disconnect", "destroy",   "clear",    "release",
                            "invalidate", "fail",      "rollback", "drop",
                            "discard",    "reconnect", "quit",     "teardown"},
                           llvm::StringRef(Word)))
      return true;
  return false;
}

CutEffects::CutEffects(const FunctionAnalysis &F, TUAnalysis &TU)
    : Root(F), TU(TU) {}

std::vector<CutEffect> CutEffects::of(const Expr *Op, bool OpGoesOn) {
  GoesOn = OpGoesOn;
  Found.clear();
  read(Op, {&Root, nullptr, nullptr}, MaxDepth);
  return std::move(Found);
}

const PathResolver &CutEffects::resolver(const FunctionAnalysis &F) const {
  std::unique_ptr<PathResolver> &Entry = Resolvers[F.function()];
  if (!Entry)
    Entry = std::make_unique<PathResolver>(*F.graph(), TU.context());
  return *Entry;
}

/// Where \p E of \p In is, in the terms of the root.
CutEffects::Place CutEffects::place(const Expr *E, const Frame &In,
                                    unsigned Depth) const {
  if (Depth > 2 * MaxDepth)
    return {};
  E = stripped(E);
  bool Address = false;
  if (const auto *Unary = dyn_cast<UnaryOperator>(E);
      Unary && Unary->getOpcode() == UO_AddrOf) {
    E = stripped(Unary->getSubExpr());
    Address = true;
  }
  std::optional<AccessPath> Path;
  if (isa<CXXThisExpr>(E)) {
    // `this->f()`: the object itself.
    Path.emplace();
  } else {
    Path = resolver(*In.F).resolve(E);
    // Through a pointer it is the object that is meant.
    if (Path && !Address &&
        (E->getType()->isPointerType() || isPointerLike(E->getType())))
      Path->Parts.push_back({PathPart::Deref, nullptr, 0});
  }
  if (!Path)
    return {};
  if (!In.Caller)
    return {Lives::Outside, Path};
  const FunctionDecl *Callee = In.F->function();
  auto outer = [&](const Expr *Outside, llvm::ArrayRef<PathPart> Parts) {
    Place P = place(Outside, *In.Caller, Depth + 1);
    if (P.Path) {
      // The object of a pointer that is given: `*p`, once.
      if (!Parts.empty() && Parts.front().K == PathPart::Deref &&
          !P.Path->Parts.empty() && P.Path->Parts.back().K == PathPart::Deref)
        Parts = Parts.drop_front();
      else if (!Parts.empty() && Parts.front().K == PathPart::Deref)
        Parts = Parts.drop_front();
      P.Path->Parts.append(Parts.begin(), Parts.end());
    }
    return P;
  };
  if (Path->Root == AccessPath::This) {
    if (isLambdaOperator(Callee)) {
      // A captured `this` is that of the function around it.
      Frame Up = *In.Caller;
      while (Up.Caller && isLambdaOperator(Up.F->function()))
        Up = *Up.Caller;
      if (!Up.Caller)
        return {Lives::Outside, Path};
      return {};
    }
    const Expr *Object = calledObject(In.Call);
    return Object ? outer(Object, Path->Parts) : Place();
  }
  const VarDecl *Var = Path->Var;
  if (const auto *Parameter = dyn_cast<ParmVarDecl>(Var);
      Parameter && Parameter->getDeclContext() == Callee) {
    QualType T = Parameter->getType();
    if (!T->isReferenceType() && !T->isPointerType() && !isPointerLike(T))
      return {Lives::InOperation, std::nullopt};
    llvm::SmallVector<const Expr *, 4> Args = argumentsOf(In.Call);
    unsigned Index = Parameter->getFunctionScopeIndex();
    return Index < Args.size() ? outer(Args[Index], Path->Parts) : Place();
  }
  if (!Var->hasLocalStorage())
    return {Lives::Outside, Path};
  if (Var->getDeclContext() == Callee)
    return {Lives::InOperation, std::nullopt};
  // A variable of the function around a lambda, captured.
  if (isLambdaOperator(Callee) && !In.Caller->Caller) {
    bool ByReference = false;
    for (const LambdaCapture &Capture :
         cast<CXXMethodDecl>(Callee)->getParent()->captures())
      if (Capture.capturesVariable() && Capture.getCapturedVar() == Var)
        ByReference = Capture.getCaptureKind() == LCK_ByRef;
    if (ByReference ||
        (!Path->Parts.empty() && Path->Parts.front().K == PathPart::Deref))
      return {Lives::Outside, Path};
    return {Lives::InOperation, std::nullopt};
  }
  return {};
}

void CutEffects::add(CutEffect E, const Frame &In) {
  for (const Frame *F = &In; F->Caller; F = F->Caller)
    E.Through.insert(E.Through.begin(),
                     {F->Call->getExprLoc(), F->F->function()});
  Found.push_back(std::move(E));
}

/// A handler around the suspension ends the use of something.
static bool tidiesUp(NodeId Suspend, const SuspendCFG &G) {
  PathQuery Q;
  Q.Start = Suspend;
  Q.Edges = UnwindEdges;
  auto Visit = [&](NodeId N, PathState S) {
    const auto *Call = dyn_cast_or_null<CallExpr>(G.node(N).S);
    return Call && G.node(N).Kind == NodeKind::Statement &&
                   isEnding(Call->getDirectCallee())
               ? PathStep::found()
               : PathStep::go(S);
  };
  auto Take = [&](NodeId At, const Edge &E,
                  PathState S) -> std::optional<PathState> {
    if (At == Suspend && E.Kind != EdgeKind::Unwind)
      return std::nullopt;
    return S;
  };
  Q.Visit = Visit;
  Q.Take = Take;
  return findPath(G, Q).has_value();
}

/// Of an operation that knowledge or an annotation speaks of.
bool CutEffects::known(const CallExpr *Call, const Frame &In) {
  const InterruptedFact *Fact =
      TU.knowledge().interrupted(Call->getDirectCallee(), objectClass(Call));
  if (!Fact)
    return false;
  if (Fact->Behind == InterruptedFact::Leaves::Nothing)
    return true;
  CutEffect E;
  E.Fact = Fact;
  E.Callee = Call->getDirectCallee();
  E.Site = Call;
  llvm::SmallVector<const Expr *, 4> Args = argumentsOf(Call);
  const Expr *Object = Fact->State == 0             ? calledObject(Call)
                       : Fact->State <= Args.size() ? Args[Fact->State - 1]
                                                    : nullptr;
  Place P = Object ? place(Object, In) : Place();
  if (P.Where == Lives::InOperation)
    return true;
  E.State = P.Path;
  if (E.State)
    E.StateName = E.State->str();
  add(std::move(E), In);
  return true;
}

/// Of an operation whose body nobody sees, or need not see.
bool CutEffects::byName(const CallExpr *Call, const Frame &In) {
  const FunctionDecl *Callee = Call->getDirectCallee();
  const Expr *Object = calledObject(Call);
  if (!Callee || !Object || isa<CXXOperatorCallExpr>(Call))
    return false;
  CutEffect E;
  E.Callee = Callee;
  E.Site = Call;
  QualType T = Object->getType();
  if (T->isPointerType())
    T = T->getPointeeType();
  const Resource *R = TU.types().resource(T, true);
  if (R && !R->NormalPathOnly && !GoesOn &&
      llvm::is_contained(R->Close, Callee->getNameAsString()))
    E.K = CutEffect::Close;
  else if (soundsLikeCommit(Callee, GoesOn))
    E.K = CutEffect::Commit;
  else
    return false;
  Place P = place(Object, In);
  if (!P.Path)
    return false;
  E.State = P.Path;
  E.StateName = P.Path->str();
  add(std::move(E), In);
  return true;
}

void CutEffects::read(const Expr *Op, const Frame &In, unsigned Depth) {
  if (!Op || Depth == 0)
    return;
  Op = originOf(Op, *In.F->graph());
  const auto *Call = dyn_cast<CallExpr>(Op);
  if (!Call || known(Call, In))
    return;
  const FunctionDecl *Callee = Call->getDirectCallee();
  if (TU.knowledge().isShield(Callee))
    return;
  if (const FunctionDecl *Definition = definitionOf(Callee)) {
    if (!Active.insert(Definition).second)
      return;
    Frame Inner;
    Inner.F = &TU.function(Definition);
    Inner.Call = Call;
    Inner.Caller = &In;
    if (Inner.F->graph())
      readBody(Definition, Inner, Depth - 1);
    Active.erase(Definition);
    return;
  }
  if (byName(Call, In))
    return;
  // An adaptor: what it is given is what is awaited.
  auto readInner = [&](const Expr *E) {
    QualType T = E->getType().getNonReferenceType();
    if (TU.types().isAwaitable(T))
      read(E, In, Depth - 1);
  };
  for (const Expr *Arg : argumentsOf(Call))
    readInner(Arg);
  if (const Expr *Object = calledObject(Call))
    readInner(Object);
}

void CutEffects::readBody(const FunctionDecl *Definition, const Frame &In,
                          unsigned Depth) {
  const SuspendCFG &G = *In.F->graph();
  for (const Stmt *S : G.parents().preorder()) {
    const auto *Call = dyn_cast<CallExpr>(S);
    // What may cancel it has been decided there.
    if (Call && TU.knowledge().isShield(Call->getDirectCallee()) &&
        Call->getNumArgs() > 0 && !TU.types().isTask(Call->getType()))
      return;
    if (const auto *Return = dyn_cast<ReturnStmt>(S);
        Return && Return->getRetValue() && !isCoroutine(Definition))
      read(Return->getRetValue(), In, Depth);
  }
  if (!isCoroutine(Definition))
    return;
  if (!GoesOn) {
    TornStateOptions Options;
    Options.EarlyCommits = Options.LateResets = false;
    for (const TornState &Torn : findTornState(*In.F, TU, Options)) {
      if (Torn.K != TornState::HalfUpdate || !Torn.Suspends)
        continue;
      CutEffect E;
      E.K = CutEffect::HalfUpdate;
      E.Callee = Definition;
      E.Site = Torn.Before;
      E.Torn = Torn;
      E.StateName = Torn.Place;
      add(std::move(E), In);
      return;
    }
  }
  for (NodeId N : G.suspendNodes()) {
    const Suspension &Point = G.suspension(N);
    if (Point.Kind != SuspensionKind::Await || !Point.Operand)
      continue;
    size_t Before = Found.size();
    read(Point.Operand, In, Depth);
    if (Found.size() > Before && !GoesOn && tidiesUp(N, G))
      Found.resize(Before);
  }
}

} // namespace codrop
