// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Where a guard object owns its lock.

#include "analysis/GuardFlow.h"
#include "unit/GraphTest.h"

namespace codrop::test {
namespace {

/// Which of the suspensions a, b and c in \p Body find a lock owned: "ab".
std::string owned(const std::string &Body, const std::string &Parameter = "") {
  GraphTest T(R"cpp(
    std::mutex m;
    using lock = std::unique_lock<std::mutex>;
    struct both { lock first; int second; };
    void take(lock);
    void look(const lock &);
    void borrow(lock &);
    void look(const lock &);
    lock make();
    task<> f()cpp" +
              Parameter + ") {" + Body + "}");
  TypeModel Types(Knowledge::embedded(), T.ast().context());
  auto Find = [&](clang::QualType Type) { return Types.guard(Type); };
  std::vector<OwnedGuard> Guards = findOwnedGuards(T.function(), Types, Find);
  std::string Text;
  for (NodeId N : T.graph().suspendNodes())
    for (const OwnedGuard &Guard : Guards)
      if (Guard.Owns[N]) {
        Text +=
            calledFunction(T.graph().suspension(N).Operand)->getNameAsString();
        break;
      }
  return Text;
}

TEST(GuardFlow, OwnsToTheEndOfItsScope) {
  EXPECT_EQ(owned("co_await a(); { lock l(m); co_await b(); } co_await c();"),
            "b");
  EXPECT_EQ(owned("std::lock_guard<std::mutex> l(m); co_await a();"), "a");
  EXPECT_EQ(owned("std::lock_guard l{m}; int x = co_await number();"),
            "number");
  EXPECT_EQ(owned("if (lock l(m); test()) co_await a(); co_await b();"), "a");
  EXPECT_EQ(owned("auto l = make(); co_await a();"), "a");
  EXPECT_EQ(owned("co_await a();", "lock l"), "a");
}

TEST(GuardFlow, ReleasesAndAcquires) {
  EXPECT_EQ(
      owned("lock l(m); l.unlock(); co_await a(); l.lock(); co_await b();"),
      "b");
  EXPECT_EQ(owned("lock l(m, std::defer_lock); co_await a(); l.lock(); "
                  "co_await b();"),
            "b");
  EXPECT_EQ(owned("lock l; co_await a(); l = lock(m); co_await b();"), "b");
  EXPECT_EQ(owned("lock l(m); l.release(); co_await a();"), "");
  EXPECT_EQ(owned("lock l(m); if (test()) l.unlock(); co_await a();"), "a")
      << "on one way it still owns";
}

TEST(GuardFlow, MovesOwnership) {
  EXPECT_EQ(owned("lock l(m); take(std::move(l)); co_await a();"), "");
  EXPECT_EQ(
      owned("lock l(m); co_await a(); lock k = std::move(l); co_await b(); "
            "{ lock j = std::move(k); } co_await c();"),
      "ab");
}

TEST(GuardFlow, EndsWhereItIsNoLongerFollowed) {
  EXPECT_EQ(owned("lock l(m); look(l); co_await a(); borrow(l); co_await b();"),
            "a");
  EXPECT_EQ(owned("lock l(m); lock *p = &l; p->unlock(); co_await a();"), "");
}

TEST(GuardFlow, BelievesTests) {
  EXPECT_EQ(owned("lock l(m); if (test()) l.unlock(); if (l.owns_lock()) "
                  "co_await a(); else co_await b();"),
            "a");
  EXPECT_EQ(owned("lock l(m); if (test()) l.unlock(); if (!l) co_await b(); "
                  "else co_await a();"),
            "a");
}

TEST(GuardFlow, LooksIntoHolders) {
  EXPECT_EQ(owned("std::optional<lock> l; co_await a(); "), "");
  EXPECT_EQ(owned("std::optional<lock> l{lock(m)}; co_await a(); l.reset(); "
                  "co_await b();"),
            "a");
  EXPECT_EQ(owned("std::unique_ptr<lock> l(new lock(m)); co_await a();"), "a");
  EXPECT_EQ(owned("both h{lock(m), 1}; co_await a();"), "a");
}

TEST(GuardFlow, TemporariesOwnForTheirExpression) {
  EXPECT_EQ(owned("look(lock(m)), co_await a(); co_await b();"), "a")
      << "an argument lives to the end of the full expression";
  EXPECT_EQ(owned("take(lock(m)), co_await a(); co_await b();"), "")
      << "a parameter taken by value is the callee's to end";
  EXPECT_EQ(owned("lock(m), co_await a(); co_await b();"), "a");
  EXPECT_EQ(owned("lock{m}; co_await b();"), "");
}

TEST(GuardFlow, HoldsInLoops) {
  EXPECT_EQ(owned("lock l(m, std::defer_lock); while (test()) { co_await a(); "
                  "l.lock(); }"),
            "a")
      << "from the turn before";
  EXPECT_EQ(owned("while (test()) { lock l(m); } co_await a();"), "");
}

} // namespace
} // namespace codrop::test
