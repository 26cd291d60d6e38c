// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The search behind TornState.h. One finder looks at one function; the kinds of
// torn state share what is written down here: which places are shared, where
// others are kept out, and what makes an old value fresh again.

#ifndef CODROP_ANALYSIS_TORNFINDER_H
#define CODROP_ANALYSIS_TORNFINDER_H

#include "analysis/Confinement.h"
#include "analysis/Exclusion.h"
#include "analysis/TornState.h"

namespace codrop {

class TornFinder {
public:
  TornFinder(const FunctionAnalysis &F, TUAnalysis &TU,
             const TornStateOptions &Options);

  std::vector<TornState> run();

private:
  /// A variable of the frame gets a value.
  struct Definition {
    const clang::VarDecl *Var = nullptr;
    const clang::Expr *Value = nullptr;
    bool Keeps = false; ///< Compound: the old value goes on in it.
  };
  /// A search for a way with a suspension between two points.
  struct Search {
    NodeId From = 0, To = 0;
    const AccessPath *Place = nullptr;
    /// Where a new read of the place goes into what is written.
    llvm::ArrayRef<const clang::Expr *> Sources;
    /// The read whose value must arrive at \p To, with the written value; null
    /// where it is control that depends on it.
    const Access *Read = nullptr;
    const clang::Expr *Value = nullptr;
  };

  // TornFinder.cpp: what all kinds share.
  bool isSingleOwner(const clang::CXXRecordDecl *RD) const;
  bool isShared(const AccessPath &P, const clang::Expr *At);
  bool inDecision(const clang::Expr *E) const;
  void collect();
  void collectSnapshots(NodeId Branch);
  const Exclusion &exclusion();
  bool excluded(NodeId A, NodeId B);
  bool reserves(const Access &A) const;
  bool freshens(const Access &A, const Search &S) const;
  bool predicateLooksAt(NodeId N, const AccessPath &Place);
  const clang::CoroutineSuspendExpr *torn(const Search &S);
  std::vector<const clang::Expr *> dependencies(const clang::Expr *Value) const;
  std::string spelled(const Access &A) const;
  unsigned mentioned(const clang::Expr *E) const;

  // TornState.cpp: reads and writes, checks and acts.
  bool carriesValue(const Access &Read) const;
  bool staleWrite(const Access &W);
  bool controls(NodeId Branch, NodeId W) const;
  bool isConditionalConstant(const Access &W,
                             const clang::Stmt *Suspends) const;
  bool checkThenAct(const Access &W);

  // TornSpawn.cpp: checks and starts.
  void checkThenSpawn();
  void askThenSpawn();
  void checkStart(const clang::FunctionDecl *Starter, const clang::Expr *Start,
                  const Access &Set, bool Eager);

  // TornMembers.cpp: what other members of the class do with the fields.
  void actsOfMembers();
  void tiedFields();
  void lateResets();

  // TornUpdates.cpp: pairs of writes, writes and commits.
  bool throwRestores(NodeId Suspend, const AccessPath &Place) const;
  bool closureTouches(const AccessPath &Place) const;
  void halfUpdates();
  bool isCommittedBy(const Access &W, const clang::CallExpr *Call) const;
  void earlyCommits();

  const FunctionAnalysis &F;
  TUAnalysis &TU;
  const TornStateOptions &Options;
  const SuspendCFG &G;
  const AccessTable &Table;
  Confinement Confined;
  std::optional<Exclusion> Held; ///< Made when a candidate needs it.
  llvm::DenseMap<NodeId, llvm::SmallVector<Definition, 1>> Defined;
  llvm::DenseMap<const clang::VarDecl *,
                 llvm::SmallVector<const clang::Expr *, 2>>
      ValuesOf;
  std::vector<AccessPath> Tested; ///< Places read in some condition.
  std::vector<NodeId> Branches;
  /// What a branch's condition touches and asks.
  struct Decision {
    llvm::SmallVector<unsigned, 2> Accesses; ///< Indices in the table.
    llvm::SmallVector<NodeId, 2> Calls;      ///< Member calls.
  };
  llvm::DenseMap<const clang::Stmt *, Decision> Decided;
  llvm::DenseSet<const clang::Stmt *> Decisions;
  /// Branches that compare a place with what it was before.
  llvm::BitVector Snapshots;
  /// Of the search that runs: the variables that carry the stale value.
  mutable llvm::SmallVector<const clang::VarDecl *, 8> Carriers;
  mutable llvm::DenseMap<const clang::Expr *, unsigned> Mentions;
  unsigned Searches = 0;
  std::vector<TornState> Found;
};

} // namespace codrop

#endif // CODROP_ANALYSIS_TORNFINDER_H
