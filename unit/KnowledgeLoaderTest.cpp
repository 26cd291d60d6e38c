// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a knowledge file may say, and the exact words of each mistake in one.
// What facts mean to declarations is tested in KnowledgeTest.cpp.

#include "analysis/KnowledgeLoader.h"
#include "analysis/Knowledge.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"
#include "gtest/gtest.h"

using namespace codrop;
using llvm::StringRef;

namespace {

std::string errorsOf(StringRef Text, StringRef File = "own.yaml") {
  Knowledge K;
  if (llvm::Error E = K.addFile(File, Text))
    return llvm::toString(std::move(E));
  return "";
}

/// The one fact of \p Text, as \p F.
template <class F> F only(StringRef Text, std::deque<F> KnowledgeFacts::*Of) {
  KnowledgeFacts Facts;
  if (llvm::Error E = loadKnowledge("own.yaml", Text, false, Facts)) {
    ADD_FAILURE() << llvm::toString(std::move(E));
    return F();
  }
  EXPECT_EQ((Facts.*Of).size(), 1u);
  return (Facts.*Of).empty() ? F() : (Facts.*Of).front();
}

TEST(KnowledgeLoader, ReadsEveryFieldOfAnEntry) {
  auto G = only(R"(
library: own
guards:
  - name: own::lock
    kind: coroutine-safe
    exclusive: false
    default-constructed: empty
    not-owning-tags: own::defer
    acquire: [lock, try_lock]
    release: [unlock]
    disarm: [release]
    source: own/lock.h
    since: "2"
    reason: it counts readers
)",
                &KnowledgeFacts::Guards);
  EXPECT_EQ(G.Name, "own::lock");
  EXPECT_EQ(G.Kind, GuardKind::CoroutineSafe);
  EXPECT_FALSE(G.Exclusive);
  EXPECT_TRUE(G.DefaultConstructedIsEmpty);
  EXPECT_EQ(G.NotOwningTags, std::vector<std::string>{"own::defer"});
  EXPECT_EQ(G.Acquire, (std::vector<std::string>{"lock", "try_lock"}));
  EXPECT_EQ(G.Disarm, std::vector<std::string>{"release"});
  EXPECT_EQ(G.Why, "it counts readers");
  EXPECT_EQ(G.Origin.Library, "own");
  EXPECT_EQ(G.Origin.File, "own.yaml");
  EXPECT_EQ(G.Origin.Line, 4u);
  EXPECT_EQ(G.Origin.Source, "own/lock.h");
  EXPECT_EQ(G.Origin.Since, "2");
}

TEST(KnowledgeLoader, ReadsPredicates) {
  auto B = only(R"(
blocking:
  - name: own::wait
    unless: {argument: 2, is: has-flag, name: NOW|NEVER}
    only-if: {argument: 1, is: "null"}
)",
                &KnowledgeFacts::Blocking);
  ASSERT_TRUE(B.Unless && B.OnlyIf);
  EXPECT_EQ(B.Unless->Argument, 2u);
  EXPECT_EQ(B.Unless->Is, ArgumentPredicate::Kind::HasFlag);
  EXPECT_EQ(B.Unless->Name, "NOW|NEVER");
  EXPECT_EQ(B.OnlyIf->Is, ArgumentPredicate::Kind::Null);
}

TEST(KnowledgeLoader, TheObjectOfACallIsArgumentZero) {
  auto S = only("sinks: [{name: own::task::start, task-argument: object}]",
                &KnowledgeFacts::Sinks);
  EXPECT_EQ(S.TaskArgument, 0u);
}

TEST(KnowledgeLoader, ReadsWhereWorkGoes) {
  auto O = only("offloads: [{name: own::post, resumes: here}]",
                &KnowledgeFacts::Offloads);
  EXPECT_EQ(O.Runs, OffloadFact::Place::Unsaid);
  EXPECT_EQ(O.Resumes, OffloadFact::Place::Here);
  auto S = only("sinks: [{name: own::group::start, owner-waits: true}]",
                &KnowledgeFacts::Sinks);
  EXPECT_TRUE(S.OwnerWaits);
}

