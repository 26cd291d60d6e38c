// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Resources that code destroys where it stands, without their awaited close: a
// holder is emptied, an element removed, an object deleted, a by-value
// parameter let die. Whether it is open is not followed from function to
// function; a close in sight, a test of its state, or a resource that closes
// itself is taken as a sign that it is not.

#ifndef CODROP_ANALYSIS_SYNCDROPS_H
#define CODROP_ANALYSIS_SYNCDROPS_H

#include "analysis/ResourceHolders.h"
#include "analysis/TUAnalysis.h"

namespace codrop {

struct SyncDrop {
  enum Kind {
    Emptied,   ///< `conn_.reset()`, `conn_ = nullptr`
    Exchanged, ///< `std::exchange(conn_, nullptr);`
    Removed,   ///< `conns_.erase(it)`, `conns_.clear()`
    Deleted,   ///< `delete conn`
    Taken,     ///< A function takes it by value and lets it die.
    Given,     ///< It is given to a generic function that lets it die.
    Dies,      ///< It is moved into a local or temporary that dies.
    Captured,  ///< A lambda takes it over, which can only be destroyed.
  } K = Emptied;
  clang::SourceLocation Loc;
  clang::SourceRange Range;
  std::string Name;      ///< What is dropped: "conn_"; may be empty.
  std::string How;       ///< "reset()"
  bool Elements = false; ///< For Dies: the elements of a container.
  const Resource *What = nullptr;
  const clang::FunctionDecl *Callee = nullptr; ///< For Taken and Given.
};

std::vector<SyncDrop> findSyncDrops(const FunctionAnalysis &F, TUAnalysis &TU,
                                    bool Infer);

} // namespace codrop

#endif // CODROP_ANALYSIS_SYNCDROPS_H
