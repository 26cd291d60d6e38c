// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Whether a class that keeps a coroutine handle owns the frame, and whether it
// destroys that frame exactly once: what its destructor, its copies and moves
// do with the handle, and what the coroutine's end leaves of the frame. A class
// that asks anything but the handle itself before it destroys (a count, a flag)
// has an ownership of its own and is not judged.

#ifndef CODROP_ANALYSIS_HANDLEOWNERSHIP_H
#define CODROP_ANALYSIS_HANDLEOWNERSHIP_H

#include "analysis/PathSearch.h"
#include "analysis/TUAnalysis.h"

namespace codrop {

struct HandleFault {
  enum Kind {
    CopyConstructed,  ///< A copy destroys the frame again.
    CopyAssigned,     ///< The same, by an implicit copy assignment.
    MoveDefaulted,    ///< = default copies the handle.
    MoveKeepsSource,  ///< The source of the move still has the handle.
    AssignLeaksOld,   ///< The frame it had before is lost.
    AssignToSelf,     ///< A move to itself destroys what it then keeps.
    EndsItself,       ///< The frame is gone when the coroutine ends.
    NeverDestroyed,   ///< Nobody destroys what waits at its end.
    HandleNeverTaken, ///< The same, and nobody has a handle to do it with.
  } K;
  const clang::CXXRecordDecl *Class = nullptr;
  /// The handle; null for HandleNeverTaken.
  const clang::FieldDecl *Handle = nullptr;
  /// The constructor or operator at fault; null where nobody wrote one.
  const clang::CXXMethodDecl *Member = nullptr;
  /// Where the class destroys the frame, or the coroutine's final_suspend.
  clang::SourceLocation Destroys;
  /// For AssignToSelf: where the source is read after that.
  clang::SourceLocation Reads;
  Confidence Sure = Confidence::Definite;
};

/// All that is wrong with how \p Classes, definitions, own their handles.
std::vector<HandleFault>
findHandleFaults(llvm::ArrayRef<const clang::CXXRecordDecl *> Classes,
                 TUAnalysis &TU);

} // namespace codrop

#endif // CODROP_ANALYSIS_HANDLEOWNERSHIP_H