TEST(KnowledgeLoader, AliasesMultiplyOut) {
  KnowledgeFacts Facts;
  llvm::Error E = loadKnowledge("own.yaml", R"(
namespaces: {net: [net, vendor::net]}
pairs:
  - name: [net::take, other::take]
    release: net::give
    instead: net::scoped, not my_net::scoped or x::net::scoped
    source: net::doc
)",
                                false, Facts);
  ASSERT_FALSE(bool(E)) << llvm::toString(std::move(E));
  ASSERT_EQ(Facts.Pairs.size(), 3u);
  EXPECT_EQ(Facts.Pairs[0].Name, "net::take");
  EXPECT_EQ(Facts.Pairs[1].Name, "vendor::net::take");
  EXPECT_EQ(Facts.Pairs[1].Release,
            std::vector<std::string>{"vendor::net::give"});
  EXPECT_EQ(Facts.Pairs[1].Instead,
            "vendor::net::scoped, not my_net::scoped or x::net::scoped");
  EXPECT_EQ(Facts.Pairs[1].Origin.Source, "net::doc");
  EXPECT_EQ(Facts.Pairs[2].Name, "other::take");
}

TEST(KnowledgeLoader, UnknownKeyWithDidYouMean) {
  EXPECT_EQ(errorsOf("resources:\n"
                     "  - name: own::file\n"
                     "    close: close\n"
                     "    opne: open\n"),
            "own.yaml:4:5: error: unknown key 'opne' in 'resources'; did you "
            "mean 'open'?");
  EXPECT_EQ(errorsOf("resources:\n  - name: own::file\n    clos: close\n"),
            "own.yaml:2:5: error: this entry of 'resources' has no 'close'\n"
            "own.yaml:3:5: error: unknown key 'clos' in 'resources'; did you "
            "mean 'close'?");
}

TEST(KnowledgeLoader, UnknownKeyWithNothingNearListsTheKnown) {
  EXPECT_EQ(errorsOf("closers: [{name: own::f, blocking-time: 3}]"),
            "own.yaml:1:26: error: unknown key 'blocking-time' in 'closers'; "
            "known: 'name', 'source', 'since', 'why', 'reason', 'argument'");
}

TEST(KnowledgeLoader, UnknownSection) {
  EXPECT_EQ(errorsOf("guard:\n  - name: own::lock\n"),
            "own.yaml:1:1: error: unknown section 'guard'; did you mean "
            "'guards'?");
}

TEST(KnowledgeLoader, UnknownValue) {
  EXPECT_EQ(errorsOf("guards: [{name: own::lock, kind: threadbound}]"),
            "own.yaml:1:34: error: unknown value 'threadbound' of 'kind' in "
            "'guards'; did you mean 'thread-bound'?");
}

TEST(KnowledgeLoader, WrongTypes) {
  EXPECT_EQ(errorsOf("- blocking\n"),
            "own.yaml:1:1: error: a knowledge file is a map of sections such "
            "as 'blocking:', not a list");
  EXPECT_EQ(errorsOf("blocking: own::wait"),
            "own.yaml:1:11: error: 'blocking' must be a list of entries, not "
            "a word");
  EXPECT_EQ(errorsOf("blocking:\nsinks: []\n"),
            "own.yaml:1:1: error: 'blocking' must be a list of entries, not "
            "nothing");
  EXPECT_EQ(errorsOf("blocking: [own::wait]"),
            "own.yaml:1:12: error: an entry of 'blocking' must be a map such "
            "as {name: library::thing}, not a word");
  EXPECT_EQ(errorsOf("closers: [{name: own::f, argument: 0}]"),
            "own.yaml:1:36: error: 'argument' in 'closers' must be a number; "
            "arguments count from 1");
  EXPECT_EQ(errorsOf("sinks: [{name: own::f, detaches: maybe}]"),
            "own.yaml:1:34: error: 'detaches' in 'sinks' must be true or "
            "false");
  EXPECT_EQ(errorsOf("blocking: [{name: own::f, unless: zero}]"),
            "own.yaml:1:35: error: 'unless' in 'blocking' must be a map such "
            "as {argument: 1, is: zero}, not a word");
  EXPECT_EQ(errorsOf("blocking: [{name: {a: b}}]"),
            "own.yaml:1:19: error: 'name' in 'blocking' must be a word or a "
            "list of words, not a map");
}

TEST(KnowledgeLoader, PredicatesAreChecked) {
  EXPECT_EQ(errorsOf("blocking: [{name: own::f, unless: {is: type}}]"),
            "own.yaml:1:35: error: this entry of 'blocking.unless' has no "
            "'name'\n"
            "own.yaml:1:35: error: this entry of 'blocking.unless' has no "
            "'argument'");
}

TEST(KnowledgeLoader, MissingName) {
  EXPECT_EQ(errorsOf("blocking:\n  - why: sleeps\n"),
            "own.yaml:2:5: error: this entry of 'blocking' has no 'name'");
}

