// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The tables of commands and options, and the loop that reads them.

#include "tool/Arguments.h"
#include "tool/ExitCode.h"
#include "tool/Text.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Allocator.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FileSystem.h"
#include <cstdlib>

using namespace llvm;

namespace codrop::tool {

namespace {

struct CommandSpec {
  StringRef Name, Operands, Help;
};

constexpr CommandSpec Commands[] = {
    {"lint", "[FILE|FOLDER|GLOB...] [-- FLAGS]",
     "find hazards in the project, or in the given files (the default)"},
    {"explain", "RULE", "what a rule finds, why, and what to do"},
    {"rules", "", "list the rules"},
    {"files", "[FILE|FOLDER|GLOB...]",
     "list what would be analysed, and what not and why"},
    {"config", "show", "show every setting and where it comes from"},
    {"debug", "cfg FILE --function NAME [-- FLAGS]",
     "show what codrop understands of a function"},
    {"help", "[COMMAND]", "show this text"},
};

struct OptionSpec {
  StringRef Name;
  char Short;
  StringRef Value; ///< Empty: takes none.
  StringRef Help;
  StringRef Section;
};

constexpr OptionSpec Options[] = {
    {"database", 'p', "DIR", "folder of compile_commands.json, or the file",
     "What to analyse"},
    {"exclude", 0, "GLOB", "leave out files that match, and their findings",
     "What to analyse"},
    {"header-filter", 0, "REGEX",
     "report in headers whose path matches (default: the project's)",
     "What to analyse"},
    {"no-skip", 0, "", "parse files that cannot contain a coroutine too",
     "What to analyse"},
    {"checks", 0, "GLOBS",
     "run these rules only; -NAME takes away from the default ones", "Rules"},
    {"group", 0, "GROUP", "also run pedantic or performance rules", "Rules"},
    {"option", 0, "RULE.OPTION=VALUE", "set an option of a rule", "Rules"},
    {"knowledge", 0, "FILE", "facts about your types and libraries", "Rules"},
    {"confidence", 0, "LEVEL",
     "definite: report what happens on a normal path only", "Rules"},
    {"jobs", 'j', "N", "workers at a time (default: by cores and memory)",
     "Running"},
    {"timeout", 0, "SECONDS", "for one file (default: 300)", "Running"},
    {"memory-limit", 0, "MB", "for one worker (default: none)", "Running"},
    {"config", 0, "FILE", "read this file instead of .codrop.yaml", "Running"},
    {"no-config", 0, "", "read no .codrop.yaml and no .clang-tidy", "Running"},
    {"output", 0, "STYLE", "full (default) or concise", "Results"},
    {"report", 0, "FORMAT[=FILE]",
     "also write jsonl, sarif or github; may be repeated", "Results"},
    {"fail-on", 0, "GROUP",
     "least group that makes exit code 1: any (default), correctness, "
     "suspicious, performance, pedantic, or never",
     "Results"},
    {"statistics", 0, "", "count findings, functions and what was given up",
     "Results"},
    {"color", 0, "WHEN", "auto, always or never; NO_COLOR is respected",
     "Results"},
    {"json", 0, "", "for rules and files: print JSON", "Results"},
    {"quiet", 'q', "", "no progress and no summary", "Results"},
    {"verbose", 'v', "", "say more about what is done", "Results"},
    {"function", 0, "NAME", "for debug: the function", "Other"},
    {"all", 0, "", "for debug: show also what only reads or names something",
     "Other"},
    {"help", 'h', "", "show this text", "Other"},
    {"version", 0, "", "show the version", "Other"},
};

bool looksLikePath(StringRef Word) {
  return Word.contains('/') || Word.contains('.') || isGlob(Word) ||
         sys::fs::exists(Word);
}

class ArgumentReader {
public:
  explicit ArgumentReader(ArrayRef<const char *> Args) : Args(Args) {}

  Expected<Arguments> read() {
    for (; I < Args.size(); ++I) {
      StringRef A = Args[I];
      if (A == "--") {
        Result.AfterDashes.emplace();
        for (const char *Flag : Args.drop_front(I + 1))
          Result.AfterDashes->push_back(Flag);
        break;
      }
      if (A.size() > 1 && A.front() == '-') {
        if (Error E = readOption(A))
          return E;
      } else if (Error E = readOperand(A)) {
        return E;
      }
    }
    if (Result.Command.empty())
      Result.Command = "lint";
    return std::move(Result);
  }

private:
  Error readOperand(StringRef A) {
    bool IsFirst = Result.Command.empty() && Result.Operands.empty();
    if (IsFirst) {
      for (const CommandSpec &C : Commands) {
        if (C.Name == A) {
          Result.Command = A.str();
          return Error::success();
        }
      }
      std::vector<std::string> Names;
      for (const CommandSpec &C : Commands)
        Names.push_back(C.Name.str());
      if (!looksLikePath(A))
        return makeError("there is no command and no file '" + A + "'" +
                         didYouMean(A, Names) +
                         (didYouMean(A, Names).empty()
                              ? "; \"codrop help\" lists the commands"
                              : ""));
    }
    Result.Operands.push_back(A.str());
    return Error::success();
  }

