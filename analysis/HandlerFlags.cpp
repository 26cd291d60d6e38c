// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "analysis/HandlerFlags.h"
#include "analysis/PathSearch.h"
#include "analysis/ResourceConditions.h"
#include "analysis/ResourceValue.h"

using namespace clang;

namespace codrop {

static bool isUnset(const Expr *Init) {
  if (!Init)
    return false; // Not initialized at all.
  if (const auto *Bool = dyn_cast<CXXBoolLiteralExpr>(stripped(Init)))
    return !Bool->getValue();
  return isEmptyValue(Init, /*Indirect=*/true);
}

static const CXXCatchStmt *enclosingHandler(const Stmt *S,
                                            const ParentTable &Parents) {
  while (S && !isa<CXXCatchStmt>(S))
    S = Parents.parent(S);
  return cast_or_null<CXXCatchStmt>(S);
}

HandlerFlags::HandlerFlags(const FunctionAnalysis &F, NodeId Start)
    : G(*F.graph()) {
  if (llvm::none_of(G.parents().preorder(),
                    [](const Stmt *S) { return isa<CXXCatchStmt>(S); }))
    return;
  for (const Object &Obj : G.objects()) {
    if (Obj.K != Object::Variable || Obj.Type->isReferenceType() ||
        !isUnset(Obj.Var->getInit()))
      continue;
    bool Written = false, OnlyInHandlers = true;
    for (const UseTable::At &At : F.uses().of(Obj.Var)) {
      switch (At.What.Kind) {
      case UseKind::Value:
      case UseKind::Condition:
      case UseKind::Moved:
      case UseKind::Copied:
      case UseKind::Returned:
      case UseKind::PassedByConstReference:
        continue;
      default:
        break;
      }
      // A conversion to bool is a call.
      if (At.What.Kind == UseKind::MemberCall &&
          isa_and_nonnull<CXXConversionDecl>(At.What.Callee))
        continue;
      // What was caught before Start says nothing about what came after it.
      Written = true;
      OnlyInHandlers &= enclosingHandler(At.What.Ref, G.parents()) &&
                        !reachableFrom(G, At.Node, AllSuspensionEdges)[Start];
    }
    if (Written && OnlyInHandlers)
      Flags.push_back(Obj.Var);
  }
}

bool HandlerFlags::needsHandler(NodeId N, const Edge &E) const {
  if (Flags.empty() || E.Taken == Edge::Outcome::None)
    return false;
  const auto *Condition = dyn_cast_or_null<Expr>(G.node(N).S);
  return Condition && llvm::any_of(Flags, [&](const VarDecl *Flag) {
           return saysThatSet(Condition, {Flag}) == E.Taken;
         });
}

} // namespace codrop
