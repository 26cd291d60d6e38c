// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The rules by which a build command becomes a parse command. Names of single
// flags are data (DroppedFlags.def); here is only what needs to look around.

#include "tool/Flags.h"
#include "tool/ExitCode.h"
#include "tool/Text.h"
#include "clang/Options/Options.h"
#include "clang/Tooling/ArgumentsAdjusters.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Option/ArgList.h"
#include "llvm/Option/OptTable.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Program.h"
#include <set>

using namespace llvm;

namespace codrop::tool {

namespace {
enum class Drop { No, This, ThisAndNext };
} // namespace

static Drop dropByName(StringRef Arg) {
#define FLAG(Spelling)                                                         \
  if (Arg == Spelling)                                                         \
    return Drop::This;
#define PREFIX(Spelling)                                                       \
  if (Arg.starts_with(Spelling))                                               \
    return Drop::This;
#define PAIR(Spelling)                                                         \
  if (Arg == Spelling)                                                         \
    return Drop::ThisAndNext;
#include "tool/DroppedFlags.def"
#undef FLAG
#undef PREFIX
#undef PAIR
  return Drop::No;
}

/// The indices of the arguments that Clang's driver does not know.
static std::set<unsigned> unknownToClang(ArrayRef<std::string> Args) {
  std::vector<const char *> Pointers;
  for (const std::string &A : Args)
    Pointers.push_back(A.c_str());
  unsigned MissingIndex, MissingCount;
  opt::InputArgList Parsed = clang::getDriverOptTable().ParseArgs(
      Pointers, MissingIndex, MissingCount,
      opt::Visibility(clang::options::ClangOption));
  std::set<unsigned> Result;
  for (const opt::Arg *A : Parsed.filtered(clang::options::OPT_UNKNOWN))
    Result.insert(A->getIndex());
  return Result;
}

/// Precompiled headers are of one compiler in one version. CMake also
/// includes the text that one was made of; where a build does not, the header
/// is included in its place.
static std::vector<std::string>
replacePrecompiled(const std::vector<std::string> &Args) {
  std::vector<std::string> Result;
  // -Xclang A -Xclang B carries a pair in four arguments.
  auto IsPassedOn = [&](size_t I, StringRef Flag) {
    return I + 3 < Args.size() && Args[I] == "-Xclang" && Args[I + 1] == Flag &&
           Args[I + 2] == "-Xclang";
  };
  auto IncludeText = [&](StringRef Precompiled) {
    StringRef Header = Precompiled;
    if (!Header.consume_back(".pch"))
      Header.consume_back(".gch");
    if (is_contained(Args, Header) || Header == Precompiled)
      return;
    Result.insert(Result.end(),
                  {"-Xclang", "-include", "-Xclang", Header.str()});
  };
  for (size_t I = 0; I < Args.size(); ++I) {
    if (IsPassedOn(I, "-include-pch")) {
      IncludeText(Args[I + 3]);
      I += 3;
    } else if (Args[I] == "-include-pch" && I + 1 < Args.size()) {
      IncludeText(Args[++I]);
    } else if (Args[I] == "-include" && I + 1 < Args.size()) {
      // The driver would look for X.pch and X.gch beside X.
      Result.insert(Result.end(),
                    {"-Xclang", "-include", "-Xclang", Args[++I]});
    } else {
      Result.push_back(Args[I]);
    }
  }
  return Result;
}

/// The compiler's path as the compiler itself would find it. The driver looks
/// for the standard library beside it, and Clang follows links first.
static std::string resolvedCompiler(StringRef Name) {
  std::string Path = Name.str();
  if (!Name.contains('/')) {
    ErrorOr<std::string> Found = sys::findProgramByName(Name);
    // The database may come from another machine; any Clang here will do.
    if (!Found)
      return (sys::path::parent_path(sys::path::parent_path(
                  sys::path::parent_path(CODROP_RESOURCE_DIR))) +
              "/bin/" + Name)
          .str();
    Path = std::move(*Found);
  }
  if (!sys::path::filename(Name).contains("clang"))
    return Path;
  return (sys::path::parent_path(realPath(Path)) + "/" +
          sys::path::filename(Name))
      .str();
}

CleanCommand cleanCommand(const std::vector<std::string> &Command,
                          StringRef File, StringRef ResourceDir) {
  using namespace clang::tooling;
  ArgumentsAdjuster Adjust =
      combineAdjusters(combineAdjusters(getClangStripOutputAdjuster(),
                                        getClangStripDependencyFileAdjuster()),
                       combineAdjusters(getClangSyntaxOnlyAdjuster(),
                                        getStripPluginsAdjuster()));
  std::vector<std::string> Args = replacePrecompiled(Adjust(Command, File));

  CleanCommand Result;
  std::set<unsigned> Unknown =
      unknownToClang(ArrayRef(Args).drop_front(Args.empty() ? 0 : 1));
  bool AfterDashes = false;
  for (size_t I = 0; I < Args.size(); ++I) {
    AfterDashes |= Args[I] == "--";
    Drop D = I == 0 || AfterDashes  ? Drop::No
             : Unknown.count(I - 1) ? Drop::This
                                    : dropByName(Args[I]);
    if (D == Drop::No) {
      Result.Command.push_back(Args[I]);
      continue;
    }
    Result.Dropped.push_back(Args[I]);
    if (D == Drop::ThisAndNext)
      ++I;
  }
  std::vector<std::string> Extra;
  if (!Args.empty() && !sys::path::filename(Args.front()).contains("clang") &&
      !isWithoutCoroutines(Command, File)) {
#define DEFINE(Macro) Extra.push_back("-D" Macro);
#include "tool/GccDefines.def"
#undef DEFINE
    // What the command says of a macro itself stays.
    erase_if(Extra, [&](StringRef Define) {
      return any_of(Args, [&](StringRef A) {
        return A.consume_front("-D") &&
               A.split('=').first == Define.drop_front(2);
      });
    });
  }
  if (!Result.Command.empty())
    Result.Command.front() = resolvedCompiler(Result.Command.front());
  // The project's warnings are the build's business; what GCC lets pass is
  // no reason to refuse a file.
  append_range(Extra,
               std::initializer_list<std::string>{
                   "-w", "-Wno-error", "-Wno-unknown-warning-option",
                   "-Wno-c++11-narrowing", "-Wno-enum-constexpr-conversion",
                   "-Wno-invalid-constexpr", "-Wno-register",
                   "-Wno-missing-template-arg-list-after-template-kw",
                   "-Wno-reserved-user-defined-literal", "-ferror-limit=200",
                   "-Qunused-arguments", "-resource-dir=" + ResourceDir.str()});
  auto At = find(Result.Command, "--");
  Result.Command.insert(At, Extra.begin(), Extra.end());
  return Result;
}

Expected<std::string> findResourceDir() {
  auto IsOne = [](const Twine &Dir) {
    return sys::fs::exists(Dir + "/include/stddef.h");
  };
  std::string Program = sys::fs::getMainExecutable(
      nullptr, reinterpret_cast<void *>(&findResourceDir));
  SmallString<256> Beside(sys::path::parent_path(Program));
  sys::path::append(Beside, "..", "lib", "clang",
                    sys::path::filename(CODROP_RESOURCE_DIR));
  sys::path::remove_dots(Beside, /*remove_dot_dot=*/true);
  if (IsOne(Beside))
    return Beside.str().str();
  if (IsOne(CODROP_RESOURCE_DIR))
    return CODROP_RESOURCE_DIR;
  return makeError("Clang's own headers are neither in " + Beside + " nor in " +
                   CODROP_RESOURCE_DIR +
                   "; on Debian: apt install libclang-common-" +
                   sys::path::filename(CODROP_RESOURCE_DIR) + "-dev");
}

bool isWithoutCoroutines(const std::vector<std::string> &Command,
                         StringRef File) {
  StringRef Language, Standard;
  for (size_t I = 1; I < Command.size(); ++I) {
    StringRef A = Command[I];
    if (A == "-x" && I + 1 < Command.size())
      Language = Command[++I];
    else if (A.consume_front("-x"))
      Language = A;
    else if (A.consume_front("-std=") || A.consume_front("--std=") ||
             A.consume_front("/std:"))
      Standard = A;
    else if (A == "-fcoroutines" || A == "-fcoroutines-ts" ||
             A.starts_with("/await"))
      return false;
  }
  if (Language.empty() ? sys::path::extension(File) == ".c" : Language == "c")
    return true;
  // Clang's default is C++17, but the command may be another compiler's, whose
  // default is not known here.
  if (Standard.empty())
    return false;
  if (!Standard.consume_front("c++") && !Standard.consume_front("gnu++"))
    return false;
  return is_contained({"98", "03", "0x", "11", "1y", "14", "1z", "17"},
                      Standard);
}

} // namespace codrop::tool
