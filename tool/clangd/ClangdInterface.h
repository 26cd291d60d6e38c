// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The part of clangd 22 that codrop-clangd touches. Distributions package
// clangd's libraries but not its headers, so the few declarations are repeated
// here; they must agree with the library to the letter, order of virtual
// functions included (clang-tools-extra/clangd/Transport.h and TidyProvider.h
// of LLVM 22). CMakeLists.txt refuses any other LLVM.

#ifndef CODROP_TOOL_CLANGD_CLANGDINTERFACE_H
#define CODROP_TOOL_CLANGD_CLANGDINTERFACE_H

#include "clang-tidy/ClangTidyOptions.h"
#include "llvm/ADT/FunctionExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"
#include <cstdio>
#include <memory>
#include <optional>

namespace clang::clangd {

int clangdMain(int argc, char *argv[]);

/// Changes the clang-tidy options of a file.
using TidyProvider = llvm::unique_function<void(tidy::ClangTidyOptions &,
                                                llvm::StringRef) const>;

/// The connection to an editor.
class Transport {
public:
  virtual ~Transport() = default;

  virtual void notify(llvm::StringRef Method, llvm::json::Value Params) = 0;
  virtual void call(llvm::StringRef Method, llvm::json::Value Params,
                    llvm::json::Value ID) = 0;
  virtual void reply(llvm::json::Value ID,
                     llvm::Expected<llvm::json::Value> Result) = 0;

  class MessageHandler;
  virtual llvm::Error loop(MessageHandler &) = 0;
};

enum JSONStreamStyle { Standard, Delimited };

} // namespace clang::clangd

#endif // CODROP_TOOL_CLANGD_CLANGDINTERFACE_H
