// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Loading, and the questions that checks ask. Which of several facts about a
// declaration holds is decided in KnowledgeTables.

#include "analysis/Knowledge.h"
#include "analysis/KnowledgeAnnotations.h"
#include "analysis/KnowledgeLoader.h"
#include "analysis/KnowledgeTables.h"
#include "clang/AST/DeclTemplate.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/MemoryBuffer.h"

using namespace clang;
using llvm::StringRef;

namespace codrop {
namespace {

struct EmbeddedFile {
  StringRef Name;
  StringRef Text;
};
constexpr EmbeddedFile EmbeddedFiles[] = {
#include "EmbeddedKnowledge.inc"
};
constexpr StringRef EmbeddedPrefix = "<embedded>/";

/// std::unique_lock<folly::coro::Mutex>, std::scoped_lock<A, B>: what the guard
/// may be held across is up to the mutexes.
bool locksOnlyCoroutineMutexes(const Knowledge &K,
                               const ClassTemplateSpecializationDecl &Guard) {
  llvm::SmallVector<TemplateArgument, 2> Types;
  for (const TemplateArgument &A : Guard.getTemplateArgs().asArray())
    if (A.getKind() == TemplateArgument::Pack)
      llvm::append_range(Types, A.pack_elements());
    else
      Types.push_back(A);
  unsigned Mutexes = 0;
  for (const TemplateArgument &A : Types) {
    if (A.getKind() != TemplateArgument::Type)
      continue;
    if (!K.isCoroutineMutex(A.getAsType()->getAsCXXRecordDecl()))
      return false;
    ++Mutexes;
  }
  return Mutexes != 0;
}

} // namespace

Knowledge::Knowledge() : T(std::make_unique<Tables>()) {}
Knowledge::~Knowledge() = default;
Knowledge::Knowledge(Knowledge &&) noexcept = default;
Knowledge &Knowledge::operator=(Knowledge &&) noexcept = default;

const Knowledge &Knowledge::embedded() {
  static const Knowledge K = [] {
    Knowledge K;
    for (const EmbeddedFile &File : EmbeddedFiles)
      if (llvm::Error E = loadKnowledge((EmbeddedPrefix + File.Name).str(),
                                        File.Text, true, K.T->Facts))
        llvm::report_fatal_error(std::move(E));
    K.T->index();
    return K;
  }();
  return K;
}

llvm::Expected<std::shared_ptr<const Knowledge>>
Knowledge::load(llvm::ArrayRef<std::string> Files) {
  auto K = std::make_shared<Knowledge>();
  K->T->Facts = embedded().T->Facts;
  std::string Errors;
  for (const std::string &File : Files) {
    auto Buffer = llvm::MemoryBuffer::getFile(File, /*IsText=*/true);
    std::string Message;
    if (!Buffer)
      Message = File + ":1:1: error: cannot read this knowledge file: " +
                Buffer.getError().message();
    else if (llvm::Error E = loadKnowledge(File, (*Buffer)->getBuffer(), false,
                                           K->T->Facts))
      Message = llvm::toString(std::move(E));
    if (!Message.empty())
      Errors += (Errors.empty() ? "" : "\n") + Message;
  }
  if (!Errors.empty())
    return llvm::createStringError(llvm::inconvertibleErrorCode(), Errors);
  K->T->index();
  return K;
}

llvm::Error Knowledge::addFile(StringRef File, StringRef Text) {
  if (llvm::Error E =
          loadKnowledge(File, Text, File.starts_with(EmbeddedPrefix), T->Facts))
    return E;
  T->index();
  return llvm::Error::success();
}

std::vector<Knowledge::Entry> Knowledge::entries() const {
  std::vector<Entry> Result;
  forEachSection([&](Section, StringRef Name, auto Member) {
    for (const auto &F : T->Facts.*Member)
      Result.push_back({Name, &F});
  });
  llvm::sort(Result, [](const Entry &A, const Entry &B) {
    return A.F->Origin.Order < B.F->Origin.Order;
  });
  return Result;
}

const TaskTypeFact *Knowledge::taskType(const CXXRecordDecl *RD) const {
  return T->recordFact<TaskTypeFact>(Section::TaskTypes, RD, annotatedTaskType);
}

const ResourceFact *Knowledge::resource(const CXXRecordDecl *RD) const {
  return RD ? T->resource(RD).first : nullptr;
}

const NotResourceFact *Knowledge::notResource(const CXXRecordDecl *RD) const {
  return RD ? T->resource(RD).second : nullptr;
}

const GuardFact *Knowledge::guard(const CXXRecordDecl *RD) const {
  const GuardFact *F =
      T->recordFact<GuardFact>(Section::Guards, RD, annotatedGuard);
  if (!F || F->Kind == GuardKind::CoroutineSafe)
    return F;
  const auto *S = dyn_cast<ClassTemplateSpecializationDecl>(RD);
  if (!S || !locksOnlyCoroutineMutexes(*this, *S))
    return F;
  // The same guard around another mutex: a fact of its own.
  GuardFact Safe = *F;
  Safe.Kind = GuardKind::CoroutineSafe;
  Safe.Name += "<coroutine mutex>";
  return T->keep<GuardFact>(Section::Guards, std::move(Safe));
}

const BlockingDestructorFact *
Knowledge::blockingDestructor(const CXXRecordDecl *RD) const {
  const BlockingDestructorFact *Result = nullptr;
  if (RD)
    visitWithBases(RD, [&](const CXXRecordDecl *C) {
      Result =
          T->named<BlockingDestructorFact>(Section::BlockingDestructors, C);
      // Here it is the destructor that is annotated, not the class.
      const CXXRecordDecl *Definition = definitionOf(C);
      const CXXDestructorDecl *D =
          Definition ? Definition->getDestructor() : nullptr;
      if (D && D->hasAttrs())
        if (const auto *Own = T->keep(
                Section::BlockingDestructors,
                T->plainAnnotation<BlockingDestructorFact>(D, "blocking")))
          Result = Own;
      return Result != nullptr;
    });
  return Result;
}

const AwaitFact *Knowledge::awaitOfType(const CXXRecordDecl *RD) const {
  return T->recordFact<AwaitFact>(
      Section::Awaits, RD, [](const CXXRecordDecl *C, const AwaitFact *) {
        return annotatedAwait(C);
      });
}

const CloserFact *Knowledge::closerType(const CXXRecordDecl *RD) const {
  return T->recordFact<CloserFact>(
      Section::Closers, RD, [&](const CXXRecordDecl *C, const CloserFact *) {
        return T->plainAnnotation<CloserFact>(C, "closes");
      });
}

const BlockingFact *Knowledge::blocking(const FunctionDecl *FD,
                                        const CXXRecordDecl *Object) const {
  bool NonBlocking = false;
  return FD ? T->blocking(FD, Object, NonBlocking) : nullptr;
}

bool Knowledge::isNonBlocking(const FunctionDecl *FD,
                              const CXXRecordDecl *Object) const {
  bool NonBlocking = false;
  if (FD)
    T->blocking(FD, Object, NonBlocking);
  return NonBlocking;
}

const PairFact *Knowledge::pairAcquire(const FunctionDecl *FD,
                                       const CXXRecordDecl *Object) const {
  const PairFact *Result = nullptr;
  if (FD)
    T->visitNames(
        FD, Object,
        [&](const FunctionDecl *Decl, uint32_t Sections, StringRef Name) {
          if (Decl)
            Result = T->keep(Section::Pairs, annotatedPair(Decl));
          if (!Result)
            Result = T->at<PairFact>(Section::Pairs, Sections, Name, Decl);
          return Result != nullptr;
        });
  return Result;
}

llvm::SmallVector<const PairFact *, 2>
Knowledge::pairsReleasedBy(const FunctionDecl *FD,
                           const CXXRecordDecl *Object) const {
  llvm::SmallVector<const PairFact *, 2> Result;
  if (!FD)
    return Result;
  T->visitNames(
      FD, Object,
      [&](const FunctionDecl *Decl, uint32_t Sections, StringRef Name) {
        if (Decl)
          for (const FunctionDecl *Acquire : annotatedAcquires(Decl))
            Result.push_back(T->keep(Section::Pairs, annotatedPair(Acquire)));
        if (Sections >> ReleasesBit & 1)
          if (auto It = T->ByRelease.find(Name); It != T->ByRelease.end())
            for (const PairFact *F : It->second)
              if (!F->ExternC || (Decl && Decl->isExternC()))
                Result.push_back(F);
        return !Result.empty();
      });
  return Result;
}

const SinkFact *Knowledge::sink(const FunctionDecl *FD) const {
  if (!FD)
    return nullptr;
  if (const SinkFact *F = T->keep(Section::Sinks, annotatedSink(FD)))
    return F;
  return T->named<SinkFact>(Section::Sinks, FD);
}

const CloserFact *Knowledge::closer(const FunctionDecl *FD) const {
  if (!FD)
    return nullptr;
  if (const CloserFact *F = T->keep(Section::Closers, annotatedCloser(FD)))
    return F;
  return T->named<CloserFact>(Section::Closers, FD);
}

const AwaitFact *Knowledge::awaitOfCall(const FunctionDecl *FD) const {
  if (!FD)
    return nullptr;
  if (const AwaitFact *F = T->keep(Section::Awaits, annotatedAwait(FD)))
    return F;
  return T->named<AwaitFact>(Section::Awaits, FD);
}

const CallableFact *Knowledge::callable(const FunctionDecl *FD) const {
  return FD ? T->named<CallableFact>(Section::Callables, FD) : nullptr;
}

const OffloadFact *Knowledge::offload(const FunctionDecl *FD) const {
  return FD ? T->named<OffloadFact>(Section::Offloads, FD) : nullptr;
}

const NeverReturnsFact *Knowledge::neverReturns(const FunctionDecl *FD) const {
  return FD ? T->named<NeverReturnsFact>(Section::NeverReturns, FD) : nullptr;
}

const ResumerFact *Knowledge::resumer(const FunctionDecl *FD) const {
  return T->functionFact<ResumerFact>(Section::Resumers, FD, "resumer");
}

const NamedFact *Knowledge::wakeUp(const FunctionDecl *FD) const {
  return T->functionFact<NamedFact>(Section::WakeUps, FD, "wake_up");
}

const CancellationExceptionFact *
Knowledge::cancellationException(const CXXRecordDecl *RD) const {
  return T->recordFact<CancellationExceptionFact>(
      Section::CancellationExceptions, RD,
      [&](const CXXRecordDecl *C, const CancellationExceptionFact *) {
        return T->plainAnnotation<CancellationExceptionFact>(
            C, "cancellation_exception");
      });
}

std::vector<const CancellationExceptionFact *>
Knowledge::cancellationExceptions() const {
  std::vector<const CancellationExceptionFact *> Result;
  for (const CancellationExceptionFact &F : T->Facts.CancellationExceptions)
    Result.push_back(&F);
  return Result;
}

bool Knowledge::isCancellationToken(const CXXRecordDecl *RD) const {
  return T->recordIs(Section::CancellationTokens, RD, "cancellation_token");
}

bool Knowledge::isShield(const FunctionDecl *FD) const {
  return T->functionIs(Section::Shields, FD, "shield");
}

bool Knowledge::isStoppedResult(const FunctionDecl *FD) const {
  return T->functionIs(Section::StoppedResults, FD, "stopped_result");
}

bool Knowledge::isShield(const CXXRecordDecl *RD) const {
  return T->recordIs(Section::Shields, RD, "shield");
}

const CombinatorFact *
Knowledge::cancellingCombinator(const FunctionDecl *FD) const {
  if (!FD)
    return nullptr;
  if (const CombinatorFact *F =
          T->keep(Section::CancellingCombinators, annotatedCombinator(FD)))
    return F;
  return T->named<CombinatorFact>(Section::CancellingCombinators, FD);
}

const InterruptedFact *
Knowledge::interrupted(const FunctionDecl *FD,
                       const CXXRecordDecl *Object) const {
  const InterruptedFact *Result = nullptr;
  if (FD)
    T->visitNames(
        FD, Object,
        [&](const FunctionDecl *Decl, uint32_t Sections, StringRef Name) {
          if (Decl)
            Result = T->keep(Section::Interrupted, annotatedInterrupted(Decl));
          if (!Result)
            Result = T->at<InterruptedFact>(Section::Interrupted, Sections,
                                            Name, Decl);
          return Result != nullptr;
        });
  return Result;
}

const FileOpenFact *Knowledge::fileOpen(const FunctionDecl *FD,
                                        const CXXRecordDecl *Object) const {
  const FileOpenFact *Result = nullptr;
  if (FD)
    T->visitNames(
        FD, Object,
        [&](const FunctionDecl *Decl, uint32_t Sections, StringRef Name) {
          Result =
              T->at<FileOpenFact>(Section::FileOpens, Sections, Name, Decl);
          return Result != nullptr;
        });
  return Result;
}

bool Knowledge::isSingleOwner(const CXXRecordDecl *RD) const {
  return T->recordIs(Section::SingleOwner, RD, "single_owner");
}

bool Knowledge::isTest(const CXXRecordDecl *RD) const {
  return T->recordIs(Section::Tests, RD, "test");
}

bool Knowledge::registersTest(const FunctionDecl *FD) const {
  return T->functionIs(Section::Tests, FD, "test");
}

bool Knowledge::isAlwaysTrue(const FunctionDecl *FD) const {
  return T->functionIs(Section::AlwaysTrue, FD, "always_true");
}

bool Knowledge::isCoroutineMutex(const CXXRecordDecl *RD) const {
  return T->recordIs(Section::CoroutineMutexes, RD, "coroutine_mutex");
}

} // namespace codrop
