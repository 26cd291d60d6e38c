// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the name of a declaration says: the name itself, and the words in it.

#ifndef CODROP_ANALYSIS_NAMES_H
#define CODROP_ANALYSIS_NAMES_H

#include "clang/AST/Decl.h"
#include "llvm/ADT/SmallVector.h"
#include <string>

namespace codrop {

/// The identifier of \p D; empty for operators, constructors, null.
inline llvm::StringRef nameOf(const clang::NamedDecl *D) {
  return D && D->getIdentifier() ? D->getName() : llvm::StringRef();
}

/// "beginWrite", "begin_write_": begin, write.
llvm::SmallVector<std::string, 4> identifierWords(llvm::StringRef Name);

/// A line for the log, by the name of the function or of its class. A class
/// that is called log alone may be a write-ahead log.
bool soundsLikeLogging(const clang::FunctionDecl *FD);

} // namespace codrop

#endif // CODROP_ANALYSIS_NAMES_H
