// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Reads each file that is pointed into once, and finds lines by their starts.

#include "tool/Resolve.h"
#include "tool/Text.h"
#include "clang/Basic/CharInfo.h"
#include "llvm/ADT/STLExtras.h"

using namespace clang;
using namespace llvm;

namespace codrop::tool {

const Resolver::File &Resolver::file(StringRef Path) {
  auto [It, IsNew] = Files.try_emplace(Path);
  File &F = It->second;
  if (!IsNew)
    return F;
  F.Path = absolutePath(Path, Directory);
  F.Real = realPath(F.Path);
  F.LineStarts.push_back(0);
  auto Buffer = MemoryBuffer::getFile(F.Path);
  if (!Buffer)
    return F;
  F.Text = std::move(*Buffer);
  StringRef Text = F.Text->getBuffer();
  for (size_t I = Text.find('\n'); I != StringRef::npos;
       I = Text.find('\n', I + 1))
    F.LineStarts.push_back(I + 1);
  return F;
}

Place Resolver::at(StringRef Path, unsigned Offset) {
  Place P;
  if (Path.empty())
    return P;
  const File &F = file(Path);
  P.File = F.Path;
  P.RealFile = F.Real;
  P.Offset = Offset;
  auto Next = upper_bound(F.LineStarts, Offset);
  P.Line = Next - F.LineStarts.begin();
  P.Column = Offset - *std::prev(Next) + 1;
  P.EndColumn = P.Column + 1;
  if (!F.Text)
    return P;
  // Without a range, mark the word that the place is the beginning of.
  StringRef Rest = F.Text->getBuffer().drop_front(
      std::min<size_t>(Offset, F.Text->getBufferSize()));
  size_t Length =
      Rest.take_while([](char C) { return isAsciiIdentifierContinue(C); })
          .size();
  P.EndColumn = P.Column + std::max<size_t>(1, Length);
  return P;
}

Place Resolver::place(const tooling::DiagnosticMessage &Message) {
  Place P = at(Message.FilePath, Message.FileOffset);
  if (!P.isValid())
    return P;
  const File &F = file(Message.FilePath);
  for (const tooling::FileByteRange &R : Message.Ranges) {
    if (R.FilePath != Message.FilePath || R.FileOffset != Message.FileOffset ||
        !F.Text)
      continue;
    // Marked up to the end of the line: a statement can be long.
    StringRef Marked = F.Text->getBuffer().substr(R.FileOffset, R.Length);
    Marked = Marked.take_until([](char C) { return C == '\n' || C == '\r'; });
    if (!Marked.empty())
      P.EndColumn = P.Column + Marked.rtrim().size();
    break;
  }
  return P;
}

Finding Resolver::finding(const tidy::ClangTidyError &Error) {
  Finding F;
  F.Rule = Error.DiagnosticName;
  F.Message = Error.Message.Message;
  F.Where = place(Error.Message);
  for (const tooling::DiagnosticMessage &Note : Error.Notes)
    F.Steps.push_back({place(Note), Note.Message});
  // The last note says what to do; the compiler's own notes about macros come
  // wherever they like.
  auto IsCompilers = [](const Step &S) {
    return StringRef(S.Message).starts_with("expanded from ");
  };
  auto Last = find_if_not(reverse(F.Steps), IsCompilers);
  if (Last != F.Steps.rend()) {
    F.Help = std::move(Last->Message);
    F.HelpWhere = std::move(Last->Where);
    F.Steps.erase(std::next(Last).base());
  }
  auto AddEdits = [&](const tooling::DiagnosticMessage &Message) {
    for (const auto &PerFile : Message.Fix)
      for (const tooling::Replacement &R : PerFile.second)
        F.Edits.push_back({at(R.getFilePath(), R.getOffset()), R.getLength(),
                           R.getReplacementText().str()});
  };
  AddEdits(Error.Message);
  return F;
}

} // namespace codrop::tool
