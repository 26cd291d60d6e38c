// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The questions about one close of a class that ask no paths: which expressions
// name a member, which members are made with a reference to another, and what
// is closed in continuations only. The paths are MemberCloser.cpp's.

#ifndef CODROP_ANALYSIS_MEMBERCLOSER_H
#define CODROP_ANALYSIS_MEMBERCLOSER_H

#include "analysis/UnclosedMembers.h"

namespace codrop {

/// \p E names the member, or something that keeps it or that it keeps.
bool names(const clang::Expr *E, const OwnedMember &O);

/// \p User, a member of \p RD, is made with a reference to \p Used.
bool isMadeFrom(const clang::CXXRecordDecl *RD, const OwnedMember &User,
                const clang::FieldDecl *Used);

/// The member is closed in a continuation that a failure skips, and nowhere
/// else.
void findSkippedOnFailure(const clang::CXXRecordDecl *RD, const OwnedMember &O,
                          llvm::ArrayRef<OwnedMember> Members,
                          const clang::FunctionDecl *Closer,
                          std::vector<UnclosedMember> &Found);

} // namespace codrop

#endif // CODROP_ANALYSIS_MEMBERCLOSER_H
