// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Reads .codrop.yaml. A file that says something unknown is refused: a key
// with a typo would otherwise be a rule that is off without anybody knowing.

#include "tool/ExitCode.h"
#include "tool/Settings.h"
#include "tool/Text.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/YAMLParser.h"

using namespace llvm;

namespace codrop::tool {

namespace {

class ConfigReader {
public:
  ConfigReader(Settings &S, StringRef File, MemoryBufferRef Text)
      : S(S), File(File.str()), Base(sys::path::parent_path(File).str()),
        Stream(Text, SM) {
    SM.setDiagHandler(
        [](const SMDiagnostic &D, void *Self) {
          auto &Reader = *static_cast<ConfigReader *>(Self);
          if (Reader.Problem.empty())
            Reader.Problem = Reader.located(D.getLineNo(), D.getColumnNo() + 1,
                                            D.getMessage());
        },
        this);
  }

  Error read() {
    for (yaml::Document &Document : Stream) {
      yaml::Node *Root = Document.getRoot();
      if (!Root || !Problem.empty())
        break;
      if (isa<yaml::NullNode>(Root))
        continue;
      auto *Map = dyn_cast<yaml::MappingNode>(Root);
      if (!Map) {
        fail(Root, "expected `key: value` lines");
        break;
      }
      for (yaml::KeyValueNode &Entry : *Map)
        if (!readEntry(Entry))
          return makeError(Problem);
    }
    return Problem.empty() ? Error::success() : makeError(Problem);
  }

private:
  std::string located(int Line, int Column, const Twine &Message) {
    return (File + ":" + Twine(Line) + ":" + Twine(Column) + ": " + Message)
        .str();
  }

  bool fail(yaml::Node *N, const Twine &Message) {
    if (Problem.empty()) {
      auto [Line, Column] = SM.getLineAndColumn(N->getSourceRange().Start);
      Problem = located(Line, Column, Message);
    }
    return false;
  }

  bool scalar(yaml::Node *N, std::string &Value) {
    SmallString<64> Storage;
    if (auto *Scalar = dyn_cast_or_null<yaml::ScalarNode>(N)) {
      Value = Scalar->getValue(Storage).str();
      return Problem.empty();
    }
    if (auto *Block = dyn_cast_or_null<yaml::BlockScalarNode>(N)) {
      Value = Block->getValue().str();
      return Problem.empty();
    }
    return false;
  }

  bool apply(yaml::Node *Where, StringRef Key, StringRef Value) {
    if (Error E = set(S, Key, Value, File, Base))
      return fail(Where, toString(std::move(E)));
    return true;
  }

  bool readEntry(yaml::KeyValueNode &Entry) {
    std::string Key;
    if (!scalar(Entry.getKey(), Key))
      return fail(Entry.getKey(), "expected a key");
    std::vector<std::string> Known;
    for (StringRef K : configKeys())
      Known.push_back(K.str());
    if (!is_contained(Known, Key)) {
      std::string Near = didYouMean(Key, Known);
      return fail(
          Entry.getKey(),
          "unknown key '" + Key + "'" +
              (Near.empty() ? "; the keys are " + join(Known, ", ") : Near));
    }
    if (Key == "options")
      return readOptions(Entry.getValue());
    std::string Value;
    if (scalar(Entry.getValue(), Value))
      return apply(Entry.getValue(), Key, Value);
    auto *List = dyn_cast_or_null<yaml::SequenceNode>(Entry.getValue());
    if (!List)
      return fail(Entry.getKey(), "'" + Key + "' needs a value");
    for (yaml::Node &Element : *List) {
      if (!scalar(&Element, Value))
        return fail(&Element, "expected a word, not a list or a map");
      if (!apply(&Element, Key, Value))
        return false;
    }
    return Problem.empty();
  }

  /// `rule.Option: value`, or `rule: {Option: value}`.
  bool readOptions(yaml::Node *Node) {
    auto *Map = dyn_cast_or_null<yaml::MappingNode>(Node);
    if (!Map)
      return fail(Node, "expected `rule.Option: value` lines");
    for (yaml::KeyValueNode &Entry : *Map) {
      std::string Name, Value;
      if (!scalar(Entry.getKey(), Name))
        return fail(Entry.getKey(), "expected the name of an option");
      yaml::Node *V = Entry.getValue();
      if (scalar(V, Value)) {
        if (!apply(Entry.getKey(), "option", Name + "=" + Value))
          return false;
        continue;
      }
      auto *Inner = dyn_cast_or_null<yaml::MappingNode>(V);
      if (!Inner)
        return fail(Entry.getKey(), "the option '" + Name + "' needs a value");
      for (yaml::KeyValueNode &Option : *Inner) {
        std::string OptionName;
        if (!scalar(Option.getKey(), OptionName) ||
            !scalar(Option.getValue(), Value))
          return fail(Option.getKey(), "expected `Option: value`");
        if (!apply(Option.getKey(), "option",
                   Name + "." + OptionName + "=" + Value))
          return false;
      }
    }
    return Problem.empty();
  }

  Settings &S;
  std::string File, Base;
  SourceMgr SM;
  std::string Problem;
  yaml::Stream Stream;
};

} // namespace

Error loadConfig(Settings &S, StringRef File) {
  auto Buffer = MemoryBuffer::getFile(File);
  if (!Buffer)
    return makeError("cannot read " + File + ": " +
                     Buffer.getError().message());
  S.ConfigFile = File.str();
  return ConfigReader(S, File, (*Buffer)->getMemBufferRef()).read();
}

} // namespace codrop::tool
