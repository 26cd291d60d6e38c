// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Words and paths: spelling suggestions, plurals, globs over paths, and the
// shortest way to write a path. Knows nothing of checks or findings.

#ifndef CODROP_TOOL_TEXT_H
#define CODROP_TOOL_TEXT_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include <string>
#include <vector>

namespace codrop::tool {

/// The candidate that \p Word was most likely meant to be; empty if none is
/// near.
std::string nearest(llvm::StringRef Word,
                    llvm::ArrayRef<std::string> Candidates);
/// "; did you mean 'x'?" or "".
std::string didYouMean(llvm::StringRef Word,
                       llvm::ArrayRef<std::string> Candidates);

/// "1 file", "2 files".
std::string count(size_t N, llvm::StringRef Noun);

/// True if \p Path (with forward slashes, relative to where the pattern was
/// written, or absolute) matches \p Pattern, or lies below a folder that does.
/// `*` and `?` stop at a slash, `**` does not. A pattern without a slash
/// matches at any depth, as in .gitignore.
bool matchesGlob(llvm::StringRef Pattern, llvm::StringRef Path);
bool isGlob(llvm::StringRef Pattern);

/// True if \p Path is \p Folder or lies below it.
bool isBelow(llvm::StringRef Path, llvm::StringRef Folder);
/// Absolute, without dots, links followed where the file exists.
std::string realPath(llvm::StringRef Path);
/// Absolute (against \p Base, else the working directory), without dots.
std::string absolutePath(llvm::StringRef Path, llvm::StringRef Base = "");
std::string currentDirectory();
/// Relative to \p Base if below it, else unchanged.
std::string relativePath(llvm::StringRef Path, llvm::StringRef Base);

/// How a file is shown to somebody in the folder \p Base: relative if it is
/// in the project \p Root, with dots where that leads upwards, else absolute.
std::string shownPath(llvm::StringRef Path, llvm::StringRef Base,
                      llvm::StringRef Root);

/// "0.4 s", "38 s", "4 min 5 s".
std::string formatSeconds(double Seconds);

/// Splits at any of \p Separators, trims, and leaves out empty parts.
std::vector<std::string> splitList(llvm::StringRef Text,
                                   llvm::StringRef Separators = ",");

/// The width to write to: the terminal's, at most 100, and 100 elsewhere.
unsigned terminalWidth();
/// Breaks \p Text at spaces into lines of at most \p Width columns.
std::vector<std::string> wrap(llvm::StringRef Text, unsigned Width);

} // namespace codrop::tool

#endif // CODROP_TOOL_TEXT_H
