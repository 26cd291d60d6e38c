// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See HostCheck.h. Everything here is the C library, because the host may be
// any program at all.

#include "tool/plugin/HostCheck.h"

#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <errno.h>
#include <string>

namespace codrop {

// clang::getClangFullVersion() with libstdc++'s string, and the same function
// in a host built with libc++. Both names have been stable since Clang 3.
static const char *const VersionFunction =
    "_ZN5clang19getClangFullVersionB5cxx11Ev";
static const char *const LibcxxVersionFunction =
    "_ZN5clang19getClangFullVersionEv";
// clang::tidy::ClangTidyCheck's vtable: only clang-tidy and tools like it have
// it.
static const char *const TidySymbol = "_ZTVN5clang4tidy14ClangTidyCheckE";

namespace {
struct Version {
  int Major = 0;
  int Minor = 0;
  std::string Text; // "19.1.7"
};
} // namespace

/// Reads "19.1.7" out of "Debian clang version 19.1.7 (3~deb12u1)".
static Version parseVersion(const std::string &Full) {
  Version Result;
  size_t At = Full.find("version ");
  At = At == std::string::npos ? 0 : At + std::strlen("version ");
  size_t End = At;
  while (End < Full.size() &&
         (std::isdigit((unsigned char)Full[End]) || Full[End] == '.'))
    ++End;
  Result.Text = Full.substr(At, End - At);
  if (std::sscanf(Result.Text.c_str(), "%d.%d", &Result.Major, &Result.Minor) <
      1)
    Result.Text = Full;
  return Result;
}

/// The folder of the shim itself, symbolic links resolved: an installed
/// `~/lib/libcodrop.so` may point into a build folder.
static std::string ownFolder() {
  Dl_info Info;
  if (!dladdr(reinterpret_cast<const void *>(&loadIntoHost), &Info) ||
      !Info.dli_fname)
    return ".";
  std::string Path = Info.dli_fname;
  if (char *Real = realpath(Info.dli_fname, nullptr)) {
    Path = Real;
    std::free(Real);
  }
  size_t Slash = Path.rfind('/');
  return Slash == std::string::npos ? "." : Path.substr(0, Slash);
}

/// One write, so that the lines of parallel jobs do not mix.
static void say(const std::string &Text) {
  std::string Line = "codrop: " + Text + "\n";
  std::fwrite(Line.data(), 1, Line.size(), stderr);
  std::fflush(stderr);
}

static void loadModule(const PluginDescription &Plugin) {
  std::string Path = ownFolder() + "/" + Plugin.Module;
  // RTLD_NOW: a symbol that the host lacks is reported here and not by a crash
  // in the middle of a file. RTLD_GLOBAL: a second shim sees the marker.
  if (dlopen(Path.c_str(), RTLD_NOW | RTLD_GLOBAL))
    return;
  const char *Why = dlerror();
  say(std::string(Plugin.Name) +
      " cannot load its other half: " + (Why ? Why : Path.c_str()) +
      "; its checks are not loaded (keep " + Plugin.Module +
      " in the folder of " + Plugin.Name + ", and take both from one build)");
}

void loadIntoHost(const PluginDescription &Plugin) {
  const std::string Wanted =
      std::string(Plugin.HostKind) + " " + std::to_string(CODROP_LLVM_MAJOR);
  const std::string Host = program_invocation_short_name;

  if (dlsym(RTLD_DEFAULT, Plugin.Marker))
    return;

  void *Function = dlsym(RTLD_DEFAULT, VersionFunction);
  if (!Function) {
    if (dlsym(RTLD_DEFAULT, LibcxxVersionFunction))
      say(std::string(Plugin.Name) + " was built for a " + Wanted +
          " that uses libstdc++, but " + Host +
          " uses libc++; its checks are not loaded (build codrop with the "
          "compiler and library of that LLVM)");
    else
      say(std::string(Plugin.Name) + " is a plugin for " + Wanted + ", but " +
          Host +
          " exports no symbols of Clang; its checks are not loaded (use " +
          Plugin.Usage + ")");
    return;
  }

  const bool IsTidy = dlsym(RTLD_DEFAULT, TidySymbol) != nullptr;
  if (IsTidy != Plugin.NeedsTidyHost) {
    say(std::string(Plugin.Name) + " is a plugin for " + Wanted + ", which " +
        Host + " is not; its checks are not loaded (load " +
        Plugin.OtherPlugin + " here)");
    return;
  }

  const Version Found =
      parseVersion(reinterpret_cast<std::string (*)()>(Function)());
  if (Found.Major != CODROP_LLVM_MAJOR || Found.Minor != CODROP_LLVM_MINOR) {
    // Nobody has to know about minor releases unless they are what differs.
    std::string BuiltFor = Wanted;
    if (Found.Major == CODROP_LLVM_MAJOR)
      BuiltFor += "." + std::to_string(CODROP_LLVM_MINOR);
    say(std::string(Plugin.Name) + " was built for " + BuiltFor +
        ", but this is " + Plugin.HostKind + " " + Found.Text +
        "; its checks are not loaded (use " + Plugin.Usage +
        ", or build codrop for LLVM " + std::to_string(Found.Major) + ")");
    return;
  }
  loadModule(Plugin);
}

} // namespace codrop
