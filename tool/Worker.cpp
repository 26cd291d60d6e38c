// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The inside of a worker process: clang-tidy's library around our own parse,
// and the translation of its diagnostics into findings.

#include "tool/Worker.h"
#include "checks/Rules.h"
#include "clang-tidy/ClangTidy.h"
#include "clang-tidy/ClangTidyModule.h"
#include "tool/Finding.h"
#include "tool/Parse.h"
#include "tool/Reach.h"
#include "tool/Resolve.h"
#include "tool/Text.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/PrettyStackTrace.h"
#include "llvm/Support/Signals.h"
#include "llvm/Support/raw_ostream.h"
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

using namespace clang;
using namespace clang::tidy;
using namespace llvm;

namespace codrop::tool {

json::Value toJSON(const Request &R) {
  json::Object Options;
  for (const auto &[Name, Value] : R.Options)
    Options[Name] = Value;
  return json::Object{{"file", R.File},
                      {"directory", R.Directory},
                      {"command", R.Command},
                      {"checks", R.Checks},
                      {"options", std::move(Options)},
                      {"skip", R.SkipWithoutCoroutines},
                      {"memoryLimit", R.MemoryLimit}};
}

bool fromJSON(const json::Value &V, Request &R, json::Path Path) {
  json::ObjectMapper O(V, Path);
  return O && O.map("file", R.File) && O.map("directory", R.Directory) &&
         O.map("command", R.Command) && O.map("checks", R.Checks) &&
         O.map("options", R.Options) &&
         O.map("skip", R.SkipWithoutCoroutines) &&
         O.map("memoryLimit", R.MemoryLimit);
}

/// Makes this process the one that has to go when something has to.
static void becomeExpendable(unsigned MemoryLimit) {
#ifdef __linux__
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  int Score = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
  if (Score >= 0) {
    (void)!write(Score, "500", 3);
    close(Score);
  }
#endif
  // A full disk is to be an error of write(), a crash must leave no core.
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit None = {0, 0};
  setrlimit(RLIMIT_CORE, &None);
  if (MemoryLimit != 0) {
    rlimit Limit = {rlim_t(MemoryLimit) << 20, rlim_t(MemoryLimit) << 20};
    setrlimit(RLIMIT_DATA, &Limit);
  }
}

static bool isCompilerError(const ClangTidyError &E) {
  return E.DiagLevel == ClangTidyError::Error &&
         StringRef(E.DiagnosticName).starts_with("clang-diagnostic-");
}

static UnitResult check(const Request &R) {
  UnitResult Result;
  if (R.SkipWithoutCoroutines &&
      !mayContainCoroutine(R.Command, R.File, R.Directory)) {
    Result.Skipped = "includes nothing that declares coroutines";
    return Result;
  }

  ClangTidyOptions Options = ClangTidyOptions::getDefaults();
  Options.Checks = R.Checks + ",clang-tidy-config";
  // Which headers are the project's is decided by the scheduler, which knows
  // where links lead.
  Options.HeaderFilterRegex = ".*";
  for (const auto &[Name, Value] : R.Options)
    Options.CheckOptions[Name] = ClangTidyOptions::ClangTidyValue(Value);
  ClangTidyContext Context(std::make_unique<DefaultOptionsProvider>(
      ClangTidyGlobalOptions(), std::move(Options)));
  Context.setCurrentBuildDirectory(R.Directory);

  ClangTidyDiagnosticConsumer Consumer(Context);
  auto DiagOptions = std::make_unique<DiagnosticOptions>();
  DiagnosticsEngine Engine(DiagnosticIDs::create(), *DiagOptions, &Consumer,
                           /*ShouldOwnClient=*/false);
  Context.setDiagnosticsEngine(std::move(DiagOptions), &Engine);
  ClangTidyASTConsumerFactory Factory(Context);
  bool Understood = parse(
      R.Command, Consumer,
      [&](CompilerInstance &CI, StringRef File) {
        return Factory.createASTConsumer(CI, File);
      },
      &Result.RuleSeconds);

  Resolver Places(R.Directory);
  for (const ClangTidyError &E : Consumer.take()) {
    if (E.DiagnosticName == "clang-tidy-config") {
      Result.ConfigErrors.push_back(E.Message.Message);
    } else if (isCompilerError(E)) {
      // The rest of a long list follows from the first few.
      if (++Result.ErrorCount <= 5)
        Result.Errors.push_back({Places.place(E.Message), E.Message.Message});
    } else if (findRule(E.DiagnosticName)) {
      Result.Findings.push_back(Places.finding(E));
    }
  }
  if (!Understood && Result.ErrorCount == 0) {
    Result.ErrorCount = 1;
    Result.Errors.push_back({{}, "the compiler gave up without saying why"});
  }
  Result.Suppressed = Context.getStats().ErrorsIgnoredNOLINT;
  return Result;
}

/// False, with a message on stderr, if not all could be written.
static bool writeResult(const UnitResult &Result, const char *File) {
  std::error_code EC;
  raw_fd_ostream OS(File, EC);
  if (!EC) {
    OS << json::Value(toJSON(Result));
    OS.close();
    EC = OS.error();
    OS.clear_error();
  }
  if (EC)
    errs() << "cannot write " << File << ": " << EC.message() << '\n';
  return !EC;
}

int runWorker(const char *RequestFile, const char *ResultFile) {
  auto Start = std::chrono::steady_clock::now();
  auto Buffer = MemoryBuffer::getFile(RequestFile);
  if (!Buffer) {
    errs() << "cannot read " << RequestFile << ": "
           << Buffer.getError().message() << '\n';
    return WorkerBadRequest;
  }
  Expected<Request> R = json::parse<Request>((*Buffer)->getBuffer());
  if (!R) {
    errs() << "bad request: " << toString(R.takeError()) << '\n';
    return WorkerBadRequest;
  }
  becomeExpendable(R->MemoryLimit);
  EnablePrettyStackTrace();
  if (std::error_code EC = sys::fs::set_current_path(R->Directory)) {
    UnitResult Result;
    Result.ErrorCount = 1;
    Result.Errors.push_back(
        {{}, "cannot enter its folder " + R->Directory + ": " + EC.message()});
    return writeResult(Result, ResultFile) ? WorkerDone : WorkerCannotWrite;
  }
  UnitResult Result = check(*R);
  Result.ParseSeconds =
      double(std::clock()) / CLOCKS_PER_SEC - Result.RuleSeconds;
  Result.Seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - Start)
          .count();
  return writeResult(Result, ResultFile) ? WorkerDone : WorkerCannotWrite;
}

} // namespace codrop::tool
