// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a destructor takes for success, told from its body: conditions on the
// number of exceptions, flags, and calls of any depth.

#include "analysis/CommitGuard.h"
#include "analysis/HeldClass.h"
#include "unit/TestAST.h"

namespace codrop::test {
namespace {

const char *Library = R"cpp(
  namespace std { int uncaught_exceptions() noexcept; }
  struct database { void commit(); void rollback(); };
)cpp";

/// "commit asks", "commit", "acts asks", or "" for no guard.
std::string guard(const std::string &Members) {
  TestAST AST(std::string(Library) + "class guard { public: guard(); " +
              Members + " private: database &db; int n; };");
  CommitGuards Guards({}, {});
  const CommitGuard *Found = Guards.find(AST.record("guard"));
  if (!Found)
    return "";
  return (Found->Verb.empty() ? "acts" : Found->Verb) +
         (Found->Asks.isValid() ? " asks" : "");
}

std::string condition(const std::string &Text) {
  return guard("~guard() { if (" + Text + ") db.commit(); }");
}

TEST(CommitGuard, DecidesHowManyExceptionsThereAre) {
  const char *Now = "std::uncaught_exceptions()";
  for (const char *Success : {" == n", " <= n", " >= n && true"})
    EXPECT_NE(condition(std::string(Now) + Success), "") << Success;
  for (const char *Failure : {" != n", " > n"})
    EXPECT_EQ(condition(std::string(Now) + Failure), "") << Failure;
  EXPECT_EQ(condition("n == std::uncaught_exceptions()"), "commit asks");
  EXPECT_EQ(condition("n < std::uncaught_exceptions()"), "");
  EXPECT_EQ(condition("!std::uncaught_exceptions()"), "commit asks");
  EXPECT_EQ(condition("false == (n < std::uncaught_exceptions())"),
            "commit asks");
  EXPECT_EQ(condition("true == (n < std::uncaught_exceptions())"), "");
  EXPECT_EQ(condition("n && std::uncaught_exceptions() == n"), "commit asks");
  EXPECT_EQ(condition("n || std::uncaught_exceptions() > n"), "commit");
}

TEST(CommitGuard, WhatIsDoneAnywayIsNoSuccess) {
  EXPECT_EQ(guard("~guard() { if (std::uncaught_exceptions() > n) "
                  "db.rollback(); end(); } void end();"),
            "");
  EXPECT_EQ(guard("~guard() { std::uncaught_exceptions() == n ? a() : b(); } "
                  "void a(); void b();"),
            "acts asks");
  EXPECT_EQ(guard("~guard() { if (std::uncaught_exceptions() > n) return; "
                  "db.commit(); }"),
            "commit asks");
}

TEST(CommitGuard, FollowsCalls) {
  EXPECT_EQ(guard("~guard() { a(); } void a() { b(); } void b() { if (good()) "
                  "c(); } bool good() { return now() == n; } static int now() "
                  "{ return std::uncaught_exceptions(); } "
                  "void c() { db.commit(); }"),
            "commit asks");
  EXPECT_EQ(guard("~guard() { a(); } void a() { b(); } void b() { a(); }"), "");
}

TEST(CommitGuard, FlagsThatOthersSetArmIt) {
  EXPECT_EQ(guard("~guard() { db.commit(); }"), "commit");
  EXPECT_EQ(guard("~guard() { if (done) db.commit(); } void finish() { done = "
                  "true; } private: bool done = false;"),
            "");
  EXPECT_EQ(guard("~guard() { if (!done) db.commit(); } void dismiss() { done "
                  "= true; } private: bool done = false;"),
            "");
  EXPECT_EQ(guard("~guard() { if (!done) db.commit(); } void commit() { done "
                  "= true; } private: bool done = false;"),
            "commit");
  EXPECT_EQ(guard("~guard() { if (!done) return; db.commit(); } void commit() "
                  "{ done = true; } private: bool done = false;"),
            "");
  EXPECT_EQ(guard("~guard() { if (on) db.commit(); } private: bool on = true;"),
            "commit");
  EXPECT_EQ(guard("~guard() { if (on) db.commit(); } public: bool on = true;"),
            "");
}

TEST(CommitGuard, NamesOfVerbs) {
  for (const char *Verb :
       {"commit", "commitNow", "try_to_commit", "publish", "doPublish"})
    EXPECT_NE(
        guard(std::string("~guard() { ") + Verb + "(); } void " + Verb + "();"),
        "")
        << Verb;
  for (const char *Other : {"is_committed", "lastCommit", "publisher", "end"})
    EXPECT_EQ(guard(std::string("~guard() { ") + Other + "(); } void " + Other +
                    "();"),
              "")
        << Other;
}

TEST(HeldClass, LooksIntoStructsAndArrays) {
  TestAST AST(R"cpp(
    struct wanted {};
    struct inner { wanted w[2]; };
    struct outer { int i; inner in; };
    struct none { wanted *p; wanted &r; };
    struct deep { struct a { struct b { struct c { wanted w; } in; } in; } in; };
  )cpp");
  auto find = [&](llvm::StringRef Name) {
    return findHeld(AST.context().getCanonicalTagType(AST.record(Name)),
                    [&](const clang::CXXRecordDecl *RD) {
                      return RD->getName() == "wanted";
                    });
  };
  ASSERT_TRUE(find("outer"));
  EXPECT_TRUE(find("outer")->Nested);
  EXPECT_FALSE(find("outer")->MayBeAbsent);
  ASSERT_TRUE(find("wanted"));
  EXPECT_FALSE(find("wanted")->Nested);
  EXPECT_FALSE(find("none"));
  EXPECT_FALSE(find("deep"));
}

} // namespace
} // namespace codrop::test
