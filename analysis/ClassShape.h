// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Small questions about classes that many ask: the definition behind a type,
// its bases, what a template was made with.

#ifndef CODROP_ANALYSIS_CLASSSHAPE_H
#define CODROP_ANALYSIS_CLASSSHAPE_H

#include "clang/AST/DeclTemplate.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace codrop {

/// The definition of the class that \p T is or refers to, else null.
const clang::CXXRecordDecl *classOf(clang::QualType T);

/// Calls \p Visit for \p RD and its bases until it returns true.
bool anyInHierarchy(
    const clang::CXXRecordDecl *RD,
    llvm::function_ref<bool(const clang::CXXRecordDecl *)> Visit,
    unsigned Depth = 0);

/// The types among the template arguments, packs unfolded.
llvm::SmallVector<clang::QualType, 4>
typeArguments(const clang::ClassTemplateSpecializationDecl *Spec);

/// The same without the deleters, comparators and allocators of the standard
/// library: what a container or owner holds.
llvm::SmallVector<clang::QualType, 4>
heldTypes(const clang::ClassTemplateSpecializationDecl *Spec);

} // namespace codrop

#endif // CODROP_ANALYSIS_CLASSSHAPE_H
