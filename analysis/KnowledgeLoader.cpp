// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The fields of each section, and the way from a file to facts: namespace
// aliases multiplied out, names checked, duplicates refused.

#include "analysis/KnowledgeLoader.h"
#include "analysis/KnowledgeReader.h"
#include "analysis/KnowledgeYaml.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace llvm;

namespace codrop {
namespace {

using R = EntryReader;

// The fields of each kind of fact beyond those that all entries share.

void fields(R &Read, TaskTypeFact &F) {
  Read.choice("start", F.Start,
              {{"lazy", TaskStart::Lazy}, {"eager", TaskStart::Eager}},
              R::Required);
  Read.choice("drop", F.Drop,
              {{"destroys", TaskDrop::Destroys},
               {"cancels", TaskDrop::Cancels},
               {"detaches", TaskDrop::Detaches},
               {"joins", TaskDrop::Joins},
               {"terminates", TaskDrop::Terminates},
               {"unknown", TaskDrop::Unknown}},
              R::Required);
  Read.boolean("destroys-suspended-frame", F.DestroysSuspendedFrame);
  Read.boolean("thread-bound", F.ThreadBound);
}

void fields(R &Read, ResourceFact &F) {
  Read.names("close", F.Close, R::Required);
  Read.names("open", F.Open);
  Read.choice("default-constructed", F.DefaultConstructedIsClosed,
              {{"open", false}, {"closed", true}});
  Read.choice("close-on", F.NormalPathOnly,
              {{"every-path", false}, {"normal-path", true}});
  Read.choice("copies", F.SharedByCopies, {{"own", false}, {"shared", true}});
}

void fields(R &Read, GuardFact &F) {
  Read.choice("kind", F.Kind,
              {{"thread-bound", GuardKind::ThreadBound},
               {"coroutine-safe", GuardKind::CoroutineSafe}},
              R::Required);
  Read.boolean("exclusive", F.Exclusive);
  Read.names("not-owning-tags", F.NotOwningTags);
  Read.choice("default-constructed", F.DefaultConstructedIsEmpty,
              {{"owning", false}, {"empty", true}});
  Read.names("acquire", F.Acquire);
  Read.names("acquire-with", F.AcquireWith);
  Read.names("release", F.Release);
  Read.names("disarm", F.Disarm);
}

void fields(R &Read, PairFact &F) {
  Read.names("release", F.Release, R::Required);
  Read.text("what", F.What);
  Read.choice("acquired-when", F.AcquiredWhen,
              {{"called", PairFact::When::Called},
               {"awaited", PairFact::When::Awaited},
               {"true", PairFact::When::True}});
  Read.text("instead", F.Instead);
  Read.predicate("only-if", F.OnlyIf);
  Read.predicate("release-if", F.ReleaseIf);
}

void fields(R &Read, BlockingFact &F) {
  Read.text("instead", F.Instead);
  Read.predicate("unless", F.Unless);
  Read.predicate("only-if", F.OnlyIf);
}

void fields(R &Read, BlockingDestructorFact &F) {
  Read.text("assigned-from", F.AssignedFrom);
  Read.predicate("unless", F.Unless);
}

void fields(R &Read, SinkFact &F) {
  Read.argument("task-argument", F.TaskArgument);
  Read.boolean("detaches", F.Detaches);
  Read.text("detached-only-if-type", F.DetachedOnlyIfType);
  Read.choice("starts", F.StartsInline, {{"inline", true}, {"later", false}});
  Read.boolean("owner-waits", F.OwnerWaits);
}

void fields(R &Read, CloserFact &F) { Read.argument("argument", F.Argument); }

void fields(R &Read, AwaitFact &F) {
  Read.choice("suspends", F.NeverSuspends, {{"never", true}, {"maybe", false}});
  Read.choice("throws", F.NeverThrows, {{"never", true}, {"maybe", false}});
  Read.choice("resumes", F.NeverResumes, {{"never", true}, {"maybe", false}});
  Read.choice("on-failure", F.LeavesOnFailure,
              {{"leaves", true}, {"throws", false}});
}

void fields(R &Read, OffloadFact &F) {
  using Place = OffloadFact::Place;
  Read.choice("runs", F.Runs, {{"there", Place::There}, {"here", Place::Here}});
  Read.choice("resumes", F.Resumes,
              {{"there", Place::There}, {"here", Place::Here}});
}

void fields(R &Read, CallableFact &F) {
  Read.choice("kept", F.DiesOnReturn,
              {{"until-return", true}, {"until-done", false}});
}

void fields(R &Read, NeverReturnsFact &F) {
  Read.predicate("only-if", F.OnlyIf);
}

void fields(R &Read, CancellationExceptionFact &F) {
  Read.choice("thrown-by", F.ByAnyAwait,
              {{"any-await", true}, {"asked", false}});
  Read.choice("carries", F.AnyError,
              {{"any-error", true}, {"cancellation", false}});
  Read.text("fiber", F.Fiber);
}

void fields(R &Read, CombinatorFact &F) {
  Read.number("raced", F.Raced);
  Read.choice("loser", F.LoserGoesOn,
              {{"cancelled", false}, {"goes-on", true}});
  Read.choice("cuts-on", F.OnFailure,
              {{"completion", false}, {"failure", true}});
  Read.choice("when-cut", F.Throws, {{"returns", false}, {"throws", true}});
  Read.boolean("token", F.Token);
}

void fields(R &Read, InterruptedFact &F) {
  using Leaves = InterruptedFact::Leaves;
  Read.choice("leaves", F.Behind,
              {{"half-done", Leaves::HalfDone},
               {"lost", Leaves::Lost},
               {"nothing", Leaves::Nothing}},
              R::Required);
  Read.argument("state", F.State);
}

void fields(R &Read, FileOpenFact &F) {
  Read.argument("path", F.Path);
  Read.predicate("only-if", F.OnlyIf);
  Read.predicate("unless", F.Unless);
}

void fields(R &Read, ResumerFact &F) { Read.predicate("unless", F.Unless); }

void fields(R &, NotResourceFact &) {}
void fields(R &, NamedFact &) {}

/// All fields of an entry. Names come back separately because one entry makes
/// a fact for each.
template <class F>
void entryFields(R &Read, F &Out, std::vector<std::string> &Names,
                 bool RequireSource) {
  Read.names("name", Names, R::Required);
  Read.text("source", Out.Origin.Source,
            RequireSource ? R::Required : R::Optional);
  Read.text("since", Out.Origin.Since);
  std::string Reason;
  Read.text("why", Out.Why);
  Read.text("reason", Reason);
  if (Out.Why.empty())
    Out.Why = std::move(Reason);
  fields(Read, Out);
  Read.finish();
}

constexpr StringRef HeaderKeys[] = {"library", "namespaces", "extern-c"};

/// Why \p Name can be no name of a declaration; empty if it can.
std::string wrongName(StringRef Name) {
  if (Name.starts_with("::"))
    return "write '" + Name.drop_front(2).str() +
           "'; names are qualified "
           "without a leading '::'";
  StringRef Last = Name.rsplit("::").second;
  if (Last.empty())
    Last = Name;
  StringRef Plain =
      Last.starts_with("operator") ? Name.drop_back(Last.size()) : Name;
  if (Plain.contains('<'))
    return "write it without template arguments";
  if (Plain.contains('('))
    return "write it without parameters";
  if (Plain.contains(' ') || Name.ends_with("::"))
    return "a name looks like 'library::type' or 'library::type::member'";
  return "";
}

class FileLoader {
public:
  FileLoader(StringRef File, bool RequireSource, KnowledgeFacts &Facts)
      : File(File), RequireSource(RequireSource), Facts(Facts), Errors(File) {}

