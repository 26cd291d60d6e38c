// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a check has found, as data: one sentence that states the fact, and the
// steps of the story in time order, the last of which says what to do. Checks
// turn it into diagnostics; nothing here knows how they are shown.

#ifndef CODROP_ANALYSIS_FINDING_H
#define CODROP_ANALYSIS_FINDING_H

#include "analysis/PathSearch.h"
#include "clang/Basic/Diagnostic.h"
#include <string>
#include <vector>

namespace codrop {

struct FindingNote {
  clang::SourceLocation Loc;
  std::string Text;
};

struct Finding {
  clang::SourceLocation Loc;
  clang::SourceRange Range; ///< Highlighted; may be invalid.
  std::string Text;
  std::vector<FindingNote> Notes;
  std::vector<clang::FixItHint> Fixes;
  Confidence Sure = Confidence::Definite;

  void note(clang::SourceLocation Loc, std::string Text) {
    Notes.push_back({Loc, std::move(Text)});
  }
};

} // namespace codrop

#endif // CODROP_ANALYSIS_FINDING_H
