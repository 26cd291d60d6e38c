// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What is known about libraries, as data. A Knowledge answers questions about
// declarations ("is this type a guard?", "does this function block?") from the
// facts of knowledge/*.yaml, of the user's own files, and of the
// [[clang::annotate("codrop::...")]] attributes on the declaration itself. It
// decides nothing about flow; what can be inferred from a class's shape is in
// Inference.h, not here.

#ifndef CODROP_ANALYSIS_KNOWLEDGE_H
#define CODROP_ANALYSIS_KNOWLEDGE_H

#include "clang/AST/Decl.h"
#include "clang/AST/DeclCXX.h"
#include "clang/AST/ExprCXX.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace codrop {

/// Where a fact comes from: shown by `codrop debug knowledge` and in messages
/// that quote a user's reason.
struct FactOrigin {
  std::string Library; ///< `library:` of the file, e.g. "asio"; "annotation".
  std::string File;    ///< Path of the file, or "<embedded>/asio.yaml".
  unsigned Line = 0;   ///< 1-based line of the entry.
  std::string Source;  ///< `source:`, where the fact can be looked up.
  std::string Since;   ///< `since:`, the library version that brought it.
  unsigned Order = 0;  ///< Position in load order; later facts win.
};

/// A fact about a name. Names are fully qualified, without template arguments
/// and without inline namespaces: "std::lock_guard", "asio::ip::tcp::socket",
/// "seastar::semaphore::wait".
struct Fact {
  std::string Name;
  FactOrigin Origin;
  /// `why:` (users also write `reason:`): a clause for messages, lower case and
  /// without a full stop: "waits for the thread to end". May be empty.
  std::string Why;
  /// Only a function with C linkage has this name (`extern-c: true`).
  bool ExternC = false;
};

enum class TaskStart { Lazy, Eager };
/// What dropping (destroying) an unfinished task object does.
enum class TaskDrop { Destroys, Cancels, Detaches, Joins, Terminates, Unknown };

/// `task-types:`
struct TaskTypeFact : Fact {
  TaskStart Start = TaskStart::Lazy;
  TaskDrop Drop = TaskDrop::Unknown;
  /// `destroys-suspended-frame: true`: locals of a suspended coroutine may be
  /// destroyed without the coroutine being resumed. Turns destroy edges on.
  bool DestroysSuspendedFrame = false;
  /// `thread-bound: true`: coroutines of this type are always resumed on the
  /// thread that suspended them (Seastar's shard, a Qt event loop).
  bool ThreadBound = false;
};

/// `resources:` types that need an awaited closing call.
struct ResourceFact : Fact {
  std::vector<std::string> Close; ///< Closing member functions.
  /// Opening members. Without any it is open from birth; with some it is born
  /// closed, unless DefaultConstructedIsClosed says that only the default
  /// constructor makes a closed one (a factory makes an open one).
  std::vector<std::string> Open;
  /// `default-constructed: closed`: the default constructor makes a closed one.
  bool DefaultConstructedIsClosed = false;
  /// `close-on: normal-path`: after an error the object may just be dropped (a
  /// TLS stream whose peer is gone). Default `every-path`.
  bool NormalPathOnly = false;
  /// `copies: shared`: copies are handles of one thing, and closing any closes
  /// it: whoever copies one hands the obligation on.
  bool SharedByCopies = false;
};

/// `not-resources:` types that look like a resource but need no close.
struct NotResourceFact : Fact {};

enum class GuardKind {
  ThreadBound,   ///< Must be released by the thread that acquired it.
  CoroutineSafe, ///< Made to be held across a suspension.
};
/// `guards:` types whose object owns something until it dies.
struct GuardFact : Fact {
  GuardKind Kind = GuardKind::ThreadBound;
  bool Exclusive = true; ///< `exclusive: false` for shared (reader) locks.
  /// Types of constructor arguments that make it not own: "std::defer_lock_t".
  std::vector<std::string> NotOwningTags;
  /// `default-constructed: empty`: without arguments it owns nothing.
  bool DefaultConstructedIsEmpty = false;
  std::vector<std::string> Acquire; ///< Members that take ownership again.
  /// `acquire-with:` functions that make the guards they are given take
  /// ownership: "std::lock".
  std::vector<std::string> AcquireWith;
  std::vector<std::string> Release; ///< Members that give it up early.
  /// `disarm:` members that give up ownership *without* releasing what is held
  /// (unique_lock::release): somebody else must give it back.
  std::vector<std::string> Disarm;
};

