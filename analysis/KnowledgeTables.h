// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Tables of facts by name, and the way from a declaration to its name: base
// classes, overridden functions, the class of the object. It decides which of
// several facts holds: a declaration's own annotation before the files, the
// derived class before its bases, the later file before the earlier. Most
// declarations of a program are in no table, so a look-up first asks for the
// last component of the name, which costs no string. Private to Knowledge.

#ifndef CODROP_ANALYSIS_KNOWLEDGETABLES_H
#define CODROP_ANALYSIS_KNOWLEDGETABLES_H

#include "analysis/KnowledgeAnnotations.h"
#include "analysis/KnowledgeLoader.h"
#include "llvm/ADT/SmallPtrSet.h"
#include <array>
#include <mutex>

namespace codrop {

llvm::StringRef lastComponent(llvm::StringRef Name);
/// The last component of \p D's knowledgeName(), mostly without allocating.
llvm::StringRef lastComponent(const clang::NamedDecl *D,
                              llvm::SmallVectorImpl<char> &Buffer);
/// The definition to read bases from: for a specialization that nobody needed
/// complete, its template's.
const clang::CXXRecordDecl *definitionOf(const clang::CXXRecordDecl *RD);
/// The class that \p Type is or, if it is dependent, is instantiated from.
const clang::CXXRecordDecl *recordOf(clang::QualType Type);

/// Calls \p Visit for \p RD and its public bases, nearest first, until it
/// returns true. Does not look behind \p StopAt.
template <class Fn>
void visitWithBases(const clang::CXXRecordDecl *RD, Fn Visit,
                    const clang::CXXRecordDecl *StopAt = nullptr) {
  llvm::SmallVector<const clang::CXXRecordDecl *, 8> Queue = {RD};
  llvm::SmallPtrSet<const clang::CXXRecordDecl *, 8> Seen;
  for (size_t I = 0; I != Queue.size(); ++I) {
    const clang::CXXRecordDecl *Current = Queue[I]->getCanonicalDecl();
    if (!Seen.insert(Current).second)
      continue;
    if (Visit(Current))
      return;
    if (Current == StopAt)
      continue;
    const clang::CXXRecordDecl *Definition = definitionOf(Current);
    if (!Definition)
      continue;
    for (const clang::CXXBaseSpecifier &Base : Definition->bases())
      if (Base.getAccessSpecifier() == clang::AS_public)
        if (const clang::CXXRecordDecl *BaseRD = recordOf(Base.getType()))
          Queue.push_back(BaseRD);
  }
}

constexpr unsigned ReleasesBit = 31;
static_assert(NumSections < ReleasesBit);

struct Knowledge::Tables {
  KnowledgeFacts Facts;
  std::array<llvm::StringMap<const Fact *>, NumSections> ByName;
  llvm::StringMap<llvm::SmallVector<const PairFact *, 2>> ByRelease;
  /// Last component of a name to a bit for each section that has such a name.
  llvm::StringMap<uint32_t> LastComponents;

  /// Facts that annotations state live as long as the tables: callers keep
  /// pointers. clangd asks from several threads.
  mutable std::mutex AnnotatedLock;
  mutable llvm::StringMap<std::shared_ptr<const void>> Annotated;

  void index() {
    for (auto &Map : ByName)
      Map.clear();
    ByRelease.clear();
    LastComponents.clear();
    forEachSection([&](Section S, llvm::StringRef, auto Member) {
      for (const auto &F : Facts.*Member) {
        ByName[unsigned(S)][F.Name] = &F;
        LastComponents[lastComponent(F.Name)] |= 1u << unsigned(S);
      }
    });
    for (const PairFact &F : Facts.Pairs) {
      if (ByName[unsigned(Section::Pairs)].lookup(F.Name) != &F)
        continue;
      for (const std::string &Release : F.Release) {
        ByRelease[Release].push_back(&F);
        LastComponents[lastComponent(Release)] |= 1u << ReleasesBit;
      }
    }
  }

  uint32_t sectionsOf(const clang::NamedDecl *D) const {
    llvm::SmallString<32> Buffer;
    return LastComponents.lookup(lastComponent(D, Buffer));
  }

  static bool fits(const Fact *F, const clang::NamedDecl *D) {
    if (!F || !F->ExternC)
      return F;
    const auto *FD = dyn_cast<clang::FunctionDecl>(D);
    return FD && FD->isExternC();
  }

  /// The files' fact about \p D itself, or null.
  template <class F>
  const F *named(Section S, const clang::NamedDecl *D) const {
    if (!(sectionsOf(D) >> unsigned(S) & 1))
      return nullptr;
    const Fact *Found = ByName[unsigned(S)].lookup(knowledgeName(D));
    return fits(Found, D) ? static_cast<const F *>(Found) : nullptr;
  }

  /// Keeps \p Made, one for each declaration and section.
  template <class F> const F *keep(Section S, std::optional<F> Made) const {
    if (!Made)
      return nullptr;
    std::string Key = (llvm::Twine(unsigned(S)) + "|" + Made->Name + "|" +
                       Made->Origin.File + ":" + llvm::Twine(Made->Origin.Line))
                          .str();
    std::lock_guard<std::mutex> Lock(AnnotatedLock);
    std::shared_ptr<const void> &Slot = Annotated[Key];
    if (!Slot)
      Slot = std::make_shared<const F>(std::move(*Made));
    return static_cast<const F *>(Slot.get());
  }

