// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The reading half of the schema: types of values, missing and unknown keys,
// and the words that say so.

#include "analysis/KnowledgeReader.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace llvm;

namespace codrop {

std::string substituteAlias(StringRef Text, NamespaceAlias A) {
  if (A.Alias.empty() || A.Alias == A.Meaning)
    return Text.str();
  std::string Result;
  std::string Pattern = (A.Alias + "::").str();
  size_t Done = 0;
  while (true) {
    size_t At = Text.find(Pattern, Done);
    if (At == StringRef::npos)
      break;
    char Before = At ? Text[At - 1] : ' ';
    bool StartsName = !isAlnum(Before) && Before != '_' && Before != ':';
    Result += Text.slice(Done, At);
    Result += StartsName ? (A.Meaning + "::").str() : Pattern;
    Done = At + Pattern.size();
  }
  Result += Text.substr(Done);
  return Result;
}

std::string didYouMean(StringRef Word, ArrayRef<StringRef> Candidates) {
  if (StringRef Near = nearestWord(Word, Candidates); !Near.empty())
    return ("; did you mean '" + Near + "'?").str();
  std::string List;
  for (StringRef C : Candidates)
    List += (List.empty() ? "'" : ", '") + C.str() + "'";
  return "; known: " + List;
}

const YamlValue *EntryReader::take(StringRef Key, Type T, Need N,
                                   ArrayRef<StringRef> Choices) {
  if (Keys) {
    Keys->push_back({Key, T, N == Required, Choices.vec()});
    return nullptr;
  }
  Asked.push_back(Key);
  const YamlValue *V = Entry->find(Key);
  if (!V && N == Required)
    Errors->add(Entry->At,
                "this entry of '" + Section + "' has no '" + Key + "'");
  return V;
}

void EntryReader::wrongType(const YamlValue &V, StringRef Key,
                            StringRef Wanted) {
  Errors->add(V.At, "'" + Key + "' in '" + Section + "' must be " + Wanted +
                        ", not " + V.kindName());
}

bool EntryReader::word(const YamlValue &V, StringRef Key, std::string &Out) {
  if (V.K != YamlValue::Kind::Scalar) {
    wrongType(V, Key, "a word");
    return false;
  }
  if (V.Scalar.empty()) {
    Errors->add(V.At, "'" + Key + "' in '" + Section + "' is empty");
    return false;
  }
  Out = substituteAlias(V.Scalar, Alias);
  return true;
}

void EntryReader::text(StringRef Key, std::string &Out, Need N) {
  if (const YamlValue *V = take(Key, Type::Text, N))
    word(*V, Key, Out);
}

void EntryReader::names(StringRef Key, std::vector<std::string> &Out, Need N) {
  const YamlValue *V = take(Key, Type::Names, N);
  if (!V)
    return;
  if (V->K == YamlValue::Kind::Scalar) {
    std::string Word;
    if (word(*V, Key, Word))
      Out.push_back(std::move(Word));
    return;
  }
  if (V->K != YamlValue::Kind::List)
    return wrongType(*V, Key, "a word or a list of words");
  for (const YamlValue &Item : V->List) {
    std::string Word;
    if (word(Item, Key, Word))
      Out.push_back(std::move(Word));
  }
}

void EntryReader::boolean(StringRef Key, bool &Out) {
  const YamlValue *V = take(Key, Type::Boolean, Optional);
  if (!V)
    return;
  if (V->K == YamlValue::Kind::Scalar && V->Scalar == "true")
    Out = true;
  else if (V->K == YamlValue::Kind::Scalar && V->Scalar == "false")
    Out = false;
  else
    Errors->add(V->At,
                "'" + Key + "' in '" + Section + "' must be true or false");
}

void EntryReader::readNumber(const YamlValue &V, StringRef Key, unsigned &Out) {
  unsigned Number = 0;
  if (V.K != YamlValue::Kind::Scalar ||
      StringRef(V.Scalar).getAsInteger(10, Number) || Number == 0)
    Errors->add(V.At, "'" + Key + "' in '" + Section +
                          "' must be a number; arguments count from 1");
  else
    Out = Number;
}

void EntryReader::number(StringRef Key, unsigned &Out) {
  if (const YamlValue *V = take(Key, Type::Number, Optional))
    readNumber(*V, Key, Out);
}

void EntryReader::argument(StringRef Key, unsigned &Out) {
  const YamlValue *V = take(Key, Type::Argument, Optional);
  if (!V)
    return;
  if (V->Scalar == "object")
    Out = 0;
  else
    readNumber(*V, Key, Out);
}

std::optional<size_t>
EntryReader::choiceIndex(StringRef Key, ArrayRef<StringRef> Words, Need N) {
  const YamlValue *V = take(Key, Type::Choice, N, Words);
  if (!V)
    return std::nullopt;
  if (V->K != YamlValue::Kind::Scalar) {
    wrongType(*V, Key, "a word");
    return std::nullopt;
  }
  for (size_t I = 0; I != Words.size(); ++I)
    if (Words[I] == V->Scalar)
      return I;
  Errors->add(V->At, "unknown value '" + V->Scalar + "' of '" + Key + "' in '" +
                         Section + "'" + didYouMean(V->Scalar, Words));
  return std::nullopt;
}

ArrayRef<StringRef> knowledgePredicates() {
  static const StringRef Words[] = {"zero", "null", "present", "type",
                                    "has-flag"};
  return Words;
}

void EntryReader::predicate(StringRef Key,
                            std::optional<ArgumentPredicate> &Out) {
  const YamlValue *V = take(Key, Type::Predicate, Optional);
  if (!V)
    return;
  if (V->K != YamlValue::Kind::Map)
    return wrongType(*V, Key, "a map such as {argument: 1, is: zero}");
  using Kind = ArgumentPredicate::Kind;
  ArgumentPredicate P;
  std::string Where = (Section + "." + Key).str();
  EntryReader Inner(Where, *V, Alias, *Errors);
  Inner.number("argument", P.Argument);
  Inner.choice("is", P.Is,
               {{"zero", Kind::Zero},
                {"null", Kind::Null},
                {"present", Kind::Present},
                {"type", Kind::Type},
                {"has-flag", Kind::HasFlag}},
               Required);
  bool Named = P.Is == Kind::Type || P.Is == Kind::HasFlag;
  Inner.text("name", P.Name, Named ? Required : Optional);
  Inner.finish();
  if (!V->find("argument"))
    Errors->add(V->At, "this entry of '" + Where + "' has no 'argument'");
  if (!Named && !P.Name.empty())
    Errors->add(V->find("name")->At,
                "'name' in '" + Where +
                    "' is only for 'is: type' and 'is: has-flag'");
  Out = std::move(P);
}

void EntryReader::finish() {
  if (Keys)
    return;
  for (const auto &[Key, Value] : Entry->Map)
    if (!is_contained(Asked, Key.Scalar))
      Errors->add(Key.At, "unknown key '" + Key.Scalar + "' in '" + Section +
                              "'" + didYouMean(Key.Scalar, Asked));
}

} // namespace codrop
