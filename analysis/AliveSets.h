// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Sets of objects that are alive, one for each place in a function. Equal sets
// have equal ids, so that a set costs one cell however many places have it, and
// sets that differ in their newest members share the rest. What is put in and
// taken out where is the builder's to say.

#ifndef CODROP_ANALYSIS_ALIVESETS_H
#define CODROP_ANALYSIS_ALIVESETS_H

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/SmallVector.h"
#include <vector>

namespace codrop {

using ObjectId = unsigned;
/// An interned set of objects; 0 is the empty set.
using AliveId = unsigned;

/// Interned lists of ascending object ids. Cheap where the newest objects come
/// and go, as scopes and temporaries make them do.
class AliveSets {
public:
  AliveSets() { Cells.push_back({}); }

  AliveId insert(AliveId Set, ObjectId O);
  AliveId erase(AliveId Set, ObjectId O);
  /// The union.
  AliveId join(AliveId A, AliveId B);
  /// In time logarithmic in the number of newer members.
  bool contains(AliveId Set, ObjectId O) const;

  /// The member with the greatest id; \p Set must not be empty.
  ObjectId newest(AliveId Set) const { return Cells[Set].Top; }
  /// All members but the newest.
  AliveId older(AliveId Set) const { return Cells[Set].Rest; }
  /// The members in ascending order.
  llvm::SmallVector<ObjectId, 8> members(AliveId Set) const;

private:
  struct Cell {
    ObjectId Top = 0;
    AliveId Rest = 0;
    /// A cell further down, for contains().
    AliveId Jump = 0;
    unsigned Depth = 0;
  };

  AliveId cell(ObjectId Top, AliveId Rest);

  std::vector<Cell> Cells;
  llvm::DenseMap<std::pair<ObjectId, AliveId>, AliveId> Interned;
};

} // namespace codrop

#endif // CODROP_ANALYSIS_ALIVESETS_H
