// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The usual places, and what to say when nothing is there.

#include "tool/Discover.h"
#include "tool/ExitCode.h"
#include "tool/Text.h"
#include "clang/Tooling/JSONCompilationDatabase.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/VirtualFileSystem.h"
#include <set>

using namespace llvm;

namespace codrop::tool {

static constexpr StringRef DatabaseName = "compile_commands.json";

static std::string joined(StringRef Folder, StringRef Name) {
  SmallString<256> Path(Folder);
  sys::path::append(Path, Name);
  return Path.str().str();
}

/// \p From and the folders above it, nearest first.
static std::vector<std::string> upwards(StringRef From) {
  std::vector<std::string> Result;
  for (StringRef Folder = From; !Folder.empty();
       Folder = sys::path::parent_path(Folder))
    Result.push_back(Folder.str());
  return Result;
}

std::string findProjectRoot(StringRef From) {
  for (StringRef Marker : {".codrop.yaml", ".git", ".clang-tidy"})
    for (const std::string &Folder : upwards(From))
      if (sys::fs::exists(joined(Folder, Marker)))
        return Folder;
  return "";
}

static std::vector<std::string> subfolders(StringRef Folder,
                                           ArrayRef<StringRef> Patterns) {
  std::vector<std::string> Result;
  std::error_code EC;
  for (sys::fs::directory_iterator I(Folder, EC), End; I != End && !EC;
       I.increment(EC)) {
    StringRef Name = sys::path::filename(I->path());
    if (any_of(Patterns, [&](StringRef P) { return matchesGlob(P, Name); }) &&
        sys::fs::is_directory(I->path()))
      Result.push_back(I->path());
  }
  sort(Result);
  return Result;
}

/// The databases that belong to a project in \p Folder.
static std::vector<std::string> databasesOf(StringRef Folder) {
  std::vector<std::string> Folders = {Folder.str()};
  for (const std::string &Build :
       subfolders(Folder, {"build*", "cmake-build-*", "out", "_build"})) {
    Folders.push_back(Build);
    // CMake's presets like out/build/NAME and build/NAME.
    for (const std::string &Inner : subfolders(Build, {"*"})) {
      Folders.push_back(Inner);
      if (sys::path::filename(Inner) == "build")
        append_range(Folders, subfolders(Inner, {"*"}));
    }
  }
  std::vector<std::string> Result;
  std::set<std::string> Seen;
  for (const std::string &F : Folders) {
    std::string File = joined(F, DatabaseName);
    if (sys::fs::is_regular_file(File) && Seen.insert(realPath(File)).second)
      Result.push_back(File);
  }
  return Result;
}

static Error noDatabase(const Settings &S) {
  std::string Where = S.Root.empty() ? currentDirectory() : S.Root;
  auto Has = [&](StringRef Name) {
    return sys::fs::exists(joined(Where, Name));
  };
  std::string How;
  if (Has("CMakeLists.txt"))
    How = "make one with: cmake -S " + Where + " -B " + joined(Where, "build") +
          " -DCMAKE_EXPORT_COMPILE_COMMANDS=ON";
  else if (Has("meson.build"))
    How = "make one with: meson setup " + joined(Where, "build");
  else if (Has("Makefile") || Has("makefile") || Has("GNUmakefile") ||
           Has("configure"))
    How = "make one with: bear -- make";
  else if (Has("BUILD") || Has("BUILD.bazel") || Has("MODULE.bazel"))
    How = "Bazel makes one with hedron_compile_commands: bazel run "
          "@hedron_compile_commands//:refresh_all";
  else
    How = "with CMake, make one with: cmake -B build "
          "-DCMAKE_EXPORT_COMPILE_COMMANDS=ON (Meson makes one anyway, for "
          "Make there is: bear -- make)";
  return makeError("there is no " + DatabaseName + " in " + Where +
                   " or its build folders\n  " + How +
                   "\n  or name single files and their flags: codrop FILE... "
                   "-- -std=c++20 -Iinclude");
}

static Expected<Database> load(StringRef File) {
  auto Buffer = MemoryBuffer::getFile(File);
  if (!Buffer)
    return makeError("cannot read " + File + ": " +
                     Buffer.getError().message());
  StringRef Text = (*Buffer)->getBuffer();
  auto Again = "; build the project's configuration again";
  if (Text.trim().empty())
    return makeError(File + " is empty" + Again);
  // Clang's reader goes on after an error, with what it has read so far.
  if (Expected<json::Value> Value = json::parse(Text); !Value)
    return makeError(File + " is no compilation database: " +
                     toString(Value.takeError()) + Again);
  std::string Message;
  auto Loaded = clang::tooling::JSONCompilationDatabase::loadFromBuffer(
      Text, Message, clang::tooling::JSONCommandLineSyntax::AutoDetect);
  if (!Loaded)
    return makeError(File + " is no compilation database: " +
                     StringRef(Message).trim() + Again);
  if (Loaded->getAllFiles().empty())
    return makeError(File + " lists no file" + Again);
  Database D;
  D.File = realPath(File);
  D.Folder = sys::path::parent_path(D.File).str();
  D.Commands = inferTargetAndDriverMode(
      inferMissingCompileCommands(clang::tooling::expandResponseFiles(
          std::move(Loaded), vfs::getRealFileSystem())));
  return std::move(D);
}

Expected<Database> openDatabase(const Settings &S) {
  if (S.Flags) {
    Database D;
    D.Folder = currentDirectory();
    D.Commands = std::make_unique<clang::tooling::FixedCompilationDatabase>(
        D.Folder, *S.Flags);
    return std::move(D);
  }
  if (!S.Database.empty()) {
    std::string File = S.Database;
    if (sys::fs::is_directory(File))
      File = joined(File, DatabaseName);
    if (!sys::fs::exists(File))
      return makeError("there is no " + File +
                       (sys::fs::is_directory(S.Database)
                            ? "; cmake writes one with "
                              "-DCMAKE_EXPORT_COMPILE_COMMANDS=ON"
                            : ""));
    return load(File);
  }
  for (const std::string &Folder : upwards(realPath(currentDirectory()))) {
    std::vector<std::string> Found = databasesOf(Folder);
    if (!Found.empty()) {
      auto Newer = [](const std::string &A, const std::string &B) {
        sys::fs::file_status StatusA, StatusB;
        (void)sys::fs::status(A, StatusA);
        (void)sys::fs::status(B, StatusB);
        return StatusA.getLastModificationTime() >
               StatusB.getLastModificationTime();
      };
      sort(Found, Newer);
      if (Found.size() > 1 && !S.Quiet)
        printWarning("of " + Twine(Found.size()) +
                     " compilation databases the newest is used: " +
                     relativePath(Found.front(), realPath(currentDirectory())) +
                     " (choose with -p DIR)");
      return load(Found.front());
    }
    if (Folder == S.Root)
      break;
  }
  return noDatabase(S);
}

static std::string commonFolder(const Database &D) {
  std::string Common;
  bool First = true;
  for (const std::string &File : D.Commands->getAllFiles()) {
    StringRef Folder = sys::path::parent_path(File);
    if (First)
      Common = Folder.str();
    First = false;
    while (!isBelow(Folder, Common) && !Common.empty())
      Common = sys::path::parent_path(Common).str();
  }
  return Common == "/" ? "" : Common;
}

void completeRoot(Settings &S, const Database &D) {
  if (S.Root.empty() && !S.Flags)
    S.Root = realPath(commonFolder(D));
  if (S.Root.empty())
    S.Root = realPath(currentDirectory());
}

} // namespace codrop::tool
