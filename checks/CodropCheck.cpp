// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "checks/CodropCheck.h"
#include "checks/Rules.h"
#include "clang/ASTMatchers/ASTMatchFinder.h"
#include "clang/Basic/SourceManager.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Timer.h"

using namespace clang;
using namespace clang::ast_matchers;

namespace codrop {

TUAnalysis &
SharedAnalysis::get(ASTContext &Context, const AnalysisOptions &Options,
                    llvm::function_ref<void(llvm::StringRef)> OnError) {
  std::unique_ptr<TUAnalysis> &Entry = ByOptions[Options];
  if (!Entry) {
    std::shared_ptr<const Knowledge> Known;
    if (!Options.KnowledgeFiles.empty()) {
      auto Loaded = Knowledge::load(Options.KnowledgeFiles);
      if (Loaded)
        Known = *Loaded;
      else
        OnError(llvm::toString(Loaded.takeError()));
    }
    // The embedded facts live as long as the program.
    if (!Known)
      Known = std::shared_ptr<const Knowledge>(&Knowledge::embedded(),
                                               [](const Knowledge *) {});
    Entry = std::make_unique<TUAnalysis>(Context, Options, std::move(Known));
  }
  return *Entry;
}

void SharedAnalysis::writeStatistics() {
  for (auto &[Options, TU] : ByOptions)
    TU->writeStatistics();
}

std::shared_ptr<SharedAnalysis>
AnalysisRegistry::forContext(clang::tidy::ClangTidyContext *C) {
  std::lock_guard<std::mutex> Lock(Mutex);
  std::shared_ptr<SharedAnalysis> Shared = Contexts[C].lock();
  if (!Shared) {
    // Contexts of finished translation units leave dead entries behind.
    std::erase_if(Contexts,
                  [](const auto &Entry) { return Entry.second.expired(); });
    Shared = std::make_shared<SharedAnalysis>();
    Contexts[C] = Shared;
  }
  return Shared;
}

static std::vector<std::string> splitList(llvm::StringRef Text) {
  std::vector<std::string> Result;
  llvm::SmallVector<llvm::StringRef, 8> Parts;
  Text.split(Parts, ';', -1, /*KeepEmpty=*/false);
  for (llvm::StringRef Part : Parts) {
    llvm::SmallVector<llvm::StringRef, 8> Inner;
    Part.split(Inner, ',', -1, /*KeepEmpty=*/false);
    for (llvm::StringRef Item : Inner)
      if (!Item.trim().empty())
        Result.push_back(Item.trim().str());
  }
  return Result;
}

CodropCheck::CodropCheck(llvm::StringRef Name,
                         clang::tidy::ClangTidyContext *Context,
                         std::shared_ptr<SharedAnalysis> Shared)
    : ClangTidyCheck(Name, Context), Shared(std::move(Shared)) {
  Analysis.KnowledgeFiles = splitList(Options.getLocalOrGlobal(
      option::common::KnowledgeFiles, option::common::KnowledgeFilesDefault));
  Analysis.StatisticsFile =
      Options
          .getLocalOrGlobal(option::common::StatisticsFile,
                            option::common::StatisticsFileDefault)
          .str();
  llvm::StringRef Edges = Options.getLocalOrGlobal(
      option::common::DestroyEdges, option::common::DestroyEdgesDefault);
  if (Edges == "always")
    Analysis.DestroyEdges = DestroyEdgePolicy::Always;
  else if (Edges == "never")
    Analysis.DestroyEdges = DestroyEdgePolicy::Never;
  else if (Edges != "known")
    configurationDiag("'DestroyEdges' of '%0' is '%1', but must be 'known', "
                      "'always' or 'never'; 'known' is used")
        << Name << Edges;
  llvm::StringRef Sure = Options.getLocalOrGlobal(
      option::common::Confidence, option::common::ConfidenceDefault);
  if (Sure == "definite")
    Wanted = Confidence::Definite;
  else if (Sure != "maybe")
    configurationDiag("'Confidence' of '%0' is '%1', but must be 'definite' or "
                      "'maybe'; 'maybe' is used")
        << Name << Sure;
}

void CodropCheck::storeOptions(clang::tidy::ClangTidyOptions::OptionMap &Opts) {
  storeList(Opts, option::common::KnowledgeFiles, Analysis.KnowledgeFiles);
  Options.store(Opts, option::common::StatisticsFile, Analysis.StatisticsFile);
  Options.store(Opts, option::common::Confidence,
                Wanted == Confidence::Maybe ? "maybe" : "definite");
  Options.store(Opts, option::common::DestroyEdges,
                Analysis.DestroyEdges == DestroyEdgePolicy::Known    ? "known"
                : Analysis.DestroyEdges == DestroyEdgePolicy::Always ? "always"
                                                                     : "never");
}

std::vector<std::string> CodropCheck::listOption(llvm::StringRef Name,
                                                 llvm::StringRef Default) {
  return splitList(Options.get(Name, Default));
}

void CodropCheck::storeList(clang::tidy::ClangTidyOptions::OptionMap &Opts,
                            llvm::StringRef Name,
                            llvm::ArrayRef<std::string> Values) {
  Options.store(Opts, Name, llvm::join(Values, ";"));
}

bool CodropCheck::boolOption(llvm::StringRef Name, llvm::StringRef Default) {
  return Options.get(Name, Default == "true");
}

namespace {
/// The one matcher of all checks: a definition outside of system headers that
/// the check wants. Cheap tests first, it is asked of every function there is.
AST_MATCHER_P(FunctionDecl, isWantedBy, const CodropCheck *, Check) {
  if (!Node.doesThisDeclarationHaveABody() || !Check->wants(&Node) ||
      Node.isDependentContext())
    return false;
  const SourceManager &SM = Finder->getASTContext().getSourceManager();
  return !SM.isInSystemHeader(SM.getExpansionLoc(Node.getLocation()));
}
} // namespace

void CodropCheck::registerMatchers(MatchFinder *Finder) {
  Finder->addMatcher(functionDecl(isWantedBy(this)).bind("function"), this);
}

void CodropCheck::check(const MatchFinder::MatchResult &Result) {
  TU = &Shared->get(*Result.Context, Analysis, [this](llvm::StringRef Message) {
    configurationDiag("%0") << Message;
  });
  if (const auto *RD = Result.Nodes.getNodeAs<CXXRecordDecl>("record"))
    return noteRecord(RD);
  const auto *FD = Result.Nodes.getNodeAs<FunctionDecl>("function");
  llvm::TimeRecord Start = llvm::TimeRecord::getCurrentTime(true);
  const FunctionAnalysis &F = TU->function(FD);
  std::vector<Finding> Findings;
  if (F.work())
    F.work()->restart();
  if (!needsGraph(FD) || F.graph())
    Findings = find(F, *TU);
  if (F.work() && F.work()->isUsedUp())
    TU->gaveUp({"function needs too many searches"});
  llvm::TimeRecord End = llvm::TimeRecord::getCurrentTime(false);
  TU->spent(End.getProcessTime() - Start.getProcessTime());
  report(Findings, *TU);
}

void CodropCheck::report(llvm::ArrayRef<Finding> Findings, TUAnalysis &TU) {
  // Tests take short cuts on purpose, and end with the process.
  for (const Finding &Found : Findings)
    if (maybeFindings() || (Found.Sure == Confidence::Definite &&
                            !TU.tests().isInTestFile(Found.Loc)))
      report(Found, TU);
}

// Not in a destructor: the compiler may leave the checks of its last
// translation unit undestroyed.
void CodropCheck::onEndOfTranslationUnit() {
  if (TU)
    report(findAtEnd(*TU), *TU);
  TU = nullptr;
  Shared->writeStatistics();
}

void CodropCheck::report(const Finding &F, TUAnalysis &TU) {
  if (!TU.firstAt(getID(), F.Loc))
    return;
  {
    auto Builder = diag(F.Loc, "%0") << F.Text;
    if (F.Range.isValid())
      Builder << F.Range;
    for (const FixItHint &Fix : F.Fixes)
      Builder << Fix;
  }
  for (const FindingNote &Note : F.Notes)
    diag(Note.Loc.isValid() ? Note.Loc : F.Loc, "%0", DiagnosticIDs::Note)
        << Note.Text;
}

} // namespace codrop