TEST(KnowledgeLoader, NamesThatNoDeclarationHas) {
  EXPECT_EQ(errorsOf("guards: [{name: 'own::lock<M>', kind: thread-bound}]"),
            "own.yaml:1:17: error: 'own::lock<M>' is no name of a "
            "declaration; write it without template arguments");
  EXPECT_EQ(errorsOf("blocking: [{name: '::sleep'}]"),
            "own.yaml:1:19: error: '::sleep' is no name of a declaration; "
            "write 'sleep'; names are qualified without a leading '::'");
  EXPECT_EQ(
      errorsOf("blocking:\n  - name:\n      - own::a\n      - own::b()\n"),
      "own.yaml:4:9: error: 'own::b()' is no name of a declaration; "
      "write it without parameters");
  EXPECT_EQ(errorsOf("blocking: [{name: 'own::f::operator()'}]"), "");
}

TEST(KnowledgeLoader, Duplicates) {
  EXPECT_EQ(
      errorsOf("blocking:\n  - name: own::f\n  - name: [own::g, own::f]\n"),
      "own.yaml:3:20: error: 'own::f' is in 'blocking' twice; first on "
      "line 2");
  EXPECT_EQ(errorsOf("library: own\nlibrary: other\n"),
            "own.yaml:2:1: error: key 'library' is given twice; first on line "
            "1");
  EXPECT_EQ(errorsOf("blocking: [{name: own::f, why: a, reason: b}]"),
            "own.yaml:1:43: error: 'reason' is another word for 'why'; give "
            "one of them");
}

TEST(KnowledgeLoader, AllErrorsOfAFileInItsOrder) {
  EXPECT_EQ(errorsOf("sinks: [{name: own::f, task-argument: first}]\n"
                     "blocking: [{nam: own::g}]\n"),
            "own.yaml:1:39: error: 'task-argument' in 'sinks' must be a "
            "number; arguments count from 1\n"
            "own.yaml:2:12: error: this entry of 'blocking' has no 'name'\n"
            "own.yaml:2:13: error: unknown key 'nam' in 'blocking'; did you "
            "mean 'name'?");
}

TEST(KnowledgeLoader, SyntaxErrors) {
  EXPECT_EQ(
      errorsOf("blocking: [{name: own::f}\n"),
      "own.yaml:1:26: error: this is not YAML: Could not find closing ]!");
  EXPECT_EQ(errorsOf("blocking: &all [{name: own::f}]\n"),
            "own.yaml:1:16: error: anchors and aliases are not supported; "
            "write the value out");
  EXPECT_EQ(errorsOf("library: a\n---\nlibrary: b\n"),
            "own.yaml:3:1: error: a knowledge file holds one YAML document");
  EXPECT_EQ(errorsOf(""), "own.yaml:1:1: error: a knowledge file is a map of "
                          "sections such as 'blocking:', not nothing");
}

TEST(KnowledgeLoader, EmbeddedFilesNeedSources) {
  EXPECT_EQ(errorsOf("blocking: [{name: own::f}]", "<embedded>/own.yaml"),
            "<embedded>/own.yaml:1:1: error: this file has no 'library'\n"
            "<embedded>/own.yaml:1:12: error: this entry of 'blocking' has no "
            "'source'");
}

TEST(KnowledgeLoader, AFileWithAnErrorLeavesNothingBehind) {
  Knowledge K;
  llvm::Error E =
      K.addFile("own.yaml", "blocking: [{name: own::f}, {nam: own::g}]");
  EXPECT_TRUE(bool(E));
  llvm::consumeError(std::move(E));
  EXPECT_TRUE(K.entries().empty());
}

TEST(KnowledgeLoader, UnreadableFile) {
  auto K = Knowledge::load({"/nowhere/own.yaml"});
  ASSERT_FALSE(bool(K));
  EXPECT_EQ(llvm::toString(K.takeError()),
            "/nowhere/own.yaml:1:1: error: cannot read this knowledge file: "
            "No such file or directory");
}

TEST(KnowledgeLoader, TheExampleOfTheDocumentationLoads) {
  auto Page = llvm::MemoryBuffer::getFile(CODROP_SOURCE_DIR
                                          "/docs/internals/knowledge.md");
  ASSERT_TRUE(bool(Page));
  StringRef Block = (*Page)
                        ->getBuffer()
                        .split("<!-- test: knowledge -->\n```yaml\n")
                        .second.split("```")
                        .first;
  ASSERT_FALSE(Block.empty());
  EXPECT_EQ(errorsOf(Block), "");
}

