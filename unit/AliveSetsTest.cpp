// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// AliveSets against std::set: the same members, and equal ids for equal sets.

#include "analysis/AliveSets.h"
#include "gtest/gtest.h"
#include <algorithm>
#include <iterator>
#include <random>
#include <set>

namespace codrop::test {
namespace {

using Members = std::set<ObjectId>;

Members membersOf(const AliveSets &Sets, AliveId Id) {
  auto List = Sets.members(Id);
  EXPECT_TRUE(std::is_sorted(List.begin(), List.end()));
  return Members(List.begin(), List.end());
}

TEST(AliveSets, EqualSetsHaveEqualIds) {
  AliveSets Sets;
  AliveId Ascending = Sets.insert(Sets.insert(Sets.insert(0, 1), 2), 3);
  AliveId Descending = Sets.insert(Sets.insert(Sets.insert(0, 3), 2), 1);
  EXPECT_EQ(Ascending, Descending);
  EXPECT_EQ(Sets.insert(Ascending, 2), Ascending);
  EXPECT_EQ(Sets.erase(Ascending, 7), Ascending);
  EXPECT_EQ(Sets.insert(Sets.erase(Ascending, 1), 1), Ascending);
  EXPECT_EQ(Sets.erase(Sets.insert(0, 5), 5), 0u);
  EXPECT_EQ(Sets.newest(Ascending), 3u);
  EXPECT_EQ(membersOf(Sets, Sets.older(Ascending)), (Members{1, 2}));
}

TEST(AliveSets, TheFirstObjectIsAMember) {
  AliveSets Sets;
  EXPECT_FALSE(Sets.contains(0, 0));
  AliveId Zero = Sets.insert(0, 0);
  EXPECT_NE(Zero, 0u);
  EXPECT_TRUE(Sets.contains(Zero, 0));
  EXPECT_EQ(Sets.join(Zero, 0), Zero);
  EXPECT_EQ(Sets.join(0, Zero), Zero);
}

TEST(AliveSets, DoWhatSetsDo) {
  AliveSets Sets;
  std::mt19937 Random(7);
  std::vector<std::pair<AliveId, Members>> Known{{0, {}}};
  for (unsigned Round = 0; Round < 3000; ++Round) {
    const auto &[Id, Model] = Known[Random() % Known.size()];
    ObjectId O = Random() % 60;
    EXPECT_EQ(Sets.contains(Id, O), Model.count(O) == 1);
    AliveId Next = 0;
    Members Expected = Model;
    switch (Random() % 4) {
    case 0:
    case 1:
      Next = Sets.insert(Id, O);
      Expected.insert(O);
      break;
    case 2:
      Next = Sets.erase(Id, O);
      Expected.erase(O);
      break;
    case 3: {
      const auto &[OtherId, Other] = Known[Random() % Known.size()];
      Next = Sets.join(Id, OtherId);
      Expected.insert(Other.begin(), Other.end());
      break;
    }
    }
    ASSERT_EQ(membersOf(Sets, Next), Expected);
    for (const auto &[SeenId, Seen] : Known)
      ASSERT_EQ(SeenId == Next, Seen == Expected);
    if (Known.size() < 200)
      Known.push_back({Next, Expected});
  }
}

} // namespace
} // namespace codrop::test
