// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which classes' objects live in an object: it itself, what an optional, a
// smart pointer, a pair or a container of the standard library holds, the
// members of a struct. Whoever looks for guards of some kind says which classes
// are meant. What happens to them is GuardFlow's.

#ifndef CODROP_ANALYSIS_HELDCLASS_H
#define CODROP_ANALYSIS_HELDCLASS_H

#include "clang/AST/DeclCXX.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include <optional>

namespace codrop {

struct HeldClass {
  const clang::CXXRecordDecl *Record = nullptr;
  /// It is inside of something else.
  bool Nested = false;
  /// Inside of something that can be empty.
  bool MayBeAbsent = false;
};

/// The first class in an object of type \p T that is \p Wanted.
std::optional<HeldClass>
findHeld(clang::QualType T,
         llvm::function_ref<bool(const clang::CXXRecordDecl *)> Wanted);

} // namespace codrop

#endif // CODROP_ANALYSIS_HELDCLASS_H
