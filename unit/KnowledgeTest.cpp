// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From declarations to facts: names, base classes, overrides, the class of the
// object, annotations, and which of several facts wins.

#include "analysis/Knowledge.h"
#include "unit/TestAST.h"
#include "clang/AST/DeclTemplate.h"

using namespace clang;
using namespace clang::ast_matchers;
using namespace codrop;
using codrop::test::TestAST;

namespace {

Knowledge knowing(llvm::StringRef Text) {
  Knowledge K;
  if (llvm::Error E = K.addFile("own.yaml", Text))
    ADD_FAILURE() << llvm::toString(std::move(E));
  return K;
}

const CXXRecordDecl *recordOf(TestAST &AST, llvm::StringRef Variable) {
  const VarDecl *D = AST.variable(Variable);
  return D ? D->getType()->getAsCXXRecordDecl() : nullptr;
}

/// The function that the call in the initialiser or body of \p In calls, and
/// the class of the object.
struct Call {
  const FunctionDecl *Callee = nullptr;
  const CXXRecordDecl *Object = nullptr;
};
Call callIn(TestAST &AST, llvm::StringRef In) {
  Call Result;
  auto Found =
      match(callExpr(hasAncestor(functionDecl(hasName(In)))).bind("call"),
            AST.context());
  if (Found.empty()) {
    ADD_FAILURE() << "no call in " << In.str();
    return Result;
  }
  const auto *E = Found.front().getNodeAs<CallExpr>("call");
  Result.Callee = E->getDirectCallee();
  Result.Object = objectClass(E);
  return Result;
}

std::string calledName(TestAST &AST, llvm::StringRef In) {
  return knowledgeName(callIn(AST, In).Callee);
}

TEST(KnowledgeName, HidesWhatALibraryHides) {
  TestAST AST(R"cpp(
    namespace lib { inline namespace v2 { namespace {
      template <class T> struct Box {
        struct Inner { void touch(); };
        Box(); ~Box(); explicit operator bool() const; void operator()(int);
        void get(); template <class U> void put(U);
      };
      template <> struct Box<char> { void get(); };
      template <class T> struct Box<T *> { void get(); };
    } } 
      template <class T> void free(T) {}
      struct Befriended { friend void amigo(Befriended) {} };
    }
    namespace alias = lib;
    using lib::free;
    extern "C" int c_function(int);
    void get() { alias::Box<int> b; b.get(); }
    void special() { lib::Box<char> b; b.get(); }
    void partial() { lib::Box<int *> b; b.get(); }
    void put() { lib::Box<int> b; b.put(3); }
    void inner() { lib::Box<int>::Inner i; i.touch(); }
    void call() { lib::Box<int> b; b(3); }
    void convert(lib::Box<int> &b) { b.operator bool(); }
    void viaUsing() { free(3); }
    void viaFriend() { amigo(lib::Befriended()); }
    void c() { extern int c_function(int); c_function(3); }
    void lambda() { [] {}(); }
    void local() { struct L { void f() {} } l; l.f(); }
    lib::Box<int> box;
  )cpp",
              {"-Wno-undefined-internal"});
  EXPECT_EQ(calledName(AST, "get"), "lib::Box::get");
  EXPECT_EQ(calledName(AST, "special"), "lib::Box::get");
  EXPECT_EQ(calledName(AST, "partial"), "lib::Box::get");
  EXPECT_EQ(calledName(AST, "put"), "lib::Box::put");
  EXPECT_EQ(calledName(AST, "inner"), "lib::Box::Inner::touch");
  EXPECT_EQ(calledName(AST, "call"), "lib::Box::operator()");
  EXPECT_EQ(calledName(AST, "convert"), "lib::Box::operator bool");
  EXPECT_EQ(calledName(AST, "viaUsing"), "lib::free");
  EXPECT_EQ(calledName(AST, "viaFriend"), "lib::amigo");
  EXPECT_EQ(calledName(AST, "c"), "c_function");
  EXPECT_EQ(calledName(AST, "lambda"), "");
  EXPECT_EQ(calledName(AST, "local"), "local::L::f");
  const CXXRecordDecl *Box = recordOf(AST, "box");
  EXPECT_EQ(knowledgeName(Box), "lib::Box");
  EXPECT_EQ(knowledgeName(Box->getDestructor()), "lib::Box::~Box");
  EXPECT_EQ(knowledgeName(*Box->ctor_begin()), "lib::Box::Box");
  EXPECT_EQ(knowledgeName(nullptr), "");
}

