// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "analysis/Names.h"
#include "clang/AST/DeclCXX.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

namespace codrop {

llvm::SmallVector<std::string, 4> identifierWords(llvm::StringRef Name) {
  llvm::SmallVector<std::string, 4> Result;
  std::string Word;
  auto flush = [&] {
    if (!Word.empty())
      Result.push_back(std::move(Word));
    Word.clear();
  };
  for (size_t I = 0; I < Name.size(); ++I) {
    char C = Name[I];
    if (!llvm::isAlnum(C)) {
      flush();
      continue;
    }
    // HTTPServer: a capital before a small letter begins a word.
    bool Begins = llvm::isUpper(C) &&
                  (I == 0 || !llvm::isUpper(Name[I - 1]) ||
                   (I + 1 < Name.size() && llvm::isLower(Name[I + 1])));
    if (Begins)
      flush();
    Word += llvm::toLower(C);
  }
  flush();
  return Result;
}

bool soundsLikeLogging(const clang::FunctionDecl *FD) {
  auto isLogger = [](llvm::StringRef Name) {
    return llvm::any_of(identifierWords(Name), [](llvm::StringRef Word) {
      return llvm::is_contained({"logger", "logging", "easylog", "appender",
                                 "logstream", "logmessage", "stacktrace",
                                 "backtrace"},
                                Word);
    });
  };
  auto Words = identifierWords(nameOf(FD));
  const auto *Method = llvm::dyn_cast_or_null<clang::CXXMethodDecl>(FD);
  return isLogger(nameOf(FD)) ||
         (Method && isLogger(nameOf(Method->getParent()))) ||
         (!Words.empty() &&
          llvm::is_contained({"log", "logf", "vlog"}, Words.front()));
}

} // namespace codrop
