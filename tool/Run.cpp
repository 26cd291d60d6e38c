// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The scheduler: starts workers, watches the clock and the signals, and reads
// what each worker leaves behind.

#include "tool/Run.h"
#include "tool/Child.h"
#include "tool/Crash.h"
#include "tool/Machine.h"
#include "tool/Progress.h"
#include "tool/Text.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <sys/wait.h>

using namespace llvm;

namespace codrop::tool {

namespace {

using Clock = std::chrono::steady_clock;

/// A folder for this run alone, gone when the run is over.
class TemporaryFolder {
public:
  explicit TemporaryFolder(std::string &Problem) {
    if (std::error_code EC = sys::fs::createUniqueDirectory("codrop", Path)) {
      SmallString<128> Parent;
      sys::path::system_temp_directory(/*ErasedOnReboot=*/true, Parent);
      Problem = "cannot make a temporary folder in " + Parent.str().str() +
                ": " + EC.message() + "; TMPDIR names another place";
      Path.clear();
    }
  }
  ~TemporaryFolder() {
    if (!Path.empty())
      sys::fs::remove_directories(Path);
  }
  std::string file(const Twine &Name) const {
    return (Path + "/" + Name).str();
  }

private:
  SmallString<128> Path;
};

struct Running {
  size_t Index;
  Clock::time_point Deadline;
  bool TimedOut = false;
};

class Scheduler {
public:
  Scheduler(const Settings &S, const Plan &P)
      : S(S), P(P), Folder(O.Broken), Line(!S.Quiet, P.Units.size()) {
    Program = sys::fs::getMainExecutable(nullptr,
                                         reinterpret_cast<void *>(&runWorker));
    Jobs = S.Jobs ? S.Jobs : defaultJobs();
    Results.resize(P.Units.size());
    Failures.resize(P.Units.size());
    // A worker's stack is read by us; the symbolizer would take seconds.
    setenv("LLVM_DISABLE_SYMBOLIZATION", "1", /*overwrite=*/1);
  }

  Outcome run() {
    auto Start = Clock::now();
    O.Skipped = P.Skipped;
    while (true) {
      bool MayStart =
          O.Broken.empty() && !Signals.isInterrupted() && Next < P.Units.size();
      if (MayStart && Children.size() < Jobs) {
        start(Next++);
        continue;
      }
      if (Children.empty())
        break;
      if (Signals.isInterrupted())
        for (auto &[Pid, Child] : Children)
          killChild(Pid);
      showProgress();
      if (std::optional<EndedChild> Ended = Signals.wait(pollTime()))
        finish(*Ended);
      endLateOnes();
    }
    O.Interrupted = Signals.isInterrupted();
    collect();
    O.Seconds = std::chrono::duration<double>(Clock::now() - Start).count();
    return std::move(O);
  }

private:
  void start(size_t Index) {
    std::string Ask = Folder.file("ask" + Twine(Index));
    std::error_code EC;
    raw_fd_ostream OS(Ask, EC);
    if (!EC) {
      Request R = P.Units[Index].Ask;
      // Each rule has the option; together they write one line for a unit.
      for (StringRef Name : split(R.Checks, ','))
        if (Name.starts_with("codrop-"))
          R.Options[(Name + ".StatisticsFile").str()] =
              Folder.file("count" + Twine(Index));
      OS << json::Value(toJSON(R));
      OS.close();
      EC = OS.error();
      OS.clear_error();
    }
    if (EC) {
      O.Broken = "cannot write " + Ask + ": " + EC.message();
      return;
    }
    std::string Problem;
    pid_t Pid = startChild(
        {Program, "--worker", Ask, Folder.file("result" + Twine(Index))},
        Folder.file("error" + Twine(Index)), Problem);
    if (Pid < 0) {
      O.Broken = "cannot start a worker: " + Problem;
      return;
    }
    Children[Pid] = {Index, Clock::now() + std::chrono::seconds(S.Timeout)};
  }

  int pollTime() const {
    auto First = Clock::now() + std::chrono::seconds(1);
    for (const auto &[Pid, Child] : Children)
      if (!Child.TimedOut)
        First = std::min(First, Child.Deadline);
    auto Left = std::chrono::duration_cast<std::chrono::milliseconds>(
        First - Clock::now());
    return std::max<long>(0, Left.count()) + 1;
  }

