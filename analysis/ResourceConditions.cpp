// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "analysis/ResourceConditions.h"
#include "analysis/Names.h"
#include "analysis/ResourceValue.h"
#include "clang/AST/ASTContext.h"
#include "clang/AST/CXXInheritance.h"

using namespace clang;

namespace codrop {

/// \p E without negations; \p Positive is turned by each.
static const Expr *withoutNegation(const Expr *E, bool &Positive) {
  Positive = true;
  E = stripped(E);
  while (const auto *Not = dyn_cast<UnaryOperator>(E)) {
    if (Not->getOpcode() != UO_LNot)
      break;
    Positive = !Positive;
    E = stripped(Not->getSubExpr());
  }
  return E;
}

static bool containsAny(llvm::StringRef Name,
                        std::initializer_list<llvm::StringRef> Parts) {
  return llvm::any_of(
      Parts, [&](llvm::StringRef Part) { return Name.contains(Part); });
}

std::optional<Edge::Outcome>
saysThatSet(const Expr *Condition, llvm::ArrayRef<const ValueDecl *> Names) {
  bool Positive = true;
  const Expr *E = withoutNegation(Condition, Positive);
  const Expr *Object = nullptr;
  if (const auto *Call = dyn_cast<CXXMemberCallExpr>(E)) {
    Object = Call->getImplicitObjectArgument();
    if (!isa_and_nonnull<CXXConversionDecl>(Call->getMethodDecl())) {
      if (!E->getType()->isBooleanType())
        return std::nullopt;
      std::string Lower = nameOf(Call->getMethodDecl()).lower();
      if (containsAny(Lower, {"closed", "fail", "empty", "error", "stopped",
                              "joined", "disconnected", "bad"}))
        Positive = !Positive;
      else if (!containsAny(Lower, {"open", "connected", "valid", "good", "ok",
                                    "alive", "active", "running", "started",
                                    "value", "ready", "usable", "exists"}))
        return std::nullopt;
    }
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
  // `c.socket().is_open()` asks a part of it.
  while (const auto *Part = dyn_cast<CXXMemberCallExpr>(Object)) {
    if (Part->getNumArgs() > 0)
      break;
    Object = stripped(Part->getImplicitObjectArgument());
  }
  const auto *Ref = dyn_cast<DeclRefExpr>(Object);
  if (!Ref || !llvm::is_contained(Names, Ref->getDecl()))
    return std::nullopt;
  return Positive ? Edge::Outcome::True : Edge::Outcome::False;
}

static const VarDecl *plainVariable(const Expr *E, bool &Positive) {
  const auto *Ref = dyn_cast<DeclRefExpr>(withoutNegation(E, Positive));
  return Ref ? dyn_cast<VarDecl>(Ref->getDecl()) : nullptr;
}

ResourceConditions::ResourceConditions(const SuspendCFG &G,
                                       const ResourceUses &Uses)
    : G(G), Uses(Uses) {
  llvm::DenseSet<const VarDecl *> Assigned;
  for (const Stmt *S : G.parents().preorder())
    if (const auto *Binary = dyn_cast<BinaryOperator>(S);
        Binary && Binary->isAssignmentOp())
      if (const auto *Ref = dyn_cast<DeclRefExpr>(stripped(Binary->getLHS())))
        if (const auto *Assignee = dyn_cast<VarDecl>(Ref->getDecl()))
          Assigned.insert(Assignee);
  readFlags(Assigned);
  readGuards(Assigned);
  readRetries();
}

llvm::SmallVector<ResourceConditions::Guard, 4>
ResourceConditions::guardsOf(const Stmt *S) const {
  llvm::SmallVector<Guard, 4> Result;
  for (const Stmt *P = G.parents().parent(S); P;
       S = P, P = G.parents().parent(P)) {
    const auto *If = dyn_cast<IfStmt>(P);
    if (!If || (If->getThen() != S && If->getElse() != S))
      continue;
    Guard Found;
    bool Positive = true;
    Found.Condition = withoutNegation(If->getCond(), Positive);
    Found.Condition->Profile(Found.Id, G.function()->getASTContext(),
                             /*Canonical=*/true);
    Found.Positive = Positive == (If->getThen() == S);
    Result.push_back(std::move(Found));
  }
  return Result;
}

// `bool opened = false; … opened = true; … if (opened) co_await c.close();`
// The flag says what the graph can't: where the resource is open.
void ResourceConditions::readFlags(
    const llvm::DenseSet<const VarDecl *> &Assigned) {
  for (NodeId N : Uses.closes()) {
    const Stmt *Child = G.node(N).S;
    for (const Stmt *P = G.parents().parent(Child); P;
         Child = P, P = G.parents().parent(P)) {
      const auto *If = dyn_cast<IfStmt>(P);
      if (!If || (If->getThen() != Child && If->getElse() != Child))
        continue;
      bool Positive = true;
      const VarDecl *Flag = plainVariable(If->getCond(), Positive);
      if (Flag && Flag->hasLocalStorage() && Assigned.contains(Flag))
        Flags[Flag] = Positive == (If->getThen() == Child);
    }
  }
}

/// Its value is the same wherever the function evaluates it.
static bool isStable(const Expr *E,
                     const llvm::DenseSet<const VarDecl *> &Assigned) {
  ParentTable Table(E);
  for (const Stmt *S : Table.preorder()) {
    if (const auto *Call = dyn_cast<CallExpr>(S)) {
      const auto *Method =
          dyn_cast_or_null<CXXMethodDecl>(Call->getDirectCallee());
      if (!Method || !Method->isConst() || Call->getNumArgs() > 0)
        return false;
    }
    if (isa<CoroutineSuspendExpr, UnaryExprOrTypeTraitExpr>(S))
      return false;
    if (const auto *Ref = dyn_cast<DeclRefExpr>(S))
      if (const auto *Named = dyn_cast<VarDecl>(Ref->getDecl());
          Named && Assigned.contains(Named))
        return false;
  }
  return true;
}

// `if (tls) c = co_await connect(); … if (!tls) co_return;`: it is opened under
// a condition, so where the condition does not hold it is not open.
void ResourceConditions::readGuards(
    const llvm::DenseSet<const VarDecl *> &Assigned) {
  for (const Stmt *S : Uses.opens()) {
    llvm::SmallVector<Guard, 4> Here = guardsOf(S);
    if (S == Uses.opens().front())
      Guards = std::move(Here);
    else
      llvm::erase_if(Guards, [&](const Guard &G) {
        return llvm::none_of(Here, [&](const Guard &Other) {
          return G.Positive == Other.Positive && G.Id == Other.Id;
        });
      });
  }
  llvm::erase_if(
      Guards, [&](const Guard &G) { return !isStable(G.Condition, Assigned); });
}

// `for (int i = 0; i < 3; ++i) { try { co_await c.close(); break; } … }` is
// entered at least once, whatever its condition looks like.
void ResourceConditions::readRetries() {
  llvm::append_range(Retries, Uses.closingLoops());
  for (NodeId N : Uses.closes()) {
    const Stmt *Child = G.node(N).S;
    for (const Stmt *P = G.parents().parent(Child); P;
         Child = P, P = G.parents().parent(P)) {
      const Expr *Condition = nullptr;
      if (const auto *For = dyn_cast<ForStmt>(P))
        Condition = For->getBody() == Child ? For->getCond() : nullptr;
      else if (const auto *While = dyn_cast<WhileStmt>(P))
        Condition = While->getBody() == Child ? While->getCond() : nullptr;
      else if (const auto *Range = dyn_cast<CXXForRangeStmt>(P))
        Condition = Range->getBody() == Child ? Range->getCond() : nullptr;
      if (Condition)
        Retries.push_back(Condition);
      // What is closed under a condition, or dies in the loop, is no retry.
      if (isa<IfStmt, SwitchStmt, ForStmt, WhileStmt, CXXForRangeStmt,
              CXXCatchStmt>(P))
        break;
      if (const auto *Block = dyn_cast<CompoundStmt>(P))
        if (llvm::any_of(Block->body(), [&](const Stmt *S) {
              const auto *Decls = dyn_cast<DeclStmt>(S);
              return Decls && llvm::is_contained(Decls->decls(), Uses.owner());
            }))
          break;
    }
  }
}

static bool mentions(const Expr *Condition,
                     const llvm::DenseSet<const ValueDecl *> &Vars,
                     llvm::ArrayRef<const Stmt *> Awaits) {
  ParentTable Table(Condition);
  for (const Stmt *Inner : Table.preorder()) {
    if (llvm::is_contained(Awaits, Inner))
      return true;
    if (const auto *Ref = dyn_cast<DeclRefExpr>(Inner))
      if (Vars.contains(Ref->getDecl()))
        return true;
  }
  return false;
}

// `auto ec = co_await c.open(); if (ec) co_return ec;`: the branch that never
// closes, or does nothing more with it, is the one where opening has failed.
bool ResourceConditions::saysThatOpeningFailed(NodeId N, const Edge &E,
                                               const Expr *Condition) const {
  if (!mentions(Condition, Uses.outcomes(), Uses.opens()))
    return false;
  llvm::ArrayRef<NodeId> Wanted =
      Uses.closes().empty() ? Uses.mentions() : Uses.closes();
  auto reachesOne = [&](NodeId From) {
    llvm::BitVector Reach = reachableFrom(G, From, NormalEdges, N);
    return llvm::any_of(Wanted, [&](NodeId C) { return Reach[C]; });
  };
  return !reachesOne(E.To) &&
         llvm::any_of(G.node(N).Out, [&](const Edge &Other) {
           return Other.To != E.To && reachesOne(Other.To);
         });
}

bool ResourceConditions::saysClosed(NodeId N, const Edge &E) const {
  if (E.Taken == Edge::Outcome::None)
    return false;
  const auto *Condition = dyn_cast_or_null<Expr>(G.node(N).S);
  if (!Condition)
    return false;
  // Of `a && b` only the last operand is decided here, the first was before.
  while (const auto *Both = dyn_cast<BinaryOperator>(stripped(Condition))) {
    if (!Both->isLogicalOp())
      break;
    Condition = Both->getRHS();
  }
  if (std::optional<Edge::Outcome> Yes = saysThatSet(Condition, Uses.names()))
    return E.Taken != *Yes;
  bool Positive = true;
  if (const VarDecl *Flag = plainVariable(Condition, Positive))
    if (auto It = Flags.find(Flag); It != Flags.end())
      return ((E.Taken == Edge::Outcome::True) == Positive) != It->second;
  if (!Guards.empty()) {
    llvm::FoldingSetNodeID Id;
    withoutNegation(Condition, Positive)
        ->Profile(Id, G.function()->getASTContext(), /*Canonical=*/true);
    bool Holds = (E.Taken == Edge::Outcome::True) == Positive;
    for (const Guard &Known : Guards)
      if (Known.Id == Id)
        return Holds != Known.Positive;
  }
  if (E.Taken == Edge::Outcome::False)
    for (const Expr *Retry : Retries)
      if (G.parents().isWithin(Condition, Retry))
        return true;
  return saysThatOpeningFailed(N, E, Condition);
}

// --- Handlers ----------------------------------------------------------------

bool catchesWhatAwaitsThrow(const CXXTryStmt *Try) {
  for (unsigned I = 0; I < Try->getNumHandlers(); ++I) {
    const VarDecl *Caught = Try->getHandler(I)->getExceptionDecl();
    if (!Caught)
      return true;
    const CXXRecordDecl *RD =
        Caught->getType().getNonReferenceType()->getAsCXXRecordDecl();
    if (RD && RD->isInStdNamespace() && RD->getIdentifier() &&
        RD->getName() == "exception")
      return true;
  }
  return false;
}

bool catches(const CXXTryStmt *Try, const CXXThrowExpr *Throw) {
  if (!Throw->getSubExpr())
    return catchesWhatAwaitsThrow(Try); // A rethrow: the type is not known.
  QualType Thrown =
      Throw->getSubExpr()->getType().getNonReferenceType().getUnqualifiedType();
  const CXXRecordDecl *RD = Thrown->getAsCXXRecordDecl();
  for (unsigned I = 0; I < Try->getNumHandlers(); ++I) {
    const VarDecl *Caught = Try->getHandler(I)->getExceptionDecl();
    if (!Caught)
      return true;
    QualType T = Caught->getType().getNonReferenceType().getUnqualifiedType();
    if (T.getCanonicalType() == Thrown.getCanonicalType())
      return true;
    const CXXRecordDecl *Base = T->getAsCXXRecordDecl();
    if (RD && Base && RD->hasDefinition() && RD->isDerivedFrom(Base))
      return true;
  }
  return false;
}

bool leadsToHandler(const SuspendCFG &G, const Edge &E) {
  const Node &To = G.node(E.To);
  return To.Kind == NodeKind::Join && isa_and_nonnull<CXXCatchStmt>(To.S);
}

} // namespace codrop
