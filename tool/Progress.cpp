// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Draws the progress line on stderr and takes it away at the end.

#include "tool/Progress.h"
#include "tool/Text.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/raw_ostream.h"
#include <cstdlib>

using namespace llvm;

namespace codrop::tool {

Progress::Progress(bool Wanted, unsigned Total) : Total(Total) {
  StringRef Terminal = std::getenv("TERM") ? std::getenv("TERM") : "";
  IsOn = Wanted && sys::Process::StandardErrIsDisplayed() && Terminal != "dumb";
}

Progress::~Progress() {
  if (IsShown)
    errs() << "\r\033[K";
}

void Progress::show(unsigned Done, StringRef File) {
  if (!IsOn)
    return;
  IsShown = true;
  double Elapsed = std::chrono::duration<double>(Clock::now() - Start).count();
  std::string Text = ("[" + Twine(Done) + "/" + Twine(Total) + "]").str();
  // The first few files say little about the rest.
  if (Done >= 3 && Elapsed > 1)
    Text += " " + formatSeconds(Elapsed / Done * (Total - Done)) + " left";
  Text += " ";
  unsigned Columns = sys::Process::StandardErrColumns();
  if (Columns == 0) // A terminal that does not know its size.
    Columns = 80;
  size_t Room = Columns > Text.size() + 1 ? Columns - Text.size() - 1 : 0;
  // The end of a path says more than its beginning.
  errs() << "\r" << Text << File.take_back(Room) << "\033[K";
}

} // namespace codrop::tool