  /// The nearest fact about \p RD or a public base, or about its annotation:
  /// \p Annotation makes that fact from the class and what the files say.
  template <class F, class Fn>
  const F *recordFact(Section S, const clang::CXXRecordDecl *RD,
                      Fn Annotation) const {
    const F *Result = nullptr;
    if (RD)
      visitWithBases(RD, [&](const clang::CXXRecordDecl *C) {
        Result = named<F>(S, C);
        if (mayBeAnnotated(C))
          if (const F *Own = keep<F>(S, Annotation(C, Result)))
            Result = Own;
        return Result != nullptr;
      });
    return Result;
  }

  template <class F>
  std::optional<F> plainAnnotation(const clang::NamedDecl *D,
                                   llvm::StringRef What) const {
    if (!ownAnnotation(D, What))
      return std::nullopt;
    F Made;
    originFrom(Made, D);
    return Made;
  }

  bool recordIs(Section S, const clang::CXXRecordDecl *RD,
                llvm::StringRef What) const {
    return recordFact<NamedFact>(
        S, RD, [&](const clang::CXXRecordDecl *C, const NamedFact *) {
          return plainAnnotation<NamedFact>(C, What);
        });
  }

  bool functionIs(Section S, const clang::FunctionDecl *FD,
                  llvm::StringRef What) const {
    return FD && (ownAnnotation(FD, What) || named<NamedFact>(S, FD));
  }

  template <class F>
  const F *functionFact(Section S, const clang::FunctionDecl *FD,
                        llvm::StringRef What) const {
    if (!FD)
      return nullptr;
    if (const F *Own = keep<F>(S, plainAnnotation<F>(FD, What)))
      return Own;
    return named<F>(S, FD);
  }

  /// Calls \p Visit(FunctionDecl or null, sections, name) for the names that
  /// facts about a call of \p FD may have, until it returns true.
  template <class Fn>
  void visitNames(const clang::FunctionDecl *FD,
                  const clang::CXXRecordDecl *Object, Fn Visit) const {
    uint32_t Sections = sectionsOf(FD);
    const auto *Method = dyn_cast<clang::CXXMethodDecl>(FD);
    bool Done = false;
    if (Method && Object && Sections) {
      llvm::SmallString<32> Buffer;
      std::string Last = lastComponent(FD, Buffer).str();
      const clang::CXXRecordDecl *Parent =
          Method->getParent()->getCanonicalDecl();
      visitWithBases(
          Object,
          [&](const clang::CXXRecordDecl *C) {
            if (C != Parent)
              Done = Visit(nullptr, Sections, knowledgeName(C) + "::" + Last);
            return Done;
          },
          Parent);
    }
    if (Done)
      return;
    llvm::SmallVector<const clang::FunctionDecl *, 4> Queue = {FD};
    for (size_t I = 0; I != Queue.size() && I != 64; ++I) {
      if (Visit(Queue[I], Sections,
                Sections ? knowledgeName(Queue[I]) : std::string()))
        return;
      if (const auto *M = dyn_cast<clang::CXXMethodDecl>(Queue[I]))
        Queue.append(M->overridden_methods().begin(),
                     M->overridden_methods().end());
    }
  }

  template <class F>
  const F *at(Section S, uint32_t Sections, llvm::StringRef Name,
              const clang::FunctionDecl *FD) const {
    if (!(Sections >> unsigned(S) & 1))
      return nullptr;
    const Fact *Found = ByName[unsigned(S)].lookup(Name);
    if (Found && Found->ExternC && !FD)
      return nullptr;
    return Found && (!FD || fits(Found, FD)) ? static_cast<const F *>(Found)
                                             : nullptr;
  }

  /// What is known about \p FD, and whether that is that it does not block.
  const BlockingFact *blocking(const clang::FunctionDecl *FD,
                               const clang::CXXRecordDecl *Object,
                               bool &NonBlocking) const {
    const BlockingFact *Result = nullptr;
    visitNames(
        FD, Object,
        [&](const clang::FunctionDecl *Decl, uint32_t Sections,
            llvm::StringRef Name) {
          if (Decl && mayBeAnnotated(Decl)) {
            NonBlocking = ownAnnotation(Decl, "non_blocking").has_value();
            if (!NonBlocking)
              Result = keep<BlockingFact>(
                  Section::Blocking,
                  plainAnnotation<BlockingFact>(Decl, "blocking"));
            if (NonBlocking || Result)
              return true;
          }
          Result = at<BlockingFact>(Section::Blocking, Sections, Name, Decl);
          const auto *Not =
              at<NamedFact>(Section::NonBlocking, Sections, Name, Decl);
          if (Not && (!Result || Not->Origin.Order > Result->Origin.Order)) {
            Result = nullptr;
            NonBlocking = true;
          }
          return Result || NonBlocking;
        });
    return Result;
  }

  /// At most one of the two is set.
  std::pair<const ResourceFact *, const NotResourceFact *>
  resource(const clang::CXXRecordDecl *RD) const {
    const ResourceFact *Is = nullptr;
    const NotResourceFact *IsNot = nullptr;
    visitWithBases(RD, [&](const clang::CXXRecordDecl *C) {
      if (mayBeAnnotated(C)) {
        Is = keep(Section::Resources, annotatedResource(C));
        IsNot = keep(Section::NotResources,
                     plainAnnotation<NotResourceFact>(C, "not_a_resource"));
        if (Is || IsNot)
          return true;
      }
      Is = named<ResourceFact>(Section::Resources, C);
      IsNot = named<NotResourceFact>(Section::NotResources, C);
      return Is || IsNot;
    });
    if (Is && IsNot)
      (IsNot->Origin.Order > Is->Origin.Order ? (void)(Is = nullptr)
                                              : (void)(IsNot = nullptr));
    return {Is, IsNot};
  }
};

} // namespace codrop

#endif // CODROP_ANALYSIS_KNOWLEDGETABLES_H
