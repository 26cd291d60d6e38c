// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "analysis/CountSteps.h"
#include "analysis/Names.h"
#include "clang/AST/ASTContext.h"

using namespace clang;

namespace codrop {

namespace {

std::optional<bool> boolLiteral(const Expr *E) {
  if (!E)
    return std::nullopt;
  if (const auto *Literal = dyn_cast<CXXBoolLiteralExpr>(stripped(E)))
    return Literal->getValue();
  return std::nullopt;
}

/// `&request` of a local or parameter: a pointer that must not stay.
bool isAddressOfLocal(const Expr *E) {
  const auto *Address = E ? dyn_cast<UnaryOperator>(stripped(E)) : nullptr;
  if (!Address || Address->getOpcode() != UO_AddrOf)
    return false;
  const auto *Ref = dyn_cast<DeclRefExpr>(stripped(Address->getSubExpr()));
  const auto *Var = Ref ? dyn_cast<VarDecl>(Ref->getDecl()) : nullptr;
  return Var && Var->isLocalVarDeclOrParm() && !Var->isStaticLocal() &&
         !Var->getType()->isReferenceType();
}

} // namespace

CountStep::Kind opposite(CountStep::Kind K) {
  switch (K) {
  case CountStep::Up:
    return CountStep::Down;
  case CountStep::Down:
    return CountStep::Up;
  case CountStep::Set:
    return CountStep::Clear;
  case CountStep::Clear:
    return CountStep::Set;
  case CountStep::SetPointer:
    return CountStep::ClearPointer;
  case CountStep::ClearPointer:
    return CountStep::SetPointer;
  }
  return CountStep::Clear;
}

/// fetch_add, store, exchange and their like.
static std::optional<CountStep> atomicStep(NodeId N, const CallExpr *Call,
                                           const AccessTable &Table) {
  const FunctionDecl *Callee = Call->getDirectCallee();
  llvm::StringRef Name = nameOf(Callee);
  // A member's own context is its class.
  const auto *Method = dyn_cast<CXXMethodDecl>(Callee);
  const Decl *Owner = Method ? cast<Decl>(Method->getParent()) : Callee;
  if (Name.empty() || !Owner->isInStdNamespace())
    return std::nullopt;
  const auto *Member = dyn_cast<CXXMemberCallExpr>(Call);
  if (!Member && !(Name == "exchange" && Call->getNumArgs() == 2))
    return std::nullopt;
  const Expr *Target =
      Member ? Member->getImplicitObjectArgument() : Call->getArg(0);
  auto argument = [&](unsigned I) -> const Expr * {
    return I < Call->getNumArgs() && !isa<CXXDefaultArgExpr>(Call->getArg(I))
               ? Call->getArg(I)
               : nullptr;
  };
  std::optional<AccessPath> Place = Table.resolver().resolve(Target);
  if (!Place)
    return std::nullopt;
  CountStep Result{CountStep::Up, N, *Place, Call};
  if (Name == "fetch_add" || Name == "fetch_sub") {
    Result.K = Name == "fetch_add" ? CountStep::Up : CountStep::Down;
    Result.Amount = argument(0);
    return Result.Amount ? std::optional<CountStep>(Result) : std::nullopt;
  }
  std::optional<bool> Value;
  if (Name == "store")
    Value = boolLiteral(argument(0));
  else if (Name == "exchange")
    Value = boolLiteral(argument(Member ? 0 : 1));
  else if (Name.starts_with("compare_exchange"))
    Value = boolLiteral(argument(1));
  else if (Name == "test_and_set")
    Value = true;
  else if (Name == "clear" && nameOf(dyn_cast<NamedDecl>(
                                  Callee->getDeclContext())) == "atomic_flag")
    Value = false;
  if (!Value)
    return std::nullopt;
  Result.K = *Value ? CountStep::Set : CountStep::Clear;
  if (Name.starts_with("compare_exchange"))
    Result.SucceedsWith = true;
  else if (Name == "exchange" || Name == "test_and_set")
    Result.SucceedsWith = false;
  return Result;
}

std::vector<CountStep> countSteps(const SuspendCFG &G,
                                  const AccessTable &Table) {
  std::vector<CountStep> Result;
  for (const Access &A : Table.all()) {
    if (A.Kind == AccessKind::ReadWrite &&
        (A.Op == BO_AddAssign || A.Op == BO_SubAssign)) {
      // `++it` moves, it does not count.
      const Expr *Target = nullptr;
      if (const auto *Unary = dyn_cast<UnaryOperator>(A.Site))
        Target = Unary->getSubExpr();
      else if (const auto *Binary = dyn_cast<BinaryOperator>(A.Site))
        Target = Binary->getLHS();
      else if (const auto *Call = dyn_cast<CXXOperatorCallExpr>(A.Site))
        Target = Call->getArg(0);
      if (!Target || isPointerLike(Target->getType()))
        continue;
      Result.push_back({A.Op == BO_AddAssign ? CountStep::Up : CountStep::Down,
                        A.At, A.Place, A.Site, A.Value});
    } else if (A.Kind == AccessKind::Write && A.Op == BO_Assign) {
      if (std::optional<bool> Value = boolLiteral(A.Value))
        Result.push_back({*Value ? CountStep::Set : CountStep::Clear, A.At,
                          A.Place, A.Site});
      else if (isAddressOfLocal(A.Value))
        Result.push_back({CountStep::SetPointer, A.At, A.Place, A.Site});
      else if (A.Value && isa<CXXNullPtrLiteralExpr>(stripped(A.Value)))
        Result.push_back({CountStep::ClearPointer, A.At, A.Place, A.Site});
    }
  }
  for (NodeId N = 0; N < G.size(); ++N)
    if (const auto *Call = dyn_cast_or_null<CallExpr>(G.node(N).S);
        Call && Call->getDirectCallee() &&
        G.node(N).Kind == NodeKind::Statement)
      if (std::optional<CountStep> S = atomicStep(N, Call, Table))
        Result.push_back(std::move(*S));
  return Result;
}

} // namespace codrop