  void endLateOnes() {
    for (auto &[Pid, Child] : Children)
      if (!Child.TimedOut && Clock::now() >= Child.Deadline) {
        Child.TimedOut = true;
        killChild(Pid);
      }
  }

  void showProgress() {
    if (Children.empty())
      return;
    Line.show(Done, relativePath(P.Units[Children.begin()->second.Index].File,
                                 S.Root));
  }

  std::string readFile(const Twine &Name) {
    auto Buffer = MemoryBuffer::getFile(Folder.file(Name));
    return Buffer ? (*Buffer)->getBuffer().str() : std::string();
  }

  void finish(const EndedChild &Ended) {
    auto It = Children.find(Ended.Pid);
    if (It == Children.end())
      return;
    Running Child = It->second;
    Children.erase(It);
    size_t Index = Child.Index;
    std::string ErrorOutput = readFile("error" + Twine(Index));
    if (!(Signals.isInterrupted() && WIFSIGNALED(Ended.Status))) {
      ++Done;
      judge(Child, Ended.Status, ErrorOutput);
    }
    O.Counts.addLines(readFile("count" + Twine(Index)));
    for (StringRef Kind : {"ask", "error", "count", "result"})
      sys::fs::remove(Folder.file(Kind + Twine(Index)));
  }

  void judge(const Running &Child, int Status, StringRef ErrorOutput) {
    Failure F;
    F.File = P.Units[Child.Index].File;
    if (Child.TimedOut) {
      F.Cause = "took longer than " + formatSeconds(S.Timeout) +
                " (--timeout=" + std::to_string(S.Timeout) + ")";
    } else if (WIFEXITED(Status) && WEXITSTATUS(Status) == WorkerCannotWrite) {
      O.Broken = ErrorOutput.trim().str();
      return;
    } else if (!WIFEXITED(Status) || WEXITSTATUS(Status) != WorkerDone) {
      CrashReport R = explainCrash(Status, ErrorOutput);
      F.Cause = std::move(R.Cause);
      F.Detail = std::move(R.Detail);
    } else {
      auto Result =
          json::parse<UnitResult>(readFile("result" + Twine(Child.Index)));
      if (Result) {
        Results[Child.Index] = std::move(*Result);
        return;
      }
      F.Cause = "the worker left no result: " + toString(Result.takeError());
    }
    Failures[Child.Index] = std::move(F);
  }

  /// Puts together what the workers brought, in the plan's order.
  void collect() {
    for (size_t I = 0; I < P.Units.size(); ++I) {
      const std::string &File = P.Units[I].File;
      if (Failures[I])
        O.Failures.push_back(std::move(*Failures[I]));
      if (!Results[I])
        continue;
      UnitResult &R = *Results[I];
      if (!R.Skipped.empty()) {
        O.Skipped.push_back({File, R.Skipped, /*NoCoroutines=*/true});
        continue;
      }
      for (Finding &F : R.Findings) {
        F.Unit = I;
        O.Findings.push_back(std::move(F));
      }
      O.ConfigErrors.insert(O.ConfigErrors.end(), R.ConfigErrors.begin(),
                            R.ConfigErrors.end());
      O.Suppressed += R.Suppressed;
      O.Counts.Numbers["rule_seconds"] += R.RuleSeconds;
      O.Counts.Numbers["parse_seconds"] += R.ParseSeconds;
      if (R.ErrorCount == 0) {
        ++O.Analysed;
        continue;
      }
      Failure F;
      F.File = File;
      F.ErrorCount = R.ErrorCount;
      F.Cause = R.Errors.empty() ? "does not compile" : R.Errors[0].Message;
      F.Errors = std::move(R.Errors);
      O.Failures.push_back(std::move(F));
    }
  }

  const Settings &S;
  const Plan &P;
  Outcome O;
  TemporaryFolder Folder;
  SignalWatch Signals;
  Progress Line;
  std::string Program;
  unsigned Jobs;
  size_t Next = 0;
  unsigned Done = 0;
  std::map<pid_t, Running> Children;
  std::vector<std::optional<UnitResult>> Results;
  std::vector<std::optional<Failure>> Failures;
};

} // namespace

Outcome runPlan(const Settings &S, const Plan &P) {
  return Scheduler(S, P).run();
}

} // namespace codrop::tool
