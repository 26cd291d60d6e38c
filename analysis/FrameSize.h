// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// How large the frame of a coroutine will be, and what it is made of: an
// estimate of what Clang allocates at -O2. FrameParts finds what has to be
// there while the coroutine is suspended, FrameLayout lays it out the way LLVM
// does. What is too large is the asker's to say.
//
// How Clang behaves was found out by compiling some eighty small coroutines
// with Clang 22 whose promise has an operator new that records the size, and by
// reading what decides it: CoroFrame.cpp and SpillUtils.cpp of LLVM, which see
// only what the optimizer has left. test/checks/large-frame/measured.cpp
// repeats it for every build. In short:
//   - Whatever has an address and a lifetime (arrays, most objects of classes)
//     is in the frame if that lifetime, its scope, has a suspension in it, used
//     afterwards or not. In a loop with a suspension anywhere it is there even
//     if its scope ends before.
//   - What an await initializes exists before the await: `T x = co_await f();`
//     has its `x` in the frame, whatever x is used for.
//   - Numbers, pointers and classes that are not much more (a task, a
//     unique_ptr) become values; those are in the frame if they are used after
//     a suspension, and share their place with nothing.
//   - Objects whose lifetimes do not meet share a place, the largest first.
//   - Class temporaries that are passed by value, and those that are dropped at
//     once, have no lifetime that the optimizer knows of: each has a place of
//     its own for good.
//   - Awaiters are always there, because await_suspend() sees their address.

#ifndef CODROP_ANALYSIS_FRAMESIZE_H
#define CODROP_ANALYSIS_FRAMESIZE_H

#include "analysis/TUAnalysis.h"

namespace codrop {

/// One thing that is kept in a coroutine's frame.
struct FramePart {
  enum Kind : uint8_t {
    Promise,
    Parameter,
    Variable,
    Temporary,
    Awaiter,
    This, ///< The pointer to the object or closure.
  } K = Variable;
  const clang::VarDecl *Var = nullptr;
  const clang::Expr *E = nullptr; ///< Of a temporary or an awaiter.
  clang::QualType Type;           ///< Null for This.
  clang::SourceLocation Loc;
  uint64_t Size = 0;
  uint64_t Align = 1;
  /// The suspensions across which it is alive, as indices in
  /// Coroutine::Suspensions, ascending, without the final one.
  llvm::SmallVector<unsigned, 2> At;
  /// The first of those is the await that initializes it.
  bool MadeByAwait = false;
  /// Where it occupies its place: positions in the function's code. Places are
  /// shared by parts that do not meet.
  unsigned Begin = 0, End = 0;
  bool Shares = true;
};

struct FrameEstimate {
  uint64_t Size = 0;
  /// By size, the largest first.
  std::vector<FramePart> Parts;
  /// What the place of each part costs the frame; 0 if a larger part has the
  /// same place.
  std::vector<uint64_t> Costs;
};

/// The frame of the coroutine \p F, whose graph must have been built. None if
/// that can't be told; \p Why says the reason.
std::optional<FrameEstimate> estimateFrame(const FunctionAnalysis &F,
                                           clang::ASTContext &Context,
                                           GaveUp &Why);

/// What is in the frame of \p F, in the order of the code.
std::optional<std::vector<FramePart>> findFrameParts(const FunctionAnalysis &F,
                                                     clang::ASTContext &Context,
                                                     GaveUp &Why);

/// Cheap: false if neither one object of \p C has more than \p Each bytes nor
/// all of them together have more than \p Together.
bool mayHaveLargeFrame(const Coroutine &C, const clang::ASTContext &Context,
                       uint64_t Each, uint64_t Together);

} // namespace codrop

#endif // CODROP_ANALYSIS_FRAMESIZE_H