/// Restricts a function by an argument: `unless: {argument: 3, is:
/// zero}`. Arguments count from 1, the object of a member call is not counted.
struct ArgumentPredicate {
  unsigned Argument = 0;
  /// Zero: constant zero (also a zero duration). Null: null pointer constant.
  /// Present: the argument exists and is not defaulted. Type: its type is Name.
  /// HasFlag: a constant (enumerator, variable or macro) called Name appears in
  /// the argument; Name may be several, "LOCK_NB|LOCK_UN": any of them.
  enum class Kind { Zero, Null, Present, Type, HasFlag } Is = Kind::Zero;
  std::string Name;
};

/// `pairs:` an acquiring call and the call that gives back by hand.
struct PairFact : Fact {
  std::vector<std::string> Release; ///< Qualified names of releasing functions.
  std::string What;                 ///< "the semaphore units".
  /// `acquired-when:` Called (default), Awaited (the call's awaitable must have
  /// been awaited), or True (the call returned true: try_lock).
  enum class When { Called, Awaited, True } AcquiredWhen = When::Called;
  /// `instead:` the scope tool that does it right, shown in the last note.
  std::string Instead;
  /// Where one function both acquires and gives back (flock): which calls do
  /// the one and which the other. `only-if:` and `release-if:`.
  std::optional<ArgumentPredicate> OnlyIf;
  std::optional<ArgumentPredicate> ReleaseIf;
};

/// `blocking:` functions that stop the calling thread.
struct BlockingFact : Fact {
  std::string Instead; ///< What a coroutine uses, may be empty.
  std::optional<ArgumentPredicate> Unless; ///< Does not block if this holds.
  std::optional<ArgumentPredicate> OnlyIf; ///< Blocks only if this holds.
};

/// `non-blocking:` functions whose bodies must not be looked into.
/// `blocking-destructors:` types whose destructor stops the calling thread.
struct BlockingDestructorFact : Fact {
  /// `assigned-from:` only objects initialised or assigned from a call to this
  /// function block (std::async for std::future); empty: all.
  std::string AssignedFrom;
  /// Calls of that function whose result does not block after all.
  std::optional<ArgumentPredicate> Unless;
};

/// `sinks:` functions that take a task and start, detach or own it.
struct SinkFact : Fact {
  unsigned TaskArgument = 1;      ///< 0 (`task-argument: object`): the object.
  bool Detaches = true;           ///< Nobody waits for the task.
  std::string DetachedOnlyIfType; ///< "asio::detached_t": only then detached.
  /// `starts: inline`: the task runs up to its first suspension before the call
  /// returns. Default `later`: on an executor, when its turn comes.
  bool StartsInline = false;
  /// `owner-waits:` what owns the task, the object of the call, the object that
  /// is made or what the call gives, waits for it in its destructor.
  bool OwnerWaits = false;
};

/// `closers:` functions and types that see to the close of an argument
/// (seastar::with_closeable, seastar::deferred_close).
struct CloserFact : Fact {
  unsigned Argument = 1; ///< 0 (`argument: object`): the object of the call.
};

/// `awaits:` what awaiting an expression of this type, or the result of this
/// function, does differently from the default.
struct AwaitFact : Fact {
  bool NeverSuspends = false; ///< `suspends: never`
  bool NeverThrows = false;   ///< `throws: never`
  /// `resumes: never`: awaiting (or yielding) it ends the coroutine, its locals
  /// are destroyed and no handler runs (seastar's coroutine::exception).
  bool NeverResumes = false;
  /// `on-failure: leaves`: as above, but only if it fails (folly's co_nothrow).
  bool LeavesOnFailure = false;
};

/// `offloads:` functions that take work to other threads, or that a coroutine
/// awaits to get there, where the names of pools do not tell.
struct OffloadFact : Fact {
  enum class Place { Unsaid, There, Here };
  /// `runs:` where the callable that it is given runs: there on threads that
  /// may be blocked, here on the caller's. Unsaid: what it is given tells.
  Place Runs = Place::Unsaid;
  /// `resumes:` where the coroutine that awaits its result goes on.
  Place Resumes = Place::Unsaid;
};

/// `callables:` functions that call what they are given, and when they destroy
/// it.
struct CallableFact : Fact {
  /// `kept: until-return`: as soon as the call has returned, although the task
  /// that it gave may go on. Default `until-done`: when that has ended.
  bool DiesOnReturn = false;
};

/// `never-returns:` calls and constructions after which nothing is a way of the
/// program any more, though the language goes on: a test that has failed.
struct NeverReturnsFact : Fact {
  std::optional<ArgumentPredicate> OnlyIf;
};