TEST(Knowledge, RecordsAreFoundByTheirPublicBases) {
  Knowledge K = knowing(R"(
guards:
  - {name: own::lock, kind: thread-bound}
resources:
  - {name: own::stream, close: close}
not-resources:
  - {name: own::memory_stream}
)");
  TestAST AST(R"cpp(
    namespace own {
      template <class M> struct lock {};
      struct stream {};
      struct memory_stream : stream {};
    }
    struct Public : own::lock<int> {};
    struct Far : Public {};
    class Private : own::lock<int> {};
    template <class T> struct Dependent : own::lock<T> {};
    Public pub; Far far_; Private priv; Dependent<int> dep;
    own::stream s; own::memory_stream m;
    Dependent<char> *incomplete;
  )cpp");
  EXPECT_NE(K.guard(recordOf(AST, "pub")), nullptr);
  EXPECT_NE(K.guard(recordOf(AST, "far_")), nullptr);
  EXPECT_EQ(K.guard(recordOf(AST, "priv")), nullptr);
  EXPECT_NE(K.guard(recordOf(AST, "dep")), nullptr);
  EXPECT_NE(
      K.guard(AST.variable("incomplete")->getType()->getPointeeCXXRecordDecl()),
      nullptr);
  EXPECT_NE(K.resource(recordOf(AST, "s")), nullptr);
  // The nearer class decides.
  EXPECT_EQ(K.resource(recordOf(AST, "m")), nullptr);
  EXPECT_NE(K.notResource(recordOf(AST, "m")), nullptr);
  EXPECT_EQ(K.notResource(recordOf(AST, "s")), nullptr);
  EXPECT_EQ(K.resource(nullptr), nullptr);
}

TEST(Knowledge, FunctionsAreFoundByObjectAndByOverride) {
  Knowledge K = knowing(R"(
blocking:
  - {name: own::Derived::wait}
  - {name: own::Interface::run}
)");
  TestAST AST(R"cpp(
    namespace own {
      struct Base { void wait(); };
      struct Derived : Base {};
      struct MoreDerived : Derived {};
      struct Interface { virtual void run(); };
      struct Middle : Interface { void run() override; };
      struct Implementation : Middle { void run() override; };
    }
    void base(own::Base b) { b.wait(); }
    void derived(own::Derived d) { d.wait(); }
    void more(own::MoreDerived d) { d.wait(); }
    void implementation(own::Implementation i) { i.run(); }
  )cpp");
  auto Blocks = [&](llvm::StringRef In) {
    Call C = callIn(AST, In);
    return K.blocking(C.Callee, C.Object) != nullptr;
  };
  EXPECT_FALSE(Blocks("base"));
  EXPECT_TRUE(Blocks("derived"));
  EXPECT_TRUE(Blocks("more"));
  EXPECT_TRUE(Blocks("implementation"));
  EXPECT_EQ(K.blocking(callIn(AST, "derived").Callee), nullptr);
}

TEST(Knowledge, ExternCNamesAreCFunctionsOnly) {
  Knowledge K = knowing("extern-c: true\nblocking: [{name: wait}]\n");
  TestAST AST(R"cpp(
    extern "C" int wait(int *);
    int wait(double);
    namespace own { int wait(int *); }
    void c() { wait(nullptr); }
    void cpp() { wait(1.0); }
    void other() { own::wait(nullptr); }
  )cpp");
  EXPECT_NE(K.blocking(callIn(AST, "c").Callee), nullptr);
  EXPECT_EQ(K.blocking(callIn(AST, "cpp").Callee), nullptr);
  EXPECT_EQ(K.blocking(callIn(AST, "other").Callee), nullptr);
}

TEST(Knowledge, LaterFilesWin) {
  Knowledge K = knowing("blocking:\n"
                        "  - {name: own::f, why: first}\n"
                        "  - {name: own::g, why: first}\n"
                        "not-resources: [{name: own::r}]\n");
  ASSERT_FALSE(bool(K.addFile("two.yaml", "blocking: [{name: own::f, why: "
                                          "second}]\n"
                                          "non-blocking: [{name: own::g}]\n"
                                          "resources: [{name: own::r, close: "
                                          "close}]\n")));
  TestAST AST(R"cpp(
    namespace own { void f(); void g(); struct r {}; }
    void f() { own::f(); }
    void g() { own::g(); }
    own::r resource;
  )cpp");
  const BlockingFact *F = K.blocking(callIn(AST, "f").Callee);
  ASSERT_NE(F, nullptr);
  EXPECT_EQ(F->Why, "second");
  EXPECT_EQ(F->Origin.File, "two.yaml");
  EXPECT_EQ(K.blocking(callIn(AST, "g").Callee), nullptr);
  EXPECT_TRUE(K.isNonBlocking(callIn(AST, "g").Callee));
  EXPECT_NE(K.resource(recordOf(AST, "resource")), nullptr);
  EXPECT_EQ(K.notResource(recordOf(AST, "resource")), nullptr);
}