  Error load(StringRef Text) {
    std::optional<YamlValue> Root = parseYaml(Text, Errors);
    if (Root)
      readFile(*Root);
    if (!Errors.empty())
      return createStringError(inconvertibleErrorCode(), Errors.text());
    return Error::success();
  }

private:
  void readFile(const YamlValue &Root) {
    if (Root.K != YamlValue::Kind::Map)
      return Errors.add(Root.At, "a knowledge file is a map of sections such "
                                 "as 'blocking:', not " +
                                     Root.kindName());
    std::vector<StringRef> Known(std::begin(HeaderKeys), std::end(HeaderKeys));
    forEachSection(
        [&](Section, StringRef Name, auto) { Known.push_back(Name); });
    for (const auto &[Key, Value] : Root.Map)
      if (!is_contained(Known, Key.Scalar))
        Errors.add(Key.At, "unknown section '" + Key.Scalar + "'" +
                               didYouMean(Key.Scalar, Known));
    readHeader(Root);
    forEachSection([&](Section, StringRef Name, auto Member) {
      if (const YamlValue *V = Root.find(Name))
        readSection(Name, *V, Facts.*Member);
    });
  }

  void readHeader(const YamlValue &Root) {
    if (const YamlValue *V = Root.find("library")) {
      if (V->K == YamlValue::Kind::Scalar && !V->Scalar.empty())
        Library = V->Scalar;
      else
        Errors.add(V->At, "'library' must be a word, not " + V->kindName());
    } else if (RequireSource) {
      Errors.add(Root.At, "this file has no 'library'");
    }
    if (const YamlValue *V = Root.find("extern-c")) {
      ExternC = V->Scalar == "true";
      if (!ExternC && V->Scalar != "false")
        Errors.add(V->At, "'extern-c' must be true or false");
    }
    const YamlValue *Map = Root.find("namespaces");
    if (!Map)
      return;
    if (Map->K != YamlValue::Kind::Map)
      return Errors.add(Map->At, "'namespaces' must be a map such as {net: "
                                 "[net, vendor::net]}, not " +
                                     Map->kindName());
    for (const auto &[Alias, Meanings] : Map->Map) {
      if (Meanings.K != YamlValue::Kind::List || Meanings.List.empty()) {
        Errors.add(Meanings.At, "'" + Alias.Scalar +
                                    "' in 'namespaces' must "
                                    "be a list of namespaces");
        continue;
      }
      for (const YamlValue &M : Meanings.List) {
        if (M.K == YamlValue::Kind::Scalar && !M.Scalar.empty())
          Aliases.push_back({Alias.Scalar, M.Scalar});
        else
          Errors.add(M.At, "a namespace must be a word, not " + M.kindName());
      }
    }
  }

