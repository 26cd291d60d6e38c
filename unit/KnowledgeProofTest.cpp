// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Proves the knowledge files against the libraries that are installed: every
// name is resolved to a declaration in the real headers, which must be known
// under just that name, and every member that a fact speaks of must exist. A
// renamed class, a typedef taken for a class or a misspelt member fails here.

#include "analysis/Knowledge.h"
#include "analysis/KnowledgeLoader.h"
#include "unit/TestAST.h"
#include "clang/AST/DeclTemplate.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/VersionTuple.h"
#include <cstdlib>
#include <tuple>

using namespace clang;
using namespace codrop;
using codrop::test::TestAST;
using llvm::StringRef;

namespace {

/// Resolves qualified names as a knowledge file writes them.
class Resolver {
public:
  explicit Resolver(ASTContext &Context) : Context(Context) {}

  struct Result {
    const NamedDecl *D = nullptr;
    bool Inherited = false;
  };

  Result resolve(StringRef Name) {
    llvm::SmallVector<StringRef, 6> Parts;
    Name.split(Parts, "::");
    Result Found;
    const DeclContext *In = Context.getTranslationUnitDecl();
    for (size_t I = 0; I != Parts.size(); ++I) {
      Found = {};
      if (const auto *RD = dyn_cast<CXXRecordDecl>(In))
        Found = member(RD, Parts[I]);
      else
        Found.D = inContext(In, Parts[I]);
      if (!Found.D || I + 1 == Parts.size())
        return Found;
      In = scopeOf(Found.D);
      if (!In)
        return {};
    }
    return Found;
  }

  /// A member of \p RD or of a base, also of a dependent one.
  Result member(const CXXRecordDecl *RD, StringRef Name) {
    llvm::SmallVector<const CXXRecordDecl *, 4> Queue = {definition(RD)};
    for (size_t I = 0; I != Queue.size() && I != 64; ++I) {
      const CXXRecordDecl *C = Queue[I];
      if (!C)
        continue;
      if (const NamedDecl *D = inRecord(C, Name))
        return {D, I != 0};
      for (const CXXBaseSpecifier &B : C->bases())
        Queue.push_back(definition(baseRecord(B.getType())));
    }
    return {};
  }

private:
  /// Of a template that only has partial specializations, one of them.
  static const CXXRecordDecl *definition(const CXXRecordDecl *RD) {
    if (!RD || RD->getDefinition())
      return RD ? RD->getDefinition() : nullptr;
    llvm::SmallVector<ClassTemplatePartialSpecializationDecl *, 4> Partial;
    if (ClassTemplateDecl *Template = RD->getDescribedClassTemplate())
      Template->getPartialSpecializations(Partial);
    for (const auto *S : Partial)
      if (S->getDefinition())
        return S->getDefinition();
    return nullptr;
  }

  static const CXXRecordDecl *baseRecord(QualType Type) {
    if (const CXXRecordDecl *RD = Type->getAsCXXRecordDecl()) {
      if (const auto *S = dyn_cast<ClassTemplateSpecializationDecl>(RD);
          S && !S->getDefinition())
        return S->getSpecializedTemplate()->getTemplatedDecl();
      return RD;
    }
    if (const auto *T = Type->getAs<TemplateSpecializationType>())
      if (const auto *Template = dyn_cast_or_null<ClassTemplateDecl>(
              T->getTemplateName().getAsTemplateDecl()))
        return Template->getTemplatedDecl();
    return nullptr;
  }

  static const NamedDecl *unwrap(const NamedDecl *D) {
    while (const auto *Shadow = dyn_cast_or_null<UsingShadowDecl>(D))
      D = Shadow->getTargetDecl();
    if (const auto *Template = dyn_cast_or_null<TemplateDecl>(D))
      D = Template->getTemplatedDecl();
    return D;
  }

  const NamedDecl *inContext(const DeclContext *In, StringRef Name) {
    DeclarationName N(&Context.Idents.get(Name));
    if (Name.consume_front("operator")) {
      Name = Name.ltrim();
      for (unsigned Op = OO_New; Op != NUM_OVERLOADED_OPERATORS; ++Op)
        if (Name == getOperatorSpelling(OverloadedOperatorKind(Op)))
          N = Context.DeclarationNames.getCXXOperatorName(
              OverloadedOperatorKind(Op));
    }
    for (const NamedDecl *D : In->lookup(N))
      return unwrap(D);
    return nullptr;
  }

