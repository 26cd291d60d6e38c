// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "analysis/TUAnalysis.h"
#include "clang/AST/ASTContext.h"
#include "clang/Basic/SourceManager.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/JSON.h"

using namespace clang;

namespace codrop {

static bool isFollowed(const ValueDecl *Name, const SuspendCFG &G) {
  const auto *Var = dyn_cast<VarDecl>(Name);
  return Var ? Var->isInitCapture() || G.objectOf(Var) : isa<BindingDecl>(Name);
}

UseTable::UseTable(const SuspendCFG &G) {
  for (NodeId N = 0; N < G.size(); ++N) {
    const Node &Here = G.node(N);
    if (Here.Kind != NodeKind::Statement)
      continue;
    const auto *Ref = dyn_cast_or_null<DeclRefExpr>(Here.S);
    if (Ref && isFollowed(Ref->getDecl(), G))
      Uses[Ref->getDecl()].push_back({N, classifyUse(Ref, G.parents())});
  }
}

llvm::ArrayRef<UseTable::At> UseTable::of(const ValueDecl *Name) const {
  auto It = Uses.find(Name);
  if (It == Uses.end())
    return {};
  return It->second;
}

FunctionAnalysis::FunctionAnalysis(const FunctionDecl *FD, TUAnalysis &TU)
    : FD(FD), TU(TU),
      Coro(modelCoroutine(FD, TU.knowledge(), TU.options().DestroyEdges)) {}

const SuspendCFG *FunctionAnalysis::graph() const {
  if (Tried)
    return G.get();
  Tried = true;
  GaveUp Why;
  if (FD->isDependentContext())
    Why.Reason = "template that is never instantiated here";
  else if (FD->isInvalidDecl())
    Why.Reason = "function does not compile";
  else
    G = SuspendCFG::build(FD, coroutine(), TU.context(), Why, &TU.knowledge());
  if (!G)
    TU.gaveUp(Why);
  return G.get();
}

const AccessTable &FunctionAnalysis::accesses() const {
  if (!Accesses)
    Accesses = std::make_unique<AccessTable>(*graph(), TU.context());
  return *Accesses;
}

const UseTable &FunctionAnalysis::uses() const {
  if (!Uses)
    Uses = std::make_unique<UseTable>(*graph());
  return *Uses;
}

TUAnalysis::TUAnalysis(ASTContext &Context, AnalysisOptions Options,
                       std::shared_ptr<const Knowledge> Known)
    : Context(Context), Options(std::move(Options)), Known(std::move(Known)),
      Types(*this->Known, Context), Summary(*this->Known, Types) {}

const FunctionAnalysis &TUAnalysis::function(const FunctionDecl *FD) {
  std::unique_ptr<FunctionAnalysis> &Entry = Functions[FD];
  if (!Entry) {
    Entry = std::make_unique<FunctionAnalysis>(FD, *this);
    if (Entry->coroutine())
      ++Coroutines;
  }
  return *Entry;
}

const CodeIndex &TUAnalysis::index() {
  if (!Index)
    Index = std::make_unique<CodeIndex>(Context);
  return *Index;
}

const TestCode &TUAnalysis::tests() {
  if (!Tests)
    Tests = std::make_unique<TestCode>(Context, *Known);
  return *Tests;
}

bool TUAnalysis::isInTest(const FunctionDecl *FD) {
  if (!FD)
    return false;
  // Functions that call each other are no test's because of that, so that it is
  // right to have false for the one that is being asked about.
  if (auto [It, New] = InTest.try_emplace(FD, false); !New)
    return It->second;
  bool Result = findIsInTest(FD);
  InTest[FD] = Result;
  return Result;
}

bool TUAnalysis::findIsInTest(const FunctionDecl *FD) {
  if (tests().isTest(FD))
    return true;
  const auto *Method = dyn_cast<CXXMethodDecl>(FD);
  if (Method && Method->getParent()->isLambda())
    return isInTest(index().enclosing(FD));
  // What only tests call is part of them, if no other file can call it.
  if (!tests().isInTestFile(FD->getLocation()))
    return false;
  llvm::ArrayRef<CallSite> Mentions = index().mentions(FD);
  return !Mentions.empty() && llvm::all_of(Mentions, [&](const CallSite &At) {
    return isInTest(At.In);
  });
}

bool TUAnalysis::firstAt(llvm::StringRef Rule, SourceLocation Loc) {
  return Reported.insert({Rule.str(), Loc.getRawEncoding()}).second;
}

void TUAnalysis::writeStatistics() {
  if (Options.StatisticsFile.empty() || StatisticsWritten)
    return;
  StatisticsWritten = true;
  const SourceManager &SM = Context.getSourceManager();
  llvm::json::Object Line;
  if (auto File = SM.getFileEntryRefForID(SM.getMainFileID()))
    Line["file"] = File->getName();
  Line["functions"] = llvm::count_if(Functions, [](const auto &Entry) {
    return Entry.second->work() != nullptr;
  });
  Line["coroutines"] = Coroutines;
  Line["seconds"] = TimeSpent;
  uint64_t Work = 0;
  for (const auto &[FD, F] : Functions)
    if (F->work())
      Work += F->work()->spent();
  Line["work"] = Work;
  llvm::json::Object Counts;
  for (const auto &[Reason, Count] : GaveUpCounts)
    Counts[Reason] = Count;
  Line["gave_up"] = std::move(Counts);
  // Statistics are a courtesy: that they can't be written is no reason to lose
  // findings, and the command line notices the missing line.
  std::error_code Error;
  llvm::raw_fd_ostream OS(Options.StatisticsFile, Error,
                          llvm::sys::fs::CD_OpenAlways, llvm::sys::fs::FA_Write,
                          llvm::sys::fs::OF_Append);
  if (Error)
    return;
  OS << llvm::json::Value(std::move(Line)) << "\n";
  OS.close();
  OS.clear_error();
}

} // namespace codrop
