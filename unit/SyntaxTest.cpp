// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a mention of a variable does with it, and what becomes of a result.

#include "unit/GraphTest.h"

namespace codrop::test {
namespace {

const char *kindName(UseKind K) {
  switch (K) {
  case UseKind::Value:
    return "value";
  case UseKind::MemberCall:
    return "member call";
  case UseKind::Moved:
    return "moved";
  case UseKind::Copied:
    return "copied";
  case UseKind::Assigned:
    return "assigned";
  case UseKind::AddressTaken:
    return "address taken";
  case UseKind::ReferenceBound:
    return "reference bound";
  case UseKind::PassedByReference:
    return "passed by reference";
  case UseKind::PassedByConstReference:
    return "passed by const reference";
  case UseKind::Returned:
    return "returned";
  case UseKind::Condition:
    return "condition";
  case UseKind::FieldAccess:
    return "field access";
  case UseKind::Other:
    return "other";
  }
  return "";
}

const char *Declarations = R"cpp(
  struct thing {
    thing();
    thing(const thing &);
    thing(thing &&);
    ~thing();
    thing &operator=(const thing &);
    thing &operator=(thing &&);
    thing &operator+=(int);
    bool operator==(const thing &) const;
    explicit operator bool() const;
    void work();
    bool ready() const;
    int field;
  };
  struct holder { holder(thing &); holder(const thing *, int); };
  struct pair { thing *first; int second; };
  void by_value(thing);
  void by_reference(thing &);
  void by_rvalue(thing &&);
  void by_const(int, const thing &);
  void by_pointer(thing *);
  void by_const_pointer(const thing *);
  void variadic(int, ...);
  template <class T> void generic(T &&);
)cpp";

/// What each mention of `x` in \p Body does, in source order.
std::vector<std::string> uses(const std::string &Body,
                              const char *Parameter = "thing x") {
  GraphTest T(std::string(Declarations) + "thing g; task<thing> f(" +
              Parameter + ") {" + Body + "; co_return thing(); }");
  std::vector<std::string> Result;
  for (const clang::Stmt *S : T.graph().parents().preorder()) {
    const auto *Ref = llvm::dyn_cast<clang::DeclRefExpr>(S);
    const auto *Var =
        Ref ? llvm::dyn_cast<clang::VarDecl>(Ref->getDecl()) : nullptr;
    if (!Var || Var->getNameAsString() != "x")
      continue;
    Use U = classifyUse(Ref, T.graph().parents());
    EXPECT_EQ(U.Ref, Ref);
    EXPECT_EQ(U.Var, Var);
    std::string Text = kindName(U.Kind);
    if (U.ThroughPointer)
      Text += " through pointer";
    if (U.Callee)
      Text += " of " + U.Callee->getNameAsString() +
              (U.Argument ? " #" + std::to_string(U.Argument) : "");
    Result.push_back(Text);
  }
  return Result;
}

using Words = std::vector<std::string>;

TEST(ClassifyUse, MemberCalls) {
  EXPECT_EQ(uses("x.work()"), Words{"member call of work"});
  EXPECT_EQ(uses("x += 1"), Words{"assigned of operator+="});
  EXPECT_EQ(uses("x->work()", "thing *x"),
            Words{"member call through pointer of work"});
  EXPECT_EQ(uses("(*x).work()", "thing *x"),
            Words{"member call through pointer of work"});
  EXPECT_EQ(uses("x->work()", "std::unique_ptr<thing> x"),
            Words{"member call through pointer of work"});
  EXPECT_EQ(uses("x.get()->work()", "std::unique_ptr<thing> x"),
            Words{"member call through pointer of work"});
  EXPECT_EQ(uses("x.value().work()", "std::optional<thing> x"),
            Words{"member call through pointer of work"});
  EXPECT_EQ(uses("x.reset()", "std::unique_ptr<thing> x"),
            Words{"member call of reset"});
}

TEST(ClassifyUse, MovesAndCopies) {
  EXPECT_EQ(uses("by_value(std::move(x))"), Words{"moved"});
  EXPECT_EQ(uses("by_rvalue(static_cast<thing &&>(x))"), Words{"moved"});
  EXPECT_EQ(uses("thing y = x"), Words{"copied"});
  EXPECT_EQ(uses("thing y(x)"), Words{"copied"});
  EXPECT_EQ(uses("by_value(x)"), Words{"copied"});
  EXPECT_EQ(uses("auto keep = [x] {}"), Words{"copied"});
}

TEST(ClassifyUse, Assignments) {
  EXPECT_EQ(uses("x = g"), Words{"assigned of operator="});
  EXPECT_EQ(uses("x = 1", "int x"), Words{"assigned"});
  EXPECT_EQ(uses("++x", "int x"), Words{"assigned"});
  EXPECT_EQ(uses("g = x"), Words{"passed by const reference of operator="});
}

TEST(ClassifyUse, ReferencesAndPointers) {
  EXPECT_EQ(uses("thing &r = x"), Words{"reference bound"});
  EXPECT_EQ(uses("auto keep = [&x] {}"), Words{"reference bound"});
  EXPECT_EQ(uses("thing *p = &x"), Words{"address taken"});
  EXPECT_EQ(uses("by_pointer(std::addressof(x))"), Words{"address taken"});
  EXPECT_EQ(uses("pair p{x, 1}", "thing *x"), Words{"address taken"});
}

TEST(ClassifyUse, Arguments) {
  EXPECT_EQ(uses("by_reference(x)"),
            Words{"passed by reference of by_reference"});
  EXPECT_EQ(uses("by_const(1, x)"),
            Words{"passed by const reference of by_const #1"});
  EXPECT_EQ(uses("by_pointer(x)", "thing *x"),
            Words{"passed by reference of by_pointer"});
  EXPECT_EQ(uses("by_const_pointer(x)", "thing *x"),
            Words{"passed by const reference of by_const_pointer"});
  EXPECT_EQ(uses("holder h(x)"), Words{"passed by reference of holder"});
  EXPECT_EQ(uses("generic(x)"), Words{"passed by reference of generic"});
  EXPECT_EQ(uses("by_const(1, std::as_const(x))"),
            Words{"passed by const reference of by_const #1"});
  EXPECT_EQ(uses("by_const(x, thing())", "int x"), Words{"value"});
}

TEST(ClassifyUse, Conditions) {
  EXPECT_EQ(uses("if (x) {}"), Words{"condition of operator bool"});
  EXPECT_EQ(uses("if (!x) {}"), Words{"condition of operator bool"});
  EXPECT_EQ(uses("if (x && test()) {}"), Words{"condition of operator bool"});
  EXPECT_EQ(uses("(void)(x == g)"), Words{"condition"});
  EXPECT_EQ(uses("if (x) {}", "thing *x"), Words{"condition"});
  EXPECT_EQ(uses("if (x == nullptr) {}", "thing *x"), Words{"condition"});
}

TEST(ClassifyUse, ReturnsFieldsAndTheRest) {
  EXPECT_EQ(uses("co_return x"), Words{"returned"});
  EXPECT_EQ(uses("co_return std::move(x)"), Words{"moved"});
  EXPECT_EQ(uses("x.field = 1"), Words{"field access"});
  EXPECT_EQ(uses("int y = x.field"), Words{"field access"});
  EXPECT_EQ(uses("int y = x + 1", "int x"), Words{"value"});
  EXPECT_EQ(uses("(void)x"), Words{"other"});
  EXPECT_EQ(uses("x; x.work()"), (Words{"other", "member call of work"}));
}

/// What becomes of the result of the call of `made` in \p Body.
std::string fate(const std::string &Body) {
  GraphTest T(std::string(Declarations) + R"cpp(
    task<thing> made();
    task<thing> made(int);
    task<> adapt(task<thing>);
    void sink(task<thing>);
    task<thing> g_task;
    struct builder { task<> run(); builder set(task<thing>); };
    task<task<thing>> f(bool t) {)cpp" +
              Body + "; co_return made(1); }");
  for (const clang::Stmt *S : T.graph().parents().preorder()) {
    const auto *Call = llvm::dyn_cast<clang::CallExpr>(S);
    if (!Call || !Call->getDirectCallee() ||
        Call->getDirectCallee()->getNameAsString() != "made")
      continue;
    ResultFate Fate = resultFate(Call, T.graph().parents());
    std::string Text;
    switch (Fate.Use) {
    case ResultUse::Awaited:
      Text = "awaited";
      break;
    case ResultUse::Discarded:
      Text = Fate.CastToVoid ? "cast to void" : "discarded";
      break;
    case ResultUse::Stored:
      Text = Fate.Var ? "stored in " + Fate.Var->getNameAsString() : "stored";
      break;
    case ResultUse::Returned:
      Text = "returned";
      break;
    case ResultUse::Passed:
      Text = "passed";
      break;
    case ResultUse::Other:
      Text = "other";
      break;
    }
    EXPECT_TRUE(Fate.Site) << Body;
    return Text;
  }
  return "no call";
}

TEST(ResultFate, Awaited) {
  EXPECT_EQ(fate("co_await made()"), "awaited");
  EXPECT_EQ(fate("(void)co_await made()"), "awaited");
  EXPECT_EQ(fate("co_await (made())"), "awaited");
  EXPECT_EQ(fate("thing x = co_await made()"), "awaited");
  EXPECT_EQ(fate("co_await std::move(made())"), "awaited");
  EXPECT_EQ(fate("co_await adapt(made())"), "awaited") << "through an adaptor";
  EXPECT_EQ(fate("co_await (t ? made() : made(1))"), "awaited");
}

TEST(ResultFate, Discarded) {
  EXPECT_EQ(fate("made()"), "discarded");
  EXPECT_EQ(fate("if (t) made()"), "discarded");
  EXPECT_EQ(fate("for (;t; made()) {}"), "discarded");
  EXPECT_EQ(fate("made(), call()"), "discarded");
  EXPECT_EQ(fate("(void)made()"), "cast to void");
  EXPECT_EQ(fate("static_cast<void>(made())"), "cast to void");
  EXPECT_EQ(fate("std::ignore = made()"), "discarded");
}

TEST(ResultFate, StoredPassedReturned) {
  EXPECT_EQ(fate("auto later = made()"), "stored in later");
  EXPECT_EQ(fate("auto &&later = made()"), "stored in later");
  EXPECT_EQ(fate("g_task = made()"), "stored");
  EXPECT_EQ(fate("sink(made())"), "passed");
  EXPECT_EQ(fate("co_return made()"), "returned");
  EXPECT_EQ(fate("sink(t ? made() : made(1))"), "passed");
}

TEST(ParentTable, GoesThroughAnAwaitAsTheProgramDoes) {
  GraphTest T("task<> f() { int x = co_await number(); co_return; }");
  const ParentTable &Parents = T.graph().parents();
  const clang::Stmt *Call = nullptr, *Await = nullptr;
  for (const clang::Stmt *S : Parents.preorder()) {
    if (const auto *C = llvm::dyn_cast<clang::CallExpr>(S))
      if (C->getDirectCallee()->getNameAsString() == "number")
        Call = C;
    if (llvm::isa<clang::CoawaitExpr>(S))
      Await = S;
    EXPECT_FALSE(Parents.isAwaitMachinery(S));
  }
  ASSERT_TRUE(Call && Await);
  EXPECT_TRUE(Parents.isWithin(Call, Await));
  EXPECT_FALSE(Parents.isWithin(Await, Call));
  EXPECT_TRUE(Parents.isWithin(Call, Call));
  for (const clang::Stmt *S : Parents.preorder()) {
    if (const auto *C = llvm::dyn_cast<clang::CallExpr>(S))
      EXPECT_NE(C->getDirectCallee()->getNameAsString(), "await_resume");
  }
  std::vector<const clang::Stmt *> Post = Parents.postorder();
  EXPECT_EQ(Post.size(), Parents.preorder().size());
  EXPECT_EQ(Post.back(), Parents.preorder().front());
  EXPECT_LT(llvm::find(Post, Call), llvm::find(Post, Await));
}

} // namespace
} // namespace codrop::test
