// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Reads the fields of one entry of a knowledge file, or, without an entry,
// records which fields there are: one description of a section serves both, so
// the schema cannot drift from the loader. Which section has which fields is
// said in KnowledgeLoader.cpp.

#ifndef CODROP_ANALYSIS_KNOWLEDGEREADER_H
#define CODROP_ANALYSIS_KNOWLEDGEREADER_H

#include "analysis/KnowledgeLoader.h"
#include "analysis/KnowledgeYaml.h"
#include <initializer_list>

namespace codrop {

/// One meaning of a namespace alias: `asio` as "boost::asio".
struct NamespaceAlias {
  llvm::StringRef Alias;
  llvm::StringRef Meaning;
};

/// \p Text with every "ALIAS::" that starts a qualified name replaced.
std::string substituteAlias(llvm::StringRef Text, NamespaceAlias A);

class EntryReader {
public:
  enum Need { Optional, Required };
  using Type = KnowledgeKey::Type;

  /// Reads \p Entry of \p Section.
  EntryReader(llvm::StringRef Section, const YamlValue &Entry,
              NamespaceAlias Alias, YamlErrors &Errors)
      : Section(Section), Entry(&Entry), Alias(Alias), Errors(&Errors) {}
  /// Records the keys of an entry into \p Keys.
  explicit EntryReader(std::vector<KnowledgeKey> &Keys) : Keys(&Keys) {}

  void text(llvm::StringRef Key, std::string &Out, Need N = Optional);
  /// One word or a list of words.
  void names(llvm::StringRef Key, std::vector<std::string> &Out,
             Need N = Optional);
  void boolean(llvm::StringRef Key, bool &Out);
  /// A number from 1 on.
  void number(llvm::StringRef Key, unsigned &Out);
  void predicate(llvm::StringRef Key, std::optional<ArgumentPredicate> &Out);

  template <class E>
  void choice(llvm::StringRef Key, E &Out,
              std::initializer_list<std::pair<llvm::StringRef, E>> Choices,
              Need N = Optional) {
    std::vector<llvm::StringRef> Words;
    for (const auto &C : Choices)
      Words.push_back(C.first);
    if (std::optional<size_t> Index = choiceIndex(Key, Words, N))
      Out = (Choices.begin() + *Index)->second;
  }

  /// Reports the keys that nothing has asked for. Call it last.
  void finish();

private:
  const YamlValue *take(llvm::StringRef Key, Type T, Need N,
                        llvm::ArrayRef<llvm::StringRef> Choices = {});
  std::optional<size_t> choiceIndex(llvm::StringRef Key,
                                    llvm::ArrayRef<llvm::StringRef> Words,
                                    Need N);
  bool word(const YamlValue &V, llvm::StringRef Key, std::string &Out);
  void wrongType(const YamlValue &V, llvm::StringRef Key,
                 llvm::StringRef Wanted);

  llvm::StringRef Section;
  const YamlValue *Entry = nullptr;
  NamespaceAlias Alias;
  YamlErrors *Errors = nullptr;
  std::vector<KnowledgeKey> *Keys = nullptr;
  std::vector<llvm::StringRef> Asked;
};

/// "; did you mean 'close'?" or, if nothing is near, "; one of 'a', 'b'".
std::string didYouMean(llvm::StringRef Word,
                       llvm::ArrayRef<llvm::StringRef> Candidates);

} // namespace codrop

#endif // CODROP_ANALYSIS_KNOWLEDGEREADER_H
