// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the checks of one translation unit share: the knowledge, the types, the
// graph and the facts of every function asked about, computed once, and the
// count of what was given up. Lives as long as the translation unit's checks.

#ifndef CODROP_ANALYSIS_TUANALYSIS_H
#define CODROP_ANALYSIS_TUANALYSIS_H

#include "analysis/AccessPath.h"
#include "analysis/CodeIndex.h"
#include "analysis/Summaries.h"
#include "analysis/SuspendCFG.h"
#include "analysis/TestCode.h"
#include "analysis/Types.h"
#include <map>
#include <set>

namespace codrop {

/// What a run is asked to assume; equal options share one TUAnalysis.
struct AnalysisOptions {
  std::vector<std::string> KnowledgeFiles;
  DestroyEdgePolicy DestroyEdges = DestroyEdgePolicy::Known;
  std::string StatisticsFile;

  auto operator<=>(const AnalysisOptions &) const = default;
};

/// Mentions of the local variables, parameters and structured bindings of a
/// function, and of what a lambda has captured under a name of its own.
class UseTable {
public:
  explicit UseTable(const SuspendCFG &G);
  struct At {
    NodeId Node;
    Use What;
  };
  /// The uses of \p Name in node order.
  llvm::ArrayRef<At> of(const clang::ValueDecl *Name) const;

private:
  llvm::DenseMap<const clang::ValueDecl *, std::vector<At>> Uses;
};

class TUAnalysis;

/// One function, analysed on demand.
class FunctionAnalysis {
public:
  FunctionAnalysis(const clang::FunctionDecl *FD, TUAnalysis &TU);

  const clang::FunctionDecl *function() const { return FD; }
  const Coroutine *coroutine() const { return Coro ? &*Coro : nullptr; }
  /// Built on the first call. Null if that can't be done, which is counted.
  const SuspendCFG *graph() const;
  const AccessTable &accesses() const;
  const UseTable &uses() const;
  /// What questions about the graph have cost; null before it is built.
  WorkMeter *work() const { return G ? &G->work() : nullptr; }

private:
  const clang::FunctionDecl *FD;
  TUAnalysis &TU;
  std::optional<Coroutine> Coro;
  mutable bool Tried = false;
  mutable std::unique_ptr<SuspendCFG> G;
  mutable std::unique_ptr<AccessTable> Accesses;
  mutable std::unique_ptr<UseTable> Uses;
};

class TUAnalysis {
public:
  TUAnalysis(clang::ASTContext &Context, AnalysisOptions Options,
             std::shared_ptr<const Knowledge> Known);
  TUAnalysis(const TUAnalysis &) = delete;
  TUAnalysis &operator=(const TUAnalysis &) = delete;

  clang::ASTContext &context() { return Context; }
  const Knowledge &knowledge() const { return *Known; }
  const TypeModel &types() const { return Types; }
  Summaries &summaries() { return Summary; }
  const AnalysisOptions &options() const { return Options; }

  /// The analysis of a function definition, made on the first call.
  const FunctionAnalysis &function(const clang::FunctionDecl *FD);

  /// Who mentions what; made on the first call.
  const CodeIndex &index();
  /// What of it is tests; made on the first call.
  const TestCode &tests();
  /// \p FD, the function that its lambda is written in, or all that mentions
  /// it, is a test.
  bool isInTest(const clang::FunctionDecl *FD);

  /// Counts that an analysis ended without an answer.
  void gaveUp(const GaveUp &Why) { ++GaveUpCounts[Why.Reason]; }
  const std::map<std::string, unsigned> &gaveUpCounts() const {
    return GaveUpCounts;
  }
  /// Adds to the time reported by --statistics, in seconds.
  void spent(double Seconds) { TimeSpent += Seconds; }

  /// True the first time \p Rule reports at \p Loc: the instantiations of a
  /// template have one finding, not one each.
  bool firstAt(llvm::StringRef Rule, clang::SourceLocation Loc);

  /// Appends the line of this translation unit to the StatisticsFile, if there
  /// is one; only the first call does.
  void writeStatistics();

private:
  clang::ASTContext &Context;
  AnalysisOptions Options;
  bool StatisticsWritten = false;
  std::shared_ptr<const Knowledge> Known;
  TypeModel Types;
  Summaries Summary;
  llvm::DenseMap<const clang::FunctionDecl *, std::unique_ptr<FunctionAnalysis>>
      Functions;
  std::unique_ptr<CodeIndex> Index;
  std::unique_ptr<TestCode> Tests;
  llvm::DenseMap<const clang::FunctionDecl *, bool> InTest;

  bool findIsInTest(const clang::FunctionDecl *FD);
  std::map<std::string, unsigned> GaveUpCounts;
  std::set<std::pair<std::string, unsigned>> Reported;
  unsigned Coroutines = 0;
  double TimeSpent = 0;
};

} // namespace codrop

#endif // CODROP_ANALYSIS_TUANALYSIS_H
