// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "analysis/ResourceFlow.h"
#include "clang/AST/ASTContext.h"

using namespace clang;

namespace codrop {

namespace {

enum : PathState { Closed = 0, Open = 1 };

llvm::StringRef nameOf(const FunctionDecl *F) {
  return F && F->getIdentifier() ? F->getName() : llvm::StringRef();
}

bool contains(const std::vector<std::string> &Names, llvm::StringRef Name) {
  return llvm::is_contained(Names, Name);
}

/// Members that run an object to its own end: when they have been awaited,
/// nothing is left to close. Only trusted where the resource is inferred.
bool runsToItsEnd(llvm::StringRef Name) {
  return llvm::is_contained(
      {"run", "async_run", "serve", "wait", "async_wait", "finish", "done",
       "wait_closed", "completion"},
      Name);
}

/// Nothing is in it: default constructed, nullptr, nullopt, {}.
bool isEmptyValue(const Expr *E, bool Indirect) {
  if (!E)
    return true;
  E = stripped(E);
  if (isa<CXXNullPtrLiteralExpr>(E))
    return true;
  if (const auto *List = dyn_cast<InitListExpr>(E))
    return List->getNumInits() == 0;
  if (const auto *Ref = dyn_cast<DeclRefExpr>(E))
    return Ref->getDecl()->getIdentifier() &&
           Ref->getDecl()->getName() == "nullopt";
  if (const auto *Construct = dyn_cast<CXXConstructExpr>(E)) {
    unsigned Written = 0;
    for (const Expr *Arg : Construct->arguments())
      Written += !isa<CXXDefaultArgExpr>(Arg);
    if (Written == 0)
      return Indirect;
    if (Written == 1 && Indirect)
      return isEmptyValue(Construct->getArg(0), Indirect);
  }
  return false;
}

/// Whether a value given to the object is an open resource.
bool isOpenValue(const Expr *Value, const Resource &R, bool Indirect) {
  if (isEmptyValue(Value, Indirect))
    // `Connection c;` is open unless it says otherwise or has to be opened.
    return !Indirect && !R.DefaultConstructedIsClosed && R.Open.empty();
  const Expr *E = stripped(Value);
  if (const auto *Construct = dyn_cast<CXXConstructExpr>(E)) {
    const CXXConstructorDecl *Ctor = Construct->getConstructor();
    if (Ctor->isCopyConstructor())
      return false; // Another handle to somebody's resource.
    if (Ctor->isMoveConstructor()) {
      const Expr *From = Construct->getArg(0);
      return movedOperand(From) ? true : isOpenValue(From, R, Indirect);
    }
    // optional<T>(T&&) and unique_ptr(new T): look at what goes in.
    if (Indirect && Construct->getNumArgs() > 0) {
      const Expr *Inner = stripped(Construct->getArg(0));
      if (const auto *New = dyn_cast<CXXNewExpr>(Inner))
        return !New->getConstructExpr() ||
               isOpenValue(New->getConstructExpr(), R, false);
      return isOpenValue(Inner, R, Indirect);
    }
    if (Construct->getNumArgs() == 0)
      return !R.DefaultConstructedIsClosed && R.Open.empty();
    return R.Open.empty();
  }
  if (isa<InitListExpr>(E))
    return R.Open.empty();
  if (isa<CoroutineSuspendExpr>(E))
    return E->isPRValue() || E->isXValue();
  if (const auto *Call = dyn_cast<CallExpr>(E)) {
    if (!Call->isPRValue() && !Call->isXValue())
      return false;
    llvm::StringRef Name = nameOf(Call->getDirectCallee());
    if (Name == "make_unique" || Name == "make_optional")
      return R.Open.empty();
    // A copyable handle that a plain function gives out may be somebody's.
    return !R.Copyable || movedOperand(Call) != nullptr;
  }
  return E->isPRValue();
}

/// If \p Condition tests whether \p Var holds something open: the outcome
/// that says yes.
std::optional<Edge::Outcome> testsOpen(const Expr *Condition,
                                       const VarDecl *Var) {
  bool Positive = true;
  const Expr *E = stripped(Condition);
  while (const auto *Not = dyn_cast<UnaryOperator>(E)) {
    if (Not->getOpcode() != UO_LNot)
      return std::nullopt;
    Positive = !Positive;
    E = stripped(Not->getSubExpr());
  }
  const Expr *Object = nullptr;
  if (const auto *Call = dyn_cast<CXXMemberCallExpr>(E)) {
    Object = Call->getImplicitObjectArgument();
    llvm::StringRef Name = nameOf(Call->getMethodDecl());
    if (Name.contains("closed") || Name.contains("fail") ||
        Name.contains("empty") || Name.contains("error"))
      Positive = !Positive;
    if (!E->getType()->isBooleanType() &&
        !isa_and_nonnull<CXXConversionDecl>(Call->getMethodDecl()))
      return std::nullopt;
  } else if (const auto *Operator = dyn_cast<CXXOperatorCallExpr>(E)) {
    OverloadedOperatorKind Op = Operator->getOperator();
    if (Operator->getNumArgs() == 2 &&
        (Op == OO_EqualEqual || Op == OO_ExclaimEqual) &&
        isEmptyValue(Operator->getArg(1), true)) {
      Object = Operator->getArg(0);
      Positive ^= Op == OO_EqualEqual;
    }
  } else if (const auto *Binary = dyn_cast<BinaryOperator>(E)) {
    if (Binary->isEqualityOp() && isEmptyValue(Binary->getRHS(), true)) {
      Object = Binary->getLHS();
      Positive ^= Binary->getOpcode() == BO_EQ;
    }
  } else {
    Object = E;
  }
  if (!Object)
    return std::nullopt;
  Object = stripped(Object);
  // `p->is_open()` and `opt->ok()` test the held object.
  if (const auto *Arrow = dyn_cast<CXXOperatorCallExpr>(Object);
      Arrow && Arrow->getNumArgs() == 1)
    Object = stripped(Arrow->getArg(0));
  const auto *Ref = dyn_cast<DeclRefExpr>(Object);
  if (!Ref || Ref->getDecl() != Var)
    return std::nullopt;
  return Positive ? Edge::Outcome::True : Edge::Outcome::False;
}

const VarDecl *plainVariable(const Expr *E, bool &Positive) {
  Positive = true;
  E = stripped(E);
  while (const auto *Not = dyn_cast<UnaryOperator>(E)) {
    if (Not->getOpcode() != UO_LNot)
      return nullptr;
    Positive = !Positive;
    E = stripped(Not->getSubExpr());
  }
  const auto *Ref = dyn_cast<DeclRefExpr>(E);
  return Ref ? dyn_cast<VarDecl>(Ref->getDecl()) : nullptr;
}

bool mentions(const Stmt *S, const llvm::DenseSet<const VarDecl *> &Vars) {
  if (Vars.empty())
    return false;
  ParentTable Table(S);
  for (const Stmt *Inner : Table.preorder())
    if (const auto *Ref = dyn_cast<DeclRefExpr>(Inner))
      if (const auto *Var = dyn_cast<VarDecl>(Ref->getDecl()))
        if (Vars.contains(Var))
          return true;
  return false;
}

/// Follows one object.
class Follower {
public:
  Follower(const FunctionAnalysis &F, TUAnalysis &TU, ObjectId O,
           const Resource &R, bool Indirect)
      : F(F), TU(TU), G(*F.graph()), O(O), Obj(G.object(O)), R(R),
        Indirect(Indirect) {}

