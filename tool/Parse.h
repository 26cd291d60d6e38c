// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Parses one translation unit, as cheaply as a check allows: bodies of
// functions in system headers are skipped, and what consumers traverse is
// limited to what is declared outside of them. Knows nothing of checks.

#ifndef CODROP_TOOL_PARSE_H
#define CODROP_TOOL_PARSE_H

#include "clang/AST/ASTConsumer.h"
#include "clang/Basic/Diagnostic.h"
#include "clang/Frontend/CompilerInstance.h"
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace codrop::tool {

using ConsumerFactory = std::function<std::unique_ptr<clang::ASTConsumer>(
    clang::CompilerInstance &, llvm::StringRef File)>;

/// Runs a consumer over the unit that \p Command (see Flags.h) describes, in
/// the current directory. Errors go to \p Diagnostics; false if there were
/// any.
/// \p ConsumerSeconds receives the processor time that the consumer took.
bool parse(const std::vector<std::string> &Command,
           clang::DiagnosticConsumer &Diagnostics, ConsumerFactory Factory,
           double *ConsumerSeconds = nullptr);

} // namespace codrop::tool

#endif // CODROP_TOOL_PARSE_H
