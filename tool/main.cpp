// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The codrop program: reads the command line, gathers the settings, and hands
// over to a command.

#include "tool/Discover.h"
#include "tool/ExitCode.h"
#include "tool/Text.h"
#include "tool/Worker.h"
#include "tool/commands/Commands.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Config/llvm-config.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Signals.h"
#include "llvm/Support/WithColor.h"
#include <csignal>

using namespace llvm;
using namespace codrop;
using namespace codrop::tool;

/// Defaults, then the project's file, then the environment, then \p A.
static Error gatherSettings(const Arguments &A, Settings &S) {
  std::string Here = realPath(currentDirectory());
  S.Root = findProjectRoot(Here);
  if (A.NoConfig) {
    S.Origins["no-config"] = "command line";
  } else if (!A.ConfigFile.empty()) {
    if (Error E = loadConfig(S, absolutePath(A.ConfigFile)))
      return E;
  } else if (!S.Root.empty()) {
    SmallString<256> File(S.Root);
    sys::path::append(File, ".codrop.yaml");
    if (sys::fs::exists(File))
      if (Error E = loadConfig(S, File))
        return E;
  }
  for (const auto &[Key, Value] : environmentOptions())
    if (Error E = set(S, Key, Value, "the environment", Here))
      return E;
  for (const auto &[Key, Value] : A.Options)
    if (Error E = set(S, Key, Value, "the command line", Here))
      return E;
  S.Files = A.Operands;
  S.Flags = A.AfterDashes;
  return Error::success();
}

static int runCommand(const Arguments &A) {
  if (A.Version) {
    outs() << "codrop " CODROP_VERSION " (Clang " LLVM_VERSION_STRING ")\n";
    return ExitClean;
  }
  if (A.Help || A.Command == "help") {
    printHelp(outs(), A.Command != "help"  ? A.Command
                      : A.Operands.empty() ? ""
                                           : A.Operands.front());
    return ExitClean;
  }
  Settings S;
  if (printErrors(gatherSettings(A, S)))
    return ExitUsage;
  if (A.Command == "explain")
    return explainCommand(S, A);
  if (A.Command == "rules")
    return rulesCommand(S);
  if (A.Command == "files")
    return filesCommand(S);
  if (A.Command == "config")
    return configCommand(S, A);
  if (A.Command == "debug")
    return debugCommand(S, A);
  if (S.Flags && S.Files.empty()) {
    printError("flags after `--` need files before it: codrop FILE... -- "
               "FLAGS");
    return ExitUsage;
  }
  return lintCommand(S);
}

int main(int Argc, char **Argv) {
  sys::PrintStackTraceOnErrorSignal(Argv[0], /*DisableCrashReporting=*/true);
  // A closed pipe is an error of the write, which is looked at.
  std::signal(SIGPIPE, SIG_IGN);
  linkCodropModule();
  if (Argc == 4 && StringRef(Argv[1]) == "--worker")
    return runWorker(Argv[2], Argv[3]);

  Expected<Arguments> A =
      parseArguments(ArrayRef<const char *>(Argv + 1, Argc - 1));
  if (!A) {
    printErrors(A.takeError());
    return ExitUsage;
  }
  int Code = runCommand(*A);
  outs().flush();
  if (std::error_code EC = outs().error()) {
    outs().clear_error();
    if (EC != std::errc::broken_pipe) {
      printError("cannot write the output: " + EC.message());
      return ExitInternal;
    }
  }
  return Code;
}