/// `resumers:` functions that run what others wrote before they return:
/// coroutines that wait, callbacks, receivers.
struct ResumerFact : Fact {
  std::optional<ArgumentPredicate> Unless; ///< Not if this holds.
};

/// `cancellation-exceptions:` what an await throws that has been cancelled.
struct CancellationExceptionFact : Fact {
  /// `thrown-by: any-await`: cancellation belongs to the coroutine, and
  /// whatever it awaits may throw it. Default `asked`: only what was given a
  /// token, or what something shared is closed under.
  bool ByAnyAwait = false;
  /// `carries: any-error`: tells of every other failure, too.
  bool AnyError = false;
  /// `fiber:` thrown by what waits in functions that have a parameter of this
  /// type.
  std::string Fiber;
};

/// `cancelling-combinators:` functions that end the wait for some of what they
/// are given: races, timeouts, waits for all that give up on a failure.
struct CombinatorFact : Fact {
  /// `raced:` the argument whose wait may be ended; 0 (not said): any that can
  /// be awaited, the object of the call included.
  unsigned Raced = 0;
  /// `loser: goes-on`: it is not told, runs on, and its result is lost.
  /// Default `cancelled`: it is cancelled or destroyed.
  bool LoserGoesOn = false;
  /// `cuts-on: failure`: only when another one fails.
  bool OnFailure = false;
  /// `when-cut: throws`: whoever awaits the combinator then gets an exception.
  bool Throws = false;
  /// `token: true`: it makes a completion token; what may be cut short is the
  /// operation that the token is given to.
  bool Token = false;
};

/// `interrupted-operations:` what an operation leaves behind when it is
/// cancelled, or when nobody waits for its result any more.
struct InterruptedFact : Fact {
  enum class Leaves {
    HalfDone, ///< What it works on can only be closed.
    Lost,     ///< It takes, or has taken, something that nobody gets.
    Nothing,  ///< It has been done, or not, or the next goes on where it was.
  } Behind = Leaves::HalfDone; ///< `leaves:`
  /// `state:` the argument that it works on; 0 (`object`): the object.
  unsigned State = 0;
};

/// `file-opens:` functions and constructors that make a file empty, or a new
/// one, under the name that they are given.
struct FileOpenFact : Fact {
  /// `path:` the argument with the name; 0 (`object`): what the object of the
  /// call was made with.
  unsigned Path = 1;
  std::optional<ArgumentPredicate> OnlyIf; ///< Empties it only if this holds.
  std::optional<ArgumentPredicate> Unless; ///< Does not if this holds.
};

/// `cancellation-tokens:`, `shields:`, `stopped-results:`,
/// `coroutine-mutexes:`, `single-owner:`, `tests:`, `wake-ups:` and
/// `non-blocking:` have a name and a reason only.
struct NamedFact : Fact {};

/// All facts that hold in a run. Immutable after loading, shared by the checks
/// of a translation unit; look-ups are cached by the caller, not here.
class Knowledge {
public:
  /// The facts compiled into the tool. Never fails (a test proves each file).
  static const Knowledge &embedded();

  /// The embedded facts and those of \p Files, later ones win over earlier
  /// ones of the same name. On an error in a file, a message of the form
  /// "FILE:LINE:COL: error: ..." with a did-you-mean where one is near.
  static llvm::Expected<std::shared_ptr<const Knowledge>>
  load(llvm::ArrayRef<std::string> Files);

  /// Parses one file's text into this object. \p File is used in messages.
  llvm::Error addFile(llvm::StringRef File, llvm::StringRef Text);

  // Look-ups by declaration; null if nothing is known. Records are also looked
  // up by their public base classes, functions by what they override.
  const TaskTypeFact *taskType(const clang::CXXRecordDecl *RD) const;
  const ResourceFact *resource(const clang::CXXRecordDecl *RD) const;
  const NotResourceFact *notResource(const clang::CXXRecordDecl *RD) const;
  const GuardFact *guard(const clang::CXXRecordDecl *RD) const;
  const BlockingDestructorFact *
  blockingDestructor(const clang::CXXRecordDecl *RD) const;
  const AwaitFact *awaitOfType(const clang::CXXRecordDecl *RD) const;
  const CloserFact *closerType(const clang::CXXRecordDecl *RD) const;

