// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A YAML text as a tree whose every node knows its line and column, because a
// knowledge file is written by hand and an error must point at the word. It
// decides what counts as YAML here (one document, no anchors or aliases, no key
// twice in a map) and leaves the meaning of keys to KnowledgeLoader.

#ifndef CODROP_ANALYSIS_KNOWLEDGEYAML_H
#define CODROP_ANALYSIS_KNOWLEDGEYAML_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/ADT/Twine.h"
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace codrop {

struct YamlPosition {
  unsigned Line = 1;
  unsigned Column = 1;
};

struct YamlEntry;

struct YamlValue {
  enum class Kind { Null, Scalar, List, Map } K = Kind::Null;
  YamlPosition At;
  std::string Scalar;
  std::vector<YamlValue> List;
  /// In the order of the file; keys are scalars.
  std::vector<YamlEntry> Map;

  const YamlValue *find(llvm::StringRef Key) const;
  /// "a list", for messages.
  llvm::StringRef kindName() const;
};

struct YamlEntry {
  YamlValue Key;
  YamlValue Value;
};

/// Collects "FILE:LINE:COL: error: ..." lines, printed in the file's order.
class YamlErrors {
public:
  explicit YamlErrors(llvm::StringRef File) : File(File) {}
  void add(YamlPosition At, const llvm::Twine &Message);
  bool empty() const { return Errors.empty(); }
  std::string text() const;

private:
  struct Error {
    YamlPosition At;
    std::string Message;
  };
  std::string File;
  std::vector<Error> Errors;
};

/// The tree of \p Text; nothing if it is no YAML, which \p Errors then says.
std::optional<YamlValue> parseYaml(llvm::StringRef Text, YamlErrors &Errors);

/// The candidate that \p Word was probably meant to be; empty if none is near.
llvm::StringRef nearestWord(llvm::StringRef Word,
                            llvm::ArrayRef<llvm::StringRef> Candidates);

} // namespace codrop

#endif // CODROP_ANALYSIS_KNOWLEDGEYAML_H
