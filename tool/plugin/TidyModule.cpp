// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// libcodrop-22.so: the checks as a clang-tidy module. It links neither LLVM nor
// clang-tidy: both are the host's, so that the checks are entered in the host's
// ClangTidyModuleRegistry and no second copy of LLVM is loaded beside it.

#include "checks/Rules.h"

/// Tells the shim that a codrop module is in the process, and keeps the
/// registration from being dropped by the linker.
extern "C" __attribute__((visibility("default"))) void codrop_tidy_module() {
  codrop::linkCodropModule();
}
