// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The resource that a type owns: the type itself, what an optional, variant or
// unique_ptr holds, the elements of an array or container. A pointer, a
// reference or a shared_ptr owns none.

#ifndef CODROP_ANALYSIS_RESOURCEHOLDERS_H
#define CODROP_ANALYSIS_RESOURCEHOLDERS_H

#include "analysis/Types.h"

namespace codrop {

struct OwnedResource {
  const Resource *What = nullptr;
  enum Holder {
    Itself,
    Holder,   ///< An optional, variant or unique_ptr.
    Elements, ///< Of an array or a container, also held by each element.
  } How = Itself;
};

/// Resources whose copies are handles, and those that need a close after
/// success only, are not owned in this sense.
std::optional<OwnedResource> ownedResource(clang::QualType T,
                                           const TypeModel &Types, bool Infer);

/// "Connection", the resource's type for messages.
std::string resourceName(const Resource &R, const clang::ASTContext &Context);

} // namespace codrop

#endif // CODROP_ANALYSIS_RESOURCEHOLDERS_H
