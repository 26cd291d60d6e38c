// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The one place that knows which LLVM is compiled against. Everything that
// differs between versions is given one name here.

#ifndef CODROP_ANALYSIS_LLVMCOMPAT_H
#define CODROP_ANALYSIS_LLVMCOMPAT_H

#include "llvm/Config/llvm-config.h"

#if LLVM_VERSION_MAJOR < 22
#error                                                                         \
    "codrop is written against LLVM 22; see CONTRIBUTING.md for other versions"
#endif

namespace codrop {
/// The LLVM that this build speaks to; a plugin host must have the same.
inline constexpr unsigned LLVMMajor = LLVM_VERSION_MAJOR;
inline constexpr unsigned LLVMMinor = LLVM_VERSION_MINOR;
} // namespace codrop

#endif // CODROP_ANALYSIS_LLVMCOMPAT_H
