// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Looks for .clang-tidy as clang-tidy does: the nearest one upwards, and
// those above it as long as each inherits.

#include "tool/TidyOptions.h"
#include "clang-tidy/ClangTidyOptions.h"
#include "tool/ExitCode.h"
#include "tool/Settings.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/SourceMgr.h"

using namespace clang::tidy;
using namespace llvm;

namespace codrop::tool {

Expected<TidyOptions::File> TidyOptions::read(StringRef Path) {
  File Result;
  auto Buffer = MemoryBuffer::getFile(Path);
  if (!Buffer)
    return Result; // clang-tidy passes over unreadable files too.
  bool IsOurs = (*Buffer)->getBuffer().contains("codrop-");
  std::string Problem;
  auto Parsed = parseConfigurationWithDiags(
      (*Buffer)->getMemBufferRef(), [&](const SMDiagnostic &D) {
        if (Problem.empty())
          Problem = (Path + ":" + Twine(D.getLineNo()) + ":" +
                     Twine(D.getColumnNo() + 1) + ": " + D.getMessage())
                        .str();
      });
  if (!Parsed) {
    if (IsOurs)
      return makeError(Problem.empty()
                           ? (Path + ": " + Parsed.getError().message()).str()
                           : Problem);
    return Result;
  }
  Result.InheritsParent = Parsed->InheritParentConfig.value_or(false);
  for (const auto &Entry : Parsed->CheckOptions) {
    StringRef Name = Entry.getKey();
    if (!Name.starts_with("codrop-"))
      continue;
    Expected<std::string> Full = checkOption(Name, Entry.getValue().Value);
    if (!Full)
      return makeError(Path + ": " + toString(Full.takeError()));
    Result.Options[*Full] = Entry.getValue().Value;
  }
  return Result;
}

Expected<TidyOptions::Map> TidyOptions::of(StringRef Folder) {
  if (auto It = Folders.find(Folder); It != Folders.end())
    return It->second;
  Map Result;
  SmallString<256> Path(Folder);
  sys::path::append(Path, ".clang-tidy");
  bool GoesUp = true;
  if (sys::fs::is_regular_file(Path)) {
    Expected<File> F = read(Path);
    if (!F)
      return F.takeError();
    Result = std::move(F->Options);
    GoesUp = F->InheritsParent;
  }
  StringRef Parent = sys::path::parent_path(Folder);
  if (GoesUp && !Parent.empty()) {
    Expected<Map> Above = of(Parent);
    if (!Above)
      return Above.takeError();
    Result.insert(Above->begin(), Above->end());
  }
  return Folders[Folder] = std::move(Result);
}

} // namespace codrop::tool
