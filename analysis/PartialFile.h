// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Files that a coroutine makes empty under their own name and then writes
// across suspensions: whoever looks meanwhile, or after the coroutine has ended
// at one of them, finds a part of the file and the old content gone. Which
// calls make a file empty is knowledge's to say. Temporary files that are
// renamed, logs, devices and what the function removes again are none.

#ifndef CODROP_ANALYSIS_PARTIALFILE_H
#define CODROP_ANALYSIS_PARTIALFILE_H

#include "analysis/PathSearch.h"
#include "analysis/TUAnalysis.h"

namespace codrop {

struct PartialFile {
  const clang::Expr *Open = nullptr;
  const clang::Expr *Suspends = nullptr;
  const clang::Expr *Write = nullptr;
  /// How the file is called in the code, for messages; may be empty.
  std::string Handle;
  Confidence Sure = Confidence::Definite;
};

std::vector<PartialFile> findPartialFiles(const FunctionAnalysis &F,
                                          TUAnalysis &TU);

} // namespace codrop

#endif // CODROP_ANALYSIS_PARTIALFILE_H
