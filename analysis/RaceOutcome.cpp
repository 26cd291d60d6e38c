// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "analysis/RaceOutcome.h"
#include "analysis/DyingObject.h"
#include "analysis/Names.h"
#include "clang/AST/ASTContext.h"
#include "clang/AST/DeclTemplate.h"

using namespace clang;

namespace codrop {

namespace {

/// The index that std::get, std::get_if or std::holds_alternative asks for.
std::optional<unsigned> askedIndex(const CallExpr *Call) {
  const FunctionDecl *Callee = Call->getDirectCallee();
  llvm::StringRef Name = nameOf(Callee);
  if (!Callee || !Callee->isInStdNamespace() || Call->getNumArgs() != 1 ||
      (Name != "get" && Name != "get_if" && Name != "holds_alternative"))
    return std::nullopt;
  const TemplateArgumentList *Args = Callee->getTemplateSpecializationArgs();
  if (!Args || Args->size() == 0)
    return std::nullopt;
  const TemplateArgument &Asked = Args->get(0);
  if (Asked.getKind() == TemplateArgument::Integral)
    return Asked.getAsIntegral().getZExtValue();
  if (Asked.getKind() != TemplateArgument::Type)
    return std::nullopt;
  QualType T = Call->getArg(0)->getType().getNonReferenceType();
  if (T->isPointerType())
    T = T->getPointeeType();
  const auto *Variant = dyn_cast_or_null<ClassTemplateSpecializationDecl>(
      T->getAsCXXRecordDecl());
  if (!Variant || Variant->getTemplateArgs().size() != 1 ||
      Variant->getTemplateArgs()[0].getKind() != TemplateArgument::Pack)
    return std::nullopt;
  std::optional<unsigned> Found;
  unsigned Index = 0;
  for (const TemplateArgument &A :
       Variant->getTemplateArgs()[0].pack_elements()) {
    if (A.getKind() == TemplateArgument::Type &&
        A.getAsType().getCanonicalType() ==
            Asked.getAsType().getCanonicalType()) {
      if (Found)
        return std::nullopt;
      Found = Index;
    }
    ++Index;
  }
  return Found;
}

} // namespace

RaceOutcome::RaceOutcome(const Race &R, const SuspendCFG &G) : R(R), G(G) {
  ResultFate Fate = resultFate(R.Await, G.parents());
  if (Fate.Use == ResultUse::Stored && Fate.Var) {
    Results.insert(Fate.Var);
    Told.insert(Fate.Var);
  }
  // `bool late = false; co_await (work() || [&] { …; late = true; }());`
  for (const RacedOperand &Operand : R.Operands) {
    ParentTable Raced(Operand.Op);
    for (const Stmt *S : Raced.preorder()) {
      const auto *Lambda = dyn_cast<LambdaExpr>(S);
      if (const auto *Ref = dyn_cast<DeclRefExpr>(S))
        Lambda = lambdaOf(Ref);
      if (!Lambda || !Lambda->getBody())
        continue;
      ParentTable Body(writtenBody(Lambda->getCallOperator()));
      for (const Stmt *Inner : Body.preorder()) {
        const Expr *Left = nullptr;
        if (const auto *Binary = dyn_cast<BinaryOperator>(Inner);
            Binary && Binary->isAssignmentOp())
          Left = Binary->getLHS();
        else if (const auto *Call = dyn_cast<CXXOperatorCallExpr>(Inner);
                 Call && Call->isAssignmentOp())
          Left = Call->getArg(0);
        if (const auto *Ref =
                Left ? dyn_cast<DeclRefExpr>(stripped(Left)) : nullptr)
          Told.insert(Ref->getDecl());
      }
    }
  }
  // Twice, for what is made from what was made.
  for (unsigned Round = 0; Round < 2; ++Round)
    for (const Stmt *S : G.parents().preorder()) {
      const auto *Declaration = dyn_cast<DeclStmt>(S);
      if (!Declaration)
        continue;
      for (const Decl *D : Declaration->decls()) {
        const auto *Var = dyn_cast<VarDecl>(D);
        if (!Var || !Var->getInit() || Told.contains(Var) ||
            !mentionsOutcome(Var->getInit()))
          continue;
        Told.insert(Var);
        if (isIndex(Var->getInit()))
          Indices.insert(Var);
      }
    }
  for (const ValueDecl *Result : Results)
    if (const auto *Group = dyn_cast<DecompositionDecl>(Result)) {
      unsigned Index = 0;
      for (const BindingDecl *Binding : Group->bindings()) {
        Told.insert(Binding);
        if (Index++ == 0 && Binding->getType()->isIntegerType())
          Indices.insert(Binding);
      }
    }
}

/// The result itself: the variable, or the await in a larger expression.
bool RaceOutcome::isOutcome(const Expr *E) const {
  E = stripped(E);
  if (const auto *Address = dyn_cast<UnaryOperator>(E);
      Address && Address->getOpcode() == UO_AddrOf)
    E = stripped(Address->getSubExpr());
  if (const Expr *Moved = movedOperand(E))
    E = stripped(Moved);
  const auto *Ref = dyn_cast<DeclRefExpr>(E);
  return E == stripped(R.Await) || (Ref && Results.contains(Ref->getDecl()));
}

bool RaceOutcome::mentionsOutcome(const Stmt *S) const {
  ParentTable Below(S);
  for (const Stmt *Inner : Below.preorder()) {
    const auto *Ref = dyn_cast<DeclRefExpr>(Inner);
    if (Inner == R.Await || (Ref && Told.contains(Ref->getDecl())))
      return true;
  }
  return false;
}

/// `result.index()`, `result.first`, `index`
bool RaceOutcome::isIndex(const Expr *E, unsigned Depth) const {
  E = stripped(E);
  if (const auto *Ref = dyn_cast<DeclRefExpr>(E))
    return Indices.contains(Ref->getDecl());
  if (const auto *Call = dyn_cast<CXXMemberCallExpr>(E))
    return nameOf(Call->getMethodDecl()) == "index" &&
           isOutcome(Call->getImplicitObjectArgument());
  const auto *Member = dyn_cast<MemberExpr>(E);
  return Member && Member->getType()->isIntegerType() &&
         nameOf(Member->getMemberDecl()) == "first" &&
         isOutcome(Member->getBase());
}

RaceOutcome::Truth RaceOutcome::isWinner(unsigned Index, unsigned Loser) const {
  // In what order a container was filled is not followed.
  if (R.Ranged)
    return {false, false};
  // With a timer that the combinator keeps to itself there is no index.
  size_t Count = std::max<size_t>(R.Operands.size(), 2);
  return {Index != Loser, Index == Loser || Count > 2};
}

RaceOutcome::Truth RaceOutcome::truth(const Expr *Condition, unsigned Loser,
                                      unsigned Depth) const {
  const Expr *E = stripped(Condition);
  if (const auto *Not = dyn_cast<UnaryOperator>(E);
      Not && Not->getOpcode() == UO_LNot) {
    Truth T = truth(Not->getSubExpr(), Loser, Depth);
    return {T.False, T.True};
  }
  if (!mentionsOutcome(E))
    return {};
  if (const auto *Ref = dyn_cast<DeclRefExpr>(E);
      Ref && !Indices.contains(Ref->getDecl()) && Depth < 3) {
    const auto *Var = dyn_cast<VarDecl>(Ref->getDecl());
    if (Var && Var->getInit() && !Results.contains(Var) &&
        mentionsOutcome(Var->getInit()) && !isAssigned(Var, G))
      return truth(Var->getInit(), Loser, Depth + 1);
  }
  if (isIndex(E)) {
    Truth T = isWinner(0, Loser);
    return {T.False, T.True};
  }
  const ASTContext &Context = G.function()->getASTContext();
  auto constant = [&](const Expr *Side) -> std::optional<unsigned> {
    Expr::EvalResult Value;
    if (Side->isValueDependent() || !Side->EvaluateAsInt(Value, Context))
      return std::nullopt;
    return unsigned(Value.Val.getInt().getExtValue());
  };
  if (const auto *Compare = dyn_cast<BinaryOperator>(E);
      Compare && Compare->isEqualityOp()) {
    const Expr *Index = Compare->getLHS(), *Value = Compare->getRHS();
    if (!isIndex(Index))
      std::swap(Index, Value);
    std::optional<unsigned> Number = constant(Value);
    if (isIndex(Index) && Number) {
      Truth T = isWinner(*Number, Loser);
      return Compare->getOpcode() == BO_EQ ? T : Truth{T.False, T.True};
    }
    // `std::get_if<0>(&result) != nullptr` and the like.
    return {false, false};
  }
  if (const auto *Call = dyn_cast<CallExpr>(E);
      Call && Call->getNumArgs() == 1 && isOutcome(Call->getArg(0)))
    if (std::optional<unsigned> Index = askedIndex(Call))
      return isWinner(*Index, Loser);
  return {false, false};
}

bool RaceOutcome::mayTake(NodeId N, const Edge &E, unsigned Loser) const {
  const Node &From = G.node(N);
  const auto *Condition = dyn_cast_or_null<Expr>(From.S);
  if (From.Kind != NodeKind::Branch || !Condition)
    return true;
  if (E.Taken == Edge::Outcome::None)
    return !mentionsOutcome(Condition); // A switch.
  Truth T = truth(Condition, Loser);
  return E.Taken == Edge::Outcome::True ? T.True : T.False;
}

bool RaceOutcome::asksAt(NodeId N) const {
  return G.node(N).S && mentionsOutcome(G.node(N).S);
}

bool RaceOutcome::endsAt(NodeId N, unsigned Loser) const {
  const Stmt *S = G.node(N).S;
  if (!S || G.node(N).Kind != NodeKind::Statement)
    return false;
  if (const auto *Call = dyn_cast<CallExpr>(S);
      Call && Call->getNumArgs() == 1 &&
      nameOf(Call->getDirectCallee()) == "get" && isOutcome(Call->getArg(0)))
    return askedIndex(Call) == Loser;
  // `co_return done;` leaves it to the caller.
  const Expr *Value = nullptr;
  if (const auto *Return = dyn_cast<CoreturnStmt>(S))
    Value = Return->getOperand();
  return Value && mentionsOutcome(Value);
}

} // namespace codrop