TEST(KnowledgeLoader, EmbeddedFilesLoadInFullWithSources) {
  llvm::StringMap<unsigned> Libraries;
  for (const Knowledge::Entry &E : Knowledge::embedded().entries()) {
    ++Libraries[E.F->Origin.Library];
    EXPECT_FALSE(E.F->Origin.Source.empty()) << E.F->Name;
    EXPECT_TRUE(StringRef(E.F->Origin.File).starts_with("<embedded>/"));
  }
  for (StringRef Library :
       {"std", "posix", "asio", "seastar", "folly", "cppcoro"})
    EXPECT_GE(Libraries.lookup(Library), 15u) << Library.str();
}

/// What the schema calls a value of type \p T, as JSON for comparison.
std::string schemaType(const KnowledgeKey &K) {
  using Type = KnowledgeKey::Type;
  switch (K.T) {
  case Type::Text:
    return "string";
  case Type::Names:
    return "names";
  case Type::Boolean:
    return "boolean";
  case Type::Number:
    return "integer";
  case Type::Argument:
    return "argument";
  case Type::Predicate:
    return "predicate";
  case Type::Choice:
    break;
  }
  std::string Choices = "enum";
  for (StringRef C : K.Choices)
    Choices += (" " + C).str();
  return Choices;
}

std::string typeInSchema(const llvm::json::Object &Property) {
  if (auto Ref = Property.getString("$ref")) {
    StringRef Name = Ref->rsplit('/').second;
    return Name == "name"        ? "names"
           : Name == "predicate" ? "predicate"
                                 : "string";
  }
  if (const llvm::json::Array *Enum = Property.getArray("enum")) {
    std::string Choices = "enum";
    for (const llvm::json::Value &V : *Enum)
      if (auto Word = V.getAsString()) // `true` is also there as a boolean.
        Choices += (" " + *Word).str();
    return Choices;
  }
  if (const llvm::json::Array *Alternatives = Property.getArray("oneOf"))
    return (*Alternatives)[0].getAsObject()->getString("type") == "integer"
               ? "argument"
               : "names";
  return Property.getString("type").value_or("?").str();
}

TEST(KnowledgeLoader, ThePublishedSchemaAgrees) {
  auto Buffer =
      llvm::MemoryBuffer::getFile(CODROP_SOURCE_DIR "/knowledge/schema.json");
  ASSERT_TRUE(bool(Buffer));
  llvm::Expected<llvm::json::Value> Schema =
      llvm::json::parse((*Buffer)->getBuffer());
  ASSERT_TRUE(bool(Schema)) << llvm::toString(Schema.takeError());
  const llvm::json::Object &Root = *Schema->getAsObject();
  const llvm::json::Object &Sections = *Root.getObject("properties");

  std::vector<KnowledgeSection> Known = describeKnowledge();
  EXPECT_EQ(Sections.size(), Known.size() + knowledgeHeaderKeys().size());
  for (StringRef Key : knowledgeHeaderKeys())
    EXPECT_NE(Sections.get(Key), nullptr) << Key.str();
  for (const KnowledgeSection &S : Known) {
    SCOPED_TRACE(S.Name.str());
    const llvm::json::Object *Section = Sections.getObject(S.Name);
    ASSERT_NE(Section, nullptr);
    const llvm::json::Object *Items = Section->getObject("items");
    const llvm::json::Object *Properties = Items->getObject("properties");
    EXPECT_EQ(Properties->size(), S.Keys.size());
    std::vector<std::string> Required, InSchema;
    for (const llvm::json::Value &V : *Items->getArray("required"))
      InSchema.push_back(V.getAsString()->str());
    for (const KnowledgeKey &K : S.Keys) {
      const llvm::json::Object *Property = Properties->getObject(K.Name);
      ASSERT_NE(Property, nullptr) << K.Name.str();
      EXPECT_EQ(typeInSchema(*Property), schemaType(K)) << K.Name.str();
      if (K.Required)
        Required.push_back(K.Name.str());
    }
    EXPECT_EQ(InSchema, Required);
  }
  const llvm::json::Array *Is = Root.getObject("$defs")
                                    ->getObject("predicate")
                                    ->getObject("properties")
                                    ->getObject("is")
                                    ->getArray("enum");
  ASSERT_EQ(Is->size(), knowledgePredicates().size());
  for (auto [InSchema, Word] : llvm::zip(*Is, knowledgePredicates()))
    EXPECT_EQ(InSchema.getAsString(), Word);
}

} // namespace
