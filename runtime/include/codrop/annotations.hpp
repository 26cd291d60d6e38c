// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What codrop's checks read from the source, as macros: for types and functions
// that no knowledge file speaks of. Needs nothing, not even the rest of this
// library, and expands to nothing where the compiler is not Clang. What each
// means stands in docs/internals/knowledge.md.
//
// A fact with words is written with parentheses: CODROP_MUST_CLOSE_BY(stop).

#ifndef CODROP_ANNOTATIONS_HPP
#define CODROP_ANNOTATIONS_HPP

#if defined(__clang__)
/// Any annotation: CODROP_ANNOTATE("guard(give_back)").
#define CODROP_ANNOTATE(what) [[clang::annotate("codrop::" what)]]
#else
#define CODROP_ANNOTATE(what)
#endif

/// A class whose objects must be closed by an awaited `close()` before they are
/// destroyed: `class CODROP_MUST_CLOSE connection { … };`
#define CODROP_MUST_CLOSE CODROP_ANNOTATE("must_close")
/// The same, closed by the members that are named: CODROP_MUST_CLOSE_BY(stop).
#define CODROP_MUST_CLOSE_BY(...)                                              \
  CODROP_ANNOTATE("must_close(" #__VA_ARGS__ ")")
/// A class that looks like a resource and is none.
#define CODROP_NOT_A_RESOURCE CODROP_ANNOTATE("not_a_resource")

/// A class whose objects hold something for a scope, bound to the thread that
/// made them.
#define CODROP_GUARD CODROP_ANNOTATE("guard")
/// A guard that may be held across a suspension.
#define CODROP_COROUTINE_SAFE CODROP_ANNOTATE("coroutine_safe")
/// A mutex made for coroutines: a std::unique_lock of it may be held across a
/// suspension.
#define CODROP_COROUTINE_MUTEX CODROP_ANNOTATE("coroutine_mutex")
/// A function that takes something that the named one gives back.
#define CODROP_ACQUIRES(release) CODROP_ANNOTATE("acquires(" #release ")")
/// A function that gives back what the named one takes.
#define CODROP_RELEASES(acquire) CODROP_ANNOTATE("releases(" #acquire ")")

/// A task type, with the words of `start` and `drop`:
/// CODROP_TASK(lazy, destroys).
#define CODROP_TASK(...) CODROP_ANNOTATE("task(" #__VA_ARGS__ ")")
/// A task type that may destroy a suspended coroutine without resuming it.
#define CODROP_DESTROYS_SUSPENDED_FRAME                                        \
  CODROP_ANNOTATE("destroys_suspended_frame")
/// A task type, a function or a parameter: nobody waits for the task.
#define CODROP_DETACHES CODROP_ANNOTATE("detaches")
/// A class whose state only one coroutine touches at a time.
#define CODROP_SINGLE_OWNER CODROP_ANNOTATE("single_owner")

/// A function or parameter that sees to the close of what it is given.
#define CODROP_CLOSES CODROP_ANNOTATE("closes")
/// A function or destructor that blocks the thread, or only seems to.
#define CODROP_BLOCKING CODROP_ANNOTATE("blocking")
#define CODROP_NON_BLOCKING CODROP_ANNOTATE("non_blocking")
/// An awaitable that never suspends, or whose await never throws.
#define CODROP_NEVER_SUSPENDS CODROP_ANNOTATE("never_suspends")
#define CODROP_NEVER_THROWS CODROP_ANNOTATE("never_throws")

/// What awaits throw when they are cancelled, and what carries the request.
#define CODROP_CANCELLATION_EXCEPTION CODROP_ANNOTATE("cancellation_exception")
#define CODROP_CANCELLATION_TOKEN CODROP_ANNOTATE("cancellation_token")
/// A function that keeps cancellation from what it is given.
#define CODROP_SHIELD CODROP_ANNOTATE("shield")
/// A race or timeout: it cancels the loser.
#define CODROP_CANCELLING_COMBINATOR CODROP_ANNOTATE("cancelling_combinator")
/// An operation that leaves what it works on half done when it is cancelled, or
/// that may be cancelled at any time.
#define CODROP_CANCEL_UNSAFE CODROP_ANNOTATE("cancel_unsafe")
#define CODROP_CANCEL_SAFE CODROP_ANNOTATE("cancel_safe")

#endif // CODROP_ANNOTATIONS_HPP
