// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "analysis/UnclosedMembers.h"
#include "analysis/Names.h"
#include "analysis/ResourceConditions.h"

using namespace clang;

namespace codrop {

namespace {

class Finder {
public:
  Finder(const CXXRecordDecl *RD, TUAnalysis &TU, MemberUseTable &Table,
         bool Infer, EdgeSet Edges)
      : RD(RD), TU(TU), Table(Table), Infer(Infer), Edges(Edges) {}

  std::vector<UnclosedMember> run();

private:
  struct Owned {
    const FieldDecl *Field;
    OwnedResource R;
  };

  void readFields();
  bool readMethods();
  bool mayBeOpened(const Owned &O) const;
  bool isClosedSomewhere(const Owned &O) const;
  bool isOthersToClose(const Owned &O, const MemberUses &Closer) const;
  void closedNowhere();
  void forgotten();
  void inCloser(const FunctionDecl *Closer);
  bool concernsOwned(const CoroutineSuspendExpr *Await) const;
  void skipped(const Owned &O, const FunctionDecl *Closer, const SuspendCFG &G);
  void wrongOrder(const Owned &O, const FunctionDecl *Closer,
                  const SuspendCFG &G);
  llvm::SmallVector<NodeId, 2> closesOf(const Owned &O, const SuspendCFG &G);
  UnclosedMember &add(UnclosedMember::Kind K, const Owned &O,
                      const FunctionDecl *Closer = nullptr);

