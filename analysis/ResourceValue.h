// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What can be told about a resource without following it: whether a value that
// an object gets is open, and what the name of a member function says. How the
// object fares after that is ResourceFlow's.

#ifndef CODROP_ANALYSIS_RESOURCEVALUE_H
#define CODROP_ANALYSIS_RESOURCEVALUE_H

#include "analysis/PathSearch.h"
#include "analysis/Types.h"

namespace codrop {

/// How an object stands at a point of a path.
enum ResourceState : PathState {
  Closed = 0, ///< Nothing to close: empty, closed, or no longer ours.
  Open = 1,
  /// Made but not used yet, and only its use opens it: a scope that nothing was
  /// spawned in.
  Fresh = 2,
};

/// Finds what resource an object's type is, if the asker cares for it.
/// \p Indirect is set if the type is a holder (optional, unique_ptr).
using ResourceFinder =
    llvm::function_ref<const Resource *(clang::QualType, bool &Indirect)>;

/// The resource in an object of some type.
struct FoundResource {
  const Resource *What = nullptr; ///< Null if there is none.
  bool Indirect = false;          ///< It is in a holder.
  /// It, or the holder, is one of the parts of the object: an element of a
  /// container, of an array, a pair, a variant, a plain struct.
  bool Part = false;
  bool isDirect() const { return What && !Indirect && !Part; }
};
FoundResource findResource(clang::QualType T, ResourceFinder Find,
                           unsigned Depth = 3);
/// A container, which has no elements at first: no pair or array.
bool isContainer(clang::QualType T);
/// A struct that only keeps things together.
bool isPlainAggregate(clang::QualType T);
/// The type without references and one pointer.
clang::QualType referredType(clang::QualType T);

/// Nothing is in it: default constructed, nullptr, nullopt, {}.
bool isEmptyValue(const clang::Expr *E, bool Indirect);

/// The state of an object that is initialized with \p Value or to which it is
/// assigned. \p Indirect: the object is a holder of the resource.
ResourceState stateOfValue(const clang::Expr *Value, const Resource &R,
                           bool Indirect);
/// The same for an object that has the resource \p R as a part.
ResourceState stateOfParts(const clang::Expr *Value, clang::QualType T,
                           const FoundResource &R, ResourceFinder Find);
/// The state of a resource that was constructed with arguments.
ResourceState stateWhenConstructed(const Resource &R);

/// Members that run an object to its own end: when they have been awaited,
/// nothing is left to close.
bool runsToItsEnd(llvm::StringRef Name);
/// Members whose name says that they end it although they are not known to.
bool namesAnEnd(llvm::StringRef Name);
/// A call of \p Method makes use of the object, and does not only ask or
/// configure it.
bool putsToUse(const clang::CXXMethodDecl *Method);

/// What becomes of the task that a closing call returns.
struct CloseFate {
  enum Kind {
    Done,    ///< Awaited, returned, given to somebody; or there is no task.
    Dropped, ///< Nobody awaits it.
    Kept,    ///< In the local variable KeptIn, to be awaited later.
  } Is = Done;
  const clang::VarDecl *KeptIn = nullptr;
};
CloseFate fateOfClose(const clang::Expr *Call, const TypeModel &Types,
                      const ParentTable &Parents);

} // namespace codrop

#endif // CODROP_ANALYSIS_RESOURCEVALUE_H
