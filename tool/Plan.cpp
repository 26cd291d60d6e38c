// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Goes through the database once for the whole project, or once for each
// operand, and makes a request of every unit that stays.

#include "tool/Plan.h"
#include "tool/ExitCode.h"
#include "tool/Flags.h"
#include "tool/Text.h"
#include "tool/TidyOptions.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include <set>

using namespace llvm;

namespace codrop::tool {

namespace {

class Planner {
public:
  Planner(const Settings &S, const Database &D, ArrayRef<const Rule *> Rules,
          StringRef ResourceDir)
      : S(S), D(D), ResourceDir(ResourceDir.str()) {
    Checks = "-*";
    for (const Rule *R : Rules) {
      Checks += ("," + R->Name).str();
      RuleNames.push_back(R->Name.str());
    }
    for (const std::string &File : D.Commands->getAllFiles())
      Known.emplace_back(realPath(File), File);
    sort(Known);
    Known.erase(std::unique(Known.begin(), Known.end(),
                            [](const auto &A, const auto &B) {
                              return A.first == B.first;
                            }),
                Known.end());
  }

  Expected<Plan> make() {
    if (S.Files.empty())
      for (const auto &[Real, InDatabase] : Known)
        consider(Real, InDatabase, /*WasNamed=*/false);
    for (const std::string &Operand : S.Files)
      if (Error E = considerOperand(Operand))
        return E;
    if (!Failure.empty())
      return makeError(Failure);
    auto ByFile = [](const auto &A, const auto &B) { return A.File < B.File; };
    sort(Result.Units, ByFile);
    sort(Result.Skipped, ByFile);
    return std::move(Result);
  }

private:
  void skip(StringRef File, const Twine &Why, bool NoCoroutines = false) {
    Result.Skipped.push_back({File.str(), Why.str(), NoCoroutines});
  }

  void consider(StringRef Real, StringRef InDatabase, bool WasNamed) {
    if (!Seen.insert(Real.str()).second)
      return;
    std::string Relative = relativePath(Real, S.Root);
    if (!WasNamed && !isBelow(Real, S.Root))
      return skip(Real, "outside the project");
    // Generated code and fetched dependencies; a project whose root is its
    // build folder has no such part.
    if (!WasNamed && !D.File.empty() && isBelow(Real, D.Folder) &&
        D.Folder != S.Root && isBelow(D.Folder, S.Root))
      return skip(Real, "in the build folder");
    for (const std::string &Glob : S.Exclude)
      if (matchesGlob(Glob, Relative) || matchesGlob(Glob, Real))
        return skip(Real, "excluded by '" + Glob + "'");
    if (!sys::fs::exists(Real))
      return skip(Real, "in the database but not on disk");
    if (is_contained({".s", ".S", ".asm", ".m", ".f", ".f90", ".rc", ".swift",
                      ".cu", ".hip", ".ispc"},
                     sys::path::extension(Real)))
      return skip(Real, "not C++");
    auto Commands = D.Commands->getCompileCommands(InDatabase);
    if (Commands.empty())
      return skip(Real, "no command in the database");
    // A file that is built several times is analysed as it is built first.
    add(Real, Commands.front());
  }

  void add(StringRef Real, const clang::tooling::CompileCommand &Command) {
    std::string Directory =
        Command.Directory.empty() ? D.Folder : Command.Directory;
    if (S.Skip && isWithoutCoroutines(Command.CommandLine, Real))
      return skip(Real, "compiled as C or as C++ before C++20",
                  /*NoCoroutines=*/true);
    CleanCommand Clean = cleanCommand(Command.CommandLine, Real, ResourceDir);
    Unit U;
    U.File = Real.str();
    U.DroppedFlags = std::move(Clean.Dropped);
    U.Heuristic = Command.Heuristic;
    U.Ask.File = absolutePath(Command.Filename, Directory);
    U.Ask.Directory = Directory;
    U.Ask.Command = std::move(Clean.Command);
    U.Ask.Checks = Checks;
    U.Ask.SkipWithoutCoroutines = S.Skip;
    U.Ask.MemoryLimit = S.MemoryLimit;
    addOptions(U);
    Result.Units.push_back(std::move(U));
  }

  /// .clang-tidy, then what holds for all rules, then what was said of one.
  void addOptions(Unit &U) {
    if (S.Origins.count("no-config") == 0) {
      auto Tidy = Tidies.of(sys::path::parent_path(U.File));
      if (!Tidy) {
        // One broken file is found from every folder below it.
        Failure = toString(Tidy.takeError());
        return;
      }
      U.Ask.Options = *Tidy;
    }
    auto SetForAll = [&](StringRef Name, StringRef Value) {
      for (const std::string &R : RuleNames)
        U.Ask.Options[(R + "." + Name).str()] = Value.str();
    };
    if (!S.Knowledge.empty())
      SetForAll("KnowledgeFiles", join(S.Knowledge, ";"));
    if (!S.Confidence.empty())
      SetForAll("Confidence", S.Confidence);
    for (const auto &[Name, Value] : S.Options)
      if (!StringRef(Name).contains('.'))
        SetForAll(Name, Value);
    for (const auto &[Name, Value] : S.Options)
      if (StringRef(Name).contains('.'))
        U.Ask.Options[Name] = Value;
  }

  Error considerOperand(StringRef Operand) {
    if (sys::fs::is_regular_file(Operand)) {
      // Not in the database: a command is taken over from a similar file.
      std::string Real = realPath(Operand);
      auto It = find_if(Known, [&](auto &K) { return K.first == Real; });
      consider(Real, It == Known.end() ? StringRef(Real) : It->second,
               /*WasNamed=*/true);
      return Error::success();
    }
    bool IsFolder = sys::fs::is_directory(Operand);
    if (!IsFolder && !isGlob(Operand))
      return makeError("there is no file or folder '" + Operand + "'");
    std::string Folder = realPath(IsFolder ? Operand : ".");
    bool Any = false;
    for (const auto &[Real, InDatabase] : Known) {
      if (!isBelow(Real, Folder) ||
          (!IsFolder && !matchesGlob(Operand, relativePath(Real, Folder))))
        continue;
      Any = true;
      consider(Real, InDatabase, /*WasNamed=*/true);
    }
    if (Any)
      return Error::success();
    if (S.Flags)
      return makeError("with flags after `--` only single files can be named, "
                       "not '" +
                       Operand + "'");
    return makeError("no file in " + D.File +
                     (IsFolder ? " lies in '" : " matches '") + Operand + "'");
  }

  const Settings &S;
  const Database &D;
  std::string ResourceDir;
  std::string Checks;
  std::vector<std::string> RuleNames;
  /// Real path and the path by which the database knows the file.
  std::vector<std::pair<std::string, std::string>> Known;
  std::set<std::string> Seen;
  TidyOptions Tidies;
  std::string Failure;
  Plan Result;
};

} // namespace

Expected<Plan> makePlan(const Settings &S, const Database &D,
                        ArrayRef<const Rule *> Rules) {
  Expected<std::string> ResourceDir = findResourceDir();
  if (!ResourceDir)
    return ResourceDir.takeError();
  return Planner(S, D, Rules, *ResourceDir).make();
}

} // namespace codrop::tool
