// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What of an object a task that its destructor starts refers to, and through
// which calls.

#include "analysis/DestructorTasks.h"
#include "unit/GraphTest.h"

namespace codrop::test {
namespace {

/// "conn", "this" for the object itself, "" for nothing; behind it the calls.
std::string started(const std::string &Members, bool Inline = true) {
  TestAST AST(std::string(Prelude) + R"cpp(
      struct connection { int id; };
      task<int> bye(connection &c);
      task<int> bye_to(connection *c);
      task<int> bye_late(connection c);
      void spawn(task<int> t);
      void sink(task<int> t);
      struct object { connection conn; connection &other; connection *pointer;
        connection many[2]; std::unique_ptr<connection> owned;
    )cpp" + Members +
                  "};",
              {"-fcxx-exceptions", "-w"});
  auto Known = std::make_shared<Knowledge>();
  if (llvm::Error E = Known->addFile(
          "test.yaml", std::string("library: test\nsinks: [{name: sink, "
                                   "source: test") +
                           (Inline ? ", starts: inline" : "") + "}]\n"))
    ADD_FAILURE() << llvm::toString(std::move(E));
  TUAnalysis TU(AST.context(), {}, Known);
  std::string Text;
  for (const DestructorTask &T :
       findDestructorTasks(AST.record("object")->getDestructor(), TU, 4, {})) {
    Text += T.Uses.Used.Member ? T.Uses.Used.Member->getNameAsString() : "this";
    for (const auto &[Loc, Function] : T.Calls)
      Text += " by " + Function->getNameAsString();
  }
  return Text;
}

std::string inDestructor(const std::string &Statement) {
  return started("~object() { " + Statement + " }");
}

TEST(DestructorTasks, KnowWhatDiesWithTheObject) {
  EXPECT_EQ(inDestructor("spawn(bye(conn));"), "conn");
  EXPECT_EQ(inDestructor("spawn(bye(this->conn));"), "conn");
  EXPECT_EQ(inDestructor("spawn(bye_to(&conn));"), "conn");
  EXPECT_EQ(inDestructor("spawn(bye(many[1]));"), "many");
  EXPECT_EQ(inDestructor("for (auto &c : many) spawn(bye(c));"), "many");
  EXPECT_EQ(inDestructor("auto &c = conn; auto *p = &c; spawn(bye_to(p));"),
            "conn");
  EXPECT_EQ(inDestructor("spawn(bye(static_cast<connection &>(conn)));"),
            "conn");
  EXPECT_EQ(inDestructor("spawn(bye(other));"), "");
  EXPECT_EQ(inDestructor("spawn(bye(*pointer));"), "");
  EXPECT_EQ(inDestructor("spawn(bye_to(pointer));"), "");
  EXPECT_EQ(inDestructor("spawn(bye_late(conn));"), "");
  EXPECT_EQ(inDestructor("connection copy = conn; spawn(bye_late(copy));"), "");
}

TEST(DestructorTasks, TellTheCalls) {
  EXPECT_EQ(started("task<int> run(); void stop() { halt(); } "
                    "void halt() { spawn(run()); } ~object() { stop(); }"),
            "this by stop by halt");
  EXPECT_EQ(started("static void stop(connection &c) { spawn(bye(c)); } "
                    "~object() { stop(conn); }"),
            "conn by stop");
  EXPECT_EQ(started("void stop() { stop(); } ~object() { stop(); }"), "");
}

TEST(DestructorTasks, AskTheSinkWhenItStarts) {
  const char *Before = "task<int> run() { conn.id = 1; co_return 1; } "
                       "~object() { sink(run()); }";
  EXPECT_EQ(started(Before, /*Inline=*/true), "");
  EXPECT_EQ(started(Before, /*Inline=*/false), "conn");
}

} // namespace
} // namespace codrop::test
