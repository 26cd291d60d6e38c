// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What is found to be in a coroutine's frame, and how its parts share places.
// How the sizes compare with Clang's is test/checks/large-frame/measured.cpp's.

#include "analysis/FrameSize.h"
#include "unit/GraphTest.h"

namespace codrop::test {
namespace {

const char *Types = R"cpp(
  void fill(void *);
  struct big { char bytes[1000]; };
  struct owned { char bytes[500]; owned(); owned(const owned &); ~owned(); };
  big make();
  owned make_owned();
  task<owned> load();
  void look(const owned &);
  void take(owned);
  task<> send(const owned &);
)cpp";

/// The names of what is in the frame of `f`, the largest first; temporaries by
/// type. What shares the place of a larger one is in parentheses.
std::string parts(const std::string &Function) {
  GraphTest T(Types + Function);
  GaveUp Why;
  auto Frame = estimateFrame(T.function(), T.ast().context(), Why);
  if (!Frame)
    return "gave up: " + Why.Reason;
  std::string Result;
  for (unsigned I = 0; I < Frame->Parts.size(); ++I) {
    const FramePart &Part = Frame->Parts[I];
    if (Part.K == FramePart::Promise || Part.K == FramePart::Awaiter ||
        (Part.K == FramePart::Temporary && Part.Size <= 8))
      continue;
    std::string Name = Part.Var ? Part.Var->getName().str()
                       : Part.K == FramePart::This
                           ? "this"
                           : typeName(Part.Type, T.ast().context());
    Result += (Result.empty() ? "" : " ") +
              (Frame->Costs[I] ? Name : "(" + Name + ")");
  }
  return Result;
}
std::string body(const std::string &Text) {
  return parts("task<> f() {" + Text + "}");
}

TEST(FrameSize, HasWhatIsAliveAcrossASuspension) {
  EXPECT_EQ(body("big b; fill(&b); co_await a();"), "b");
  EXPECT_EQ(body("{ big b; fill(&b); } co_await a();"), "");
  EXPECT_EQ(body("co_await a(); big b; fill(&b);"), "");
  EXPECT_EQ(body("owned o; co_await a();"), "o");
  EXPECT_EQ(body("big b; co_await a();"), "") << "nobody uses it";
  EXPECT_EQ(body("static big b; fill(&b); co_await a();"), "");
  EXPECT_EQ(body("while (test()) { { big b; fill(&b); } co_await a(); }"), "b")
      << "it must be at the same address in each turn";
}

TEST(FrameSize, HasWhatAnAwaitMakes) {
  EXPECT_EQ(body("owned o = co_await load();"), "o");
  EXPECT_EQ(body("look(co_await load());"), "owned");
  EXPECT_EQ(body("int n = co_await number();"), "");
}

TEST(FrameSize, HasValuesThatAreUsedLater) {
  EXPECT_EQ(parts("task<> f(int n) { co_await a(); fill(&n); }"), "n");
  EXPECT_EQ(parts("void number(int); task<> f(int n, int m) { co_await a(); "
                  "number(n); }"),
            "n");
  EXPECT_EQ(body("int n = 1; fill(&n); int m = n; co_await a(); if (m) {}"),
            "n m");
  EXPECT_EQ(body("int n = 1; if (n) {} co_await a();"), "");
  EXPECT_EQ(body("const int n = 1; co_await a(); if (n) {}"), "");
  EXPECT_EQ(body("big b; big &r = b; fill(&r); co_await a(); fill(&r);"), "b");
  EXPECT_EQ(parts("task<> f(big &r) { co_await a(); fill(&r); }"), "r");
}

TEST(FrameSize, HasTheObjectThatIsUsed) {
  EXPECT_EQ(parts("struct s { int n; task<> f() { co_await a(); n = 1; } };"),
            "this");
  EXPECT_EQ(parts("struct s { int n; task<> f() { co_await a(); } };"), "");
}

TEST(FrameSize, SharesPlaces) {
  EXPECT_EQ(body("{ owned o; co_await a(); } { owned p; co_await a(); }"),
            "o (p)");
  EXPECT_EQ(body("owned o; co_await a(); owned p; co_await a();"), "o p");
  EXPECT_EQ(body("owned o; { owned p; co_await a(); } { big b; fill(&b); "
                 "co_await a(); }"),
            "b o (p)");
  EXPECT_EQ(body("co_await send(make_owned()); co_await send(make_owned());"),
            "owned (owned)");
  EXPECT_EQ(body("take(make_owned()); take(make_owned()); co_await a();"),
            "owned owned")
      << "passed by value they have no lifetime";
  EXPECT_EQ(body("make_owned(); co_await load();"), "owned owned");
  EXPECT_EQ(body("look(make_owned()); co_await a();"), "");
}

TEST(FrameSize, HasParametersForGood) {
  EXPECT_EQ(parts("task<> f(owned o, big unused) { { owned p; co_await a(); } "
                  "co_return; }"),
            "o p");
}

TEST(FrameSize, AddsUp) {
  GraphTest T(std::string(Types) +
              "task<> f() { big b; fill(&b); co_await a(); }");
  GaveUp Why;
  auto Frame = estimateFrame(T.function(), T.ast().context(), Why);
  ASSERT_TRUE(Frame);
  uint64_t Sum = 2 * sizeof(void *) + 1;
  for (uint64_t Cost : Frame->Costs)
    Sum += Cost;
  EXPECT_GE(Frame->Size, Sum);
  EXPECT_LE(Frame->Size, Sum + 16);
}

TEST(FrameSize, KnowsCheaplyWhatIsSmall) {
  GraphTest T(std::string(Types) +
              "task<> f() { big b, c; fill(&b); co_await a(); }");
  const Coroutine &C = *T.function().coroutine();
  const clang::ASTContext &Context = T.ast().context();
  EXPECT_FALSE(mayHaveLargeFrame(C, Context, 1000, 8000));
  EXPECT_TRUE(mayHaveLargeFrame(C, Context, 999, 8000));
  EXPECT_TRUE(mayHaveLargeFrame(C, Context, 1000, 2000));
}

} // namespace
} // namespace codrop::test