  const NamedDecl *inRecord(const CXXRecordDecl *C, StringRef Name) {
    if (C->getIdentifier() && C->getName() == Name) {
      for (const Decl *D : C->decls())
        if (const auto *T = dyn_cast<FunctionTemplateDecl>(D);
            isa<CXXConstructorDecl>(D) ||
            (T && isa<CXXConstructorDecl>(T->getTemplatedDecl())))
          return unwrap(cast<NamedDecl>(D));
      return nullptr;
    }
    if (Name.consume_front("~")) {
      if (C->getIdentifier() && C->getName() == Name)
        for (const Decl *D : C->decls())
          if (isa<CXXDestructorDecl>(D))
            return cast<NamedDecl>(D);
      return nullptr;
    }
    return inContext(C, Name);
  }

  static const DeclContext *scopeOf(const NamedDecl *D) {
    if (const auto *Alias = dyn_cast<TypedefNameDecl>(D))
      return baseRecord(Alias->getUnderlyingType());
    if (const auto *RD = dyn_cast<CXXRecordDecl>(D))
      return RD;
    return dyn_cast<DeclContext>(D);
  }

  ASTContext &Context;
};

/// Checks the facts of one library, or of the part of it in a namespace.
class Prover {
public:
  Prover(ASTContext &Context, StringRef Version) : R(Context) {
    (void)Installed.tryParse(Version);
  }

  unsigned Proven = 0;

  /// Names that the headers do not have are passed over (mock headers).
  bool OnlyWhatIsThere = false;

  void proveAll(StringRef Library, llvm::function_ref<bool(StringRef)> Is) {
    KnowledgeFacts Facts;
    std::string File =
        (llvm::Twine(CODROP_SOURCE_DIR "/knowledge/") + Library + ".yaml")
            .str();
    auto Buffer = llvm::MemoryBuffer::getFile(File);
    ASSERT_TRUE(bool(Buffer)) << File;
    llvm::Error E = loadKnowledge(File, (*Buffer)->getBuffer(), true, Facts);
    ASSERT_FALSE(bool(E)) << llvm::toString(std::move(E));
    forEachSection([&](Section, StringRef, auto Member) {
      for (const auto &F : Facts.*Member)
        if (Is(F.Name) && !isLater(F)) {
          SCOPED_TRACE(F.Origin.File + ":" + std::to_string(F.Origin.Line));
          prove(F.Name);
          if (!OnlyWhatIsThere)
            details(F);
        }
    });
  }

private:
  bool isLater(const Fact &F) const {
    llvm::VersionTuple Since;
    return !F.Origin.Since.empty() && !Since.tryParse(F.Origin.Since) &&
           Since > Installed;
  }

  void prove(StringRef Name) {
    Resolver::Result Found = R.resolve(Name);
    if (!Found.D && OnlyWhatIsThere)
      return;
    ++Proven;
    if (!Found.D) {
      ADD_FAILURE() << Name.str() << " does not exist";
      return;
    }
    if (isa<TypedefNameDecl>(Found.D))
      ADD_FAILURE() << Name.str()
                    << " is only an alias, name what it stands "
                       "for";
    // An inherited member is known by the object that it is called on.
    else if (!Found.Inherited) {
      EXPECT_EQ(knowledgeName(Found.D), Name);
    }
  }

  void proveMembers(const Fact &F, const std::vector<std::string> &Members) {
    const auto *RD = dyn_cast_or_null<CXXRecordDecl>(R.resolve(F.Name).D);
    for (const std::string &Member : Members) {
      ++Proven;
      if (!RD || !R.member(RD, Member).D)
        ADD_FAILURE() << F.Name << " has no member " << Member;
    }
  }

  void proveNames(const std::vector<std::string> &Names) {
    for (const std::string &Name : Names)
      prove(Name);
  }

  void proveType(const std::optional<ArgumentPredicate> &P) {
    if (P && P->Is == ArgumentPredicate::Kind::Type)
      prove(P->Name);
  }

