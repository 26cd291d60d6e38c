// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What all checks have in common: the options that every rule has, the
// analysis that the checks of a translation unit share, and how a Finding
// becomes diagnostics. A check says which functions it wants to see and what
// it finds in them.

#ifndef CODROP_CHECKS_CODROPCHECK_H
#define CODROP_CHECKS_CODROPCHECK_H

#include "analysis/Finding.h"
#include "analysis/TUAnalysis.h"
#include "clang-tidy/ClangTidyCheck.h"
#include <map>
#include <mutex>

namespace codrop {

// One namespace a rule with its options' names and defaults, from rules.yaml.
namespace option {
#include "CheckOptions.inc"
} // namespace option

/// The analyses of one translation unit, by the options they were made with.
class SharedAnalysis {
public:
  TUAnalysis &get(clang::ASTContext &Context, const AnalysisOptions &Options,
                  llvm::function_ref<void(llvm::StringRef)> OnError);
  void writeStatistics();

private:
  std::map<AnalysisOptions, std::unique_ptr<TUAnalysis>> ByOptions;
};

/// Hands the checks that are made for one translation unit the same
/// SharedAnalysis. clangd makes checks on several threads at once.
class AnalysisRegistry {
public:
  std::shared_ptr<SharedAnalysis> forContext(clang::tidy::ClangTidyContext *C);

private:
  std::mutex Mutex;
  std::map<clang::tidy::ClangTidyContext *, std::weak_ptr<SharedAnalysis>>
      Contexts;
};

class CodropCheck : public clang::tidy::ClangTidyCheck {
public:
  CodropCheck(llvm::StringRef Name, clang::tidy::ClangTidyContext *Context,
              std::shared_ptr<SharedAnalysis> Shared);

  bool isLanguageVersionSupported(
      const clang::LangOptions &LangOpts) const override {
    return LangOpts.Coroutines;
  }
  // The checks look at what the compiler sees, instantiations and implicit
  // code included.
  std::optional<clang::TraversalKind> getCheckTraversalKind() const override {
    return clang::TK_AsIs;
  }
  void storeOptions(clang::tidy::ClangTidyOptions::OptionMap &Opts) override;
  void registerMatchers(clang::ast_matchers::MatchFinder *Finder) override;
  void check(const clang::ast_matchers::MatchFinder::MatchResult &Result) final;
  void onEndOfTranslationUnit() override;

  /// Cheap filter, asked for every function definition outside of system
  /// headers: does the check want to see it?
  virtual bool wants(const clang::FunctionDecl *FD) const {
    return isCoroutine(FD);
  }

protected:
  /// False if find() gets along without the graph of \p FD.
  virtual bool needsGraph(const clang::FunctionDecl *FD) const { return true; }
  /// Everything wrong in \p F; the order does not matter.
  virtual std::vector<Finding> find(const FunctionAnalysis &F,
                                    TUAnalysis &TU) = 0;
  /// A class that the check's own matchers have bound to "record".
  virtual void noteRecord(const clang::CXXRecordDecl *RD) {}
  /// What can only be said when the whole translation unit has been seen.
  virtual std::vector<Finding> findAtEnd(TUAnalysis &TU) { return {}; }

  /// A list option: separated by semicolons or commas.
  std::vector<std::string> listOption(llvm::StringRef Name,
                                      llvm::StringRef Default);
  void storeList(clang::tidy::ClangTidyOptions::OptionMap &Opts,
                 llvm::StringRef Name, llvm::ArrayRef<std::string> Values);
  bool boolOption(llvm::StringRef Name, llvm::StringRef Default);
  bool maybeFindings() const { return Wanted == Confidence::Maybe; }
  /// The edges that the Confidence option lets the check follow.
  EdgeSet edges() const {
    return maybeFindings() ? AllSuspensionEdges : NormalEdges;
  }

private:
  void report(llvm::ArrayRef<Finding> Findings, TUAnalysis &TU);
  void report(const Finding &F, TUAnalysis &TU);

  TUAnalysis *TU = nullptr; ///< Owned by Shared; null until a function is seen.
  std::shared_ptr<SharedAnalysis> Shared;
  AnalysisOptions Analysis;
  Confidence Wanted = Confidence::Maybe;
};

} // namespace codrop

#endif // CODROP_CHECKS_CODROPCHECK_H
