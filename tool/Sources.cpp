// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A file that cannot be read has no lines: what is printed then goes without
// a snippet.

#include "tool/Sources.h"
#include "llvm/ADT/StringExtras.h"

using namespace llvm;

namespace codrop::tool {

StringRef Sources::line(StringRef File, unsigned Number) {
  auto [It, IsNew] = Files.try_emplace(File);
  Entry &E = It->second;
  if (IsNew) {
    if (auto Buffer = MemoryBuffer::getFile(File)) {
      E.Text = std::move(*Buffer);
      for (StringRef Line : split(E.Text->getBuffer(), '\n'))
        E.Lines.push_back(Line.rtrim('\r'));
    }
  }
  return Number >= 1 && Number <= E.Lines.size() ? E.Lines[Number - 1]
                                                 : StringRef();
}

} // namespace codrop::tool
