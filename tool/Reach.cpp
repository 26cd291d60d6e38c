// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Asks Clang's dependency scanner, which lexes directives only, for the files
// that a translation unit reads, and looks into them.

#include "tool/Reach.h"
#include "clang/Tooling/DependencyScanningTool.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

using namespace llvm;

namespace codrop::tool {

static bool contains(StringRef File, std::initializer_list<StringRef> Words) {
  auto Buffer = MemoryBuffer::getFile(File, /*IsText=*/false,
                                      /*RequiresNullTerminator=*/false);
  if (!Buffer)
    return true; // Unreadable proves nothing.
  StringRef Text = (*Buffer)->getBuffer();
  return any_of(Words, [&](StringRef W) { return Text.contains(W); });
}

/// The prerequisites of a rule in make's syntax.
static std::vector<std::string> prerequisites(StringRef Rule) {
  size_t Colon = Rule.find(": ");
  std::vector<std::string> Files;
  if (Colon == StringRef::npos)
    return Files;
  std::string File;
  auto Flush = [&] {
    if (!File.empty())
      Files.push_back(std::move(File));
    File.clear();
  };
  for (size_t I = Colon + 1; I < Rule.size(); ++I) {
    char C = Rule[I];
    char Next = I + 1 < Rule.size() ? Rule[I + 1] : '\0';
    if (C == '\\' && (Next == ' ' || Next == '#')) {
      File += Next;
      ++I;
    } else if (C == '$' && Next == '$') {
      File += C;
      ++I;
    } else if (C == '\\' && Next == '\n') {
      Flush();
      ++I;
    } else if (C == ' ' || C == '\n') {
      Flush();
    } else {
      File += C;
    }
  }
  Flush();
  return Files;
}

bool mayContainCoroutine(const std::vector<std::string> &Command,
                         StringRef File, StringRef Directory) {
  using namespace clang::dependencies;
  if (contains(File, {"co_await", "co_return", "co_yield", "import",
                      "coroutine_traits"}))
    return true;
  // What a module brings is not among the files.
  for (StringRef Arg : Command)
    if (Arg.starts_with("-fmodule") || Arg.starts_with("-fprebuilt-module") ||
        Arg.starts_with("@"))
      return true;

  DependencyScanningService Service(ScanningMode::DependencyDirectivesScan,
                                    ScanningOutputFormat::Make);
  clang::tooling::DependencyScanningTool Scanner(Service);
  clang::IgnoringDiagConsumer Ignore;
  std::optional<std::string> Rule =
      Scanner.getDependencyFile(Command, Directory, Ignore);
  if (!Rule)
    return true;
  std::vector<std::string> Files = prerequisites(*Rule);
  if (Files.empty())
    return true;
  for (const std::string &Name : Files) {
    SmallString<256> Path(Name);
    sys::path::make_absolute(Directory, Path);
    if (contains(Path, {"coroutine_traits"}))
      return true;
  }
  return false;
}

} // namespace codrop::tool
