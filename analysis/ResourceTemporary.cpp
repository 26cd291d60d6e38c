// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Resources that no variable holds: used once and destroyed at the end of the
// full expression, as in `co_await (co_await connect()).send();`, or not even
// used. What takes the value over ends the question.

#include "analysis/Names.h"
#include "analysis/ResourceFlow.h"
#include "analysis/ResourceValue.h"
#include "clang/AST/ASTContext.h"

using namespace clang;

namespace codrop {

namespace {

/// The expression whose value the temporary is, and the node that makes it.
std::pair<const Expr *, NodeId> makerOf(const SuspendCFG &G, ObjectId O) {
  if (std::optional<NodeId> N = G.birthOf(O))
    return {G.object(O).Value, *N};
  return {nullptr, 0};
}

/// `p->`, `*p` and `o.value()`: the expression that names what is held.
const Stmt *dereferenced(const Stmt *P, const SuspendCFG &G) {
  if (const auto *Operator = dyn_cast<CXXOperatorCallExpr>(P))
    return Operator->getNumArgs() == 1 &&
                   (Operator->getOperator() == OO_Arrow ||
                    Operator->getOperator() == OO_Star)
               ? Operator
               : nullptr;
  const auto *Member = dyn_cast<MemberExpr>(P);
  llvm::StringRef Name =
      Member ? nameOf(dyn_cast<CXXMethodDecl>(Member->getMemberDecl()))
             : llvm::StringRef();
  return Name == "value" || Name == "get" ? G.parents().effectiveParent(Member)
                                          : nullptr;
}

/// Whether it dies unclosed when \p Member is called on it.
bool isLostAfter(const MemberExpr *Member, const SuspendCFG &G, TUAnalysis &TU,
                 const Resource &R, const Expr *&DroppedClose) {
  const auto *Method = dyn_cast<CXXMethodDecl>(Member->getMemberDecl());
  if (!Method || !R.Open.empty())
    return false;
  llvm::StringRef Name = nameOf(Method);
  const auto *Call =
      dyn_cast_or_null<CXXMemberCallExpr>(G.parents().effectiveParent(Member));
  if (llvm::is_contained(R.Close, Name)) {
    if (!Call ||
        fateOfClose(Call, TU.types(), G.parents()).Is != CloseFate::Dropped)
      return false;
    DroppedClose = Call;
    return true;
  }
  // Builders hand themselves on, others end or give away what is in it.
  return Method->getRefQualifier() != RQ_RValue &&
         Method->getReturnType().getNonReferenceType()->getAsCXXRecordDecl() !=
             R.Record &&
         !(R.Inferred && (runsToItsEnd(Name) || namesAnEnd(Name))) &&
         !TU.summaries().closesObject(Method, R.Close);
}

/// Whether it dies unclosed when it is an argument of \p Call.
bool isLostIn(const CallExpr *Call, const Stmt *Argument, TUAnalysis &TU,
              const Resource &R) {
  const FunctionDecl *Callee = Call->getDirectCallee();
  if (!Callee || isa<CXXOperatorCallExpr>(Call) ||
      TU.knowledge().closer(Callee))
    return false;
  for (unsigned I = 0; I < Call->getNumArgs(); ++I)
    if (Call->getArg(I) == Argument)
      return I < Callee->getNumParams() &&
             Callee->getParamDecl(I)->getType()->isReferenceType() &&
             TU.summaries().parameterFate(Callee, I, R.Close) ==
                 ParameterFate::OnlyUses;
  return false;
}

} // namespace

std::optional<UnclosedResource> followTemporary(const SuspendCFG &G, ObjectId O,
                                                TUAnalysis &TU,
                                                const Resource &R,
                                                bool Indirect) {
  const Object &Obj = G.object(O);
  auto [Made, Start] = makerOf(G, O);
  if (!Made || stateOfValue(Made, R, Indirect) != Open)
    return std::nullopt;
  const Stmt *Child = nullptr;
  const Stmt *P = G.parents().effectiveParent(Made, &Child);
  if (Indirect && isa_and_nonnull<Expr>(P)) {
    P = dereferenced(P, G);
    P = P ? G.parents().effectiveParent(P, &Child) : nullptr;
    if (!P)
      return std::nullopt;
  }
  UnclosedResource Found;
  if (const auto *Member = dyn_cast_or_null<MemberExpr>(P)) {
    if (!isLostAfter(Member, G, TU, R, Found.DroppedClose))
      return std::nullopt;
  } else if (const auto *Call = dyn_cast_or_null<CallExpr>(P)) {
    if (!isLostIn(Call, Child, TU, R))
      return std::nullopt;
  } else if (isa_and_nonnull<Expr>(P)) {
    const auto *Cast = dyn_cast<CastExpr>(P);
    if (!Cast || Cast->getCastKind() != CK_ToVoid)
      return std::nullopt;
  } else if (!P || isa<DeclStmt, ReturnStmt, CoreturnStmt>(P)) {
    return std::nullopt;
  }
  PathQuery Q;
  Q.Start = Start;
  auto Visit = [&](NodeId N, PathState S) {
    return G.node(N).Kind == NodeKind::ObjectEnd && G.node(N).Obj == O
               ? PathStep::found()
               : PathStep::go(S);
  };
  Q.Visit = Visit;
  std::optional<Path> Way = findPath(G, Q);
  if (!Way)
    return std::nullopt;
  Found.Obj = O;
  Found.What = &R;
  Found.Opened = Obj.Loc;
  Found.Way = std::move(*Way);
  return Found;
}

} // namespace codrop
