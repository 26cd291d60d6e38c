// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Reports the resources that ResourceFlow finds lost, with the way on which
// the close is missed. What a resource is comes from TypeModel and the options.

#include "checks/UnawaitedCloseCheck.h"
#include "analysis/ResourceFlow.h"
#include "checks/FixIts.h"
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
  return Lost.Opened;
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
  const Object *Obj = Lost.Obj ? &G.object(*Lost.Obj) : nullptr;
  const Object::Kind Kind = Obj ? Obj->K : Object::Variable;
  const std::string Close = "'" + Lost.What->Close.front() + "()'";
  std::string Type =
      typeName(Context.getCanonicalTagType(Lost.What->Record), Context);
  std::string What = "temporary '" + Type + "'";
  if (Lost.Name && Lost.Name->getIdentifier())
    What =
        Lost.Part
            ? "'" + Type + "' in '" + Lost.Name->getNameAsString() + "'"
            : "'" + Lost.Name->getNameAsString() + "' of type '" + Type + "'";
  else if (Kind == Object::Parameter)
    What = "unnamed parameter of type '" + Type + "'";
  Finding F;
  F.Loc = Lost.Name ? Lost.Name->getLocation() : Obj->Loc;
  F.Sure = Lost.Way.Sure;
  if (!Obj) {
    F.Text = What +
             " is destroyed with the lambda that captured it, without "
             "an awaited " +
             Close;
    F.note(F.Loc, "nobody but the lambda can close it: co_await " + Close +
                      " in its body, or hand it to the coroutine as a "
                      "parameter");
    return F;
  }
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

  if (Kind == Object::Parameter)
    F.note(F.Loc, "the coroutine owns the parameter from here on");
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
  std::string Advice = "co_await its " + Close + " on every path";
  if (Kind == Object::Temporary)
    Advice = "give it a name and co_await its " + Close;
  else if (Left == EdgeKind::Unwind)
    Advice = "keep the exception, co_await " + Close + " and rethrow";
  if (Left == EdgeKind::Destroy)
    Advice = "co_await its " + Close +
             " before, or let codrop::must_close hand it to a cleanup scope";
  else
    Advice += ", or let codrop::with_resource do it";
  if (!Lost.What->Why.empty())
    Advice += ": " + Lost.What->Why;
  F.note(F.Loc, Advice);
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
       findUnclosedResources(F, TU, Find, edges())) {
    Findings.push_back(describe(Lost, *F.graph(), TU.context()));
    if (Lost.DroppedClose)
      Findings.back().Fixes =
          FixWriter(F, TU.context()).awaited(Lost.DroppedClose);
  }
  return Findings;
}

} // namespace codrop
