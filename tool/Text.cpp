// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// How the words and paths of messages are made, and how errors are printed.

#include "tool/Text.h"
#include "tool/ExitCode.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/WithColor.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;

namespace codrop::tool {

void printError(const Twine &Message) {
  WithColor::error(errs(), "codrop") << Message << '\n';
}

void printWarning(const Twine &Message) {
  WithColor::warning(errs(), "codrop") << Message << '\n';
}

bool printErrors(Error E) {
  bool Any = false;
  handleAllErrors(std::move(E), [&](const ErrorInfoBase &Info) {
    Any = true;
    printError(Info.message());
  });
  return Any;
}

Error makeError(const Twine &Message) {
  return createStringError(inconvertibleErrorCode(), Message);
}

std::string nearest(StringRef Word, ArrayRef<std::string> Candidates) {
  std::string Lower = Word.lower();
  // A third of the letters wrong is still a typo; more is another word.
  unsigned Best = std::max<size_t>(1, Word.size() / 3) + 1;
  std::string Result;
  for (const std::string &C : Candidates) {
    unsigned Distance = StringRef(Lower).edit_distance(
        StringRef(C).lower(), /*AllowReplacements=*/true, Best);
    if (Distance < Best) {
      Best = Distance;
      Result = C;
    }
  }
  return Result;
}

std::string didYouMean(StringRef Word, ArrayRef<std::string> Candidates) {
  std::string Near = nearest(Word, Candidates);
  return Near.empty() ? "" : "; did you mean '" + Near + "'?";
}

std::string count(size_t N, StringRef Noun) {
  return (Twine(N) + " " + Noun + (N == 1 ? "" : "s")).str();
}

static bool matchHere(StringRef P, StringRef S) {
  while (!P.empty()) {
    if (P.consume_front("**")) {
      P.consume_front("/");
      for (size_t I = 0; I <= S.size(); ++I)
        if ((I == 0 || P.empty() || S[I - 1] == '/') &&
            matchHere(P, S.substr(I)))
          return true;
      return false;
    }
    if (P.consume_front("*")) {
      for (size_t I = 0; I <= S.size(); ++I) {
        if (matchHere(P, S.substr(I)))
          return true;
        if (I < S.size() && S[I] == '/')
          return false;
      }
      return false;
    }
    if (S.empty() ||
        (P.front() == '?' ? S.front() == '/' : P.front() != S.front()))
      return false;
    P = P.drop_front();
    S = S.drop_front();
  }
  // What lies below a matched folder is matched.
  return S.empty() || S.front() == '/';
}

bool isGlob(StringRef Pattern) {
  return Pattern.contains_insensitive("*") || Pattern.contains('?');
}

bool matchesGlob(StringRef Pattern, StringRef Path) {
  Pattern.consume_front("./");
  Pattern = Pattern.rtrim('/');
  if (Pattern.empty())
    return false;
  if (Pattern.contains('/')) {
    // A path pattern is anchored; "/" at its front only says so once more,
    // unless the path is absolute itself.
    if (!Path.starts_with("/"))
      Pattern.consume_front("/");
    return matchHere(Pattern, Path);
  }
  for (size_t I = 0; I < Path.size(); ++I)
    if ((I == 0 || Path[I - 1] == '/') && matchHere(Pattern, Path.substr(I)))
      return true;
  return false;
}

bool isBelow(StringRef Path, StringRef Folder) {
  Folder = Folder.rtrim('/');
  return Path.consume_front(Folder) && (Path.empty() || Path.front() == '/');
}

std::string realPath(StringRef Path) {
  SmallString<256> Result;
  if (!sys::fs::real_path(Path, Result))
    return Result.str().str();
  return absolutePath(Path);
}

std::string absolutePath(StringRef Path, StringRef Base) {
  SmallString<256> Result(Path);
  if (Base.empty())
    sys::fs::make_absolute(Result);
  else
    sys::path::make_absolute(Base, Result);
  sys::path::remove_dots(Result, /*remove_dot_dot=*/true);
  return Result.str().str();
}

std::string currentDirectory() {
  SmallString<256> Result;
  if (sys::fs::current_path(Result))
    return ".";
  return Result.str().str();
}

std::string relativePath(StringRef Path, StringRef Base) {
  if (Path == Base)
    return ".";
  if (!isBelow(Path, Base))
    return Path.str();
  return Path.drop_front(Base.rtrim('/').size()).ltrim('/').str();
}

std::string shownPath(StringRef Path, StringRef Base, StringRef Root) {
  std::string Upwards;
  if (isBelow(Path, Root))
    for (; !isBelow(Path, Base) && isBelow(Base, Root);
         Base = sys::path::parent_path(Base))
      Upwards += "../";
  return isBelow(Path, Base) ? Upwards + relativePath(Path, Base) : Path.str();
}

std::string formatSeconds(double Seconds) {
  std::string Text;
  raw_string_ostream OS(Text);
  if (Seconds < 9.95)
    OS << format("%.1f s", Seconds);
  else if (Seconds < 120)
    OS << format("%.0f s", Seconds);
  else
    OS << format("%d min %d s", int(Seconds) / 60, int(Seconds) % 60);
  return Text;
}

std::vector<std::string> splitList(StringRef Text, StringRef Separators) {
  std::vector<std::string> Result;
  while (!Text.empty()) {
    size_t End = Text.find_first_of(Separators);
    StringRef Part = Text.substr(0, End).trim();
    if (!Part.empty())
      Result.push_back(Part.str());
    Text = End == StringRef::npos ? StringRef() : Text.substr(End + 1);
  }
  return Result;
}

unsigned terminalWidth() {
  unsigned Columns = sys::Process::StandardOutColumns();
  return Columns == 0 ? 100 : std::clamp(Columns, 40u, 100u);
}

std::vector<std::string> wrap(StringRef Text, unsigned Width) {
  std::vector<std::string> Lines;
  std::string Line;
  for (StringRef Word : split(Text, ' ')) {
    if (Word.empty())
      continue;
    if (!Line.empty() && Line.size() + 1 + Word.size() > Width) {
      Lines.push_back(std::move(Line));
      Line.clear();
    }
    if (!Line.empty())
      Line += ' ';
    Line += Word;
  }
  if (!Line.empty() || Lines.empty())
    Lines.push_back(std::move(Line));
  return Lines;
}

} // namespace codrop::tool
