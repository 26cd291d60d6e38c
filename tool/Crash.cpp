// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// LLVM prints a "Stack dump" that names what was being parsed or matched, and
// then the frames; both are looked through by their fixed words.

#include "tool/Crash.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Regex.h"
#include <cstring>
#include <sys/wait.h>

using namespace llvm;

namespace codrop::tool {

/// What the compiler was at, from a line of the dump:
///   "1.\tProcessing 'codrop-x' against: FunctionDecl f : <a.cpp:3:1, ...>"
///   "1.\ta.cpp:2:10: parsing function body 'f'"
static std::string activity(StringRef Line) {
  SmallVector<StringRef, 4> Match;
  if (Regex("Processing '([^']+)' against: (.*)").match(Line, &Match))
    return (" in " + Match[1] + ", looking at " + Match[2].trim()).str();
  if (Regex("^[0-9]+\\.\t([^\t]*:[0-9]+:[0-9]+): (.*)").match(Line, &Match))
    return (" at " + Match[1] + ", " + Match[2].trim()).str();
  return "";
}

CrashReport explainCrash(int Status, StringRef Output) {
  CrashReport R;
  if (Output.contains("out of memory") || Output.contains("bad_alloc") ||
      Output.contains("Allocation failed")) {
    R.Cause = "ran out of memory";
    return R;
  }
  if (WIFEXITED(Status)) {
    R.Cause =
        ("the worker ended with code " + Twine(WEXITSTATUS(Status))).str();
  } else if (WIFSIGNALED(Status) && WTERMSIG(Status) == SIGKILL) {
    R.Cause = "killed by the system, most likely for lack of memory (fewer "
              "--jobs need less)";
    return R;
  } else {
    R.Cause = (Twine("crashed (") + strsignal(WTERMSIG(Status)) + ")").str();
  }
  std::string Doing;
  for (StringRef Line : split(Output, '\n')) {
    if (std::string A = activity(Line); !A.empty())
      Doing = std::move(A);
    if (Line.contains("codrop::") && !Line.contains("codrop::tool::") &&
        R.Detail.size() < 5)
      R.Detail.push_back(Line.trim().str());
  }
  if (!Doing.empty())
    R.Cause += Doing;
  if (R.Detail.empty())
    for (StringRef Line : split(Output, '\n'))
      if (Line.contains("LLVM ERROR") || Line.contains("Assertion"))
        R.Detail.push_back(Line.trim().str());
  return R;
}

} // namespace codrop::tool