  void details(const Fact &) {}
  void details(const ResourceFact &F) {
    proveMembers(F, F.Close);
    proveMembers(F, F.Open);
  }
  void details(const GuardFact &F) {
    proveMembers(F, F.Acquire);
    proveMembers(F, F.Release);
    proveMembers(F, F.Disarm);
    proveNames(F.AcquireWith);
    proveNames(F.NotOwningTags);
  }
  void details(const PairFact &F) { proveNames(F.Release); }
  void details(const BlockingFact &F) {
    proveType(F.Unless);
    proveType(F.OnlyIf);
  }
  void details(const BlockingDestructorFact &F) {
    if (!F.AssignedFrom.empty())
      prove(F.AssignedFrom);
  }
  void details(const SinkFact &F) {
    if (!F.DetachedOnlyIfType.empty())
      prove(F.DetachedOnlyIfType);
  }

  Resolver R;
  llvm::VersionTuple Installed;
};

TEST(KnowledgeProof, StandardLibrary) {
  TestAST AST(R"cpp(
    #include <atomic>
    #include <barrier>
    #include <condition_variable>
    #include <coroutine>
    #include <filesystem>
    #include <fstream>
    #include <future>
    #include <latch>
    #include <mutex>
    #include <semaphore>
    #include <shared_mutex>
    #include <stop_token>
    #include <thread>
  )cpp");
  Prover P(AST.context(), "20");
  P.proveAll("std", [](StringRef) { return true; });
  EXPECT_GE(P.Proven, 100u);
}

/// An array of all constants that the facts of \p Library look for.
std::string flagsOf(StringRef Library) {
  std::string Code = "const long flags[] = {";
  for (const Knowledge::Entry &E : Knowledge::embedded().entries()) {
    if (E.F->Origin.Library != Library)
      continue;
    std::vector<std::optional<ArgumentPredicate>> Predicates;
    if (E.Section == "blocking") {
      const auto *F = static_cast<const BlockingFact *>(E.F);
      Predicates = {F->Unless, F->OnlyIf};
    } else if (E.Section == "pairs") {
      const auto *F = static_cast<const PairFact *>(E.F);
      Predicates = {F->OnlyIf, F->ReleaseIf};
    }
    for (const auto &P : Predicates) {
      if (!P || P->Is != ArgumentPredicate::Kind::HasFlag)
        continue;
      llvm::SmallVector<StringRef, 2> Names;
      StringRef(P->Name).split(Names, '|');
      for (StringRef Name : Names)
        Code += (Name + ", ").str();
    }
  }
  return Code + "0};\n";
}

TEST(KnowledgeProof, Posix) {
  std::string Flags = flagsOf("posix");
  EXPECT_NE(Flags.find("WNOHANG"), std::string::npos);
  TestAST AST(R"cpp(
    #include <fcntl.h>
    #include <netdb.h>
    #include <poll.h>
    #include <pthread.h>
    #include <semaphore.h>
    #include <signal.h>
    #include <stdio.h>
    #include <stdlib.h>
    #include <sys/epoll.h>
    #include <sys/file.h>
    #include <sys/mman.h>
    #include <sys/select.h>
    #include <sys/sendfile.h>
    #include <sys/socket.h>
    #include <sys/statfs.h>
    #include <sys/statvfs.h>
    #include <sys/uio.h>
    #include <sys/wait.h>
    #include <termios.h>
    #include <threads.h>
    #include <time.h>
    #include <unistd.h>
  )cpp" + Flags,
              {"-D_GNU_SOURCE"});
  Prover P(AST.context(), "2017");
  P.proveAll("posix", [](StringRef) { return true; });
  EXPECT_GE(P.Proven, 70u);
}

const char *const AsioHeaders = R"cpp(
    #include <PREFIX/experimental/as_tuple.hpp>
    #include <PREFIX/experimental/awaitable_operators.hpp>
    #include <PREFIX/experimental/basic_channel.hpp>
    #include <PREFIX/experimental/basic_concurrent_channel.hpp>
    #include <PREFIX/experimental/co_spawn.hpp>
    #include <PREFIX/experimental/coro.hpp>
    #include <PREFIX/experimental/promise.hpp>
    #include <PREFIX/ssl.hpp>
    #include <PREFIX.hpp>
)cpp";

bool isInstalled(StringRef Header) {
  return llvm::sys::fs::exists("/usr/include/" + Header);
}

/// What the library only has if other packages are there.
bool canBeProven(StringRef Name) {
  if (Name.contains("_file") && !isInstalled("liburing.h"))
    return false;
  return !Name.contains("deadline_timer") ||
         isInstalled("boost/date_time/posix_time/posix_time_types.hpp");
}

