// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Look-ups in the register, and where the page of a rule is read: on the web if
// the register names an address, else beside the program or plugin that this
// code is part of. What the rules are is generated (Rules.inc).

#include "checks/Rules.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include <dlfcn.h>
#include <link.h>

namespace codrop {

// Rules.inc defines `CommonOptionTable`, one option table a rule, `RuleTable`
// and `DocumentationUrl`.
#include "Rules.inc"

llvm::ArrayRef<Rule> rules() { return RuleTable; }

llvm::ArrayRef<RuleOption> commonOptions() { return CommonOptionTable; }

const Rule *findRule(llvm::StringRef Name) {
  for (const Rule &R : RuleTable)
    if (R.Name == Name || R.Name.substr(sizeof("codrop-") - 1) == Name)
      return &R;
  return nullptr;
}

bool isOnByDefault(const Rule &R) {
  return R.Group == "correctness" || R.Group == "suspicious";
}

std::string recommendedChecks() {
  std::string Result = "-*";
  for (const Rule &R : RuleTable)
    if (isOnByDefault(R))
      Result += ("," + R.Name).str();
  return Result;
}

/// The file that holds this code: a program, or the library loaded into one.
static std::string thisBinary() {
  static const char Anchor = 0;
  Dl_info Info;
  link_map *Map = nullptr;
  if (dladdr1(&Anchor, &Info, reinterpret_cast<void **>(&Map),
              RTLD_DL_LINKMAP) &&
      Map && Map->l_name && *Map->l_name)
    return Map->l_name;
  // The program itself has no name in the link map, and dladdr only knows how
  // it was called.
  return llvm::sys::fs::getMainExecutable(nullptr, const_cast<char *>(&Anchor));
}

/// share/doc/codrop/rules in the tree that this code is installed or built in;
/// empty if there is none. A library may lie one folder deeper than a program:
/// lib/x86_64-linux-gnu.
static std::string findPageFolder() {
  llvm::SmallString<256> Binary;
  if (llvm::sys::fs::real_path(thisBinary(), Binary))
    return "";
  llvm::StringRef Folder = llvm::sys::path::parent_path(Binary);
  for (int Up = 0; Up < 2; ++Up) {
    Folder = llvm::sys::path::parent_path(Folder);
    if (Folder.empty())
      break;
    llvm::SmallString<256> Pages(Folder);
    llvm::sys::path::append(Pages, "share", "doc", "codrop", "rules");
    if (llvm::sys::fs::is_directory(Pages))
      return Pages.str().str();
  }
  return "";
}

static std::string fileUrl(llvm::StringRef Path) {
  std::string Url = "file://";
  for (unsigned char C : Path) {
    if (llvm::isAlnum(C) || llvm::StringRef("/-._~+").contains(C)) {
      Url += C;
      continue;
    }
    Url += '%';
    Url += llvm::hexdigit(C >> 4);
    Url += llvm::hexdigit(C & 15);
  }
  return Url;
}

std::string ruleUrl(llvm::StringRef RuleName) {
  RuleName.consume_front("codrop-");
  if (!DocumentationUrl.empty())
    return (DocumentationUrl + RuleName + ".md").str();
  static const std::string Folder = findPageFolder();
  llvm::SmallString<256> Page(Folder);
  llvm::sys::path::append(Page, RuleName + ".md");
  if (Folder.empty() || !llvm::sys::fs::exists(Page))
    return "";
  return fileUrl(Page);
}

} // namespace codrop