  std::optional<UnclosedResource> run(EdgeSet Edges);

private:
  bool startsOpen(NodeId &Start);
  void readUses();
  void readFlags();
  PathStep visit(NodeId N, PathState State);
  std::optional<PathState> take(NodeId N, const Edge &E, PathState State);
  PathStep afterUse(const Use &U, PathState State);
  bool closesItself(const CXXMethodDecl *Method) const;

  const FunctionAnalysis &F;
  TUAnalysis &TU;
  const SuspendCFG &G;
  ObjectId O;
  const Object &Obj;
  const Resource &R;
  bool Indirect;

  llvm::DenseMap<NodeId, const Use *> UseAt;
  /// The awaits of opening calls: open only when they have succeeded.
  llvm::DenseSet<const Stmt *> OpeningAwaits;
  /// Variables that hold the outcome of opening.
  llvm::DenseSet<const VarDecl *> OpenResults;
  /// Local flags under which the resource is closed: the outcome that closes.
  llvm::DenseMap<const VarDecl *, bool> Flags;
  llvm::SmallVector<NodeId, 4> CloseNodes;
  const Expr *DroppedClose = nullptr;
  MissedClose How = MissedClose::Destroyed;
};

bool Follower::closesItself(const CXXMethodDecl *Method) const {
  const FunctionDecl *Definition = nullptr;
  if (!Method || !Method->hasBody(Definition) ||
      Definition->isDependentContext())
    return false;
  const Stmt *Body = Definition->getBody();
  if (isCoroutine(Definition))
    Body = cast<CoroutineBodyStmt>(Body)->getBody();
  ParentTable Table(Body);
  for (const Stmt *S : Table.preorder())
    if (const auto *Call = dyn_cast<CXXMemberCallExpr>(S))
      if (isa<CXXThisExpr>(stripped(Call->getImplicitObjectArgument())) &&
          contains(R.Close, nameOf(Call->getMethodDecl())))
        return true;
  return false;
}

void Follower::readUses() {
  if (!Obj.Var)
    return;
  for (const UseTable::At &At : F.uses().of(Obj.Var)) {
    UseAt[At.Node] = &At.What;
    const Use &U = At.What;
    if (U.Kind != UseKind::MemberCall || !U.Site)
      continue;
    llvm::StringRef Name = nameOf(U.Callee);
    ResultFate Fate = resultFate(U.Site, G.parents());
    if (contains(R.Close, Name)) {
      if (Fate.Use == ResultUse::Discarded && U.Callee &&
          TU.types().isAwaitable(U.Callee->getReturnType()))
        DroppedClose = U.Site;
      else
        CloseNodes.push_back(At.Node);
    } else if (contains(R.Open, Name)) {
      if (Fate.Use == ResultUse::Awaited) {
        OpeningAwaits.insert(Fate.Site);
        ResultFate Outcome =
            resultFate(cast<Expr>(Fate.Site), G.parents());
        if (Outcome.Var)
          OpenResults.insert(Outcome.Var);
      }
    }
  }
}

// `bool opened = false; … opened = true; … if (opened) co_await c.close();`
// The flag says what the graph can't: where the resource is open.
void Follower::readFlags() {
  llvm::DenseSet<const VarDecl *> Assigned;
  for (const Stmt *S : G.parents().preorder())
    if (const auto *Binary = dyn_cast<BinaryOperator>(S);
        Binary && Binary->getOpcode() == BO_Assign)
      if (const auto *Ref = dyn_cast<DeclRefExpr>(stripped(Binary->getLHS())))
        if (const auto *Var = dyn_cast<VarDecl>(Ref->getDecl());
            Var && Var->hasLocalStorage())
          Assigned.insert(Var);
  for (NodeId N : CloseNodes) {
    const Stmt *Child = G.node(N).S;
    for (const Stmt *P = G.parents().parent(Child); P;
         Child = P, P = G.parents().parent(P)) {
      const auto *If = dyn_cast<IfStmt>(P);
      if (!If || (If->getThen() != Child && If->getElse() != Child))
        continue;
      bool Positive = true;
      const VarDecl *Flag = plainVariable(If->getCond(), Positive);
      if (Flag && Assigned.contains(Flag))
        Flags[Flag] = Positive == (If->getThen() == Child);
    }
  }
}

bool Follower::startsOpen(NodeId &Start) {
  Start = G.entry();
  if (Obj.K == Object::Parameter)
    // A copyable handle is passed around; only a moved-in one is ours.
    return !R.Copyable;
  if (Obj.K == Object::Variable) {
    for (NodeId N = 0; N < G.size(); ++N) {
      const auto *Decls = dyn_cast_or_null<DeclStmt>(G.node(N).S);
      if (Decls && G.node(N).Kind == NodeKind::Statement &&
          llvm::is_contained(Decls->decls(), Obj.Var)) {
        Start = N;
        return isOpenValue(Obj.Var->getInit(), R, Indirect);
      }
    }
    Start = ~0U; // Never reached.
  }
  return false;
}

PathStep Follower::afterUse(const Use &U, PathState State) {
  llvm::StringRef Name = nameOf(U.Callee);
  switch (U.Kind) {
  case UseKind::MemberCall: {
    const auto *Method = dyn_cast_or_null<CXXMethodDecl>(U.Callee);
    bool OnHolder = Indirect && !U.ThroughPointer;
    if (OnHolder) {
      if (Name == "reset" || Name == "emplace") {
        const auto *Call = cast<CallExpr>(U.Site);
        bool Refills = Name == "emplace" ||
                       (Call->getNumArgs() > 0 &&
                        !isa<CXXDefaultArgExpr>(Call->getArg(0)) &&
                        !isEmptyValue(Call->getArg(0), true));
        if (State == Open) {
          How = Refills ? MissedClose::Overwritten : MissedClose::Reset;
          return PathStep::found();
        }
        return PathStep::go(Refills && R.Open.empty() ? Open : Closed);
      }
      if (Name == "release" || Name == "swap")
        return PathStep::go(Closed);
      return PathStep::go(State);
    }
    if (contains(R.Close, Name)) {
      ResultFate Fate = resultFate(U.Site, G.parents());
      bool Dropped = Fate.Use == ResultUse::Discarded &&
                     TU.types().isAwaitable(U.Callee->getReturnType());
      return PathStep::go(Dropped ? State : Closed);
    }
    if (contains(R.Open, Name)) {
      ResultFate Fate = resultFate(U.Site, G.parents());
      return PathStep::go(Fate.Use == ResultUse::Awaited ? State : Open);
    }
    if (R.Inferred && runsToItsEnd(Name))
      return PathStep::go(Closed);
    if (Name == "release" || Name == "detach" || Name == "swap" ||
        closesItself(Method))
      return PathStep::go(Closed);
    return PathStep::go(State);
  }
  case UseKind::Assigned: {
    const Expr *Value = nullptr;
    if (const auto *Call = dyn_cast<CXXOperatorCallExpr>(U.Site))
      Value = Call->getNumArgs() > 1 ? Call->getArg(1) : nullptr;
    else if (const auto *Binary = dyn_cast<BinaryOperator>(U.Site))
      Value = Binary->getRHS();
    if (U.ThroughPointer && !Indirect)
      return PathStep::go(Closed);
    if (State == Open) {
      How = isEmptyValue(Value, Indirect) ? MissedClose::Reset
                                          : MissedClose::Overwritten;
      return PathStep::found();
    }
    return PathStep::go(Value && isOpenValue(Value, R, Indirect) ? Open
                                                                 : Closed);
  }
  case UseKind::PassedByReference:
    if (U.Callee && !U.Callee->isInStdNamespace())
      switch (TU.summaries().parameterFate(U.Callee, U.Argument, R.Close)) {
      case ParameterFate::OnlyUses:
        return PathStep::go(State);
      case ParameterFate::Closes:
      case ParameterFate::Escapes:
      case ParameterFate::Unknown:
        break;
      }
    return PathStep::go(Closed);
  case UseKind::Value:
  case UseKind::Condition:
  case UseKind::FieldAccess:
  case UseKind::PassedByConstReference:
    return PathStep::go(State);
  case UseKind::Other: {
    // `(void)c;` changes nothing; what else is not understood lets it go.
    const Stmt *P = G.parents().effectiveParent(U.Ref);
    const auto *Cast = dyn_cast_or_null<CastExpr>(P);
    return PathStep::go(
        !P || !isa<Expr>(P) || (Cast && Cast->getCastKind() == CK_ToVoid)
            ? State
            : Closed);
  }
  case UseKind::Moved:
  case UseKind::Copied:
  case UseKind::AddressTaken:
  case UseKind::ReferenceBound:
  case UseKind::Returned:
    return PathStep::go(Closed);
  }
  return PathStep::go(State);
}

PathStep Follower::visit(NodeId N, PathState State) {
  const Node &Here = G.node(N);
  if (Here.Kind == NodeKind::ObjectEnd && Here.Obj == O) {
    if (State == Closed)
      return PathStep::stop();
    How = MissedClose::Destroyed;
    return PathStep::found();
  }
  if (const Use *U = UseAt.lookup(N))
    return afterUse(*U, State);
  return PathStep::go(State);
}

std::optional<PathState> Follower::take(NodeId N, const Edge &E,
                                        PathState State) {
  const Node &Here = G.node(N);
  if (Here.S && OpeningAwaits.contains(Here.S) &&
      (E.Kind == EdgeKind::Resume || E.Kind == EdgeKind::Normal))
    return Open;
  if (State == Closed || E.Taken == Edge::Outcome::None)
    return State;
  const auto *Condition = dyn_cast_or_null<Expr>(Here.S);
  if (!Condition)
    return State;
  if (Obj.Var)
    if (std::optional<Edge::Outcome> Yes = testsOpen(Condition, Obj.Var))
      return E.Taken == *Yes ? State : PathState(Closed);
  bool Positive = true;
  if (const VarDecl *Flag = plainVariable(Condition, Positive))
    if (auto It = Flags.find(Flag); It != Flags.end()) {
      bool FlagIsTrue = (E.Taken == Edge::Outcome::True) == Positive;
      return FlagIsTrue == It->second ? State : PathState(Closed);
    }
  // `auto ec = co_await c.open(); if (ec) co_return ec;`: the branch that
  // never closes is the one where opening has failed.
  if (mentions(Condition, OpenResults)) {
    llvm::BitVector Reach = reachableFrom(G, E.To, NormalEdges, N);
    if (llvm::none_of(CloseNodes, [&](NodeId C) { return Reach[C]; }))
      return Closed;
  }
  return State;
}

std::optional<UnclosedResource> Follower::run(EdgeSet Edges) {
  NodeId Start = 0;
  readUses();
  bool IsOpen = startsOpen(Start);
  if (Start == ~0U)
    return std::nullopt;
  readFlags();
  PathQuery Q;
  Q.Start = Start;
  Q.State = IsOpen ? Open : Closed;
  Q.Edges = Edges;
  auto Visit = [&](NodeId N, PathState S) { return visit(N, S); };
  auto Take = [&](NodeId N, const Edge &E, PathState S) {
    return take(N, E, S);
  };
  Q.Visit = Visit;
  Q.Take = Take;
  GaveUp Why;
  std::optional<Path> Way = findPath(G, Q, &Why);
  if (!Way) {
    if (!Why.Reason.empty())
      TU.gaveUp(Why);
    return std::nullopt;
  }
  UnclosedResource Found;
  Found.Obj = O;
  Found.What = &R;
  Found.How = How;
  Found.Opened = Obj.Loc;
  // The last opening call on the way is where it became open.
  for (NodeId N : Way->Nodes) {
    if (G.node(N).S && OpeningAwaits.contains(G.node(N).S))
      Found.Opened = cast<Expr>(G.node(N).S)->getExprLoc();
    else if (const Use *U = UseAt.lookup(N);
             U && N != Way->Nodes.back() &&
             (U->Kind == UseKind::Assigned ||
              (U->Kind == UseKind::MemberCall &&
               contains(R.Open, nameOf(U->Callee)))))
      Found.Opened = U->Site->getExprLoc();
  }
  Found.DroppedClose = DroppedClose;
  Found.ClosedElsewhere = !CloseNodes.empty();
  Found.Way = std::move(*Way);
  return Found;
}

/// A temporary that is used once and then destroyed: `(co_await connect())
/// .send();` or a statement that drops it.
std::optional<UnclosedResource> followTemporary(const SuspendCFG &G, ObjectId O,
                                                const Resource &R) {
  const Object &Obj = G.object(O);
  // The value of an await has its temporary below the synthesized calls.
  const Stmt *Value = Obj.Bind;
  std::optional<NodeId> Start = G.nodeOf(Obj.Bind);
  if (!Start)
    for (NodeId N = 0; N < G.size() && !Start; ++N)
      if (const auto *E = dyn_cast_or_null<CoroutineSuspendExpr>(G.node(N).S))
        if (E->getExprLoc() == Obj.Loc && !G.parents().isAwaitMachinery(E)) {
          Start = N;
          Value = E;
        }
  if (!Start)
    return std::nullopt;
  const auto *Made = cast<Expr>(Value);
  if (!isOpenValue(Made, R, false))
    return std::nullopt;
  const Stmt *Child = nullptr;
  const Stmt *P = G.parents().effectiveParent(Value, &Child);
  if (const auto *Member = dyn_cast_or_null<MemberExpr>(P)) {
    const auto *Method = dyn_cast<CXXMethodDecl>(Member->getMemberDecl());
    // Fields, the close itself, and builders that hand themselves on.
    if (!Method || contains(R.Close, nameOf(Method)) ||
        Method->getRefQualifier() == RQ_RValue ||
        Method->getReturnType().getNonReferenceType()->getAsCXXRecordDecl() ==
            R.Record ||
        runsToItsEnd(nameOf(Method)))
      return std::nullopt;
  } else if (P && isa<Expr>(P)) {
    const auto *Cast = dyn_cast<CastExpr>(P);
    if (!Cast || Cast->getCastKind() != CK_ToVoid)
      return std::nullopt;
  } else if (!P || !isa<CompoundStmt>(P)) {
    return std::nullopt;
  }
  PathQuery Q;
  Q.Start = *Start;
  auto Visit = [&](NodeId N, PathState S) {
    return G.node(N).Kind == NodeKind::ObjectEnd && G.node(N).Obj == O
               ? PathStep::found()
               : PathStep::go(S);
  };
  Q.Visit = Visit;
  std::optional<Path> Way = findPath(G, Q);
  if (!Way)
    return std::nullopt;
  UnclosedResource Found;
  Found.Obj = O;
  Found.What = &R;
  Found.Opened = Obj.Loc;
  Found.Way = std::move(*Way);
  return Found;
}

} // namespace

std::vector<UnclosedResource> findUnclosedResources(const FunctionAnalysis &F,
                                                    TUAnalysis &TU,
                                                    ResourceFinder Find,
                                                    EdgeSet Edges) {
  std::vector<UnclosedResource> Result;
  const SuspendCFG &G = *F.graph();
  for (ObjectId O = 0; O < G.objects().size(); ++O) {
    const Object &Obj = G.object(O);
    if (Obj.Type->isReferenceType() || Obj.Type->isPointerType())
      continue;
    bool Indirect = false;
    const Resource *R = Find(Obj.Type, Indirect);
    if (!R)
      continue;
    if (Obj.K == Object::Temporary) {
      if (!Indirect)
        if (auto Found = followTemporary(G, O, *R))
          Result.push_back(std::move(*Found));
      continue;
    }
    if (auto Found = Follower(F, TU, O, *R, Indirect).run(Edges))
      Result.push_back(std::move(*Found));
  }
  return Result;
}

} // namespace codrop
