// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Guards that are let go: disarmed or released before the await that they
// protect, or given up without a give-back.

#include "analysis/LostGuardFinder.h"
#include "analysis/Names.h"
#include "clang/AST/ASTContext.h"

using namespace clang;

namespace codrop {

namespace {

/// Names of operations that make a change last, for which a rollback waits.
bool makesDurable(llvm::StringRef Name) {
  for (const std::string &Word : identifierWords(Name))
    if (llvm::is_contained({"commit", "flush", "persist", "save", "store",
                            "sync", "publish", "apply", "replicate"},
                           llvm::StringRef(Word)))
      return true;
  return false;
}

/// The await in \p S, its nested closures left out.
const CoroutineSuspendExpr *awaitIn(const Stmt *S) {
  ParentTable Table(S);
  for (const Stmt *Inner : Table.preorder())
    if (const auto *Await = dyn_cast<CoroutineSuspendExpr>(Inner))
      return Await;
  return nullptr;
}

bool isDurableAwait(const CoroutineSuspendExpr *Await) {
  return Await && makesDurable(nameOf(calledFunction(Await->getOperand())));
}

} // namespace

/// `rollback.disarm(); co_await commit();` and a permit that is given back
/// before the only thing it could protect.
void LostGuardFinder::releasedBefore(const Object &Obj, const Use &U) {
  llvm::StringRef Name = nameOf(U.Callee);
  const CXXRecordDecl *RD = Obj.Type->getAsCXXRecordDecl();
  bool HasDestructor = RD && RD->hasDefinition() && !RD->hasTrivialDestructor();
  bool Disarms = HasDestructor && (Name == "disarm" || Name == "dismiss" ||
                                   Name == "cancel" || Name == "release");
  const Expr *Init = Obj.Var->getInit();
  const Expr *Value = Init ? stripped(Init) : nullptr;
  const FunctionDecl *Maker = Value ? calledFunction(Value) : nullptr;
  if (const auto *Await = dyn_cast_or_null<CoroutineSuspendExpr>(Value))
    Maker = calledFunction(Await->getOperand());
  std::optional<Guard> Held = guardFrom(Obj.Type, Maker, TU.types());
  // A thread's lock is rightly released before.
  bool Releases = Held && !Held->Nested &&
                  Held->Fact->Kind == GuardKind::CoroutineSafe &&
                  llvm::is_contained(Held->Fact->Release, Name.str());
  if (Releases || TU.types().guard(Obj.Type))
    Disarms = false;
  // Scope guards go by many names; the two plain verbs need one.
  if (Disarms && (Name == "cancel" || Name == "release")) {
    Disarms = false;
    for (const std::string &Word : identifierWords(nameOf(RD)))
      Disarms |= llvm::is_contained({"guard", "scope", "rollback", "undo",
                                     "finally", "defer", "transaction"},
                                    llvm::StringRef(Word));
  }
  if (!Disarms && !Releases)
    return;
  const Stmt *Statement = U.Site;
  const Stmt *Parent = Parents.parent(Statement);
  while (Parent && !isa<CompoundStmt>(Parent)) {
    Statement = Parent;
    Parent = Parents.parent(Parent);
  }
  const auto *Block = dyn_cast_or_null<CompoundStmt>(Parent);
  if (!Block)
    return;
  auto It = llvm::find(Block->body(), Statement);
  if (It == Block->body_end())
    return;
  auto throws = [&](const CoroutineSuspendExpr *Await) {
    return !modelSuspension(Await, TU.knowledge()).NeverThrows;
  };
  if (Disarms) {
    // What was made durable before is what the guard was for.
    for (auto Before = Block->body_begin(); Before != It; ++Before)
      if (isDurableAwait(awaitIn(*Before)))
        return;
    for (auto After = std::next(It); After != Block->body_end(); ++After) {
      const CoroutineSuspendExpr *Await = awaitIn(*After);
      if (!isDurableAwait(Await) || !throws(Await))
        continue;
      LostGuard &L = add(LostGuard::Disarmed, U.Site->getExprLoc(), nullptr);
      L.Variable = Obj.Var->getNameAsString();
      L.Unprotected = Await->getExprLoc();
      return;
    }
    return;
  }
  // Acquired and released with nothing between is how one waits for others. A
  // lazy task that is made between has not run by then.
  auto declares = [](const Stmt *S, const VarDecl *Var) {
    const auto *Decls = dyn_cast<DeclStmt>(S);
    return Decls && llvm::is_contained(Decls->decls(), Var);
  };
  bool Holding = false;
  for (auto Before = Block->body_begin(); Before != It; ++Before) {
    Holding |= declares(*Before, Obj.Var);
    const auto *Decls = dyn_cast<DeclStmt>(*Before);
    const auto *Task = Holding && Decls && Decls->isSingleDecl()
                           ? dyn_cast<VarDecl>(Decls->getSingleDecl())
                           : nullptr;
    if (!Task || !TU.types().isLazyTask(Task->getType()))
      continue;
    for (const UseTable::At &Later : F.uses().of(Task)) {
      const Stmt *Await = Later.What.Ref;
      while (Await && !isa<CoroutineSuspendExpr>(Await))
        Await = Parents.parent(Await);
      bool After = false;
      for (auto Next = std::next(It); Await && Next != Block->body_end();
           ++Next)
        After |= Parents.isWithin(Await, *Next);
      if (!After)
        continue;
      LostGuard &L =
          add(LostGuard::ReleasedEarly, U.Site->getExprLoc(), &*Held);
      L.Variable = Obj.Var->getNameAsString();
      L.Made = Task->getLocation();
      L.Unprotected = cast<Expr>(Await)->getExprLoc();
      return;
    }
  }
}

void LostGuardFinder::released() {
  for (const Object &Obj : G.objects())
    if (Obj.K == Object::Variable)
      for (const UseTable::At &At : F.uses().of(Obj.Var))
        if (At.What.Kind == UseKind::MemberCall && !At.What.ThroughPointer)
          releasedBefore(Obj, At.What);
}

/// `lock.release()` gives up ownership and leaves the mutex locked.
void LostGuardFinder::givenUp() {
  for (const Object &Obj : G.objects()) {
    if (!Obj.Var)
      continue;
    std::optional<Guard> Held = TU.types().guard(Obj.Type);
    if (!Held || Held->Nested || Held->Fact->Disarm.empty())
      continue;
    for (const UseTable::At &At : F.uses().of(Obj.Var)) {
      const Use &U = At.What;
      if (U.Kind != UseKind::MemberCall || U.ThroughPointer ||
          !llvm::is_contained(Held->Fact->Disarm, nameOf(U.Callee).str()))
        continue;
      ResultFate Fate = resultFate(U.Site, Parents);
      bool Kept = Fate.Use == ResultUse::Stored && Fate.Var;
      if (Fate.CastToVoid || !(Fate.Use == ResultUse::Discarded || Kept))
        continue;
      llvm::BitVector GivesBack(G.size());
      for (NodeId N = 0; N < G.size(); ++N) {
        const auto *Call = dyn_cast_or_null<CallExpr>(G.node(N).S);
        const FunctionDecl *Callee = Call ? Call->getDirectCallee() : nullptr;
        if (!Callee || Call == U.Site)
          continue;
        auto Words = identifierWords(nameOf(Callee));
        // The name alone will do: which object it is about is not followed.
        if (!TU.knowledge().pairsReleasedBy(Callee).empty() ||
            llvm::is_contained(Words, "unlock") ||
            llvm::is_contained(Words, "signal"))
          GivesBack.set(N);
      }
      bool ByHand = GivesBack.any();
      if (Kept)
        for (const UseTable::At &Later : F.uses().of(Fate.Var)) {
          GivesBack.set(Later.Node);
          ByHand = true;
        }
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
      LostGuard &L = add(LostGuard::GivenUp, U.Site->getExprLoc(), &*Held);
      L.Variable = Obj.Var->getNameAsString();
      L.Callee = nameOf(U.Callee).str();
      L.Made = Obj.Loc;
      L.OnSomePath = ByHand;
    }
  }
}

} // namespace codrop
