// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One snippet a file: the finding and its steps stand at their lines, the
// steps are numbered in time order, so that the story can be followed without
// jumping between snippets.

#include "tool/Sources.h"
#include "tool/Text.h"
#include "tool/print/Print.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Unicode.h"
#include <tuple>

using namespace llvm;

namespace codrop::tool {

namespace {

/// A mark below a line of source.
struct Mark {
  Place Where;
  std::string Label;
  bool IsMain = false;
  size_t Order = 0; ///< In the story.
};

class FullPrinter {
public:
  FullPrinter(const Report &R, raw_ostream &OS, const Style &Color)
      : R(R), OS(OS), Color(Color) {}

  void print(const Finding &F) {
    Main = F.Level == Severity::Error ? Style::Red : Style::Yellow;
    OS << Color(Main, (F.Level == Severity::Error ? "error[" : "warning[") +
                          F.Rule + "]")
       << Color(Style::Bold, ": " + F.Message) << '\n';

    std::vector<Mark> Marks;
    if (F.Where.isValid())
      Marks = marksOf(F);
    Gutter = 1;
    for (const Mark &M : Marks)
      Gutter = std::max<unsigned>(Gutter, std::to_string(M.Where.Line).size());

    // The finding's own file first, the others in the order of the story.
    std::vector<std::string> Files;
    for (const Mark &M : Marks)
      if (!is_contained(Files, M.Where.File))
        Files.push_back(M.Where.File);
    for (const std::string &File : Files) {
      std::vector<Mark> Here;
      copy_if(Marks, std::back_inserter(Here),
              [&](const Mark &M) { return M.Where.File == File; });
      printFile(Here, /*IsFirst=*/File == Files.front());
    }
    printTail(F);
    OS << '\n';
  }

private:
  std::vector<Mark> marksOf(const Finding &F) {
    std::vector<Mark> Marks;
    Marks.push_back({F.Where, "", /*IsMain=*/true});
    unsigned Number = 0;
    unsigned Total =
        count_if(F.Steps, [](const Step &S) { return isNumbered(S.Message); });
    for (const Step &S : F.Steps) {
      if (!S.Where.isValid())
        continue;
      std::string Label = S.Message;
      if (Total > 1 && isNumbered(S.Message))
        Label = std::to_string(++Number) + ". " + Label;
      // A step at the finding itself needs no second mark.
      if (S.Where.isSameAs(F.Where) && Marks.front().Label.empty())
        Marks.front().Label = Label;
      else
        Marks.push_back({S.Where, Label, false, Marks.size()});
    }
    return Marks;
  }

  static bool isNumbered(StringRef Message) {
    return !Message.starts_with("expanded from ");
  }

  std::string bar(StringRef Number = "") {
    return Color(Style::Blue, std::string(Gutter - Number.size(), ' ') +
                                  Number.str() + " |");
  }

  void printFile(std::vector<Mark> Marks, bool IsFirst) {
    const Place &First = Marks.front().Where;
    OS << std::string(Gutter, ' ')
       << Color(Style::Blue, IsFirst ? "--> " : "::: ")
       << R.shown(First.RealFile) << ':' << First.Line << ':' << First.Column
       << '\n'
       << bar() << '\n';
    sort(Marks, [](const Mark &A, const Mark &B) {
      return std::tuple(A.Where.Line, A.Where.Column, A.Order) <
             std::tuple(B.Where.Line, B.Where.Column, B.Order);
    });
    unsigned Shown = 0;
    for (size_t I = 0; I < Marks.size();) {
      unsigned Line = Marks[I].Where.Line;
      if (Shown != 0 && Line == Shown + 2)
        printLine(First.File, Shown + 1);
      else if (Shown != 0 && Line > Shown + 2)
        OS << Color(Style::Blue, "...") << '\n';
      printLine(First.File, Line);
      for (; I < Marks.size() && Marks[I].Where.Line == Line; ++I)
        printMark(Marks[I]);
      Shown = Line;
    }
  }

  void printLine(StringRef File, unsigned Number) {
    std::string Text = untabbed(Lines.line(File, Number));
    OS << bar(std::to_string(Number));
    if (!Text.empty())
      OS << ' ' << StringRef(Text).rtrim();
    OS << '\n';
  }

  void printMark(const Mark &M) {
    StringRef Text = Lines.line(M.Where.File, M.Where.Line);
    unsigned From = width(Text.take_front(M.Where.Column - 1));
    unsigned To = width(Text.take_front(M.Where.EndColumn - 1));
    std::string Underline(To > From ? To - From : 1, M.IsMain ? '^' : '-');
    Style::Kind Kind = M.IsMain ? Main : Style::Blue;
    // Words that find no room beside the mark go below it.
    unsigned Width = terminalWidth() - Gutter - 3;
    unsigned Beside = From + Underline.size() + 1;
    bool HasRoom = Beside + std::min<size_t>(M.Label.size(), 40) <= Width;
    unsigned Column = HasRoom ? Beside : std::min(From, 8u);
    std::vector<std::string> Label = wrap(M.Label, Width - Column);
    OS << bar() << ' ' << std::string(From, ' ');
    size_t Next = 0;
    if (HasRoom && !M.Label.empty())
      Underline += " " + Label[Next++];
    OS << Color(Kind, Underline) << '\n';
    for (; !M.Label.empty() && Next < Label.size(); ++Next)
      OS << bar() << ' ' << std::string(Column, ' ') << Color(Kind, Label[Next])
         << '\n';
  }

  void printTail(const Finding &F) {
    std::string Indent(Gutter + 1, ' ');
    OS << bar() << '\n';
    auto Line = [&](StringRef Word, const std::string &Text) {
      std::string Head = (Word + ": ").str();
      bool IsFirst = true;
      for (const std::string &Part :
           wrap(Text, terminalWidth() - Gutter - 3 - Head.size())) {
        OS << Indent;
        if (IsFirst)
          OS << Color(Style::Blue, "= ") << Color(Style::Bold, Head);
        else
          OS << std::string(2 + Head.size(), ' ');
        OS << Part << '\n';
        IsFirst = false;
      }
    };
    if (!F.Help.empty())
      Line("help", F.Help);
    if (F.SeenIn > 1)
      Line("note", "seen in " + count(F.SeenIn, "translation unit"));
    // Without a web site the page is a file, which explain shows better.
    std::string Url = ruleUrl(F.Rule);
    OS << Indent << Color(Style::Blue, "= ") << Color(Style::Bold, "docs: ")
       << (StringRef(Url).starts_with("http") ? Url
                                              : "codrop explain " + F.Rule)
       << '\n';
  }

  static constexpr unsigned TabWidth = 4;

  static std::string untabbed(StringRef Text) {
    std::string Result;
    for (char C : Text) {
      if (C == '\t')
        Result.append(TabWidth, ' ');
      else
        // Nothing in a source may speak to the terminal.
        Result += static_cast<unsigned char>(C) < 0x20 || C == 0x7f ? '?' : C;
    }
    return Result;
  }

  static unsigned width(StringRef Text) {
    std::string Shown = untabbed(Text);
    int Columns = sys::unicode::columnWidthUTF8(Shown);
    return Columns < 0 ? Shown.size() : Columns;
  }

  const Report &R;
  raw_ostream &OS;
  const Style &Color;
  Sources Lines;
  Style::Kind Main = Style::Red;
  unsigned Gutter = 1;
};

} // namespace

void printFull(const Report &R, raw_ostream &OS, const Style &Color) {
  FullPrinter Printer(R, OS, Color);
  for (const Finding &F : R.O.Findings)
    Printer.print(F);
}

} // namespace codrop::tool