std::vector<std::string> asioFlags(StringRef Prefix) {
  std::vector<std::string> Flags = {"-w"};
  auto Has = [&](const char *What) {
    Flags.push_back(("-D" + Prefix + What + "=1").str());
  };
  // 1.22 does not believe that this clang has coroutines.
  Has("HAS_CO_AWAIT");
  if (isInstalled("liburing.h")) {
    Has("HAS_FILE");
    Has("HAS_IO_URING");
  }
  if (canBeProven("deadline_timer"))
    Has("HAS_BOOST_DATE_TIME");
  return Flags;
}

std::string asioHeaders(StringRef Prefix) {
  std::string Text;
  StringRef Rest = AsioHeaders;
  while (true) {
    auto [Before, After] = Rest.split("PREFIX");
    Text += Before;
    if (After.empty())
      return Text;
    Text += Prefix;
    Rest = After;
  }
}

TEST(KnowledgeProof, Asio) {
  if (!isInstalled("asio.hpp"))
    GTEST_SKIP() << "libasio-dev is not installed";
  TestAST AST(asioHeaders("asio"), asioFlags("ASIO_"));
  Prover P(AST.context(), "1.22");
  P.proveAll("asio", [](StringRef Name) {
    return !Name.starts_with("boost::") && canBeProven(Name);
  });
  EXPECT_GE(P.Proven, 80u);
}

TEST(KnowledgeProof, BoostAsio) {
  if (!isInstalled("boost/asio.hpp"))
    GTEST_SKIP() << "libboost-dev is not installed";
  TestAST AST(asioHeaders("boost/asio"), asioFlags("BOOST_ASIO_"));
  Prover P(AST.context(), "1.26");
  P.proveAll("asio", [](StringRef Name) {
    // Moved out of experimental in 1.24, which only names it again.
    return Name.starts_with("boost::") && canBeProven(Name) &&
           !Name.contains("experimental::as_tuple");
  });
  EXPECT_GE(P.Proven, 80u);
}

TEST(KnowledgeProof, Beast) {
  if (!isInstalled("boost/beast.hpp"))
    GTEST_SKIP() << "libboost-dev is not installed";
  TestAST AST(R"cpp(
    #include <boost/beast.hpp>
    #include <boost/beast/ssl.hpp>
    #include <boost/beast/websocket/ssl.hpp>
  )cpp",
              asioFlags("BOOST_ASIO_"));
  Prover P(AST.context(), "1.81");
  P.proveAll("beast", [](StringRef) { return true; });
  EXPECT_GE(P.Proven, 30u);
}

/// Where Debian has Qt's headers, which depends on the machine; else "".
std::string qtHeaders() {
  std::error_code Error;
  for (llvm::sys::fs::directory_iterator It("/usr/include", Error), End;
       It != End && !Error; It.increment(Error))
    if (llvm::sys::fs::exists(It->path() + "/qt6/QtCore"))
      return It->path() + "/qt6";
  return "";
}

TEST(KnowledgeProof, QtAndQCoro) {
  std::string Qt = qtHeaders();
  if (Qt.empty() || !isInstalled("qcoro6"))
    GTEST_SKIP() << "qcoro-qt6-dev is not installed";
  TestAST AST(R"cpp(
    #include <QtCore/QFile>
    #include <QtCore/QFuture>
    #include <QtCore/QProcess>
    #include <QtCore/QReadWriteLock>
    #include <QtCore/QSemaphore>
    #include <QtCore/QThreadPool>
    #include <QtCore/QWaitCondition>
    #include <QtNetwork/QLocalServer>
    #include <QtNetwork/QLocalSocket>
    #include <QtNetwork/QTcpServer>
    #include <QtNetwork/QTcpSocket>
    #include <qcoro/qcoroasyncgenerator.h>
    #include <qcoro/qcorogenerator.h>
    #include <qcoro/qcorotask.h>
    #include <qcoro/qcorothread.h>
  )cpp",
              {"-w", "-fPIC", "-I" + Qt, "-I" + Qt + "/QtCore",
               "-I" + Qt + "/QtNetwork", "-I/usr/include/qcoro6"});
  for (auto [Library, Version, AtLeast] :
       {std::tuple<StringRef, StringRef, unsigned>("qt", "6.4", 60),
        {"qcoro", "0.8", 6}}) {
    Prover P(AST.context(), Version);
    P.proveAll(Library, [](StringRef) { return true; });
    EXPECT_GE(P.Proven, AtLeast) << Library.str();
  }
}