  Error readOption(StringRef A) {
    StringRef Name = A.ltrim('-'), Value;
    bool HasValue = false;
    const OptionSpec *Spec = nullptr;
    if (A.starts_with("--")) {
      HasValue = Name.contains('=');
      std::tie(Name, Value) = Name.split('=');
      for (const OptionSpec &O : Options)
        if (O.Name == Name)
          Spec = &O;
    } else {
      for (const OptionSpec &O : Options)
        if (O.Short && O.Short == Name.front())
          Spec = &O;
      Value = Name.drop_front();
      HasValue = !Value.empty();
    }
    if (!Spec) {
      std::vector<std::string> Names;
      for (const OptionSpec &O : Options)
        Names.push_back(O.Name.str());
      std::string Near = nearest(Name, Names);
      return makeError("there is no option '" + A.split('=').first + "'" +
                       (Near.empty() ? "; \"codrop help\" lists them"
                                     : "; did you mean '--" + Near + "'?"));
    }
    if (Spec->Value.empty()) {
      if (HasValue)
        return makeError("the option --" + Spec->Name + " takes no value");
    } else if (!HasValue) {
      if (I + 1 >= Args.size() || StringRef(Args[I + 1]) == "--")
        return makeError("the option --" + Spec->Name + " needs a value: --" +
                         Spec->Name + "=" + Spec->Value);
      Value = Args[++I];
    }
    if (Spec->Name == "help")
      Result.Help = true;
    else if (Spec->Name == "version")
      Result.Version = true;
    else if (Spec->Name == "function")
      Result.Function = Value.str();
    else if (Spec->Name == "all")
      Result.All = true;
    else if (Spec->Name == "config")
      Result.ConfigFile = Value.str();
    else if (Spec->Name == "no-config")
      Result.NoConfig = true;
    else
      Result.Options.emplace_back(Spec->Name.str(), Value.str());
    return Error::success();
  }

  ArrayRef<const char *> Args;
  size_t I = 0;
  Arguments Result;
};

} // namespace

Expected<Arguments> parseArguments(ArrayRef<const char *> Args) {
  BumpPtrAllocator Allocator;
  SmallVector<const char *, 16> Expanded(Args.begin(), Args.end());
  cl::ExpansionContext Expander(Allocator, cl::TokenizeGNUCommandLine);
  // Flags after the dashes are the compiler's, their @files too.
  auto Dashes = find_if(Expanded, [](StringRef A) { return A == "--"; });
  SmallVector<const char *, 16> Own(Expanded.begin(), Dashes);
  for (const char *A : Own)
    if (A[0] == '@' && !sys::fs::exists(A + 1))
      return makeError(Twine("cannot read the argument file ") + (A + 1));
  if (Error E = Expander.expandResponseFiles(Own))
    return E;
  Own.append(Dashes, Expanded.end());
  return ArgumentReader(Own).read();
}

std::vector<std::pair<std::string, std::string>> environmentOptions() {
  std::vector<std::pair<std::string, std::string>> Result;
  for (const OptionSpec &O : Options) {
    std::string Name = "CODROP_" + O.Name.upper();
    std::replace(Name.begin(), Name.end(), '-', '_');
    const char *Value = std::getenv(Name.c_str());
    if (!Value || !*Value || O.Section == "Other" || O.Name == "config" ||
        O.Name == "no-config")
      continue;
    if (O.Value.empty() && StringRef(Value) == "0")
      continue;
    Result.emplace_back(O.Name.str(), Value);
  }
  return Result;
}

static void printRow(raw_ostream &OS, StringRef Left, StringRef Right) {
  constexpr unsigned Column = 34;
  std::vector<std::string> Lines = wrap(Right, 80 - Column);
  OS << "  " << Left;
  unsigned Used = 2 + Left.size();
  if (Used + 2 > Column) {
    OS << '\n';
    Used = 0;
  }
  for (const std::string &Line : Lines) {
    OS.indent(Column - Used) << Line << '\n';
    Used = 0;
  }
}

void printHelp(raw_ostream &OS, StringRef Command) {
  const CommandSpec *Only = nullptr;
  for (const CommandSpec &C : Commands)
    if (C.Name == Command)
      Only = &C;
  if (Only && Only->Name != "lint") {
    OS << "Usage: codrop " << Only->Name << " " << Only->Operands << "\n\n  "
       << Only->Help << "\n\n"
       << "\"codrop help\" lists all commands and options.\n";
    return;
  }
  OS << "codrop finds code in C++20 coroutines that is unsafe when a value is "
        "dropped\nor an operation is cancelled.\n\n"
        "Usage: codrop [COMMAND] [OPTIONS]\n\n"
        "Without a command and files it lints the project around the current "
        "folder.\n\nCommands:\n";
  for (const CommandSpec &C : Commands)
    printRow(OS, (C.Name + (C.Operands.empty() ? "" : " ") + C.Operands).str(),
             C.Help);
  StringRef Section;
  for (const OptionSpec &O : Options) {
    if (O.Section != Section)
      OS << '\n' << (Section = O.Section) << ":\n";
    std::string Left = O.Short ? std::string("-") + O.Short + ", " : "    ";
    Left += ("--" + O.Name + (O.Value.empty() ? "" : "=") + O.Value).str();
    printRow(OS, Left, O.Help);
  }
  OS << "\nEach option is also read from the environment (--jobs=4 is "
        "CODROP_JOBS=4), and\n@FILE stands for the arguments in FILE.\n\n"
        "Exit codes: 0 clean, 1 findings, 2 usage or configuration, 3 some "
        "files could not\nbe analysed (whatever was found in the others), 4 "
        "internal error, 130 interrupted.\n";
}

} // namespace codrop::tool
