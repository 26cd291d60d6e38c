// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The register as the program sees it, and the links to the rules' pages.

#include "checks/Rules.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/FileSystem.h"
#include "gtest/gtest.h"

using namespace codrop;

TEST(Rules, AreSortedAndComplete) {
  ASSERT_FALSE(rules().empty());
  EXPECT_TRUE(llvm::is_sorted(
      rules(), [](const Rule &A, const Rule &B) { return A.Name < B.Name; }));
  for (const Rule &R : rules()) {
    EXPECT_TRUE(R.Name.starts_with("codrop-")) << R.Name.str();
    EXPECT_FALSE(R.Summary.empty()) << R.Name.str();
    EXPECT_TRUE(R.Page.starts_with(("# " + R.Name + "\n").str()))
        << "the page of " << R.Name.str() << " starts with its name";
  }
}

TEST(Rules, AreFoundByBothNames) {
  const Rule &First = rules().front();
  EXPECT_EQ(findRule(First.Name), &First);
  EXPECT_EQ(findRule(First.Name.drop_front(7)), &First);
  EXPECT_EQ(findRule("codrop-unheard-of"), nullptr);
  EXPECT_EQ(findRule(""), nullptr);
}

TEST(Rules, HaveNoOptionTwice) {
  for (const Rule &R : rules()) {
    llvm::StringSet<> Seen;
    for (const auto &Table : {commonOptions(), R.Options})
      for (const RuleOption &Option : Table)
        EXPECT_TRUE(Seen.insert(Option.Name).second)
            << R.Name.str() << "." << Option.Name.str();
  }
}

TEST(Rules, RecommendWhatIsOnByDefault) {
  std::string Checks = recommendedChecks();
  EXPECT_EQ(Checks.substr(0, 3), "-*,");
  for (const Rule &R : rules())
    EXPECT_EQ((Checks + ",").find((R.Name + ",").str()) != std::string::npos,
              isOnByDefault(R))
        << R.Name.str();
}

TEST(Rules, LinkToAPageThatExists) {
  for (const Rule &R : rules()) {
    std::string Url = ruleUrl(R.Name);
    llvm::StringRef Path = Url;
    if (Path.starts_with("https://"))
      continue;
    ASSERT_TRUE(Path.consume_front("file:///")) << R.Name.str() << ": " << Url;
    EXPECT_TRUE(Path.ends_with((R.Name.drop_front(7) + ".md").str())) << Url;
    if (!Path.contains('%'))
      EXPECT_TRUE(llvm::sys::fs::exists("/" + Path)) << Url;
  }
}

TEST(Rules, HaveNoLinkIfThereIsNoPage) {
  std::string Url = ruleUrl("codrop-unheard-of");
  EXPECT_TRUE(Url.empty() || llvm::StringRef(Url).starts_with("https://"))
      << Url;
}
