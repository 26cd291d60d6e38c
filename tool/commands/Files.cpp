// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// codrop files: what a run would analyse, and what not and why.

#include "tool/ExitCode.h"
#include "tool/Machine.h"
#include "tool/Plan.h"
#include "tool/Reach.h"
#include "tool/Text.h"
#include "tool/commands/Commands.h"
#include "tool/print/Print.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/ThreadPool.h"

using namespace llvm;

namespace codrop::tool {

int filesCommand(const Settings &S) {
  Expected<std::vector<const Rule *>> Rules = selectRules(S);
  if (!Rules) {
    printErrors(Rules.takeError());
    return ExitUsage;
  }
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
  std::string Base = realPath(currentDirectory());
  struct Row {
    std::string File, Why;
  };
  std::vector<Row> In, Out;
  std::vector<char> Reaches(P->Units.size(), true);
  DefaultThreadPool Pool(hardware_concurrency(S.Jobs ? S.Jobs : defaultJobs()));
  for (size_t I = 0; Own.Skip && I < P->Units.size(); ++I)
    Pool.async([&, I] {
      const Request &Ask = P->Units[I].Ask;
      Reaches[I] = mayContainCoroutine(Ask.Command, Ask.File, Ask.Directory);
    });
  Pool.wait();
  for (size_t I = 0; I < P->Units.size(); ++I) {
    std::string File = shownPath(P->Units[I].File, Base, Own.Root);
    if (Reaches[I])
      In.push_back({std::move(File), ""});
    else
      Out.push_back(
          {std::move(File), "includes nothing that declares coroutines"});
  }
  for (const SkippedFile &F : P->Skipped)
    Out.push_back({shownPath(F.File, Base, Own.Root), F.Why});
  if (S.Json) {
    json::Array Files;
    for (const Row &R : In)
      Files.push_back(json::Object{{"path", R.File}, {"analysed", true}});
    for (const Row &R : Out)
      Files.push_back(
          json::Object{{"path", R.File}, {"analysed", false}, {"why", R.Why}});
    outs() << formatv("{0:2}",
                      json::Value(json::Object{{"root", Own.Root},
                                               {"database", D->File},
                                               {"files", std::move(Files)}}))
           << '\n';
    return ExitClean;
  }
  Style Color(wantsColor(S, outs()));
  outs() << "project:  " << Own.Root << '\n';
  if (!D->File.empty())
    outs() << "database: " << D->File << '\n';
  outs() << '\n'
         << Color(Style::Bold, count(In.size(), "file") + " in") << '\n';
  for (const Row &R : In)
    outs() << "  " << R.File << '\n';
  outs() << '\n'
         << Color(Style::Bold, count(Out.size(), "file") + " out") << '\n';
  for (const Row &R : Out)
    outs() << "  " << R.File << "  " << Color(Style::Dim, R.Why) << '\n';
  return ExitClean;
}

} // namespace codrop::tool
