// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Interned lists with jump pointers: each cell knows a cell further down, laid
// out as in a skew-binary list, so that any member is found in few steps.

#include "analysis/AliveSets.h"
#include "llvm/ADT/STLExtras.h"
#include <algorithm>

namespace codrop {

AliveId AliveSets::cell(ObjectId Top, AliveId Rest) {
  auto [It, New] = Interned.try_emplace({Top, Rest}, Cells.size());
  if (New) {
    const Cell &Below = Cells[Rest];
    const Cell &Next = Cells[Below.Jump];
    bool Even = Below.Depth - Next.Depth == Next.Depth - Cells[Next.Jump].Depth;
    AliveId Jump = Rest && Even ? Next.Jump : Rest;
    Cells.push_back({Top, Rest, Jump, Below.Depth + 1});
  }
  return It->second;
}

AliveId AliveSets::insert(AliveId Set, ObjectId O) {
  llvm::SmallVector<ObjectId, 8> Newer;
  for (; Set && Cells[Set].Top > O; Set = Cells[Set].Rest)
    Newer.push_back(Cells[Set].Top);
  if (!Set || Cells[Set].Top != O)
    Set = cell(O, Set);
  for (ObjectId N : llvm::reverse(Newer))
    Set = cell(N, Set);
  return Set;
}

AliveId AliveSets::erase(AliveId Set, ObjectId O) {
  if (!contains(Set, O))
    return Set;
  llvm::SmallVector<ObjectId, 8> Newer;
  for (; Cells[Set].Top > O; Set = Cells[Set].Rest)
    Newer.push_back(Cells[Set].Top);
  Set = Cells[Set].Rest;
  for (ObjectId N : llvm::reverse(Newer))
    Set = cell(N, Set);
  return Set;
}

AliveId AliveSets::join(AliveId A, AliveId B) {
  llvm::SmallVector<ObjectId, 8> Newer;
  while (A != B) {
    // 0 is the empty set, whose Top is no member.
    bool TakeA = A && (!B || Cells[A].Top >= Cells[B].Top);
    bool TakeB = B && (!A || Cells[B].Top >= Cells[A].Top);
    Newer.push_back(TakeA ? Cells[A].Top : Cells[B].Top);
    if (TakeA)
      A = Cells[A].Rest;
    if (TakeB)
      B = Cells[B].Rest;
  }
  for (ObjectId N : llvm::reverse(Newer))
    A = cell(N, A);
  return A;
}

bool AliveSets::contains(AliveId Set, ObjectId O) const {
  while (Set && Cells[Set].Top > O) {
    AliveId Far = Cells[Set].Jump;
    Set = Far && Cells[Far].Top >= O ? Far : Cells[Set].Rest;
  }
  return Set && Cells[Set].Top == O;
}

llvm::SmallVector<ObjectId, 8> AliveSets::members(AliveId Set) const {
  llvm::SmallVector<ObjectId, 8> Result;
  for (; Set; Set = Cells[Set].Rest)
    Result.push_back(Cells[Set].Top);
  std::reverse(Result.begin(), Result.end());
  return Result;
}

} // namespace codrop
