// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which calls belong together and which classes hold something until they die.
// Knowledge answers first; where it is silent, names and types do: an awaitable
// acquire() beside a release() in one class, a class that cannot be copied and
// whose destructor releases. What happens between the calls is HandHeld's.

#ifndef CODROP_ANALYSIS_PAIRING_H
#define CODROP_ANALYSIS_PAIRING_H

#include "analysis/Names.h"
#include "analysis/Types.h"
#include "llvm/ADT/SmallVector.h"

namespace codrop {

/// Names of functions that end what a flag or a counter stands for.
bool soundsLikeCleanup(llvm::StringRef Name);

/// A call that acquires something which another call gives back.
struct Acquisition {
  const clang::CallExpr *Call = nullptr;
  PairFact::When When = PairFact::When::Called;
  std::string What;    ///< "the mutex"; empty: nothing better is known.
  std::string State;   ///< "paused"; empty: acquired.
  std::string Instead; ///< The scope tool that does it right, or empty.
  /// Null if inferred.
  const PairFact *Known = nullptr;
};

std::optional<Acquisition> acquisition(const clang::CallExpr *Call,
                                       const TypeModel &Types);

/// True if \p Call gives back what \p A acquires, on the same object. What the
/// arguments are is not asked.
bool givesBack(const clang::CallExpr *Call, const Acquisition &A,
               const TypeModel &Types);

/// The thing that a pair is about: the object of a member call, else the first
/// argument (pthread_mutex_lock(&m)).
const clang::Expr *pairTarget(const clang::CallExpr *Call);

/// The guard that an object of type \p T is: known, or by its shape and its
/// name or the name of the function \p Maker that gave it.
std::optional<Guard> guardFrom(clang::QualType T,
                               const clang::FunctionDecl *Maker,
                               const TypeModel &Types);

} // namespace codrop

#endif // CODROP_ANALYSIS_PAIRING_H
