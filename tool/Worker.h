// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One worker process: takes a translation unit from a request file, runs the
// checks on it, and leaves what it found in a result file. It may crash, hang
// or run out of memory without harm to anybody else.

#ifndef CODROP_TOOL_WORKER_H
#define CODROP_TOOL_WORKER_H

#include "llvm/Support/JSON.h"
#include <map>
#include <string>
#include <vector>

namespace codrop::tool {

struct Request {
  std::string File;
  std::string Directory;
  std::vector<std::string> Command; ///< Cleaned, see Flags.h.
  std::string Checks;               ///< As clang-tidy reads it.
  std::map<std::string, std::string> Options;
  bool SkipWithoutCoroutines = true;
  unsigned MemoryLimit = 0; ///< MiB, 0 for none.
};

llvm::json::Value toJSON(const Request &R);
bool fromJSON(const llvm::json::Value &V, Request &R, llvm::json::Path Path);

/// How a worker process ends when it can say so itself.
enum WorkerExit : int {
  WorkerDone = 0,
  WorkerBadRequest = 70,
  WorkerCannotWrite = 74,
};

/// `codrop --worker REQUEST RESULT`.
int runWorker(const char *RequestFile, const char *ResultFile);

} // namespace codrop::tool

#endif // CODROP_TOOL_WORKER_H
