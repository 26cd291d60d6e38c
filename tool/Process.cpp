// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The processors. Each may assume what the ones before it did.

#include "tool/Process.h"
#include "tool/Sources.h"
#include "tool/Text.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Regex.h"
#include "llvm/Support/xxhash.h"
#include <map>
#include <tuple>

using namespace llvm;

namespace codrop::tool {

namespace {

class Grader : public Processor {
public:
  void process(std::vector<Finding> &Findings) override {
    for (Finding &F : Findings) {
      const Rule *R = findRule(F.Rule);
      F.Group = R ? R->Group.str() : "";
      F.Level = F.Group == "correctness" ? Severity::Error : Severity::Warning;
    }
  }
};

class Scope : public Processor {
public:
  explicit Scope(const Settings &S) : S(S), Headers(S.HeaderFilter) {}

  void process(std::vector<Finding> &Findings) override {
    erase_if(Findings, [&](const Finding &F) { return !isInScope(F); });
  }

private:
  bool isInScope(const Finding &F) {
    StringRef File = F.Where.RealFile;
    std::string Relative = relativePath(File, S.Root);
    for (const std::string &Glob : S.Exclude)
      if (matchesGlob(Glob, Relative) || matchesGlob(Glob, File))
        return false;
    if (!isHeader(File))
      return true; // Planned, or included by something planned on purpose.
    if (!S.HeaderFilter.empty())
      return Headers.match(File) || Headers.match(Relative);
    return isBelow(File, S.Root);
  }

  static bool isHeader(StringRef File) {
    StringRef Extension = sys::path::extension(File);
    return !is_contained(
        {".cpp", ".cc", ".cxx", ".c++", ".C", ".c", ".cppm", ".ixx", ".mm"},
        Extension);
  }

  const Settings &S;
  Regex Headers;
};

auto placeKey(const Finding &F) {
  return std::tie(F.Where.RealFile, F.Where.Line, F.Where.Column, F.Rule,
                  F.Message);
}

// A header is seen by many units, and some see more than others: which
// coroutines hold an object of a class, say. What each unit says only once of a
// place is one finding, and the fullest story is told.
class Deduplicator : public Processor {
public:
  void process(std::vector<Finding> &Findings) override {
    stable_sort(Findings, [](const Finding &A, const Finding &B) {
      return place(A) < place(B);
    });
    std::vector<Finding> Kept;
    for (size_t I = 0; I < Findings.size();) {
      size_t End = I;
      std::map<unsigned, unsigned> OfUnit;
      while (End < Findings.size() &&
             place(Findings[End]) == place(Findings[I]))
        ++OfUnit[Findings[End++].Unit];
      bool OneEach = OfUnit.size() == End - I;
      for (size_t First = Kept.size(); I < End; ++I) {
        auto Same =
            std::find_if(Kept.begin() + First, Kept.end(), [&](Finding &F) {
              return OneEach || F.Message == Findings[I].Message;
            });
        if (Same == Kept.end())
          Kept.push_back(std::move(Findings[I]));
        else
          merge(*Same, std::move(Findings[I]));
      }
    }
    Findings = std::move(Kept);
  }

private:
  static std::tuple<const std::string &, unsigned, unsigned,
                    const std::string &>
  place(const Finding &F) {
    return {F.Where.RealFile, F.Where.Line, F.Where.Column, F.Rule};
  }

  static void merge(Finding &Into, Finding From) {
    unsigned SeenIn = Into.SeenIn + 1;
    if (std::make_tuple(From.Steps.size(), From.Message) >
        std::make_tuple(Into.Steps.size(), Into.Message))
      Into = std::move(From);
    Into.SeenIn = SeenIn;
  }
};

class Sorter : public Processor {
public:
  void process(std::vector<Finding> &Findings) override {
    sort(Findings, [](const Finding &A, const Finding &B) {
      return placeKey(A) < placeKey(B);
    });
  }
};

class Fingerprinter : public Processor {
public:
  explicit Fingerprinter(const Settings &S) : S(S) {}

  void process(std::vector<Finding> &Findings) override {
    std::map<std::string, unsigned> Ordinals;
    for (Finding &F : Findings) {
      std::string Line = Lines.line(F.Where.File, F.Where.Line).str();
      erase_if(Line, [](char C) { return isSpace(C); });
      std::string Key =
          F.Rule + '\n' + relativePath(F.Where.RealFile, S.Root) + '\n' + Line;
      Key += '\n' + std::to_string(Ordinals[Key]++);
      F.Fingerprint = utohexstr(xxh3_64bits(Key), /*LowerCase=*/true, 16);
    }
  }

private:
  const Settings &S;
  Sources Lines;
};

} // namespace

std::unique_ptr<Processor> makeGrader() { return std::make_unique<Grader>(); }
std::unique_ptr<Processor> makeScope(const Settings &S) {
  return std::make_unique<Scope>(S);
}
std::unique_ptr<Processor> makeDeduplicator() {
  return std::make_unique<Deduplicator>();
}
std::unique_ptr<Processor> makeSorter() { return std::make_unique<Sorter>(); }
std::unique_ptr<Processor> makeFingerprinter(const Settings &S) {
  return std::make_unique<Fingerprinter>(S);
}

void processFindings(const Settings &S, std::vector<Finding> &Findings) {
  std::unique_ptr<Processor> Steps[] = {makeGrader(), makeScope(S),
                                        makeDeduplicator(), makeSorter(),
                                        makeFingerprinter(S)};
  for (auto &Step : Steps)
    Step->process(Findings);
}

bool isFailure(const Settings &S, const Finding &F) {
  if (S.FailOn == "any" || S.FailOn == "never")
    return S.FailOn == "any";
  // The groups are listed by trust, the most trusted first.
  std::vector<std::string> Groups = groupNames();
  return find(Groups, F.Group) <= find(Groups, S.FailOn);
}

} // namespace codrop::tool
