// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tool/clangd/DefaultRules.h"

#include "checks/Rules.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"

using namespace llvm;

namespace codrop {

static SmallVector<StringRef> splitGlobs(StringRef Checks) {
  SmallVector<StringRef> Globs;
  // The separators of clang-tidy's own GlobList.
  while (!Checks.empty()) {
    const size_t End = Checks.find_first_of(",\n");
    StringRef Glob = Checks.take_front(End).trim();
    if (!Glob.empty())
      Globs.push_back(Glob);
    Checks = End == StringRef::npos ? "" : Checks.drop_front(End + 1);
  }
  return Globs;
}

std::string withDefaultRules(StringRef Checks) {
  const SmallVector<StringRef> Globs = splitGlobs(Checks);
  const auto LastReset = llvm::find(llvm::reverse(Globs), "-*");
  const bool Resets = LastReset != Globs.rend();
  ArrayRef<StringRef> After(Globs);
  After = After.drop_front(Resets ? Globs.rend() - LastReset : 0);

  if (Resets) {
    // "-*" and nothing after it: a folder of foreign code that is not linted.
    if (all_of(After, [](StringRef G) { return G.starts_with("-"); }))
      return Checks.str();
    // "-*,codrop-torn-state": these and no others.
    if (any_of(After, [](StringRef G) { return G.starts_with("codrop-"); }))
      return Checks.str();
  }

  // Before the rest of the user's list, so that "-codrop-torn-state" in it
  // takes away one rule and "-codrop-*" all of them.
  SmallVector<StringRef> Result;
  if (Resets)
    Result.push_back("-*");
  for (const Rule &R : rules())
    if (isOnByDefault(R))
      Result.push_back(R.Name);
  Result.append(After.begin(), After.end());
  return join(Result, ",");
}

} // namespace codrop
