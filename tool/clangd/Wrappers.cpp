// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The places where codrop steps into clangd. clangd has no plugins; what it has
// are functions that one object file of its libraries calls in another, and the
// linker's --wrap puts ours between them (CMakeLists.txt lists the names). The
// calls are few and each is covered by test/editor, since a clangd that no
// longer makes one would silently go its own way.

#include "checks/Rules.h"
#include "tool/clangd/ClangdInterface.h"
#include "tool/clangd/DefaultRules.h"
#include "tool/clangd/LinkTransport.h"

using namespace clang::clangd;

#define CODROP_FAST "_ZN5clang6clangd15isFastTidyCheckEN4llvm9StringRefE"
#define CODROP_DEFAULTS "_ZN5clang6clangd20provideDefaultChecksEv"
#define CODROP_TRANSPORT                                                       \
  "_ZN5clang6clangd16newJSONTransportEP8_IO_FILERN4llvm11raw_ostreamEPS4_bNS0" \
  "_15JSONStreamStyleE"

namespace codrop {

// clangd runs only checks that its own table calls fast, unless the user knows
// of the FastCheckFilter setting.
std::optional<bool>
realIsFast(llvm::StringRef Check) asm("__real_" CODROP_FAST);
std::optional<bool> isFast(llvm::StringRef Check) asm("__wrap_" CODROP_FAST);

std::optional<bool> isFast(llvm::StringRef Check) {
  if (const Rule *R = Check.starts_with("codrop-") ? findRule(Check) : nullptr)
    return R->Fast;
  return realIsFast(Check);
}

// The last of the providers that add checks, so it sees what the user's own
// files say and adds the default groups where they leave room.
TidyProvider realDefaultChecks() asm("__real_" CODROP_DEFAULTS);
TidyProvider defaultChecks() asm("__wrap_" CODROP_DEFAULTS);

TidyProvider defaultChecks() {
  return [Real = realDefaultChecks()](clang::tidy::ClangTidyOptions &Options,
                                      llvm::StringRef File) {
    Real(Options, File);
    Options.Checks = withDefaultRules(Options.Checks.value_or(""));
  };
}

std::unique_ptr<Transport>
realTransport(std::FILE *In, llvm::raw_ostream &Out,
              llvm::raw_ostream *InMirror, bool Pretty,
              JSONStreamStyle Style) asm("__real_" CODROP_TRANSPORT);
std::unique_ptr<Transport>
transport(std::FILE *In, llvm::raw_ostream &Out, llvm::raw_ostream *InMirror,
          bool Pretty, JSONStreamStyle Style) asm("__wrap_" CODROP_TRANSPORT);

std::unique_ptr<Transport> transport(std::FILE *In, llvm::raw_ostream &Out,
                                     llvm::raw_ostream *InMirror, bool Pretty,
                                     JSONStreamStyle Style) {
  return withRuleLinks(realTransport(In, Out, InMirror, Pretty, Style));
}

} // namespace codrop
