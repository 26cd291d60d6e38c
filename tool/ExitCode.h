// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The exit codes, part of the tool's contract with scripts and CI, and the
// way an error message reaches the user.

#ifndef CODROP_TOOL_EXITCODE_H
#define CODROP_TOOL_EXITCODE_H

#include "llvm/ADT/Twine.h"
#include "llvm/Support/Error.h"

namespace codrop::tool {

enum ExitCode : int {
  ExitClean = 0,
  ExitFindings = 1,   ///< Findings at or above --fail-on.
  ExitUsage = 2,      ///< Command line or configuration.
  ExitIncomplete = 3, ///< Something could not be analysed; wins over 1.
  ExitInternal = 4,   ///< codrop itself failed: no disk, no process, a bug.
  ExitInterrupted = 130,
};

/// Prints "codrop: error: MESSAGE".
void printError(const llvm::Twine &Message);
/// Prints "codrop: warning: MESSAGE".
void printWarning(const llvm::Twine &Message);
/// Prints every message of \p E as an error; true if there was one.
bool printErrors(llvm::Error E);

/// A plain error with a message for the user.
llvm::Error makeError(const llvm::Twine &Message);

} // namespace codrop::tool

#endif // CODROP_TOOL_EXITCODE_H
