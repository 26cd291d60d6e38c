// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "analysis/TaskUses.h"
#include "analysis/DiscardFinder.h"
#include "analysis/Names.h"

using namespace clang;

namespace codrop {

/// Tells something and changes nothing.
static bool isQuestion(const FunctionDecl *Callee) {
  const auto *Method = dyn_cast_or_null<CXXMethodDecl>(Callee);
  if (!Method)
    return false;
  QualType Result = Method->getReturnType();
  return (Method->isConst() &&
          (Result->isBooleanType() || Result->isIntegralOrEnumerationType())) ||
         llvm::is_contained({"reserve", "shrink_to_fit", "capacity"},
                            nameOf(Method));
}

static bool isFilling(llvm::StringRef Name) {
  return llvm::is_contained({"push_back", "emplace_back", "emplace_front",
                             "push_front", "push", "emplace", "insert",
                             "try_emplace", "insert_or_assign"},
                            Name);
}

static bool isEmptying(llvm::StringRef Name) {
  return Name == "clear" || Name == "reset" || Name == "pop_back" ||
         Name == "pop_front" || Name == "pop";
}

TaskUse TaskUses::classify(const Use &U) const {
  if (std::optional<DiscardSite> Site = discardOf(U.Ref, Parents))
    // `(void)t;` of a task that runs by itself says that this is meant.
    return Site->Explicit && Held.Loss != TaskLoss::NeverRuns &&
                   Held.Loss != TaskLoss::Cancelled && !Options.CastToVoid
               ? TaskUse::Consumes
               : TaskUse::Nothing;
  switch (U.Kind) {
  case UseKind::Condition:
    return TaskUse::Asks;
  case UseKind::Assigned:
    return isa<CXXOperatorCallExpr>(U.Site) ? TaskUse::Replaces
                                            : TaskUse::Consumes;
  case UseKind::MemberCall:
    if (U.ThroughPointer)
      return TaskUse::Consumes;
    if (isQuestion(U.Callee))
      return TaskUse::Asks;
    if (const auto *Method = dyn_cast_or_null<CXXMethodDecl>(U.Callee);
        Held.How != HeldTask::Itself && Method &&
        Method->getParent()->isInStdNamespace()) {
      if (isFilling(nameOf(U.Callee)))
        return TaskUse::Fills;
      if (isEmptying(nameOf(U.Callee)))
        return TaskUse::Empties;
    }
    return TaskUse::Consumes;
  default:
    return TaskUse::Consumes;
  }
}

/// The part of \p Value that makes a task, or hands one over, and is no future
/// that is ready; null if there is none.
const Expr *TaskUses::putIn(const Expr *Value, bool &Conditional,
                            unsigned Depth) const {
  if (!Value || Depth > 6)
    return nullptr;
  Value = stripped(Value);
  if (const auto *Choice = dyn_cast<ConditionalOperator>(Value)) {
    const Expr *Yes = putIn(Choice->getTrueExpr(), Conditional, Depth + 1);
    const Expr *No = putIn(Choice->getFalseExpr(), Conditional, Depth + 1);
    Conditional |= !Yes != !No;
    return Yes ? Yes : No;
  }
  if (const Expr *Moved = movedOperand(Value)) {
    const auto *Ref = dyn_cast<DeclRefExpr>(stripped(Moved));
    return Drops.held(Moved->getType()) && !(Ref && Ref->getDecl() == Var)
               ? Moved
               : nullptr;
  }
  // The result of an await is a future that is done, but a task has not begun.
  if (isa<CoroutineSuspendExpr>(Value))
    return Held.Loss == TaskLoss::NeverRuns && Drops.loss(Value->getType())
               ? Value
               : nullptr;
  if (const auto *Call = dyn_cast<CallExpr>(Value)) {
    if (Drops.loss(Call->getType()))
      return Held.Loss != TaskLoss::NeverRuns && makesReady(Call) ? nullptr
                                                                  : Value;
    // make_unique, make_pair, make_optional.
    const FunctionDecl *Callee = Call->getDirectCallee();
    if (!Callee || !Callee->isInStdNamespace())
      return Drops.held(Call->getType()) ? Value : nullptr;
    for (const Expr *Arg : Call->arguments())
      if (const Expr *Task = putIn(Arg, Conditional, Depth + 1))
        return Task;
    return nullptr;
  }
  if (const auto *Construct = dyn_cast<CXXConstructExpr>(Value)) {
    for (const Expr *Arg : Construct->arguments())
      if (const Expr *Task = putIn(Arg, Conditional, Depth + 1))
        return Task;
    return nullptr;
  }
  if (const auto *List = dyn_cast<InitListExpr>(Value)) {
    for (const Expr *Init : List->inits())
      if (const Expr *Task = putIn(Init, Conditional, Depth + 1))
        return Task;
    return nullptr;
  }
  if (const auto *Cast = dyn_cast<ExplicitCastExpr>(Value))
    return putIn(Cast->getSubExpr(), Conditional, Depth + 1);
  return nullptr;
}

/// \p S stands under a condition, or in a handler, that the variable does not.
bool TaskUses::isConditional(const Stmt *S) const {
  for (const Stmt *P = Parents.parent(S); P; P = Parents.parent(P)) {
    if (const auto *Block = dyn_cast<CompoundStmt>(P))
      for (const Stmt *Inner : Block->body())
        if (const auto *Decls = dyn_cast<DeclStmt>(Inner))
          if (llvm::is_contained(Decls->decls(), Var))
            return false;
    if (isa<IfStmt, SwitchStmt, CXXCatchStmt, ConditionalOperator, ForStmt,
            WhileStmt, CXXForRangeStmt>(P))
      return true;
  }
  return true;
}

void TaskUses::addFilling(NodeId N, const Expr *Value, const Stmt *Site) {
  bool Conditional = Site && isConditional(Site);
  if (const Expr *Task = putIn(Value, Conditional))
    Fillings.push_back({N, Task, Conditional});
}

bool TaskUses::read(ObjectId O) {
  Var = G.object(O).Var;
  if (const Expr *Init = Var->getInit())
    if (std::optional<NodeId> Birth = G.birthOf(O))
      addFilling(*Birth, Init, nullptr);
  unsigned Mentions = 0;
  for (const UseTable::At &At : F.uses().of(Var)) {
    ++Mentions;
    TaskUse Kind = classify(At.What);
    NodeId Node = At.Node;
    if (Kind == TaskUse::Fills || Kind == TaskUse::Replaces ||
        Kind == TaskUse::Empties) {
      // It happens when the operands have been evaluated.
      std::optional<NodeId> Call = G.nodeOf(At.What.Site);
      if (!Call)
        return false;
      Node = *Call;
    }
    if (Kind == TaskUse::Consumes)
      Consumers.push_back(At.What.Ref);
    if (Kind == TaskUse::Fills)
      for (const Expr *Arg : cast<CallExpr>(At.What.Site)->arguments())
        addFilling(Node, Arg, At.What.Site);
    if (Kind == TaskUse::Replaces)
      addFilling(Node, cast<CXXOperatorCallExpr>(At.What.Site)->getArg(1),
                 At.What.Site);
    auto [It, New] = Uses.try_emplace(Node, Kind);
    if (!New && Kind == TaskUse::Consumes)
      It->second = Kind;
  }
  // What the graph does not reach, or has no node for.
  for (const Stmt *S : Parents.preorder())
    if (const auto *Ref = dyn_cast<DeclRefExpr>(S);
        Ref && Ref->getDecl() == Var)
      Mentions -= Mentions ? 1 : ~0U;
  return Mentions == 0;
}

} // namespace codrop
