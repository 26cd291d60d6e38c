// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Facts that a declaration states about itself with
// [[clang::annotate("codrop::...")]]. It decides how an annotation reads as a
// fact; where such facts are kept and how they rank against the files' is in
// Knowledge.cpp.

#ifndef CODROP_ANALYSIS_KNOWLEDGEANNOTATIONS_H
#define CODROP_ANALYSIS_KNOWLEDGEANNOTATIONS_H

#include "analysis/Knowledge.h"

namespace codrop {

/// The arguments of the annotation on \p D itself or on the template that it
/// comes from, but not on its class; nothing if \p D has no such annotation.
std::optional<std::vector<std::string>> ownAnnotation(const clang::Decl *D,
                                                      llvm::StringRef What);

/// True if anything of \p D is annotated at all: a cheap way out.
bool mayBeAnnotated(const clang::Decl *D);

// \p Known is what the files say about the class; the annotation changes only
// what it speaks of. Nothing if no annotation of the kind is there.
std::optional<TaskTypeFact> annotatedTaskType(const clang::CXXRecordDecl *RD,
                                              const TaskTypeFact *Known);
std::optional<ResourceFact> annotatedResource(const clang::CXXRecordDecl *RD);
std::optional<GuardFact> annotatedGuard(const clang::CXXRecordDecl *RD,
                                        const GuardFact *Known);
std::optional<PairFact> annotatedPair(const clang::FunctionDecl *Acquire);
/// The functions that \p Release gives back for, as far as annotations tell.
llvm::SmallVector<const clang::FunctionDecl *, 2>
annotatedAcquires(const clang::FunctionDecl *Release);
std::optional<SinkFact> annotatedSink(const clang::FunctionDecl *FD);
std::optional<CloserFact> annotatedCloser(const clang::FunctionDecl *FD);
std::optional<AwaitFact> annotatedAwait(const clang::Decl *D);

std::optional<CombinatorFact>
annotatedCombinator(const clang::FunctionDecl *FD);
std::optional<InterruptedFact>
annotatedInterrupted(const clang::FunctionDecl *FD);

/// Fills in name and origin of a fact that \p D states about itself.
void originFrom(Fact &F, const clang::NamedDecl *D);

} // namespace codrop

#endif // CODROP_ANALYSIS_KNOWLEDGEANNOTATIONS_H
