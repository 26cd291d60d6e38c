// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// codrop debug cfg: the control flow graph, with its suspensions, that the
// rules see of a function.

#include "analysis/SuspendCFG.h"
#include "tool/ExitCode.h"
#include "tool/Parse.h"
#include "tool/Plan.h"
#include "tool/Text.h"
#include "tool/commands/Commands.h"
#include "clang/Frontend/TextDiagnosticPrinter.h"
#include "llvm/Support/FileSystem.h"

using namespace clang;
using namespace llvm;

namespace codrop::tool {

namespace {

class DumpConsumer : public ASTConsumer {
public:
  DumpConsumer(StringRef Function, const Knowledge &Known, bool All,
               std::string &Text)
      : Function(Function.str()), Known(Known), All(All), Text(Text) {}

  void HandleTranslationUnit(ASTContext &Context) override {
    Text =
        dumpSuspendCFG(Context, Function, Known, DestroyEdgePolicy::Known, All);
  }

private:
  std::string Function;
  const Knowledge &Known;
  bool All;
  std::string &Text;
};

} // namespace

int debugCommand(const Settings &S, const Arguments &A) {
  if (A.Operands.size() != 2 || A.Operands.front() != "cfg" ||
      A.Function.empty()) {
    printError("debug knows one thing to do: codrop debug cfg FILE "
               "--function NAME [-- FLAGS]");
    return ExitUsage;
  }
  Settings Own = S;
  Own.Files = {A.Operands[1]};
  Own.Skip = false;
  Own.Exclude.clear();
  Expected<std::vector<const Rule *>> Rules = selectRules(S);
  Expected<Database> D = Rules ? openDatabase(Own) : Rules.takeError();
  Expected<Plan> P = D ? makePlan(Own, *D, *Rules) : D.takeError();
  if (!P) {
    printErrors(P.takeError());
    return ExitUsage;
  }
  if (P->Units.empty()) {
    printError(A.Operands[1] + ": " + P->Skipped.front().Why);
    return ExitUsage;
  }
  Expected<std::shared_ptr<const Knowledge>> Known =
      Knowledge::load(Own.Knowledge);
  if (!Known) {
    printErrors(Known.takeError());
    return ExitUsage;
  }
  const Request &Ask = P->Units.front().Ask;
  sys::fs::set_current_path(Ask.Directory);
  DiagnosticOptions Options;
  TextDiagnosticPrinter Printer(errs(), Options);
  std::string Text;
  bool Understood =
      parse(Ask.Command, Printer, [&](CompilerInstance &, StringRef) {
        return std::make_unique<DumpConsumer>(A.Function, **Known, A.All, Text);
      });
  if (!Text.empty()) {
    outs() << Text;
    return Understood ? ExitClean : ExitIncomplete;
  }
  if (Understood)
    printError("there is no function '" + A.Function + "' with a body in " +
               A.Operands[1]);
  return Understood ? ExitUsage : ExitIncomplete;
}

} // namespace codrop::tool
