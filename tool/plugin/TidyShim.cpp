// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// libcodrop.so, what users give to `clang-tidy -load`. It only says which
// module goes with which host; HostCheck.cpp decides.

#include "tool/plugin/HostCheck.h"

namespace {
struct LoadAtStart {
  LoadAtStart() {
    codrop::loadIntoHost(
        {"libcodrop.so", CODROP_MODULE, "clang-tidy",
         "clang-tidy-" CODROP_LLVM_MAJOR_TEXT " -load=libcodrop.so",
         "codrop_tidy_module", /*NeedsTidyHost=*/true, "libcodrop-clang.so"});
  }
} Loaded;
} // namespace
