// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// codrop without arguments: discover, plan, run, process, print.

#include "analysis/Knowledge.h"
#include "tool/ExitCode.h"
#include "tool/Process.h"
#include "tool/Text.h"
#include "tool/commands/Commands.h"
#include "tool/print/Print.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include <set>

using namespace llvm;

namespace codrop::tool {

static int exitCodeOf(const Settings &S, const Outcome &O) {
  if (!O.Broken.empty())
    return ExitInternal;
  if (O.Interrupted)
    return ExitInterrupted;
  if (!O.ConfigErrors.empty())
    return ExitUsage;
  if (!O.Failures.empty())
    return ExitIncomplete;
  if (any_of(O.Findings, [&](const Finding &F) { return isFailure(S, F); }))
    return ExitFindings;
  return ExitClean;
}

static void printReport(const Report &R, StringRef Format, raw_ostream &OS) {
  if (Format == "jsonl")
    printJsonl(R, OS);
  else if (Format == "sarif")
    printSarif(R, OS);
  else
    printGitHub(R, OS);
}

/// False, with a message, if the file could not be written.
static bool writeReport(const Report &R, const ReportRequest &Request) {
  std::error_code EC;
  raw_fd_ostream OS(Request.File, EC);
  if (!EC) {
    printReport(R, Request.Format, OS);
    OS.close();
    EC = OS.error();
    OS.clear_error();
  }
  if (EC)
    printError("cannot write " + Request.File + ": " + EC.message());
  return !EC;
}

/// A report that cannot be written is known before the run, not after it.
static Error checkReports(const Settings &S) {
  for (const ReportRequest &R : S.Reports) {
    StringRef Folder = sys::path::parent_path(R.File);
    if (!Folder.empty() && !sys::fs::is_directory(Folder))
      return makeError("cannot write " + R.File + ": there is no folder " +
                       Folder);
  }
  return Error::success();
}

static Error nothingPlanned(const Settings &S, const Plan &P) {
  std::string Message = "nothing to analyse";
  if (!P.Skipped.empty()) {
    const SkippedFile &First = P.Skipped.front();
    Message += ": " + relativePath(First.File, S.Root) + " is left out (" +
               First.Why + ")";
    if (P.Skipped.size() > 1)
      Message += ", and so " +
                 std::string(P.Skipped.size() == 2 ? "is " : "are ") +
                 count(P.Skipped.size() - 1, "more file") +
                 "; \"codrop files\" lists them";
  }
  return makeError(Message);
}

/// Prints everything; false if something could not be written.
static bool printAll(const Report &R) {
  bool Written = true;
  const ReportRequest *ToOutput = nullptr;
  for (const ReportRequest &Request : R.S.Reports) {
    if (Request.File.empty())
      ToOutput = &Request;
    else
      Written &= writeReport(R, Request);
  }
  Style Color(wantsColor(R.S, outs()));
  if (ToOutput)
    printReport(R, ToOutput->Format, outs());
  else if (R.S.Output == "concise")
    printConcise(R, outs(), Color);
  else
    printFull(R, outs(), Color);
  if (R.S.Statistics && !ToOutput)
    printStatistics(R, outs(), Color);
  outs().flush();
  if (std::error_code EC = outs().error()) {
    outs().clear_error();
    // A reader that has seen enough, as in `codrop | head`, is no failure.
    if (EC != std::errc::broken_pipe) {
      printError("cannot write the findings: " + EC.message());
      Written = false;
    }
  }

  Style ErrorColor(wantsColor(R.S, errs()));
  printFailures(R, errs(), ErrorColor);
  std::set<std::string> ConfigErrors(R.O.ConfigErrors.begin(),
                                     R.O.ConfigErrors.end());
  for (const std::string &Message : ConfigErrors)
    printError(Message);
  if (!R.O.Broken.empty())
    printError(R.O.Broken);
  bool HasRun = R.O.Analysed || !R.O.Failures.empty() || R.O.Broken.empty();
  if (!R.S.Quiet && HasRun)
    printSummary(R, errs(), ErrorColor);
  return Written;
}

int lintCommand(const Settings &S) {
  Expected<std::vector<const Rule *>> Rules = selectRules(S);
  if (!Rules) {
    printErrors(Rules.takeError());
    return ExitUsage;
  }
  // A broken knowledge file would be the same error in every worker.
  Expected<std::shared_ptr<const Knowledge>> Known =
      Knowledge::load(S.Knowledge);
  if (!Known) {
    printErrors(Known.takeError());
    return ExitUsage;
  }
  if (printErrors(checkReports(S)))
    return ExitUsage;
  Expected<Database> D = openDatabase(S);
  if (!D) {
    printErrors(D.takeError());
    return ExitUsage;
  }
  Settings Own = S;
  completeRoot(Own, *D);
  Expected<Plan> P = makePlan(Own, *D, *Rules);
  if (!P) {
    printErrors(P.takeError());
    return ExitUsage;
  }
  // Single files without coroutines are clean, as a hook before a commit
  // needs it; a whole project without any is more likely a mistake.
  bool AreNamedAndSkipped =
      !S.Files.empty() && all_of(P->Skipped, [](const SkippedFile &F) {
        return F.CannotContainCoroutines;
      });
  if (P->Units.empty() && !AreNamedAndSkipped) {
    printErrors(nothingPlanned(Own, *P));
    return ExitUsage;
  }
  if (S.Verbose)
    for (const Unit &U : P->Units) {
      if (!U.Heuristic.empty())
        errs() << relativePath(U.File, Own.Root) << ": flags " << U.Heuristic
               << '\n';
      if (!U.DroppedFlags.empty())
        errs() << relativePath(U.File, Own.Root)
               << ": flags left out: " << join(U.DroppedFlags, " ") << '\n';
    }

  Outcome O = runPlan(Own, *P);
  if (S.Files.empty() && O.Analysed == 0 && O.Failures.empty() &&
      O.Broken.empty() && !O.Interrupted) {
    printError("none of the project's " + count(O.Skipped.size(), "file") +
               " can contain a coroutine; \"codrop files\" says why, --no-skip "
               "analyses them anyway");
    return ExitUsage;
  }
  processFindings(Own, O.Findings);
  int Code = exitCodeOf(Own, O);
  Report R{Own, O, Code, realPath(currentDirectory())};
  if (!printAll(R))
    return ExitInternal;
  return Code;
}

} // namespace codrop::tool
