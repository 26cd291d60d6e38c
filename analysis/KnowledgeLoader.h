// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The schema of knowledge files: which sections there are, which keys an entry
// of each has, and how a file becomes facts. It decides what a file may say and
// how a mistake in it is told; what the facts mean to a declaration is in
// Knowledge.cpp.

#ifndef CODROP_ANALYSIS_KNOWLEDGELOADER_H
#define CODROP_ANALYSIS_KNOWLEDGELOADER_H

#include "analysis/Knowledge.h"

namespace codrop {

/// The facts of one or more files, section by section. Addresses of facts stay
/// valid while more are added.
struct KnowledgeFacts {
  std::deque<TaskTypeFact> TaskTypes;
  std::deque<ResourceFact> Resources;
  std::deque<NotResourceFact> NotResources;
  std::deque<GuardFact> Guards;
  std::deque<PairFact> Pairs;
  std::deque<BlockingFact> Blocking;
  std::deque<NamedFact> NonBlocking;
  std::deque<BlockingDestructorFact> BlockingDestructors;
  std::deque<SinkFact> Sinks;
  std::deque<CloserFact> Closers;
  std::deque<AwaitFact> Awaits;
  std::deque<CancellationExceptionFact> CancellationExceptions;
  std::deque<NamedFact> CancellationTokens;
  std::deque<NamedFact> Shields;
  std::deque<CombinatorFact> CancellingCombinators;
  std::deque<NamedFact> CoroutineMutexes;
  std::deque<NamedFact> SingleOwner;
  std::deque<NamedFact> AlwaysTrue;
  std::deque<NamedFact> Tests;
  std::deque<NeverReturnsFact> NeverReturns;
  std::deque<OffloadFact> Offloads;
  std::deque<InterruptedFact> Interrupted;
  std::deque<FileOpenFact> FileOpens;
  std::deque<CallableFact> Callables;
  std::deque<ResumerFact> Resumers;
  std::deque<NamedFact> WakeUps;
  std::deque<NamedFact> StoppedResults;
  unsigned NextOrder = 0;
};

/// The sections in the order of KnowledgeFacts: their numbers index tables.
enum class Section : unsigned {
  TaskTypes,
  Resources,
  NotResources,
  Guards,
  Pairs,
  Blocking,
  NonBlocking,
  BlockingDestructors,
  Sinks,
  Closers,
  Awaits,
  CancellationExceptions,
  CancellationTokens,
  Shields,
  CancellingCombinators,
  CoroutineMutexes,
  SingleOwner,
  AlwaysTrue,
  Tests,
  NeverReturns,
  Offloads,
  Interrupted,
  FileOpens,
  Callables,
  Resumers,
  WakeUps,
  StoppedResults,
};
constexpr unsigned NumSections = unsigned(Section::StoppedResults) + 1;

/// Calls \p Visit(Section, "name-in-yaml", &KnowledgeFacts::Member) for each.
template <class Fn> void forEachSection(Fn Visit) {
  using K = KnowledgeFacts;
  Visit(Section::TaskTypes, "task-types", &K::TaskTypes);
  Visit(Section::Resources, "resources", &K::Resources);
  Visit(Section::NotResources, "not-resources", &K::NotResources);
  Visit(Section::Guards, "guards", &K::Guards);
  Visit(Section::Pairs, "pairs", &K::Pairs);
  Visit(Section::Blocking, "blocking", &K::Blocking);
  Visit(Section::NonBlocking, "non-blocking", &K::NonBlocking);
  Visit(Section::BlockingDestructors, "blocking-destructors",
        &K::BlockingDestructors);
  Visit(Section::Sinks, "sinks", &K::Sinks);
  Visit(Section::Closers, "closers", &K::Closers);
  Visit(Section::Awaits, "awaits", &K::Awaits);
  Visit(Section::CancellationExceptions, "cancellation-exceptions",
        &K::CancellationExceptions);
  Visit(Section::CancellationTokens, "cancellation-tokens",
        &K::CancellationTokens);
  Visit(Section::Shields, "shields", &K::Shields);
  Visit(Section::CancellingCombinators, "cancelling-combinators",
        &K::CancellingCombinators);
  Visit(Section::CoroutineMutexes, "coroutine-mutexes", &K::CoroutineMutexes);
  Visit(Section::SingleOwner, "single-owner", &K::SingleOwner);
  Visit(Section::AlwaysTrue, "always-true", &K::AlwaysTrue);
  Visit(Section::Tests, "tests", &K::Tests);
  Visit(Section::NeverReturns, "never-returns", &K::NeverReturns);
  Visit(Section::Offloads, "offloads", &K::Offloads);
  Visit(Section::Interrupted, "interrupted-operations", &K::Interrupted);
  Visit(Section::FileOpens, "file-opens", &K::FileOpens);
  Visit(Section::Callables, "callables", &K::Callables);
  Visit(Section::Resumers, "resumers", &K::Resumers);
  Visit(Section::WakeUps, "wake-ups", &K::WakeUps);
  Visit(Section::StoppedResults, "stopped-results", &K::StoppedResults);
}

/// One key of an entry, as the loader understands it. The published schema is
/// tested against this description.
struct KnowledgeKey {
  enum class Type {
    Text,
    Names,
    Boolean,
    Number,
    Argument, ///< A number or the word "object".
    Choice,
    Predicate
  };
  llvm::StringRef Name;
  Type T = Type::Text;
  bool Required = false;
  std::vector<llvm::StringRef> Choices;
};
struct KnowledgeSection {
  llvm::StringRef Name;
  std::vector<KnowledgeKey> Keys;
};
/// Every section with the keys of its entries, `name` and `source` included.
std::vector<KnowledgeSection> describeKnowledge();
/// The keys at the top of a file that are no sections.
llvm::ArrayRef<llvm::StringRef> knowledgeHeaderKeys();
/// The values of `is` in `unless` and `only-if`.
llvm::ArrayRef<llvm::StringRef> knowledgePredicates();

/// Parses \p Text and adds its facts to \p Facts; adds none if there is an
/// error. All errors of the file are in the returned message, one a line.
/// \p RequireSource: every entry must say where it can be looked up.
llvm::Error loadKnowledge(llvm::StringRef File, llvm::StringRef Text,
                          bool RequireSource, KnowledgeFacts &Facts);

} // namespace codrop

#endif // CODROP_ANALYSIS_KNOWLEDGELOADER_H
