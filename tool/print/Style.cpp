// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// When to colour, and how.

#include "tool/print/Print.h"
#include <cstdlib>

using namespace llvm;

namespace codrop::tool {

std::string Style::operator()(Kind K, StringRef Text) const {
  if (!IsOn || K == Plain || Text.empty())
    return Text.str();
  static constexpr StringRef Codes[] = {
      "",           "\033[1m",  "\033[1;31m", "\033[1;33m",
      "\033[1;34m", "\033[36m", "\033[1;32m", "\033[2m"};
  return (Codes[K] + Text + "\033[0m").str();
}

bool wantsColor(const Settings &S, raw_ostream &OS) {
  if (S.Color != "auto")
    return S.Color == "always";
  // https://no-color.org: any value that is not empty.
  const char *NoColor = std::getenv("NO_COLOR");
  return !(NoColor && *NoColor) && OS.is_displayed() && OS.has_colors();
}

} // namespace codrop::tool
