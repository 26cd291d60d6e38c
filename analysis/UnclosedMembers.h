// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The resources that a class owns and leaves open: it closes them nowhere, its
// close forgets one, stops at the first that fails, or closes one before
// another that uses it. Classes whose functions are not all visible, or that
// hand themselves or the member to others, are given the benefit of the doubt.

#ifndef CODROP_ANALYSIS_UNCLOSEDMEMBERS_H
#define CODROP_ANALYSIS_UNCLOSEDMEMBERS_H

#include "analysis/MemberUses.h"
#include "analysis/PathSearch.h"
#include "analysis/ResourceHolders.h"
#include "analysis/TUAnalysis.h"

namespace codrop {

struct UnclosedMember {
  enum Kind {
    ClosedNowhere,
    Forgotten,      ///< By the class's own close.
    SkippedOnThrow, ///< An await before its close throws.
    RestSkipped,    ///< Closing one element throws, the others stay open.
    WrongOrder,     ///< Closed before a member that uses it.
  } K = ClosedNowhere;
  const clang::CXXRecordDecl *Class = nullptr;
  const clang::FieldDecl *Member = nullptr;
  const Resource *What = nullptr;
  /// The class's close; null for ClosedNowhere.
  const clang::FunctionDecl *Closer = nullptr;
  /// The await that throws; for WrongOrder the close of Member.
  clang::SourceLocation Site;
  /// Where the member is closed, if it is: skipped by the throw. For WrongOrder
  /// the close of User.
  clang::SourceLocation Close;
  const clang::FieldDecl *User = nullptr; ///< For WrongOrder.
};

std::vector<UnclosedMember> findUnclosedMembers(const clang::CXXRecordDecl *RD,
                                                TUAnalysis &TU,
                                                MemberUseTable &Uses,
                                                bool Infer, EdgeSet Edges);

} // namespace codrop

#endif // CODROP_ANALYSIS_UNCLOSEDMEMBERS_H
