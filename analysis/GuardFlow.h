// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Where a guard owns what it guards. A guard object is followed from the place
// where it is made, through unlock, release, move, reset and re-lock, to the
// end of its life; the result is the set of nodes at which it owns. Shared by
// the checks about locks and about shared state.

#ifndef CODROP_ANALYSIS_GUARDFLOW_H
#define CODROP_ANALYSIS_GUARDFLOW_H

#include "analysis/TUAnalysis.h"

namespace codrop {

/// A guard object of a function and where it owns.
struct OwnedGuard {
  ObjectId Obj = 0;
  Guard G;
  /// Where it was made, for messages.
  clang::SourceLocation Acquired;
  /// The nodes before which it may own.
  llvm::BitVector Owns;
};

/// Every guard object of \p F whose class \p Accept takes, with the nodes where
/// it may own. A guard given to an unknown function by reference is taken to
/// be released there (only fewer findings).
std::vector<OwnedGuard>
findOwnedGuards(const FunctionAnalysis &F, const TypeModel &Types,
                llvm::function_ref<std::optional<Guard>(clang::QualType)> Find);

} // namespace codrop

#endif // CODROP_ANALYSIS_GUARDFLOW_H