  const CXXRecordDecl *RD;
  TUAnalysis &TU;
  MemberUseTable &Table;
  bool Infer;
  EdgeSet Edges;
  std::vector<Owned> Fields;
  /// Bodies of the class's functions, constructors among them.
  std::vector<const FunctionDecl *> Bodies;
  std::vector<const FunctionDecl *> Closers;
  /// Functions that could close a member and are not visible.
  bool Unseen = false;
  MemberUses All;
  std::vector<UnclosedMember> Found;
};

UnclosedMember &Finder::add(UnclosedMember::Kind K, const Owned &O,
                            const FunctionDecl *Closer) {
  UnclosedMember U;
  U.K = K;
  U.Class = RD;
  U.Member = O.Field;
  U.What = O.R.What;
  U.Closer = Closer;
  Found.push_back(U);
  return Found.back();
}

void Finder::readFields() {
  for (const FieldDecl *Field : RD->fields())
    if (std::optional<OwnedResource> R =
            ownedResource(Field->getType(), TU.types(), Infer))
      Fields.push_back({Field, *R});
}

/// False if there is nothing to judge: the class is only declared here.
bool Finder::readMethods() {
  const Resource *Own =
      TU.types().resource(TU.context().getCanonicalTagType(RD), Infer);
  auto read = [&](const FunctionDecl *FD) {
    const FunctionDecl *Definition = nullptr;
    if (FD->isImplicit() || FD->isDeleted() || FD->isDefaulted())
      return;
    const auto *Method = cast<CXXMethodDecl>(FD);
    if (!FD->hasBody(Definition) || Definition->isDependentContext()) {
      Unseen |= !Method->isConst() && !Method->isStatic() &&
                !isa<CXXConstructorDecl, CXXDestructorDecl>(Method);
      return;
    }
    Bodies.push_back(Definition);
    All.add(Table.of(Definition));
    if (Own && llvm::is_contained(Own->Close, nameOf(Method).str()) &&
        !Method->isStatic())
      Closers.push_back(Definition);
  };
  for (const Decl *D : RD->decls()) {
    if (const auto *Method = dyn_cast<CXXMethodDecl>(D))
      read(Method);
    // A member template is seen as far as it is instantiated.
    if (const auto *Template = dyn_cast<FunctionTemplateDecl>(D)) {
      Unseen |= Template->specializations().empty();
      for (const FunctionDecl *Spec : Template->specializations())
        read(Spec);
    }
  }
  return !Bodies.empty();
}

/// Something makes it open: it is born so, or one of the functions opens it.
bool Finder::mayBeOpened(const Owned &O) const {
  const Resource &R = *O.R.What;
  if (O.R.How != OwnedResource::Itself)
    return true; // Whatever is put into the holder.
  if (R.Open.empty())
    return true;
  if (All.calls(O.Field, R.Open) || All.LetGo.contains(O.Field))
    return true;
  // A factory's value, or constructor arguments for one that can be made open.
  if (!R.DefaultConstructedIsClosed)
    return false;
  for (const FunctionDecl *Body : Bodies)
    if (const auto *Ctor = dyn_cast<CXXConstructorDecl>(Body))
      for (const CXXCtorInitializer *Init : Ctor->inits())
        if (Init->getMember() == O.Field && Init->isWritten())
          if (const auto *Construct =
                  dyn_cast<CXXConstructExpr>(stripped(Init->getInit()));
              !Construct || Construct->getNumArgs() > 0)
            return true;
  return false;
}

bool Finder::isClosedSomewhere(const Owned &O) const {
  const Resource &R = *O.R.What;
  return All.HandsOnThis || (R.Record && closesItself(R.Record, R.Close)) ||
         All.LetGo.contains(O.Field) || All.calls(O.Field, O.R.What->Close);
}

void Finder::closedNowhere() {
  // Somebody else may close it, or a function that is not in sight.
  if (Unseen || RD->hasFriends() || RD->isLambda())
    return;
  for (const Owned &O : Fields)
    if (O.Field->getAccess() == AS_private && !isClosedSomewhere(O) &&
        mayBeOpened(O))
      add(UnclosedMember::ClosedNowhere, O);
}

/// A derived class closes what is protected; the user closes what is public,
/// unless the close takes care of other members.
bool Finder::isOthersToClose(const Owned &O, const MemberUses &Closer) const {
  if (O.Field->getAccess() == AS_protected)
    return !RD->isEffectivelyFinal();
  return O.Field->getAccess() == AS_public &&
         llvm::none_of(Fields, [&](const Owned &Other) {
           return Closer.calls(Other.Field, Other.R.What->Close);
         });
}

void Finder::forgotten() {
  for (const Owned &O : Fields) {
    if (!mayBeOpened(O) || isClosedSomewhere(O) || Unseen)
      continue;
    for (const FunctionDecl *Closer : Closers) {
      const MemberUses &Uses = Table.of(Closer);
      if (Uses.HandsOnThis || Uses.Mentioned.contains(O.Field) ||
          isOthersToClose(O, Uses))
        continue;
      add(UnclosedMember::Forgotten, O, Closer);
      break;
    }
  }
}

/// The nodes of awaits that close the member, or hand it to what may.
llvm::SmallVector<NodeId, 2> Finder::closesOf(const Owned &O,
                                              const SuspendCFG &G) {
  llvm::SmallVector<NodeId, 2> Result;
  for (NodeId N = 0; N < G.size(); ++N) {
    const auto *Call = dyn_cast_or_null<CallExpr>(G.node(N).S);
    if (!Call)
      continue;
    const auto *Member = dyn_cast<CXXMemberCallExpr>(Call);
    bool Closes = false;
    if (Member) {
      const Expr *Object = stripped(Member->getImplicitObjectArgument());
      if (memberOf(Object) == O.Field)
        Closes = llvm::is_contained(O.R.What->Close,
                                    nameOf(Member->getMethodDecl()).str());
      else if (const FunctionDecl *Definition = nullptr;
               isa<CXXThisExpr>(Object) &&
               Member->getMethodDecl()->hasBody(Definition))
        Closes = Table.of(Definition).calls(O.Field, O.R.What->Close) ||
                 Table.of(Definition).LetGo.contains(O.Field);
    }
    for (const Expr *Arg : Call->arguments())
      if (!isa<CXXOperatorCallExpr>(Call) && memberOf(Arg) == O.Field)
        Closes = true;
    if (Closes)
      Result.push_back(N);
  }
  return Result;
}

static SourceLocation locationOf(const SuspendCFG &G, NodeId N) {
  const Node &Here = G.node(N);
  if (Here.Kind == NodeKind::Suspend && G.suspension(N).E)
    return G.suspension(N).E->getExprLoc();
  const auto *E = dyn_cast_or_null<Expr>(Here.S);
  return E ? E->getExprLoc() : G.function()->getLocation();
}

static bool mentions(const Stmt *S, const FieldDecl *Field) {
  if (!S)
    return false;
  ParentTable Table(S);
  return llvm::any_of(Table.preorder(), [&](const Stmt *Inner) {
    const auto *Member = dyn_cast<MemberExpr>(Inner);
    return Member && Member->getMemberDecl() == Field;
  });
}

/// The loop over the member that \p Await stands in: `for (auto &c : conns_)`,
/// `while (!conns_.empty())` around an await that closes something.
static const Stmt *loopOver(const FieldDecl *Field,
                            const CoroutineSuspendExpr *Await,
                            const std::vector<std::string> &CloseNames,
                            const ParentTable &Parents) {
  const auto *Call = dyn_cast_or_null<CallExpr>(stripped(Await->getOperand()));
  const bool Closes =
      Call &&
      llvm::is_contained(CloseNames, nameOf(Call->getDirectCallee()).str());
  for (const Stmt *P = Parents.parent(Await); P && Closes;
       P = Parents.parent(P)) {
    if (const auto *Loop = dyn_cast<CXXForRangeStmt>(P)) {
      if (memberOf(Loop->getRangeInit()) == Field)
        return Loop;
    } else if (const auto *Loop = dyn_cast<WhileStmt>(P)) {
      if (mentions(Loop->getCond(), Field))
        return Loop;
    } else if (const auto *Loop = dyn_cast<ForStmt>(P)) {
      if (mentions(Loop->getCond(), Field))
        return Loop;
    }
  }
  return nullptr;
}

/// The await is about one of the resources: closes it, flushes it, or calls a
/// function of the class.
bool Finder::concernsOwned(const CoroutineSuspendExpr *Await) const {
  const auto *Call =
      dyn_cast_or_null<CXXMemberCallExpr>(stripped(Await->getOperand()));
  if (!Call)
    return false;
  const Expr *Object = stripped(Call->getImplicitObjectArgument());
  const FieldDecl *Field = memberOf(Object);
  return isa<CXXThisExpr>(Object) ||
         llvm::any_of(Fields, [&](const Owned &O) { return O.Field == Field; });
}

void Finder::skipped(const Owned &O, const FunctionDecl *Closer,
                     const SuspendCFG &G) {
  if (!Edges.contains(EdgeKind::Unwind))
    return;
  llvm::SmallVector<NodeId, 2> Closes = closesOf(O, G);
  llvm::BitVector IsClose(G.size());
  for (NodeId N : Closes)
    IsClose.set(N);
  for (NodeId N : G.suspendNodes()) {
    bool Throws = llvm::any_of(G.node(N).Out, [](const Edge &E) {
      return E.Kind == EdgeKind::Unwind;
    });
    const auto *Await =
        dyn_cast_or_null<CoroutineSuspendExpr>(G.suspension(N).E);
    if (!Throws || !Await)
      continue;
    const Stmt *Loop =
        O.R.How == OwnedResource::Elements
            ? loopOver(O.Field, Await, O.R.What->Close, G.parents())
            : nullptr;
    SourceLocation CloseLoc;
    if (!Loop) {
      if (!concernsOwned(Await))
        continue;
      // Before: none has closed it yet. After: the normal way would.
      llvm::BitVector Ahead = reachableFrom(G, N, NormalEdges);
      bool Before = false;
      for (NodeId C : Closes) {
        Before |= reachableFrom(G, C, AllSuspensionEdges)[N];
        if (Ahead[C] && CloseLoc.isInvalid())
          CloseLoc = locationOf(G, C);
      }
      if (Before || CloseLoc.isInvalid())
        continue;
    }
    // Is there a way from the throw out of the function past no close? A loop
    // goes on if the exception is caught in it.
    PathQuery Q;
    Q.Start = N;
    Q.Edges = UnwindEdges;
    auto Visit = [&](NodeId At, PathState S) {
      if (IsClose[At] ||
          (Loop && G.parents().isWithin(G.node(At).S, Loop) &&
           G.node(At).Kind != NodeKind::Dispatch &&
           !isa_and_nonnull<CXXCatchStmt>(G.node(At).S) && At != N))
        return PathStep::stop();
      return G.node(At).Kind == NodeKind::UnwindExit ||
                     G.node(At).Kind == NodeKind::Exit
                 ? PathStep::found()
                 : PathStep::go(S);
    };
    auto Take = [&](NodeId From, const Edge &E,
                    PathState S) -> std::optional<PathState> {
      if (From == N && E.Kind != EdgeKind::Unwind)
        return std::nullopt;
      const Node &Here = G.node(From);
      if (From != N && E.Kind == EdgeKind::Unwind)
        return std::nullopt; // One failure at a time.
      if (Here.Kind == NodeKind::Dispatch &&
          catchesWhatAwaitsThrow(cast<CXXTryStmt>(Here.S)) &&
          !leadsToHandler(G, E))
        return std::nullopt;
      return S;
    };
    Q.Visit = Visit;
    Q.Take = Take;
    GaveUp Why;
    bool Leaves = findPath(G, Q, &Why).has_value();
    if (!Why.Reason.empty())
      TU.gaveUp(Why);
    if (!Leaves)
      continue;
    UnclosedMember &U =
        add(Loop ? UnclosedMember::RestSkipped : UnclosedMember::SkippedOnThrow,
            O, Closer);
    U.Site = Await->getExprLoc();
    U.Close = CloseLoc;
    return;
  }
}

/// The members that are given to the constructor of \p User by reference.
static bool uses(const CXXRecordDecl *RD, const FieldDecl *User,
                 const FieldDecl *Used) {
  auto refersTo = [&](const Expr *Init) {
    const auto *Construct =
        dyn_cast_or_null<CXXConstructExpr>(Init ? stripped(Init) : nullptr);
    if (!Construct)
      return false;
    const CXXConstructorDecl *Ctor = Construct->getConstructor();
    for (unsigned I = 0;
         I < Construct->getNumArgs() && I < Ctor->getNumParams(); ++I) {
      QualType T = Ctor->getParamDecl(I)->getType();
      bool ByReference =
          T->isPointerType() || (T->isLValueReferenceType() &&
                                 !T.getNonReferenceType().isConstQualified());
      if (ByReference && memberOf(Construct->getArg(I)) == Used)
        return true;
    }
    return false;
  };
  if (refersTo(User->getInClassInitializer()))
    return true;
  for (const CXXConstructorDecl *Ctor : RD->ctors()) {
    const FunctionDecl *Definition = nullptr;
    if (Ctor->hasBody(Definition))
      for (const CXXCtorInitializer *Init :
           cast<CXXConstructorDecl>(Definition)->inits())
        if (Init->getMember() == User && refersTo(Init->getInit()))
          return true;
  }
  return false;
}

void Finder::wrongOrder(const Owned &O, const FunctionDecl *Closer,
                        const SuspendCFG &G) {
  llvm::SmallVector<NodeId, 2> Own = closesOf(O, G);
  if (Own.size() != 1)
    return;
  for (const Owned &Other : Fields) {
    if (Other.Field == O.Field || !uses(RD, Other.Field, O.Field))
      continue;
    llvm::SmallVector<NodeId, 2> Later = closesOf(Other, G);
    if (Later.size() != 1 || Later.front() == Own.front() ||
        !reachableFrom(G, Own.front(), NormalEdges)[Later.front()] ||
        reachableFrom(G, Later.front(), NormalEdges)[Own.front()])
      continue;
    UnclosedMember &U = add(UnclosedMember::WrongOrder, O, Closer);
    U.User = Other.Field;
    U.Site = locationOf(G, Own.front());
    U.Close = locationOf(G, Later.front());
    return;
  }
}

void Finder::inCloser(const FunctionDecl *Closer) {
  const FunctionAnalysis &F = TU.function(Closer);
  if (!F.coroutine() || !F.graph())
    return;
  for (const Owned &O : Fields) {
    skipped(O, Closer, *F.graph());
    wrongOrder(O, Closer, *F.graph());
  }
}

std::vector<UnclosedMember> Finder::run() {
  readFields();
  if (Fields.empty() || !readMethods())
    return {};
  if (Closers.empty())
    closedNowhere();
  else
    forgotten();
  for (const FunctionDecl *Closer : Closers)
    inCloser(Closer);
  return std::move(Found);
}

} // namespace

std::vector<UnclosedMember> findUnclosedMembers(const CXXRecordDecl *RD,
                                                TUAnalysis &TU,
                                                MemberUseTable &Uses,
                                                bool Infer, EdgeSet Edges) {
  return Finder(RD, TU, Uses, Infer, Edges).run();
}

} // namespace codrop