  // \p Object, where it is known (objectClass()), is the class of the object
  // that the member is called on: facts about an inherited member may be named
  // after it
  // ("std::future::wait" is declared in a base class of libstdc++).
  const BlockingFact *
  blocking(const clang::FunctionDecl *FD,
           const clang::CXXRecordDecl *Object = nullptr) const;
  bool isNonBlocking(const clang::FunctionDecl *FD,
                     const clang::CXXRecordDecl *Object = nullptr) const;
  const PairFact *
  pairAcquire(const clang::FunctionDecl *FD,
              const clang::CXXRecordDecl *Object = nullptr) const;
  /// The pairs that \p FD gives back.
  llvm::SmallVector<const PairFact *, 2>
  pairsReleasedBy(const clang::FunctionDecl *FD,
                  const clang::CXXRecordDecl *Object = nullptr) const;
  const SinkFact *sink(const clang::FunctionDecl *FD) const;
  const CloserFact *closer(const clang::FunctionDecl *FD) const;
  const AwaitFact *awaitOfCall(const clang::FunctionDecl *FD) const;
  const OffloadFact *offload(const clang::FunctionDecl *FD) const;
  const CallableFact *callable(const clang::FunctionDecl *FD) const;
  const NeverReturnsFact *neverReturns(const clang::FunctionDecl *FD) const;

  const ResumerFact *resumer(const clang::FunctionDecl *FD) const;
  /// `wake-ups:` functions whose await ends when somebody has notified, which
  /// says nothing about what was waited for.
  const NamedFact *wakeUp(const clang::FunctionDecl *FD) const;

  const CancellationExceptionFact *
  cancellationException(const clang::CXXRecordDecl *RD) const;
  /// All of them, in load order.
  std::vector<const CancellationExceptionFact *> cancellationExceptions() const;
  bool isCancellationToken(const clang::CXXRecordDecl *RD) const;
  /// A function that keeps cancellation from what it is given, or what it is
  /// given from being cancelled.
  bool isShield(const clang::FunctionDecl *FD) const;
  /// The same section: a type whose objects are asked for it.
  bool isShield(const clang::CXXRecordDecl *RD) const;
  /// A function whose result is empty when what it is given was stopped.
  bool isStoppedResult(const clang::FunctionDecl *FD) const;
  const CombinatorFact *
  cancellingCombinator(const clang::FunctionDecl *FD) const;
  const InterruptedFact *
  interrupted(const clang::FunctionDecl *FD,
              const clang::CXXRecordDecl *Object = nullptr) const;
  const FileOpenFact *
  fileOpen(const clang::FunctionDecl *FD,
           const clang::CXXRecordDecl *Object = nullptr) const;
  /// `single-owner:` a class whose state is only ever touched by one coroutine
  /// at a time, by declaration (a strand, an actor).
  bool isSingleOwner(const clang::CXXRecordDecl *RD) const;
  /// `always-true:` functions that a macro calls only so that the compiler does
  /// not see that a condition is constant.
  bool isAlwaysTrue(const clang::FunctionDecl *FD) const;
  /// `tests:` base classes of tests, and registrars of tests: each runs alone,
  /// and what blocks there keeps nobody waiting.
  bool isTest(const clang::CXXRecordDecl *RD) const;
  /// The same section: functions that tests are registered with.
  bool registersTest(const clang::FunctionDecl *FD) const;
  /// `coroutine-mutexes:` mutexes made for coroutines. guard() already knows
  /// that a std::unique_lock of such a mutex is safe across a suspension.
  bool isCoroutineMutex(const clang::CXXRecordDecl *RD) const;

  /// Every fact, in load order, for dumps, tests and `check-knowledge`.
  struct Entry {
    llvm::StringRef Section;
    const Fact *F;
  };
  std::vector<Entry> entries() const;

  Knowledge();
  ~Knowledge();
  Knowledge(Knowledge &&) noexcept;
  Knowledge &operator=(Knowledge &&) noexcept;

private:
  struct Tables;
  std::unique_ptr<Tables> T;
};

/// The name under which knowledge knows \p D: qualified, without template
/// arguments, inline or anonymous namespaces. A constructor is "T::T", a
/// destructor "T::~T", an operator "T::operator()".
std::string knowledgeName(const clang::NamedDecl *D);

/// The class of the object that \p Call calls a member of, as the caller sees
/// it: before the conversion to the base that declares the member. Null if it
/// is no member call, or the class is unknown in a template.
const clang::CXXRecordDecl *objectClass(const clang::CallExpr *Call);

/// True if \p D or, for a member or specialization, its pattern or class has
/// [[clang::annotate("codrop::WHAT")]]. \p WhatArg receives the text between
/// the parentheses of "codrop::WHAT(ARG)", if any.
bool hasAnnotation(const clang::Decl *D, llvm::StringRef What,
                   std::string *WhatArg = nullptr);

} // namespace codrop

#endif // CODROP_ANALYSIS_KNOWLEDGE_H
