// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The search behind StaleReference.h, for one function.

#ifndef CODROP_ANALYSIS_STALEFINDER_H
#define CODROP_ANALYSIS_STALEFINDER_H

#include "analysis/Confinement.h"
#include "analysis/Exclusion.h"
#include "analysis/StaleReference.h"

namespace codrop {

class StaleFinder {
public:
  StaleFinder(const FunctionAnalysis &F, TUAnalysis &TU, FieldChanges &Changes,
              const StaleReferenceOptions &Options);
  std::vector<StaleReference> run();

private:
  const clang::CoroutineSuspendExpr *firstSuspension(const Path &Way) const;

  // StaleReference.cpp: what refers into something.
  bool isOwnActivity(const clang::FunctionDecl *FD);
  llvm::SmallVector<const FieldChange *, 4>
  foreignChanges(const clang::ValueDecl *Held, bool Emptied,
                 llvm::function_ref<bool(Change)> Hits);
  bool looksAgain(NodeId Branch, const clang::ValueDecl *Lent,
                  const clang::FunctionDecl *Accessor,
                  const clang::ValueDecl *Name);
  bool hasOwnerOf(const Lender &L, NodeId To);
  bool isShared(const Lender &L, const clang::Expr *At);
  bool isSingleOwner(const AccessPath &P) const;
  bool isUse(const Use &U, BorrowKind Kind) const;
  /// A variable that is given something borrowed.
  struct Borrower {
    const clang::VarDecl *Var;
    const clang::Expr *Value;
    NodeId Birth;
    BorrowKind Kind;
  };
  void assigned(std::vector<Borrower> &Out) const;
  void follow(const Borrower &B, const Lender &L, const FieldChange *By);
  void borrows();

  // StaleGuards.cpp: what keeps others out.
  bool heldAt(NodeId Suspend, NodeId Birth, const clang::VarDecl *Var,
              const FieldChange *By);
  bool keepsOut(const clang::Expr *Guard, const FieldChange *By);

  // StaleCaptures.cpp: closures that refer into something.
  void captures();
  void followCapture(const clang::VarDecl *Var, BorrowKind Kind,
                     const Lender &L, NodeId Made, ObjectId Kept,
                     const clang::Expr *Inside);

  // StaleChecks.cpp: pointers that were found set.
  void checks();
  void unlockedWeak();

  const FunctionAnalysis &F;
  TUAnalysis &TU;
  FieldChanges &Changes;
  const StaleReferenceOptions &Options;
  const SuspendCFG &G;
  const AccessTable &Table;
  Confinement Confined;
  std::optional<Exclusion> Held; ///< Made when a candidate needs it.
  std::optional<bool> RunsLocked;
  bool KeptOut = false; ///< A suspension was left out for what is held there.
  /// This function and those that call it; made when first needed.
  llvm::SmallVector<const clang::FunctionDecl *, 8> Activity;
  /// What a branch's condition mentions.
  llvm::DenseMap<NodeId, llvm::SmallVector<const clang::ValueDecl *, 4>>
      Mentioned;
  /// By hidden iterator and by loop variable.
  llvm::DenseMap<const clang::VarDecl *, const clang::CXXForRangeStmt *>
      IteratorOf, ElementOf;
  llvm::DenseSet<const clang::CXXForRangeStmt *> Loops; ///< With a finding.
  std::vector<StaleReference> Found;
};

} // namespace codrop

#endif // CODROP_ANALYSIS_STALEFINDER_H