TEST(Knowledge, PairsAreFoundFromBothEnds) {
  Knowledge K = knowing(R"(
pairs:
  - {name: own::sem::wait, release: [own::sem::signal, own::give_back], acquired-when: awaited}
  - {name: own::sem::try_wait, release: own::sem::signal, acquired-when: true}
)");
  TestAST AST(R"cpp(
    namespace own {
      struct sem { void wait(); bool try_wait(); void signal(); };
      void give_back(sem &);
    }
    void wait(own::sem &s) { s.wait(); }
    void signal(own::sem &s) { s.signal(); }
    void giveBack(own::sem &s) { own::give_back(s); }
  )cpp");
  const PairFact *Wait = K.pairAcquire(callIn(AST, "wait").Callee);
  ASSERT_NE(Wait, nullptr);
  EXPECT_EQ(Wait->AcquiredWhen, PairFact::When::Awaited);
  EXPECT_EQ(K.pairsReleasedBy(callIn(AST, "signal").Callee).size(), 2u);
  auto Back = K.pairsReleasedBy(callIn(AST, "giveBack").Callee);
  ASSERT_EQ(Back.size(), 1u);
  EXPECT_EQ(Back[0], Wait);
  EXPECT_EQ(K.pairAcquire(callIn(AST, "signal").Callee), nullptr);
}

TEST(Knowledge, StandardGuardsOfCoroutineMutexesAreSafe) {
  Knowledge K = knowing(R"(
guards:
  - {name: std::unique_lock, kind: thread-bound, release: unlock}
  - {name: std::scoped_lock, kind: thread-bound}
coroutine-mutexes:
  - {name: own::async_mutex}
)");
  TestAST AST(R"cpp(
    namespace std { template <class M> class unique_lock {};
                    template <class... M> class scoped_lock {}; struct mutex {}; }
    namespace own { struct async_mutex {}; }
    std::unique_lock<std::mutex> thread;
    std::unique_lock<own::async_mutex> coroutine;
    std::scoped_lock<own::async_mutex, std::mutex> mixed;
    std::scoped_lock<own::async_mutex, own::async_mutex> both;
    std::scoped_lock<> none;
  )cpp");
  auto Kind = [&](llvm::StringRef Variable) {
    return K.guard(recordOf(AST, Variable))->Kind;
  };
  EXPECT_EQ(Kind("thread"), GuardKind::ThreadBound);
  EXPECT_EQ(Kind("coroutine"), GuardKind::CoroutineSafe);
  EXPECT_EQ(K.guard(recordOf(AST, "coroutine"))->Release,
            std::vector<std::string>{"unlock"});
  EXPECT_EQ(Kind("mixed"), GuardKind::ThreadBound);
  EXPECT_EQ(Kind("both"), GuardKind::CoroutineSafe);
  EXPECT_EQ(Kind("none"), GuardKind::ThreadBound);
}

TEST(Knowledge, EmbeddedFactsHoldForTheInstalledStandardLibrary) {
  const Knowledge &K = Knowledge::embedded();
  TestAST AST(R"cpp(
    #include <chrono>
    #include <future>
    #include <mutex>
    #include <thread>
    void sleeps() { std::this_thread::sleep_until(std::chrono::system_clock::time_point()); }
    void waits(std::future<int> &f) { f.wait(); }
    void joins(std::thread &t) { t.join(); }
    void locks(std::mutex &m) { m.lock(); }
    std::mutex m;
    std::unique_lock<std::mutex> guard(m, std::defer_lock);
    std::jthread thread;
    std::future<int> future;
    std::thread plain;
  )cpp");
  for (llvm::StringRef In : {"waits", "joins"}) {
    Call C = callIn(AST, In);
    EXPECT_NE(K.blocking(C.Callee, C.Object), nullptr) << In.str();
  }
  Call Locks = callIn(AST, "locks");
  EXPECT_EQ(K.blocking(Locks.Callee, Locks.Object), nullptr);
  EXPECT_NE(K.pairAcquire(Locks.Callee, Locks.Object), nullptr);
  EXPECT_NE(K.guard(recordOf(AST, "guard")), nullptr);
  EXPECT_NE(K.blockingDestructor(recordOf(AST, "thread")), nullptr);
  EXPECT_EQ(K.blockingDestructor(recordOf(AST, "future"))->AssignedFrom,
            "std::async");
  EXPECT_EQ(K.blockingDestructor(recordOf(AST, "plain")), nullptr);
}

} // namespace