  template <class F>
  void readSection(StringRef Name, const YamlValue &V, std::deque<F> &Deque) {
    if (V.K != YamlValue::Kind::List)
      return Errors.add(V.At, "'" + Name + "' must be a list of entries, not " +
                                  V.kindName());
    StringMap<unsigned> Seen;
    for (const YamlValue &Entry : V.List) {
      if (Entry.K != YamlValue::Kind::Map) {
        Errors.add(Entry.At, "an entry of '" + Name +
                                 "' must be a map such "
                                 "as {name: library::thing}, not " +
                                 Entry.kindName());
        continue;
      }
      readEntry(Name, Entry, Deque, Seen);
    }
  }

  template <class F>
  void readEntry(StringRef SectionName, const YamlValue &Entry,
                 std::deque<F> &Deque, StringMap<unsigned> &Seen) {
    // What is wrong in an entry is told once, not once a namespace.
    F Plain;
    std::vector<std::string> Names;
    EntryReader Read(SectionName, Entry, {}, Errors);
    entryFields(Read, Plain, Names, RequireSource);
    if (Entry.find("why") && Entry.find("reason"))
      Errors.add(Entry.find("reason")->At,
                 "'reason' is another word for 'why'; give one of them");
    const YamlValue *NameNode = Entry.find("name");
    for (size_t I = 0; I != Names.size(); ++I) {
      YamlPosition At =
          NameNode->K == YamlValue::Kind::List && I < NameNode->List.size()
              ? NameNode->List[I].At
              : NameNode->At;
      if (std::string Wrong = wrongName(Names[I]); !Wrong.empty()) {
        Errors.add(At,
                   "'" + Names[I] + "' is no name of a declaration; " + Wrong);
        continue;
      }
      for (NamespaceAlias A : aliasesOf(Names[I])) {
        F Fact;
        std::vector<std::string> Unused;
        YamlErrors Told(File);
        EntryReader Again(SectionName, Entry, A, Told);
        entryFields(Again, Fact, Unused, false);
        Fact.Name = substituteAlias(Names[I], A);
        Fact.ExternC = ExternC && !StringRef(Fact.Name).contains("::");
        Fact.Origin.Library = Library;
        Fact.Origin.File = File.str();
        Fact.Origin.Line = Entry.At.Line;
        // A source is a place in a library's own words: not to be rewritten.
        Fact.Origin.Source = Plain.Origin.Source;
        Fact.Origin.Order = Facts.NextOrder++;
        auto [It, New] = Seen.try_emplace(Fact.Name, At.Line);
        if (!New) {
          Errors.add(At, "'" + Fact.Name + "' is in '" + SectionName +
                             "' twice; first on line " + Twine(It->second));
          break;
        }
        Deque.push_back(std::move(Fact));
      }
    }
  }

  std::vector<NamespaceAlias> aliasesOf(StringRef Name) const {
    std::vector<NamespaceAlias> Result;
    StringRef First = Name.split("::").first;
    if (First.size() != Name.size())
      for (const auto &[Alias, Meaning] : Aliases)
        if (Alias == First)
          Result.push_back({Alias, Meaning});
    if (Result.empty())
      Result.push_back({});
    return Result;
  }

  StringRef File;
  bool RequireSource;
  KnowledgeFacts &Facts;
  YamlErrors Errors;
  std::string Library;
  bool ExternC = false;
  std::vector<std::pair<std::string, std::string>> Aliases;
};

} // namespace

std::vector<KnowledgeSection> describeKnowledge() {
  std::vector<KnowledgeSection> Sections;
  KnowledgeFacts Facts;
  forEachSection([&](Section, StringRef Name, auto Member) {
    typename std::remove_reference_t<decltype(Facts.*Member)>::value_type Fact;
    std::vector<std::string> Names;
    Sections.push_back({Name, {}});
    EntryReader Describe(Sections.back().Keys);
    entryFields(Describe, Fact, Names, false);
  });
  return Sections;
}

ArrayRef<StringRef> knowledgeHeaderKeys() { return HeaderKeys; }

Error loadKnowledge(StringRef File, StringRef Text, bool RequireSource,
                    KnowledgeFacts &Facts) {
  // A file with an error must leave nothing behind.
  KnowledgeFacts FromFile;
  FromFile.NextOrder = Facts.NextOrder;
  if (Error E = FileLoader(File, RequireSource, FromFile).load(Text))
    return E;
  Facts.NextOrder = FromFile.NextOrder;
  forEachSection([&](Section, StringRef, auto Member) {
    for (auto &F : FromFile.*Member)
      (Facts.*Member).push_back(std::move(F));
  });
  return Error::success();
}

} // namespace codrop
