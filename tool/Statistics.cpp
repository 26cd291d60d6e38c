// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Sums over JSON lines. A line that cannot be read counts for nothing: the
// worker may have crashed while it wrote it.

#include "tool/Statistics.h"
#include "llvm/ADT/StringExtras.h"

using namespace llvm;

namespace codrop::tool {

void Statistics::addLines(StringRef Text) {
  for (StringRef Line : split(Text, '\n')) {
    if (Line.trim().empty())
      continue;
    Expected<json::Value> Value = json::parse(Line);
    if (!Value) {
      consumeError(Value.takeError());
      continue;
    }
    const json::Object *Object = Value->getAsObject();
    if (!Object)
      continue;
    for (const auto &[Key, Field] : *Object)
      if (std::optional<double> Number = Field.getAsNumber())
        Numbers[Key.str()] += *Number;
    if (const json::Object *Reasons = Object->getObject("gave_up"))
      for (const auto &[Reason, Field] : *Reasons)
        if (std::optional<int64_t> Number = Field.getAsInteger())
          GaveUp[Reason.str()] += *Number;
  }
}

uint64_t Statistics::gaveUp() const {
  uint64_t Sum = 0;
  for (const auto &[Reason, Count] : GaveUp)
    Sum += Count;
  return Sum;
}

json::Value Statistics::json() const {
  json::Object Result, Reasons;
  for (const auto &[Key, Number] : Numbers)
    Result[Key] = Number;
  for (const auto &[Reason, Count] : GaveUp)
    Reasons[Reason] = Count;
  Result["gave_up"] = std::move(Reasons);
  return Result;
}

} // namespace codrop::tool
