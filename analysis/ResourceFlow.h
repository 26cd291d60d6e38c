// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which resources of a function die without their awaited close, and on which
// path. A resource is followed from where it is made or opened; closing it,
// moving it, returning it or giving it to a function whose body is not visible
// ends the obligation. What is a resource is TypeModel's to say.

#ifndef CODROP_ANALYSIS_RESOURCEFLOW_H
#define CODROP_ANALYSIS_RESOURCEFLOW_H

#include "analysis/PathSearch.h"
#include "analysis/ResourceValue.h"
#include "analysis/TUAnalysis.h"

namespace codrop {

/// How the close is missed.
enum class MissedClose {
  Destroyed,   ///< Its life ends while it is open.
  Overwritten, ///< Another value is assigned to it.
  Reset,       ///< The optional or pointer that holds it is emptied.
};

struct UnclosedResource {
  /// What keeps it; nothing if it is a capture of the lambda that the function
  /// is.
  std::optional<ObjectId> Obj;
  /// What it is called, if it has a name.
  const clang::ValueDecl *Name = nullptr;
  /// It is an element or part of what is called so.
  bool Part = false;
  const Resource *What = nullptr;
  MissedClose How = MissedClose::Destroyed;
  Path Way; ///< From where it became open to where it is lost.
  /// Where it became open.
  clang::SourceLocation Opened;
  /// A call of a closing member whose task nobody awaits, if there is one.
  const clang::Expr *DroppedClose = nullptr;
  /// The function closes it or gives it away on some other path.
  bool ClosedElsewhere = false;
};

/// The same for one temporary: see ResourceTemporary.cpp.
std::optional<UnclosedResource> followTemporary(const SuspendCFG &G, ObjectId O,
                                                TUAnalysis &TU,
                                                const Resource &R,
                                                bool Indirect);

std::vector<UnclosedResource> findUnclosedResources(const FunctionAnalysis &F,
                                                    TUAnalysis &TU,
                                                    ResourceFinder Find,
                                                    EdgeSet Edges);

} // namespace codrop

#endif // CODROP_ANALYSIS_RESOURCEFLOW_H
