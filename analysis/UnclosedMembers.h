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

/// A resource that a class owns.
struct OwnedMember {
  const clang::FieldDecl *Field = nullptr;
  OwnedResource R;
  /// The member of the class that \c Field is a part of, as in `impl_->conn`;
  /// null if it is a member itself.
  const clang::FieldDecl *Outer = nullptr;
};

struct UnclosedMember {
  enum Kind {
    ClosedNowhere,
    Forgotten,        ///< By the class's own close.
    ForgottenBase,    ///< The close of the base class is not called.
    NotOnEveryWay,    ///< The close returns past it.
    SkippedOnThrow,   ///< An await before its close throws.
    SkippedOnFailure, ///< It is closed in a continuation that failure skips.
    RestSkipped,      ///< Closing one element throws, the others stay open.
    WrongOrder,       ///< Closed before a member that uses it.
  } K = ClosedNowhere;
  const clang::CXXRecordDecl *Class = nullptr;
  /// Null if it is a base class that stays open.
  const clang::FieldDecl *Member = nullptr;
  const clang::CXXRecordDecl *Base = nullptr;
  /// Null for a base class.
  const Resource *What = nullptr;
  /// The class's close; null for ClosedNowhere.
  const clang::FunctionDecl *Closer = nullptr;
  /// The await that throws, the return that goes past it; for WrongOrder the
  /// close of Member, for a base its own close.
  clang::SourceLocation Site;
  /// Where the member is closed, if it is: skipped by the throw. For WrongOrder
  /// the close of User.
  clang::SourceLocation Close;
  const clang::FieldDecl *User = nullptr; ///< For WrongOrder.
};

/// What may be left open by \p Closer, a close of \p RD, in which members and
/// \p Bases should be closed. See MemberCloser.cpp.
void findInCloser(const clang::CXXRecordDecl *RD,
                  llvm::ArrayRef<OwnedMember> Members,
                  llvm::ArrayRef<const clang::CXXRecordDecl *> Bases,
                  const clang::FunctionDecl *Closer, TUAnalysis &TU,
                  MemberUseTable &Uses, EdgeSet Edges,
                  std::vector<UnclosedMember> &Found);

std::vector<UnclosedMember> findUnclosedMembers(const clang::CXXRecordDecl *RD,
                                                TUAnalysis &TU,
                                                MemberUseTable &Uses,
                                                bool Infer, EdgeSet Edges);

} // namespace codrop

#endif // CODROP_ANALYSIS_UNCLOSEDMEMBERS_H
