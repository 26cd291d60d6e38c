// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Reports the resources that ResourceFlow finds lost, with the way on which
// the close is missed. What a resource is comes from TypeModel and the options.

#include "checks/UnawaitedCloseCheck.h"
#include "analysis/ResourceFlow.h"
#include "clang/AST/DeclTemplate.h"

using namespace clang;

namespace codrop {

namespace {

/// The last statement that runs before the resource is lost: a co_return, a
/// throw, the end of a scope.
SourceLocation lastStatement(const UnclosedResource &Lost,
                             const SuspendCFG &G) {
  for (NodeId N : llvm::reverse(Lost.Way.Nodes)) {
    const Node &Here = G.node(N);
    if (Here.S && Here.Kind != NodeKind::Join &&
        Here.Kind != NodeKind::Dispatch && Here.S->getBeginLoc().isValid())
      return Here.S->getBeginLoc();
  }
  return G.object(Lost.Obj).Loc;
}

/// Where the path leaves the straight line: the co_return or throw in it.
const Stmt *leavingStatement(const UnclosedResource &Lost,
                             const SuspendCFG &G) {
  for (NodeId N : llvm::reverse(Lost.Way.Nodes)) {
    const Stmt *S = G.node(N).S;
    if (isa_and_nonnull<CoreturnStmt, ReturnStmt, CXXThrowExpr>(S))
      return S;
    // What was thrown before this has been caught.
    if (isa_and_nonnull<CXXCatchStmt>(S))
      break;
  }
  return nullptr;
}

Finding describe(const UnclosedResource &Lost, const SuspendCFG &G,
                 const ASTContext &Context) {
  const Object &Obj = G.object(Lost.Obj);
  const std::string Close = "'" + Lost.What->Close.front() + "()'";
  QualType Held = TypeModel::heldType(Obj.Type);
  std::string Type =
      typeName((Held.isNull() ? Obj.Type : Held).getCanonicalType(), Context);
  std::string What =
      Obj.Var && Obj.Var->getIdentifier()
          ? "'" + Obj.Var->getNameAsString() + "' of type '" + Type + "'"
          : "temporary '" + Type + "'";
  Finding F;
  F.Loc = Obj.Loc;
  F.Sure = Lost.Way.Sure;
  EdgeKind Left = Lost.Way.leftBy();

  switch (Lost.How) {
  case MissedClose::Overwritten:
    F.Text =
        What + " is overwritten while it is open, without an awaited " + Close;
    break;
  case MissedClose::Reset:
    F.Text = What + " is emptied while it is open, without an awaited " + Close;
    break;
  case MissedClose::Destroyed:
    F.Text = What + " is destroyed without an awaited " + Close;
    if (Left == EdgeKind::Unwind)
      F.Text += " when a co_await throws";
    else if (Left == EdgeKind::Destroy)
      F.Text += " when the suspended coroutine is destroyed";
    else if (Lost.ClosedElsewhere)
      F.Text += " on some path";
    break;
  }

  if (Obj.K == Object::Parameter)
    F.note(Obj.Loc, "the coroutine owns the parameter from here on");
  else
    F.note(Lost.Opened, "it is open from here on");
  if (Lost.DroppedClose)
    F.note(Lost.DroppedClose->getExprLoc(),
           "the task that closes it is not awaited, so the close never "
           "completes");
  if (std::optional<NodeId> At = Lost.Way.leftAt(G)) {
    const Suspension &Point = G.suspension(*At);
    SourceLocation Where =
        Point.E ? Point.E->getExprLoc() : G.function()->getLocation();
    F.note(Where, Left == EdgeKind::Destroy
                      ? "if the frame is destroyed while the coroutine is "
                        "suspended here, the close is never reached"
                      : "if this co_await throws, the close is skipped");
  } else if (Lost.How != MissedClose::Destroyed) {
    F.note(lastStatement(Lost, G), "the open one is lost here");
  } else if (const Stmt *Leaving = leavingStatement(Lost, G)) {
    F.note(Leaving->getBeginLoc(),
           "the function is left here with it still open");
  } else if (!Lost.DroppedClose) {
    F.note(lastStatement(Lost, G), "it is destroyed after this with no close "
                                   "awaited");
  }
  std::string Advice =
      Obj.K == Object::Temporary ? "give it a name and co_await its " + Close
      : Left == EdgeKind::Normal ? "co_await its " + Close + " on every path"
                                 : "catch, co_await " + Close + " and rethrow";
  Advice += ", or let codrop::with_resource do it";
  if (!Lost.What->Why.empty())
    Advice += "; otherwise " + Lost.What->Why;
  F.note(Obj.Loc, Advice);
  return F;
}

} // namespace

UnawaitedCloseCheck::UnawaitedCloseCheck(llvm::StringRef Name,
                                         clang::tidy::ClangTidyContext *Context,
                                         std::shared_ptr<SharedAnalysis> Shared)
    : CodropCheck(Name, Context, std::move(Shared)),
      ResourceTypes(listOption(option::unawaited_close::ResourceTypes,
                               option::unawaited_close::ResourceTypesDefault)),
      IgnoredTypes(listOption(option::unawaited_close::IgnoredTypes,
                              option::unawaited_close::IgnoredTypesDefault)),
      InferResources(
          boolOption(option::unawaited_close::InferResources,
                     option::unawaited_close::InferResourcesDefault)) {
  for (const std::string &Entry : ResourceTypes) {
    auto [Type, Close] = llvm::StringRef(Entry).split('=');
    if (Close.empty() || Type.empty()) {
      configurationDiag("'%0' in option ResourceTypes of '%1' must be written "
                        "'ns::type=close'")
          << Entry << Name;
      continue;
    }
    Resource &R = Configured[Type.trim().str()];
    R.Close.push_back(Close.trim().str());
  }
}

void UnawaitedCloseCheck::storeOptions(
    clang::tidy::ClangTidyOptions::OptionMap &Opts) {
  CodropCheck::storeOptions(Opts);
  storeList(Opts, option::unawaited_close::ResourceTypes, ResourceTypes);
  storeList(Opts, option::unawaited_close::IgnoredTypes, IgnoredTypes);
  Options.store(Opts, option::unawaited_close::InferResources, InferResources);
}

const Resource *UnawaitedCloseCheck::directResource(QualType T,
                                                    const TypeModel &Types) {
  const CXXRecordDecl *RD = T->getAsCXXRecordDecl();
  if (!RD)
    return nullptr;
  if (!Configured.empty() || !IgnoredTypes.empty()) {
    std::string Name = knowledgeName(RD);
    if (llvm::is_contained(IgnoredTypes, Name))
      return nullptr;
    if (auto It = Configured.find(Name); It != Configured.end()) {
      Resource &R = ConfiguredFor[RD];
      if (!R.Record && RD->hasDefinition()) {
        R = It->second;
        R.Record = RD;
        R.Copyable = TypeModel::isCopyable(RD);
      }
      return R.Record ? &R : nullptr;
    }
  }
  return Types.resource(T, InferResources);
}

const Resource *UnawaitedCloseCheck::resourceOf(QualType T, bool &Indirect,
                                                const TypeModel &Types) {
  Indirect = false;
  if (const Resource *R = directResource(T, Types))
    return R;
  QualType Held = TypeModel::heldType(T);
  if (Held.isNull())
    return nullptr;
  Indirect = true;
  return directResource(Held, Types);
}

std::vector<Finding> UnawaitedCloseCheck::find(const FunctionAnalysis &F,
                                               TUAnalysis &TU) {
  std::vector<Finding> Findings;
  auto Find = [&](QualType T, bool &Indirect) {
    return resourceOf(T, Indirect, TU.types());
  };
  for (const UnclosedResource &Lost :
       findUnclosedResources(F, TU, Find, edges()))
    Findings.push_back(describe(Lost, *F.graph(), TU.context()));
  return Findings;
}

} // namespace codrop
