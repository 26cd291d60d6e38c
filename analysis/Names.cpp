// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "analysis/Names.h"
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

} // namespace codrop
