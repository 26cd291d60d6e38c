// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What one member function does with the coroutine handle of its own object, or
// of the object that it is given.

#include "analysis/HandleScan.h"
#include "unit/TestAST.h"

namespace codrop::test {
namespace {

const char *Library = R"cpp(
  namespace std {
  template <class P = void> struct coroutine_handle {
    coroutine_handle(decltype(nullptr) = nullptr);
    explicit operator bool() const;
    bool done() const;
    void resume() const;
    void operator()() const;
    void destroy() const;
    P &promise() const;
  };
  template <class T> T &&move(T &);
  template <class T> void swap(T &, T &);
  template <class T, class U> T exchange(T &, U &&);
  }
  struct state { int owners; };
)cpp";

/// The scan of `owner::f`, whose parameter is called `other` if it has one.
class Scanned {
public:
  explicit Scanned(const std::string &Function, bool OfOther = false)
      : AST(std::string(Library) +
            " struct owner { std::coroutine_handle<state> handle; bool owns; "
            "void reset() { handle.destroy(); } " +
            Function + " };") {
    const clang::FunctionDecl *F = AST.function("f");
    if (!F)
      return;
    const clang::FieldDecl *Handle =
        *cast<clang::CXXMethodDecl>(F)->getParent()->field_begin();
    Found.emplace(F, Handle, OfOther ? F->getParamDecl(0) : nullptr);
  }
  const HandleScan *operator->() const { return &*Found; }

private:
  TestAST AST;
  std::optional<HandleScan> Found;
};

TEST(HandleScan, SeesWhereTheFrameIsDestroyed) {
  for (const char *Body :
       {"handle.destroy();", "if (handle) handle.destroy();",
        "auto h = handle; h.destroy();",
        "std::exchange(handle, nullptr).destroy();",
        "if (auto h = std::exchange(handle, nullptr)) h.destroy();"}) {
    Scanned F("void f() { " + std::string(Body) + " }");
    EXPECT_TRUE(F->Destroys.isValid()) << Body;
    EXPECT_FALSE(F->AsksOthers) << Body;
  }
  EXPECT_FALSE(Scanned("void f() { handle.resume(); }")->Destroys.isValid());
  EXPECT_EQ(Scanned("void f() { reset(); }")->Calls.size(), 1u);
}

TEST(HandleScan, SeesWhatItHangsOn) {
  for (const char *Body :
       {"if (owns) handle.destroy();", "if (!owns) return; handle.destroy();",
        "if (handle && owns) handle.destroy();",
        "if (--handle.promise().owners == 0) handle.destroy();"})
    EXPECT_TRUE(Scanned("void f() { " + std::string(Body) + " }")->AsksOthers)
        << Body;
  Scanned Done("void f() { if (handle && handle.done()) handle.destroy(); }");
  EXPECT_FALSE(Done->AsksOthers);
  EXPECT_TRUE(Done->AsksDone);
  EXPECT_TRUE(Scanned("void f() { handle(); }")->Resumes);
  EXPECT_TRUE(Scanned("void f() { if (handle) handle.resume(); }")->Resumes);
}

TEST(HandleScan, TellsACopyFromATaking) {
  auto other = [](const std::string &Body) {
    return Scanned("void f(owner &&other) { " + Body + " }", true);
  };
  EXPECT_TRUE(other("handle = other.handle;")->Copied);
  EXPECT_TRUE(other("handle = std::move(other.handle);")->Copied);
  EXPECT_FALSE(other("handle = std::move(other.handle);")->Given);
  EXPECT_TRUE(other("handle = std::exchange(other.handle, nullptr);")->Given);
  EXPECT_TRUE(other("std::swap(handle, other.handle);")->Given);
  EXPECT_TRUE(
      other("handle = other.handle; other.handle = nullptr;")->Overwritten);
  EXPECT_FALSE(other("owns = other.owns;")->Copied);
}

TEST(HandleScan, SeesTheLookAtItself) {
  EXPECT_TRUE(Scanned("void f(owner &&other) { if (this != &other) reset(); }")
                  ->ComparesThis);
  EXPECT_FALSE(Scanned("void f(owner &&other) { reset(); }")->ComparesThis);
}

TEST(HandleScan, IsTheHandleOfTheStandardLibrary) {
  TestAST AST(std::string(Library) +
              "struct coroutine_handle {}; std::coroutine_handle<state> a; "
              "coroutine_handle b; int c;");
  EXPECT_TRUE(isCoroutineHandle(AST.variable("a")->getType()));
  EXPECT_FALSE(isCoroutineHandle(AST.variable("b")->getType()));
  EXPECT_FALSE(isCoroutineHandle(AST.variable("c")->getType()));
}

} // namespace
} // namespace codrop::test
