// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Two families: what is acquired and given back by hand (HandHeld decides), and
// guards that are lost although there is one: dropped at once, never awaited,
// disarmed too early, or dead before the task that they protect runs.

#include "checks/LeakedGuardCheck.h"
#include "analysis/HandHeld.h"

using namespace clang;

namespace codrop {

namespace {

llvm::StringRef nameOf(const FunctionDecl *F) {
  return F && F->getIdentifier() ? F->getName() : llvm::StringRef();
}

std::string guardName(const Guard &G, const ASTContext &Context) {
  return typeName(Context.getCanonicalTagType(G.Record), Context);
}

// --- By hand -----------------------------------------------------------------

Finding describe(const HandHeld &Held, const SuspendCFG &G) {
  Finding F;
  F.Loc = Held.Acquire->getExprLoc();
  F.Sure = Held.Way.Sure;
  std::string Place = "'" + Held.Place + "'";
  std::string Acquired, GiveBack, Remedy;
  switch (Held.K) {
  case HandHeld::Call:
    Acquired = (Held.Pair->What.empty() ? "what is acquired from"
                                        : Held.Pair->What + " of") +
               (" " + Place);
    GiveBack = "the give-back";
    Remedy = Held.Pair->Instead.empty()
                 ? "hold it with a guard such as codrop::scope_exit"
                 : "hold it with " + Held.Pair->Instead;
    F.Text = Acquired + " is given back by hand and leaks";
    break;
  case HandHeld::Counter:
    GiveBack = Held.Rises ? "the decrement" : "the increment";
    Remedy = "restore it with a guard such as codrop::scope_exit";
    F.Text = "counter " + Place + " is " +
             (Held.Rises ? "incremented and decremented"
                         : "decremented and incremented") +
             " by hand around a suspension and stays changed";
    break;
  case HandHeld::Flag:
    GiveBack = "clearing it";
    Remedy = "clear it with a guard such as codrop::scope_exit";
    F.Text = "flag " + Place +
             " is set and cleared by hand around a suspension and stays set";
    break;
  }
  EdgeKind Left = Held.Way.leftBy();
  if (Left == EdgeKind::Unwind)
    F.Text += " when a co_await throws";
  else if (Left == EdgeKind::Destroy)
    F.Text += " when the suspended coroutine is destroyed";
  else
    F.Text += " on some path";
  F.note(Held.Acquire->getExprLoc(),
         Held.K == HandHeld::Call ? "acquired here" : "changed here");
  if (std::optional<NodeId> At = Held.Way.leftAt(G)) {
    const Suspension &Point = G.suspension(*At);
    F.note(Point.E ? Point.E->getExprLoc() : G.function()->getLocation(),
           Left == EdgeKind::Destroy
               ? "if the frame is destroyed while the coroutine is suspended "
                 "here, " + GiveBack + " is never reached"
               : "if this co_await throws, " + GiveBack + " is skipped");
  } else {
    for (NodeId N : llvm::reverse(Held.Way.Nodes))
      if (const Stmt *S = G.node(N).S;
          isa_and_nonnull<CoreturnStmt, ReturnStmt, CXXThrowExpr>(S)) {
        F.note(S->getBeginLoc(), "the function is left here without it");
        break;
      }
  }
  F.note(Held.Release->getExprLoc(),
         Remedy + "; only this path gives it back");
  return F;
}

// --- Guards ------------------------------------------------------------------

/// `co_await m.scoped_lock();`: the guard dies at the semicolon.
void findDroppedAtOnce(const SuspendCFG &G, TUAnalysis &TU,
                       std::vector<Finding> &Out) {
  for (const Stmt *S : G.parents().preorder()) {
    const auto *E = dyn_cast<Expr>(S);
    if (!E || !isa<CXXBindTemporaryExpr, CoroutineSuspendExpr>(S) ||
        !E->getType()->isRecordType() || !E->isPRValue())
      continue;
    ResultFate Fate = resultFate(E, G.parents());
    if (Fate.Use != ResultUse::Discarded || Fate.CastToVoid ||
        !isa_and_nonnull<CompoundStmt>(Fate.Site))
      continue;
    std::optional<Guard> Found = TU.types().guard(E->getType());
    if (!Found || Found->Nested)
      continue;
    // An expression with cleanups may hold a temporary below the await; the
    // statement's own value is what is asked about.
    if (G.parents().effectiveParent(E) != Fate.Site)
      continue;
    Finding F;
    F.Loc = E->getExprLoc();
    F.Text = "guard '" + guardName(*Found, TU.context()) +
             "' is dropped at the end of this statement and protects nothing";
    F.note(E->getExprLoc(), "acquired here and given back at the semicolon");
    F.note(E->getExprLoc(), "give the guard a name that lives as long as what "
                            "it protects");
    Out.push_back(std::move(F));
  }
}

/// `auto g = m.lock();` and `m.lock();`: nobody awaits the task of the guard.
void findUnawaitedGuards(const FunctionAnalysis &FA, TUAnalysis &TU,
                         std::vector<Finding> &Out) {
  const SuspendCFG &G = *FA.graph();
  auto guardOf = [&](QualType Task) -> std::optional<Guard> {
    if (!TU.types().isAwaitable(Task))
      return std::nullopt;
    QualType Result = TU.types().awaitResult(Task);
    if (Result.isNull())
      return std::nullopt;
    std::optional<Guard> Found = TU.types().guard(Result);
    return Found && !Found->Nested ? Found : std::nullopt;
  };
  for (const Object &Obj : G.objects()) {
    if (Obj.K != Object::Variable || !Obj.Var->getInit() ||
        !FA.uses().of(Obj.Var).empty() || Obj.Type->isReferenceType())
      continue;
    std::optional<Guard> Found = guardOf(Obj.Type);
    if (!Found)
      continue;
    Finding F;
    F.Loc = Obj.Var->getLocation();
    F.Text = "'" + Obj.Var->getNameAsString() + "' is a task that gives a '" +
             guardName(*Found, TU.context()) +
             "', and is never awaited: nothing is locked";
    F.note(Obj.Var->getInit()->getExprLoc(), "the task is made here");
    F.note(Obj.Var->getInit()->getExprLoc(),
           "co_await it to hold the guard");
    Out.push_back(std::move(F));
  }
  for (const Stmt *S : G.parents().preorder()) {
    const auto *Call = dyn_cast<CallExpr>(S);
    if (!Call || !Call->getType()->isRecordType())
      continue;
    std::optional<Guard> Found = guardOf(Call->getType());
    if (!Found)
      continue;
    ResultFate Fate = resultFate(Call, G.parents());
    if (Fate.Use != ResultUse::Discarded || Fate.CastToVoid ||
        G.parents().effectiveParent(Call) != Fate.Site)
      continue;
    Finding F;
    F.Loc = Call->getExprLoc();
    F.Text = "the task that gives a '" + guardName(*Found, TU.context()) +
             "' is dropped without being awaited: nothing is locked";
    F.note(Call->getExprLoc(), "the task is made and dropped here");
    F.note(Call->getExprLoc(),
           "co_await it and give the guard a name");
    Out.push_back(std::move(F));
  }
}

bool makesDurable(llvm::StringRef Name) {
  for (llvm::StringRef Word : {"commit", "flush", "persist", "save", "store",
                               "sync", "publish", "apply", "replicate"})
    if (Name.contains_insensitive(Word))
      return true;
  return false;
}

/// The await in the statement \p S that is not in a nested lambda, with the
/// function that makes its operand.
const CoroutineSuspendExpr *awaitIn(const Stmt *S, const FunctionDecl *&Callee) {
  if (!S)
    return nullptr;
  ParentTable Table(S);
  for (const Stmt *Inner : Table.preorder())
    if (const auto *Await = dyn_cast<CoroutineSuspendExpr>(Inner)) {
      Callee = calledFunction(Await->getOperand());
      return Await;
    }
  return nullptr;
}

/// `rollback.disarm(); co_await commit();` and a permit that is given back
/// before the only thing it could protect.
void findEarlyDisarm(const FunctionAnalysis &FA, TUAnalysis &TU,
                     std::vector<Finding> &Out) {
  const SuspendCFG &G = *FA.graph();
  for (const Object &Obj : G.objects()) {
    if (Obj.K != Object::Variable)
      continue;
    for (const UseTable::At &At : FA.uses().of(Obj.Var)) {
      const Use &U = At.What;
      if (U.Kind != UseKind::MemberCall)
        continue;
      llvm::StringRef Name = nameOf(U.Callee);
      const CXXRecordDecl *RD = Obj.Type->getAsCXXRecordDecl();
      bool HasDestructor =
          RD && RD->hasDefinition() && !RD->hasTrivialDestructor();
      bool Disarms = HasDestructor && (Name == "disarm" || Name == "dismiss");
      std::optional<Guard> Found = TU.types().guard(Obj.Type);
      bool Releases = Found && !Found->Nested &&
                      llvm::is_contained(Found->Fact->Release, Name.str());
      if (!Disarms && !Releases)
        continue;
      // The statement after this one, in the same block.
      const Stmt *Statement = U.Site;
      const Stmt *Parent = G.parents().parent(Statement);
      while (Parent && !isa<CompoundStmt>(Parent)) {
        Statement = Parent;
        Parent = G.parents().parent(Parent);
      }
      const auto *Block = dyn_cast_or_null<CompoundStmt>(Parent);
      if (!Block)
        continue;
      auto It = llvm::find(Block->body(), Statement);
      if (It == Block->body_end() || std::next(It) == Block->body_end())
        continue;
      const FunctionDecl *Callee = nullptr;
      const CoroutineSuspendExpr *Await = awaitIn(*std::next(It), Callee);
      if (!Await || modelSuspension(Await, TU.knowledge()).NeverThrows)
        continue;
      Finding F;
      F.Loc = U.Site->getExprLoc();
      if (Disarms) {
        if (!Callee || !makesDurable(nameOf(Callee)))
          continue;
        F.Text = "'" + Obj.Var->getNameAsString() +
                 "' is disarmed before the co_await that it protects";
        F.note(U.Site->getExprLoc(), "disarmed here");
        F.note(Await->getExprLoc(),
               "if this co_await throws, nothing is rolled back");
        F.note(Await->getExprLoc(), "disarm it after the co_await");
      } else {
        const auto *Decl = It == Block->body_begin()
                               ? nullptr
                               : dyn_cast<DeclStmt>(*std::prev(It));
        if (!Decl || !llvm::is_contained(Decl->decls(), Obj.Var))
          continue;
        F.Text = "'" + Obj.Var->getNameAsString() +
                 "' is released before the co_await that it protects";
        F.note(Obj.Loc, "acquired here");
        F.note(U.Site->getExprLoc(), "released here, with nothing between");
        F.note(Await->getExprLoc(),
               "others may enter during this co_await; release it afterwards");
      }
      Out.push_back(std::move(F));
    }
  }
}

/// `lock.release()` gives up ownership and leaves the mutex locked.
void findForgottenRelease(const FunctionAnalysis &FA, TUAnalysis &TU,
                          std::vector<Finding> &Out) {
  const SuspendCFG &G = *FA.graph();
  for (const Object &Obj : G.objects()) {
    if (!Obj.Var)
      continue;
    std::optional<Guard> Found = TU.types().guard(Obj.Type);
    if (!Found || Found->Nested || Found->Fact->Disarm.empty())
      continue;
    for (const UseTable::At &At : FA.uses().of(Obj.Var)) {
      const Use &U = At.What;
      if (U.Kind != UseKind::MemberCall || U.ThroughPointer ||
          !llvm::is_contained(Found->Fact->Disarm, nameOf(U.Callee).str()))
        continue;
      ResultFate Fate = resultFate(U.Site, G.parents());
      if (Fate.CastToVoid ||
          !(Fate.Use == ResultUse::Discarded ||
            (Fate.Use == ResultUse::Stored && Fate.Var)))
        continue;
      llvm::BitVector GivesBack(G.size());
      for (NodeId N = 0; N < G.size(); ++N) {
        const auto *Call = dyn_cast_or_null<CallExpr>(G.node(N).S);
        const FunctionDecl *Callee = Call ? Call->getDirectCallee() : nullptr;
        if (Callee && !TU.knowledge().pairsReleasedBy(Callee).empty())
          GivesBack.set(N);
      }
      if (Fate.Var)
        for (const UseTable::At &Later : FA.uses().of(Fate.Var))
          GivesBack.set(Later.Node);
      PathQuery Q;
      Q.Start = At.Node;
      auto Visit = [&](NodeId N, PathState S) {
        if (GivesBack[N])
          return PathStep::stop();
        return G.node(N).Kind == NodeKind::Exit ? PathStep::found()
                                                : PathStep::go(S);
      };
      Q.Visit = Visit;
      if (!findPath(G, Q))
        continue;
      Finding F;
      F.Loc = U.Site->getExprLoc();
      F.Text = "'" + nameOf(U.Callee).str() + "()' gives up '" +
               Obj.Var->getNameAsString() +
               "' without giving back what it holds" +
               (GivesBack.any() ? " on some path" : "");
      F.note(Obj.Loc, "acquired here");
      F.note(U.Site->getExprLoc(),
             "nobody owns it after this; let the guard die instead, or give "
             "it back on every path");
      Out.push_back(std::move(F));
    }
  }
}

/// A guard in a function that plainly returns a task dies before the task is
/// done (a lazy one has not even begun).
void findGuardBesideTask(const FunctionAnalysis &FA, TUAnalysis &TU,
                         std::vector<Finding> &Out) {
  const SuspendCFG &G = *FA.graph();
  for (ObjectId O = 0; O < G.objects().size(); ++O) {
    const Object &Obj = G.object(O);
    if (Obj.K != Object::Variable || Obj.Type->isReferenceType())
      continue;
    std::optional<Guard> Found = TU.types().guard(Obj.Type);
    // A thread's lock may well protect only the synchronous part.
    if (!Found || Found->Nested ||
        Found->Fact->Kind != GuardKind::CoroutineSafe)
      continue;
    bool Reported = false;
    for (NodeId N = 0; N < G.size() && !Reported; ++N) {
      const auto *Return = dyn_cast_or_null<ReturnStmt>(G.node(N).S);
      if (!Return || !Return->getRetValue() || !G.isAlive(O, N))
        continue;
      const auto *Call = dyn_cast<CallExpr>(stripped(Return->getRetValue()));
      const FunctionDecl *Callee = Call ? Call->getDirectCallee() : nullptr;
      if (!Callee || !TU.types().isAwaitable(Call->getType()) ||
          movedOperand(Call) || nameOf(Callee).contains("ready") ||
          nameOf(Callee).contains("exception") ||
          TU.knowledge().awaitOfCall(Callee))
        continue;
      // Mentioned in the call, it goes along with the task. Moved away before,
      // it is somewhere else.
      bool Used = false;
      for (const UseTable::At &At : FA.uses().of(Obj.Var))
        Used |= G.parents().isWithin(At.What.Ref, Return) ||
                At.What.Kind == UseKind::Moved ||
                At.What.Kind == UseKind::PassedByReference ||
                At.What.Kind == UseKind::AddressTaken ||
                At.What.Kind == UseKind::ReferenceBound;
      if (Used)
        continue;
      Finding F;
      F.Loc = Obj.Var->getLocation();
      F.Text = "'" + Obj.Var->getNameAsString() + "' of type '" +
               guardName(*Found, TU.context()) +
               "' is given back before the returned task is done";
      F.note(Obj.Var->getLocation(), "acquired here");
      F.note(Call->getExprLoc(),
             TU.types().isEagerTask(Call->getType())
                 ? "the task that is returned here goes on after the guard "
                   "has died"
                 : "the task that is returned here starts only after the "
                   "guard has died");
      F.note(Return->getBeginLoc(), "make this function a coroutine and "
                                    "co_return co_await the task");
      Out.push_back(std::move(F));
      Reported = true;
    }
  }
}

} // namespace

LeakedGuardCheck::LeakedGuardCheck(llvm::StringRef Name,
                                   clang::tidy::ClangTidyContext *Context,
                                   std::shared_ptr<SharedAnalysis> Shared)
    : CodropCheck(Name, Context, std::move(Shared)),
      ReportFlags(boolOption(option::leaked_guard::ReportFlags,
                             option::leaked_guard::ReportFlagsDefault)) {}

void LeakedGuardCheck::storeOptions(
    clang::tidy::ClangTidyOptions::OptionMap &Opts) {
  CodropCheck::storeOptions(Opts);
  Options.store(Opts, option::leaked_guard::ReportFlags, ReportFlags);
}

bool LeakedGuardCheck::wants(const FunctionDecl *FD) const {
  return isCoroutine(FD) || FD->getReturnType()->isRecordType();
}

std::vector<Finding> LeakedGuardCheck::find(const FunctionAnalysis &F,
                                            TUAnalysis &TU) {
  std::vector<Finding> Findings;
  if (!F.coroutine()) {
    if (TU.types().isTask(F.function()->getReturnType()) && F.graph())
      findGuardBesideTask(F, TU, Findings);
    return Findings;
  }
  for (const HandHeld &Held : findHandHeld(F, TU, edges(), ReportFlags))
    Findings.push_back(describe(Held, *F.graph()));
  findDroppedAtOnce(*F.graph(), TU, Findings);
  findUnawaitedGuards(F, TU, Findings);
  findEarlyDisarm(F, TU, Findings);
  findForgottenRelease(F, TU, Findings);
  return Findings;
}

} // namespace codrop
