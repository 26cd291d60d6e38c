// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The words for guards that commit when the frame that they live in is
// destroyed. CommitGuard decides what such a guard is, CommitOnDrop where one
// is alive.

#include "checks/CommitOnDropCheck.h"
#include "analysis/CommitOnDrop.h"

using namespace clang;

namespace codrop {

namespace {

constexpr unsigned MaxSuspensionNotes = 3;

std::string nameOf(const CommitOnDrop &C, const SuspendCFG &G,
                   const ASTContext &Context) {
  std::string Type =
      "'" + typeName(Context.getCanonicalTagType(C.Guard->Record), Context) +
      "'";
  const VarDecl *Var = G.object(C.Obj).Var;
  // A lambda's type has no name to speak of.
  if (Type.find("(lambda at") != std::string::npos)
    Type = "'" + C.Guard->Record->getNameAsString() + "'";
  if (!Var)
    return "temporary " + Type;
  if (!Var->getIdentifier() || Var->isImplicit())
    return Type;
  std::string Name = "'" + Var->getNameAsString() + "'";
  return C.Nested ? Type + " inside " + Name : Name + " of type " + Type;
}

std::string calleeName(const FunctionDecl *FD) {
  const auto *Method = dyn_cast<CXXMethodDecl>(FD);
  if (Method && Method->getParent()->isLambda())
    return "the closure";
  return "'" + FD->getNameAsString() + "'";
}

void tellAction(Finding &F, const CommitGuard &Guard) {
  if (!Guard.Act)
    return;
  const DropAct &Act = *Guard.Act;
  for (const auto &[Loc, Function] : Act.Way)
    F.note(Loc, "the destructor calls " + calleeName(Function) + " here");
  if (Guard.Asks.isValid())
    F.note(Guard.Asks, "no exception is in flight when a frame is destroyed, "
                       "so this says that all went well");
  if (Act.Member)
    F.note(Act.Member->getLocation(),
           "and the success action runs when member '" +
               Act.Member->getNameAsString() + "' is destroyed");
  else if (Act.Callee && Act.Callee->getIdentifier())
    F.note(Act.E->getExprLoc(),
           (Guard.Asks.isValid() ? "and " : "the destructor calls ") +
               calleeName(Act.Callee) +
               (Guard.Asks.isValid() ? " is called" : " whatever happens"));
  else
    F.note(Act.E->getExprLoc(), "and the success action is taken here");
}

Finding describe(const CommitOnDrop &C, const FunctionAnalysis &Function,
                 const ASTContext &Context) {
  const SuspendCFG &G = *Function.graph();
  Finding F;
  F.Loc = C.Made;
  // It takes a frame that is destroyed.
  F.Sure = Confidence::Maybe;
  F.Text = nameOf(C, G, Context) +
           (C.Guard->Verb.empty()       ? " takes its success action"
            : C.Guard->Verb == "commit" ? " commits"
                                        : " publishes") +
           " when the suspended coroutine is destroyed";
  F.note(F.Loc, G.object(C.Obj).K == Object::Parameter
                    ? "the caller hands it over here"
                    : "it is alive from here");
  unsigned Shown = 0;
  for (NodeId N : C.Suspensions)
    if (++Shown <= MaxSuspensionNotes)
      F.note(G.suspension(N).E->getExprLoc(),
             Shown > 1
                 ? "and suspends here"
                 : "if the frame is destroyed while the coroutine is suspended "
                   "here, the guard's destructor runs without an exception");
  tellAction(F, *C.Guard);
  F.note(G.suspension(C.Suspensions.back()).E->getExprLoc(),
         "commit by an explicit call after the last co_await and let the "
         "destructor roll back, as codrop::transaction_guard does");
  return F;
}

} // namespace

CommitOnDropCheck::CommitOnDropCheck(llvm::StringRef Name,
                                     clang::tidy::ClangTidyContext *Context,
                                     std::shared_ptr<SharedAnalysis> Shared)
    : CodropCheck(Name, Context, std::move(Shared)),
      GuardTypes(listOption(option::commit_on_drop::GuardTypes,
                            option::commit_on_drop::GuardTypesDefault)),
      AllowedGuardTypes(
          listOption(option::commit_on_drop::AllowedGuardTypes,
                     option::commit_on_drop::AllowedGuardTypesDefault)) {}

void CommitOnDropCheck::storeOptions(
    clang::tidy::ClangTidyOptions::OptionMap &Opts) {
  CodropCheck::storeOptions(Opts);
  storeList(Opts, option::commit_on_drop::GuardTypes, GuardTypes);
  storeList(Opts, option::commit_on_drop::AllowedGuardTypes, AllowedGuardTypes);
}

std::vector<Finding> CommitOnDropCheck::find(const FunctionAnalysis &F,
                                             TUAnalysis &TU) {
  if (!Guards)
    Guards.emplace(GuardTypes, AllowedGuardTypes);
  std::vector<Finding> Findings;
  for (const CommitOnDrop &C : findCommitsOnDrop(F, TU.types(), *Guards))
    Findings.push_back(describe(C, F, TU.context()));
  return Findings;
}

std::vector<Finding> CommitOnDropCheck::findAtEnd(TUAnalysis &) {
  Guards.reset();
  return {};
}

} // namespace codrop
