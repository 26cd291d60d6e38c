// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Decides whether a plugin may be loaded into the program that asks for it, and
// loads it. LLVM promises no binary compatibility between releases: a module
// built for another one dies on an undefined symbol or, worse, misreads the
// host's objects. So what the user names (libcodrop.so) is a shim that uses
// nothing of LLVM; it asks the host for its version and opens the real module
// (libcodrop-22.so) only when that is the one it was built for. What the module
// then registers is the module's own business.

#ifndef CODROP_TOOL_PLUGIN_HOSTCHECK_H
#define CODROP_TOOL_PLUGIN_HOSTCHECK_H

namespace codrop {

struct PluginDescription {
  const char *Name;     ///< "libcodrop.so", as users know it.
  const char *Module;   ///< "libcodrop-22.so", in the same folder.
  const char *HostKind; ///< "clang-tidy"
  /// A program that runs it: "clang-tidy-22 -load=libcodrop.so".
  const char *Usage;
  /// A C symbol that the module exports: it tells that it is loaded already.
  const char *Marker;
  bool NeedsTidyHost;      ///< Else it needs a host that is not clang-tidy.
  const char *OtherPlugin; ///< The plugin for the other kind of host.
};

/// Loads the module of \p Plugin, or prints one line to stderr that says why
/// not and what to do, and leaves the host as it was.
void loadIntoHost(const PluginDescription &Plugin);

} // namespace codrop

#endif // CODROP_TOOL_PLUGIN_HOSTCHECK_H