TEST(KnowledgeProof, Kj) {
  if (!isInstalled("kj/async.h"))
    GTEST_SKIP() << "libcapnp-dev is not installed";
  TestAST AST(R"cpp(
    #include <kj/async-io.h>
    #include <kj/compat/http.h>
    #include <kj/test.h>
    #include <kj/mutex.h>
    #include <kj/thread.h>
    #include <kj/timer.h>
  )cpp",
              {"-w"});
  Prover P(AST.context(), "0.9");
  P.proveAll("kj", [](StringRef) { return true; });
  EXPECT_GE(P.Proven, 20u);
}

TEST(KnowledgeProof, MockHeadersAreKnownAsWhatTheyMock) {
  std::string Code;
  std::error_code Error;
  StringRef Mock = CODROP_SOURCE_DIR "/test/mock";
  for (llvm::sys::fs::recursive_directory_iterator It(Mock, Error), End;
       It != End && !Error; It.increment(Error))
    if (StringRef(It->path()).contains(".h"))
      Code += "#include \"" + It->path() + "\"\n";
  TestAST AST(Code, {("-I" + Mock).str(), "-w"});
  for (auto [Library, AtLeast] : {std::pair<StringRef, unsigned>("seastar", 50),
                                  {"folly-coro", 45},
                                  {"cppcoro", 15},
                                  {"libcoro", 30},
                                  {"async_simple", 30},
                                  {"cobalt", 15},
                                  {"concurrencpp", 20},
                                  {"qcoro", 5},
                                  {"qt", 12},
                                  {"kj", 9},
                                  {"drogon", 15},
                                  {"unifex", 8},
                                  {"stdexec", 5},
                                  {"toomanycooks", 12}}) {
    Prover P(AST.context(), "99");
    P.OnlyWhatIsThere = true;
    P.proveAll(Library,
               [&](StringRef Name) { return !Name.starts_with("std::"); });
    EXPECT_GE(P.Proven, AtLeast) << Library.str();
  }
}

// For a library that Debian does not have, with a checkout of it; see
// docs/internals/knowledge.md.
TEST(KnowledgeProof, AsAsked) {
  const char *Library = std::getenv("CODROP_PROVE");
  const char *Source = std::getenv("CODROP_PROVE_WITH");
  if (!Library || !Source)
    GTEST_SKIP() << "CODROP_PROVE and CODROP_PROVE_WITH are not set";
  auto Code = llvm::MemoryBuffer::getFile(Source);
  ASSERT_TRUE(bool(Code)) << Source;
  std::vector<std::string> Flags = {"-w"};
  llvm::SmallVector<StringRef, 8> More;
  if (const char *Text = std::getenv("CODROP_PROVE_FLAGS"))
    StringRef(Text).split(More, ' ', -1, false);
  for (StringRef Flag : More)
    Flags.push_back(Flag.str());
  TestAST AST((*Code)->getBuffer(), Flags);
  Prover P(AST.context(), "99999");
  P.proveAll(Library,
             [](StringRef Name) { return !Name.starts_with("std::"); });
  EXPECT_GT(P.Proven, 0u);
}

TEST(KnowledgeProof, TellsWhatIsWrong) {
  TestAST AST(R"cpp(
    namespace own {
      struct base { void inherited(); };
      template <class T> struct real : base {
        real();
        ~real();
        void get();
        int operator co_await();
      };
      using alias = real<int>;
      void operator||(base, int);
    }
  )cpp");
  Resolver R(AST.context());
  EXPECT_NE(R.resolve("own::real::get").D, nullptr);
  EXPECT_TRUE(R.resolve("own::real::inherited").Inherited);
  EXPECT_TRUE(isa<TypedefNameDecl>(R.resolve("own::alias").D));
  EXPECT_NE(R.resolve("own::operator||").D, nullptr);
  EXPECT_NE(R.resolve("own::real::real").D, nullptr);
  EXPECT_NE(R.resolve("own::real::~real").D, nullptr);
  EXPECT_NE(R.resolve("own::real::operator co_await").D, nullptr);
  EXPECT_EQ(R.resolve("own::real::~base").D, nullptr);
  EXPECT_EQ(R.resolve("own::base::operator co_await").D, nullptr);
  EXPECT_EQ(R.resolve("own::missing").D, nullptr);
  EXPECT_EQ(R.resolve("own::real::missing").D, nullptr);
  EXPECT_EQ(R.resolve("other::real").D, nullptr);
}

} // namespace
