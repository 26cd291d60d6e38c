// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Turns LLVM's streaming YAML nodes, which can be walked only once and in
// order, into a tree. It decides nothing about knowledge.

#include "analysis/KnowledgeYaml.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/Casting.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/YAMLParser.h"
#include <tuple>

using namespace llvm;

namespace codrop {

const YamlValue *YamlValue::find(StringRef Key) const {
  for (const auto &[Name, Value] : Map)
    if (Name.Scalar == Key)
      return &Value;
  return nullptr;
}

StringRef YamlValue::kindName() const {
  switch (K) {
  case Kind::Null:
    return "nothing";
  case Kind::Scalar:
    return "a word";
  case Kind::List:
    return "a list";
  case Kind::Map:
    return "a map";
  }
  return "";
}

void YamlErrors::add(YamlPosition At, const Twine &Message) {
  Errors.push_back({At, Message.str()});
}

std::string YamlErrors::text() const {
  std::vector<const Error *> Sorted;
  for (const Error &E : Errors)
    Sorted.push_back(&E);
  sort(Sorted, [](const Error *A, const Error *B) {
    return std::tuple(A->At.Line, A->At.Column, A) <
           std::tuple(B->At.Line, B->At.Column, B);
  });
  std::string Text;
  for (const Error *E : Sorted) {
    if (!Text.empty())
      Text += '\n';
    Text += (File + ":" + Twine(E->At.Line) + ":" + Twine(E->At.Column) +
             ": error: " + E->Message)
                .str();
  }
  return Text;
}

StringRef nearestWord(StringRef Word, ArrayRef<StringRef> Candidates) {
  StringRef Best;
  unsigned BestDistance = Word.size() / 3 + 2;
  for (StringRef Candidate : Candidates) {
    unsigned Distance = Word.lower() == Candidate.lower()
                            ? 0
                            : Word.edit_distance(Candidate, true, BestDistance);
    if (Distance < BestDistance) {
      Best = Candidate;
      BestDistance = Distance;
    }
  }
  return Best;
}

namespace {

/// Walks one document. After the scanner has failed, nodes are unreliable and
/// only its own error is worth reading, so the tree is thrown away by the
/// caller.
class TreeBuilder {
public:
  TreeBuilder(SourceMgr &SM, yaml::Stream &S, YamlErrors &Errors)
      : SM(SM), S(S), Errors(Errors) {}

  YamlValue build(yaml::Node *N) {
    YamlValue V;
    if (!N)
      return V;
    V.At = position(N);
    if (!N->getAnchor().empty())
      Errors.add(V.At, "anchors and aliases are not supported; write the "
                       "value out");
    if (auto *Scalar = dyn_cast<yaml::ScalarNode>(N)) {
      SmallString<64> Storage;
      V.K = YamlValue::Kind::Scalar;
      V.Scalar = Scalar->getValue(Storage).str();
    } else if (auto *Block = dyn_cast<yaml::BlockScalarNode>(N)) {
      V.K = YamlValue::Kind::Scalar;
      V.Scalar = Block->getValue().rtrim().str();
    } else if (auto *List = dyn_cast<yaml::SequenceNode>(N)) {
      V.K = YamlValue::Kind::List;
      for (yaml::Node &Child : *List) {
        V.List.push_back(build(&Child));
        if (S.failed())
          break;
      }
    } else if (auto *Map = dyn_cast<yaml::MappingNode>(N)) {
      V.K = YamlValue::Kind::Map;
      buildMap(*Map, V);
    } else if (isa<yaml::AliasNode>(N)) {
      Errors.add(V.At, "anchors and aliases are not supported; write the "
                       "value out");
    }
    return V;
  }

private:
  YamlPosition position(const yaml::Node *N) const {
    SMLoc Start = N->getSourceRange().Start;
    auto [Line, Column] = SM.getLineAndColumn(Start);
    // A map or list in braces starts behind its brace for the parser.
    if (isa<yaml::MappingNode, yaml::SequenceNode>(N) && Column > 1 &&
        StringRef("{[").contains(Start.getPointer()[-1]))
      --Column;
    return {Line, Column};
  }

  void buildMap(yaml::MappingNode &Map, YamlValue &V) {
    StringMap<YamlPosition> Seen;
    for (yaml::KeyValueNode &Pair : Map) {
      YamlValue Key = build(Pair.getKey());
      if (S.failed())
        return;
      YamlValue Value = build(Pair.getValue());
      if (S.failed())
        return;
      if (Key.K != YamlValue::Kind::Scalar) {
        Errors.add(Key.At, "a key must be a word, not " + Key.kindName());
        continue;
      }
      auto [It, New] = Seen.try_emplace(Key.Scalar, Key.At);
      if (!New) {
        Errors.add(Key.At, "key '" + Key.Scalar +
                               "' is given twice; first on "
                               "line " +
                               Twine(It->second.Line));
        continue;
      }
      if (Value.K == YamlValue::Kind::Null)
        Value.At = Key.At;
      V.Map.push_back({std::move(Key), std::move(Value)});
    }
  }

  SourceMgr &SM;
  yaml::Stream &S;
  YamlErrors &Errors;
};

} // namespace

std::optional<YamlValue> parseYaml(StringRef Text, YamlErrors &Errors) {
  SourceMgr SM;
  struct FirstError {
    std::optional<YamlPosition> At;
    std::string Message;
  } First;
  SM.setDiagHandler(
      [](const SMDiagnostic &D, void *Context) {
        auto &First = *static_cast<FirstError *>(Context);
        // What follows a syntax error is its echo.
        if (First.At)
          return;
        First.At = {unsigned(std::max(1, D.getLineNo())),
                    unsigned(std::max(0, D.getColumnNo()) + 1)};
        First.Message = D.getMessage().str();
      },
      &First);

  yaml::Stream S(MemoryBufferRef(Text, "knowledge"), SM,
                 /*ShowColors=*/false);
  YamlErrors TreeErrors = Errors;
  TreeBuilder Builder(SM, S, TreeErrors);
  std::optional<YamlValue> Root;
  for (yaml::Document &D : S) {
    if (Root) {
      if (yaml::Node *N = D.getRoot(); N && !S.failed())
        TreeErrors.add(Builder.build(N).At,
                       "a knowledge file holds one YAML document");
      break;
    }
    Root = Builder.build(D.getRoot());
    if (S.failed() || First.At)
      break;
  }
  if (First.At || S.failed()) {
    Errors.add(First.At.value_or(YamlPosition()),
               "this is not YAML: " +
                   (First.Message.empty() ? "unreadable" : First.Message));
    return std::nullopt;
  }
  Errors = std::move(TreeErrors);
  return Root ? std::move(Root) : YamlValue();
}

} // namespace codrop
