// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// codrop explain: a rule's page, the same text as on the web, laid out for a
// terminal.

#include "checks/Rules.h"
#include "tool/ExitCode.h"
#include "tool/Text.h"
#include "tool/commands/Commands.h"
#include "tool/print/Print.h"
#include "llvm/ADT/StringExtras.h"

using namespace llvm;

namespace codrop::tool {

namespace {

/// The part of Markdown that rule pages use: headings, paragraphs, lists,
/// tables (as they are), fenced code, `code`, *emphasis* and [links](url).
class PageRenderer {
public:
  PageRenderer(raw_ostream &OS, const Style &Color)
      : OS(OS), Color(Color), Width(std::min(terminalWidth(), 80u)) {}

  void render(StringRef Page) {
    bool InCode = false;
    for (StringRef Line : split(Page, '\n')) {
      Line = Line.rtrim();
      if (Line.starts_with("```")) {
        flush();
        InCode = !InCode;
      } else if (InCode) {
        OS << "    " << Color(Style::Cyan, Line) << '\n';
      } else if (Line.empty()) {
        flush();
        OS << '\n';
      } else if (Line.starts_with("#")) {
        flush();
        OS << Color(Style::Bold, Line.ltrim("# ")) << '\n';
      } else if (Line.starts_with("|")) {
        flush();
        OS << inlined(Line) << '\n';
      } else if (isItem(Line)) {
        flush();
        Indent = Line.size() - Line.ltrim().size() + 2;
        Paragraph = Line.str();
      } else {
        Paragraph += (Paragraph.empty() ? "" : " ") + Line.trim().str();
      }
    }
    flush();
  }

private:
  static bool isItem(StringRef Line) {
    Line = Line.ltrim();
    if (Line.starts_with("- ") || Line.starts_with("* "))
      return true;
    size_t Digits = Line.take_while(isDigit).size();
    return Digits > 0 && Line.drop_front(Digits).starts_with(". ");
  }

  void flush() {
    bool IsFirst = true;
    if (!Paragraph.empty()) {
      // An item keeps its own indentation, which wrapping would eat.
      StringRef Text = Paragraph;
      std::string Lead(Text.size() - Text.ltrim().size(), ' ');
      for (const std::string &Line :
           wrap(Text, Width - std::max<size_t>(Indent, Lead.size()))) {
        OS << (IsFirst ? Lead : std::string(Indent, ' ')) << inlined(Line)
           << '\n';
        IsFirst = false;
      }
    }
    Paragraph.clear();
    Indent = 0;
  }

  /// Code may be broken over two lines, so the state lives on.
  std::string inlined(StringRef Line) {
    std::string Result, Code;
    for (size_t I = 0; I < Line.size(); ++I) {
      if (Line[I] == '`') {
        size_t End = Line.find('`', I + 1);
        if (End == StringRef::npos) {
          Result += Line[I];
          continue;
        }
        Result += Color(Style::Cyan, Line.slice(I + 1, End));
        I = End;
      } else if (Line[I] == '[') {
        size_t Middle = Line.find("](", I), End = Line.find(')', I);
        if (Middle == StringRef::npos || End == StringRef::npos ||
            End < Middle) {
          Result += Line[I];
          continue;
        }
        StringRef Words = Line.slice(I + 1, Middle);
        StringRef Url = Line.slice(Middle + 2, End);
        Result += Words;
        if (Url.starts_with("http"))
          Result += (" <" + Url + ">").str();
        I = End;
      } else if (Line[I] == '*' && I + 1 < Line.size() && Line[I + 1] == '*') {
        size_t End = Line.find("**", I + 2);
        if (End == StringRef::npos) {
          Result += Line[I];
          continue;
        }
        Result += Color(Style::Bold, Line.slice(I + 2, End));
        I = End + 1;
      } else {
        Result += Line[I];
      }
    }
    return Result;
  }

  raw_ostream &OS;
  const Style &Color;
  unsigned Width;
  unsigned Indent = 0;
  std::string Paragraph;
};

} // namespace

int explainCommand(const Settings &S, const Arguments &A) {
  if (A.Operands.size() != 1) {
    printError("explain needs one rule: codrop explain RULE; \"codrop rules\" "
               "lists them");
    return ExitUsage;
  }
  const std::string &Name = A.Operands.front();
  const Rule *R = findRule(Name);
  if (!R) {
    std::string Full =
        StringRef(Name).starts_with("codrop-") ? Name : "codrop-" + Name;
    std::string Near = didYouMean(Full, ruleNames());
    printError("there is no rule '" + Name + "'" +
               (Near.empty() ? "; \"codrop rules\" lists them" : Near));
    return ExitUsage;
  }
  Style Color(wantsColor(S, outs()));
  if (R->Page.empty())
    outs() << Color(Style::Bold, R->Name) << "\n\n" << R->Summary << '\n';
  else
    PageRenderer(outs(), Color).render(R->Page.trim());
  std::string Url = ruleUrl(R->Name);
  outs() << '\n'
         << Color(Style::Dim, (R->Group + ", since " + R->Since +
                               (Url.empty() ? "" : ", ") + Url)
                                  .str())
         << '\n';
  return ExitClean;
}

} // namespace codrop::tool
