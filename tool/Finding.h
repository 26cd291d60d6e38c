// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What one run says: findings, and translation units that could not be
// analysed. Plain data that travels as JSON from a worker to the scheduler;
// judging and printing it is left to others.

#ifndef CODROP_TOOL_FINDING_H
#define CODROP_TOOL_FINDING_H

#include "llvm/Support/JSON.h"
#include <map>
#include <string>
#include <vector>

namespace codrop::tool {

/// A place in a file. Lines and columns count from 1, columns in bytes. The
/// end lies on the same line, one past the marked text.
struct Place {
  std::string File;     ///< As the compiler knows it, absolute.
  std::string RealFile; ///< Links followed: what makes two places the same.
  unsigned Offset = 0;
  unsigned Line = 0;
  unsigned Column = 0;
  unsigned EndColumn = 0;

  bool isValid() const { return Line != 0; }
  bool isSameAs(const Place &Other) const {
    return RealFile == Other.RealFile && Line == Other.Line &&
           Column == Other.Column;
  }
};

struct Step {
  Place Where;
  std::string Message;
};

/// Replace \p Length bytes at \p Where by \p Text.
struct Edit {
  Place Where;
  unsigned Length = 0;
  std::string Text;
};

enum class Severity { Error, Warning };

struct Finding {
  std::string Rule;
  std::string Group;
  Severity Level = Severity::Warning;
  std::string Message;
  Place Where;
  std::vector<Step> Steps; ///< In time order.
  std::string Help;        ///< What to do; the last note of a check.
  Place HelpWhere;
  std::vector<Edit> Edits;
  unsigned SeenIn = 1; ///< Translation units that reported it.
  unsigned Unit = 0;   ///< Which of them, by its place in the plan.
  std::string Fingerprint;
};

/// A compiler error that kept a file from being understood.
struct ParseError {
  Place Where;
  std::string Message;
};

/// What a worker found in one translation unit.
struct UnitResult {
  std::vector<Finding> Findings;
  std::vector<ParseError> Errors;
  unsigned ErrorCount = 0;
  std::string Skipped; ///< Why the unit was not parsed; empty if it was.
  std::vector<std::string> DroppedFlags;
  /// Complaints of the checks about their options and knowledge files.
  std::vector<std::string> ConfigErrors;
  double Seconds = 0;
  /// Processor time: of the rules, and of everything else the worker did.
  double RuleSeconds = 0, ParseSeconds = 0;
  unsigned Suppressed = 0; ///< Findings silenced by NOLINT.
};

llvm::json::Value toJSON(const Place &P);
llvm::json::Value toJSON(const Step &S);
llvm::json::Value toJSON(const Edit &E);
llvm::json::Value toJSON(const Finding &F);
llvm::json::Value toJSON(const ParseError &E);
llvm::json::Value toJSON(const UnitResult &R);
bool fromJSON(const llvm::json::Value &V, Place &P, llvm::json::Path Path);
bool fromJSON(const llvm::json::Value &V, Step &S, llvm::json::Path Path);
bool fromJSON(const llvm::json::Value &V, Edit &E, llvm::json::Path Path);
bool fromJSON(const llvm::json::Value &V, Finding &F, llvm::json::Path Path);
bool fromJSON(const llvm::json::Value &V, ParseError &E, llvm::json::Path Path);
bool fromJSON(const llvm::json::Value &V, UnitResult &R, llvm::json::Path Path);

} // namespace codrop::tool

#endif // CODROP_TOOL_FINDING_H
