// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which types are tokens, what a function has at hand, and what it does with
// each.

#include "analysis/IgnoredTokens.h"
#include "unit/GraphTest.h"

namespace codrop::test {
namespace {

const char *Library = R"cpp(
  struct token { bool requested() const; void check() const; };
  struct source {
    source();
    source(const source &) = delete;
    token get() const;
    void request_stop();
  };
  struct CancelToken { bool is_cancelled() const; };
  struct cancel_signal { void emit(); };
  template <class T> struct handle { T *operator->(); T &operator*(); };
  template <class T> struct box { T value; };
  template <class F> struct callback { callback(token t, F f) {} };
  task<int> work();
  task<int> wait(int time);
  task<int> wait(int time, token t);
  task<int> with(const token &t);
  task<int> from(source &s);
)cpp";

std::shared_ptr<const Knowledge> known() {
  auto Known = std::make_shared<Knowledge>();
  if (llvm::Error E = Known->addFile(
          "test.yaml", "library: test\ncancellation-tokens: [{name: [token, "
                       "source], source: test}]\n"))
    ADD_FAILURE() << llvm::toString(std::move(E));
  return Known;
}

struct Parsed {
  explicit Parsed(const std::string &Code)
      : AST(std::string(Prelude) + Library + Code, {"-fcxx-exceptions", "-w"}),
        TU(AST.context(), {}, known()), Model(TU) {}
  TestAST AST;
  TUAnalysis TU;
  TokenModel Model;
};

/// The token class behind the first parameter of `void f(TYPE x);`.
std::string tokenOf(const std::string &Type) {
  Parsed P("void f(" + Type + " x) {}");
  const auto *RD =
      P.Model.tokenOf(P.AST.function("f")->getParamDecl(0)->getType());
  return RD ? RD->getNameAsString() : "";
}

/// What `f` does with its first token: a letter for each mention.
std::string mentions(const std::string &Parameter, const std::string &Body) {
  Parsed P("task<int> f(" + Parameter + ") {" + Body + "}");
  const FunctionAnalysis &F = P.TU.function(P.AST.function("f"));
  auto Tokens = P.Model.inScope(F);
  std::string Text;
  if (!Tokens.empty())
    for (const TokenMention &M : P.Model.mentions(Tokens.front(), F))
      Text += "CRFED"[M.K];
  return Text;
}

/// The kinds of what is found in `f`.
std::string found(const std::string &Code) {
  Parsed P(Code);
  std::string Text;
  for (const IgnoredToken &Fact :
       findIgnoredTokens(P.TU.function(P.AST.function("f")), P.TU))
    Text += (Fact.Sure == Confidence::Maybe ? "?" : "") +
            std::to_string(unsigned(Fact.K));
  return Text;
}

TEST(Tokens, AreFoundBehindReferencesAndWrappers) {
  for (const char *Type : {"token", "const token &", "token *", "token &&",
                           "handle<token>", "handle<token *>"})
    EXPECT_EQ(tokenOf(Type), "token") << Type;
  EXPECT_EQ(tokenOf("source &"), "source");
  for (const char *Type : {"int", "box<token>", "cancel_signal"})
    EXPECT_EQ(tokenOf(Type), "") << Type;
}

TEST(Tokens, AreToldFromTheirNamesAndMembers) {
  EXPECT_EQ(tokenOf("CancelToken"), "CancelToken");
}

TEST(Tokens, WhatIsDoneWithOne) {
  EXPECT_EQ(mentions("token t", "co_return co_await work();"), "");
  EXPECT_EQ(mentions("token t", "if (t.requested()) co_return 1; co_return 2;"),
            "C");
  EXPECT_EQ(mentions("token *t", "if (t) t->check(); co_return 2;"), "CC");
  EXPECT_EQ(mentions("token t", "co_return co_await with(t);"), "F");
  EXPECT_EQ(mentions("source &s", "co_return co_await with(s.get());"), "F");
  EXPECT_EQ(mentions("source &s", "s.request_stop(); co_return 1;"), "R");
  EXPECT_EQ(mentions("token t", "(void)t; co_return 1;"), "D");
  EXPECT_EQ(mentions("token t", "auto copy = t; co_return 1;"), "E");
  EXPECT_EQ(mentions("token t", "callback cb(t, [] {}); co_return 1;"), "E");
  // The closure, and its capture.
  EXPECT_EQ(mentions("token t",
                     "auto f = [&] { return t.requested(); }; co_return f();"),
            "EE");
}

TEST(IgnoredTokens, SureOnlyOfTheCallersOwn) {
  using K = IgnoredToken;
  auto text = [](std::initializer_list<K::Kind> Kinds, bool Sure) {
    std::string Text;
    for (K::Kind Kind : Kinds)
      Text += (Sure ? "" : "?") + std::to_string(unsigned(Kind));
    return Text;
  };
  EXPECT_EQ(found("task<int> f(token t) { co_return co_await work(); }"),
            text({K::Unused}, true));
  EXPECT_EQ(found("task<int> f(token t) { t.check(); co_return co_await "
                  "wait(1); }"),
            text({K::Omitted}, true));
  EXPECT_EQ(found("struct s { source own; task<int> f() { co_return co_await "
                  "wait(1); } };"),
            text({K::Omitted}, false));
  EXPECT_EQ(found("struct s { source own; task<int> f(token t) { t.check(); "
                  "co_return co_await from(own); } };"),
            text({K::Other}, false));
  EXPECT_EQ(found("task<int> f(token t) { source fresh; co_return co_await "
                  "from(fresh); }"),
            text({K::CutOff}, true));
  EXPECT_EQ(found("task<int> f(token t) { t.check(); for (;;) co_await work(); "
                  "}"),
            text({K::Loop}, true));
  EXPECT_EQ(found("task<int> f(token t) { co_return co_await wait(1, t); }"),
            "");
}

} // namespace
} // namespace codrop::test
