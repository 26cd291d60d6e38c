// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Reads annotations. An unknown word is ignored: the attribute belongs to
// whoever else uses the "codrop::" prefix in a later version.

#include "analysis/KnowledgeAnnotations.h"
#include "clang/AST/ASTContext.h"
#include "clang/AST/Attr.h"
#include "clang/AST/DeclTemplate.h"
#include "clang/AST/Expr.h"
#include "clang/Basic/SourceManager.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace clang;
using llvm::StringRef;

namespace codrop {
namespace {

/// What \p D was instantiated from, or null.
const Decl *patternOf(const Decl *D) {
  if (const auto *FD = dyn_cast<FunctionDecl>(D)) {
    if (const FunctionDecl *Pattern =
            FD->getTemplateInstantiationPattern(/*ForDefinition=*/false))
      return Pattern;
    if (const FunctionTemplateDecl *T = FD->getPrimaryTemplate())
      return T->getTemplatedDecl();
  } else if (const auto *RD = dyn_cast<CXXRecordDecl>(D)) {
    if (const CXXRecordDecl *Pattern = RD->getTemplateInstantiationPattern())
      return Pattern;
    if (const auto *S = dyn_cast<ClassTemplateSpecializationDecl>(RD))
      return S->getSpecializedTemplate()->getTemplatedDecl();
  }
  return nullptr;
}

const StringLiteral *literal(const Expr *E) {
  if (const auto *C = dyn_cast<ConstantExpr>(E))
    E = C->getSubExpr();
  return dyn_cast<StringLiteral>(E->IgnoreParenImpCasts());
}

/// The text in the parentheses of "codrop::WHAT(...)", "" without them.
std::optional<std::string> argumentText(const AnnotateAttr *A, StringRef What) {
  StringRef Text = A->getAnnotation();
  if (!Text.consume_front("codrop::") || !Text.consume_front(What))
    return std::nullopt;
  if (Text.consume_front("(")) {
    Text.consume_back(")");
    return Text.trim().str();
  }
  if (!Text.empty())
    return std::nullopt;
  std::string Joined;
  for (const Expr *Argument : A->args())
    if (const StringLiteral *S = literal(Argument))
      Joined += (Joined.empty() ? "" : ",") + S->getString().str();
  return Joined;
}

std::optional<std::string> ownText(const Decl *D, StringRef What) {
  for (; D; D = patternOf(D))
    for (const Decl *Redecl : D->redecls())
      for (const auto *A : Redecl->specific_attrs<AnnotateAttr>())
        if (std::optional<std::string> Text = argumentText(A, What))
          return Text;
  return std::nullopt;
}

std::vector<std::string> splitArguments(StringRef Text) {
  std::vector<std::string> Result;
  llvm::SmallVector<StringRef, 4> Parts;
  Text.split(Parts, ',', -1, /*KeepEmpty=*/false);
  for (StringRef Part : Parts)
    if (Part = Part.trim(); !Part.empty())
      Result.push_back(Part.str());
  return Result;
}

bool isCoroutineType(const CXXRecordDecl *RD) {
  const CXXRecordDecl *Definition = RD->getDefinition();
  if (!Definition)
    if (const auto *Pattern = dyn_cast_or_null<CXXRecordDecl>(patternOf(RD)))
      Definition = Pattern->getDefinition();
  if (!Definition)
    return false;
  IdentifierInfo &Promise = RD->getASTContext().Idents.get("promise_type");
  return !Definition->lookup(&Promise).empty();
}

/// \p Name as written in an annotation on \p On: members and neighbours need
/// no qualification.
std::string qualify(StringRef Name, const FunctionDecl *On) {
  if (Name.contains("::"))
    return Name.ltrim(':').str();
  std::string Whole = knowledgeName(On);
  size_t At = Whole.rfind("::");
  return At == std::string::npos ? Name.str()
                                 : Whole.substr(0, At + 2) + Name.str();
}

/// The parameters of all declarations of \p FD and of its template: it is
/// mostly the one in the header that is annotated.
llvm::SmallVector<const ParmVarDecl *, 8>
parametersOfAll(const FunctionDecl *FD) {
  llvm::SmallVector<const ParmVarDecl *, 8> Result;
  for (const Decl *D = FD; D; D = patternOf(D))
    for (const Decl *Redecl : D->redecls())
      for (const ParmVarDecl *P : cast<FunctionDecl>(Redecl)->parameters())
        Result.push_back(P);
  return Result;
}

/// The functions next to \p FD: all members of its class, or the functions of
/// its namespace that are called \p Named.
llvm::SmallVector<const FunctionDecl *, 8>
neighbours(const FunctionDecl *FD, llvm::ArrayRef<std::string> Named) {
  llvm::SmallVector<const FunctionDecl *, 8> Result;
  if (const auto *M = dyn_cast<CXXMethodDecl>(FD)) {
    for (const CXXMethodDecl *Other : M->getParent()->methods())
      Result.push_back(Other);
    return Result;
  }
  for (const std::string &Name : Named) {
    StringRef Last = StringRef(Name).substr(StringRef(Name).rfind(':') + 1);
    IdentifierInfo &II = FD->getASTContext().Idents.get(Last);
    for (const NamedDecl *Found : FD->getDeclContext()->lookup(&II))
      if (const auto *Other = dyn_cast<FunctionDecl>(Found))
        Result.push_back(Other);
  }
  return Result;
}

} // namespace

bool mayBeAnnotated(const Decl *D) {
  for (; D; D = patternOf(D))
    for (const Decl *Redecl : D->redecls())
      if (Redecl->hasAttr<AnnotateAttr>())
        return true;
  return false;
}

std::optional<std::vector<std::string>> ownAnnotation(const Decl *D,
                                                      StringRef What) {
  if (std::optional<std::string> Text = ownText(D, What))
    return splitArguments(*Text);
  return std::nullopt;
}

bool hasAnnotation(const Decl *D, StringRef What, std::string *WhatArg) {
  std::optional<std::string> Text = ownText(D, What);
  if (!Text)
    if (const auto *M = dyn_cast<CXXMethodDecl>(D))
      Text = ownText(M->getParent(), What);
  if (!Text)
    return false;
  if (WhatArg)
    *WhatArg = *Text;
  return true;
}

void originFrom(Fact &F, const NamedDecl *D) {
  F.Name = knowledgeName(D);
  F.Origin = FactOrigin();
  F.Origin.Library = "annotation";
  PresumedLoc Loc =
      D->getASTContext().getSourceManager().getPresumedLoc(D->getLocation());
  if (Loc.isValid()) {
    F.Origin.File = Loc.getFilename();
    F.Origin.Line = Loc.getLine();
  }
}

std::optional<TaskTypeFact> annotatedTaskType(const CXXRecordDecl *RD,
                                              const TaskTypeFact *Known) {
  auto Task = ownAnnotation(RD, "task");
  bool Destroys = ownAnnotation(RD, "destroys_suspended_frame").has_value();
  bool Detaches = ownAnnotation(RD, "detaches").has_value();
  bool ThreadBound =
      ownAnnotation(RD, "thread_bound").has_value() && isCoroutineType(RD);
  if (!Task && !Destroys && !Detaches && !ThreadBound)
    return std::nullopt;
  TaskTypeFact F = Known ? *Known : TaskTypeFact();
  originFrom(F, RD);
  F.DestroysSuspendedFrame |= Destroys;
  F.ThreadBound |= ThreadBound;
  if (Destroys && !Known)
    F.Drop = TaskDrop::Destroys;
  if (Detaches) {
    F.Start = TaskStart::Eager;
    F.Drop = TaskDrop::Detaches;
  }
  for (const std::string &Word : Task.value_or(std::vector<std::string>())) {
    if (Word == "lazy")
      F.Start = TaskStart::Lazy;
    else if (Word == "eager")
      F.Start = TaskStart::Eager;
    F.Drop = llvm::StringSwitch<TaskDrop>(Word)
                 .Case("destroys", TaskDrop::Destroys)
                 .Case("cancels", TaskDrop::Cancels)
                 .Case("detaches", TaskDrop::Detaches)
                 .Case("joins", TaskDrop::Joins)
                 .Case("terminates", TaskDrop::Terminates)
                 .Default(F.Drop);
  }
  return F;
}

std::optional<ResourceFact> annotatedResource(const CXXRecordDecl *RD) {
  auto Close = ownAnnotation(RD, "must_close");
  if (!Close)
    return std::nullopt;
  ResourceFact F;
  originFrom(F, RD);
  F.Close = Close->empty() ? std::vector<std::string>{"close"} : *Close;
  return F;
}

std::optional<GuardFact> annotatedGuard(const CXXRecordDecl *RD,
                                        const GuardFact *Known) {
  auto Guard = ownAnnotation(RD, "guard");
  bool Safe = ownAnnotation(RD, "coroutine_safe").has_value();
  // On a task type the word speaks of where it is resumed.
  bool ThreadBound =
      ownAnnotation(RD, "thread_bound").has_value() && !isCoroutineType(RD);
  if (!Guard && !Safe && !ThreadBound)
    return std::nullopt;
  GuardFact F;
  if (Known)
    F = *Known;
  else {
    F.Acquire = {"lock"};
    F.Release = {"unlock"};
    F.Disarm = {"release"};
  }
  originFrom(F, RD);
  if (Guard && !Guard->empty())
    F.Release = *Guard;
  F.Kind = Safe ? GuardKind::CoroutineSafe : GuardKind::ThreadBound;
  return F;
}

std::optional<PairFact> annotatedPair(const FunctionDecl *Acquire) {
  auto Releasers = ownAnnotation(Acquire, "acquires");
  PairFact F;
  originFrom(F, Acquire);
  auto AddRelease = [&F](std::string Name) {
    if (!llvm::is_contained(F.Release, Name))
      F.Release.push_back(std::move(Name));
  };
  for (const std::string &Name : Releasers.value_or(std::vector<std::string>()))
    AddRelease(qualify(Name, Acquire));
  for (const FunctionDecl *Other :
       neighbours(Acquire, Releasers.value_or(std::vector<std::string>())))
    if (auto Back = ownAnnotation(Other, "releases"))
      for (const std::string &Name : *Back)
        if (qualify(Name, Other) == F.Name)
          AddRelease(knowledgeName(Other));
  if (F.Release.empty())
    return std::nullopt;
  return F;
}

llvm::SmallVector<const FunctionDecl *, 2>
annotatedAcquires(const FunctionDecl *Release) {
  llvm::SmallVector<const FunctionDecl *, 2> Result;
  auto Back = ownAnnotation(Release, "releases");
  std::string Own = knowledgeName(Release);
  for (const FunctionDecl *Other :
       neighbours(Release, Back.value_or(std::vector<std::string>()))) {
    if (!Back && !ownAnnotation(Other, "acquires"))
      continue;
    std::optional<PairFact> Pair = annotatedPair(Other);
    bool Named = Back && llvm::any_of(*Back, [&](const std::string &Name) {
                   return qualify(Name, Release) == knowledgeName(Other);
                 });
    if (Pair && (Named || llvm::is_contained(Pair->Release, Own)))
      Result.push_back(Other);
  }
  return Result;
}

std::optional<SinkFact> annotatedSink(const FunctionDecl *FD) {
  auto Detaches = ownAnnotation(FD, "detaches");
  unsigned Argument = 1;
  for (const ParmVarDecl *P : parametersOfAll(FD))
    if (ownAnnotation(P, "detaches")) {
      Detaches.emplace();
      Argument = P->getFunctionScopeIndex() + 1;
    }
  if (!Detaches)
    return std::nullopt;
  SinkFact F;
  originFrom(F, FD);
  F.TaskArgument = Argument;
  if (!Detaches->empty())
    StringRef(Detaches->front()).getAsInteger(10, F.TaskArgument);
  return F;
}

std::optional<CloserFact> annotatedCloser(const FunctionDecl *FD) {
  auto Closes = ownAnnotation(FD, "closes");
  unsigned Argument = 1;
  for (const ParmVarDecl *P : parametersOfAll(FD))
    if (ownAnnotation(P, "closes")) {
      Closes.emplace();
      Argument = P->getFunctionScopeIndex() + 1;
    }
  if (!Closes)
    return std::nullopt;
  CloserFact F;
  originFrom(F, FD);
  F.Argument = Argument;
  if (!Closes->empty())
    StringRef(Closes->front()).getAsInteger(10, F.Argument);
  return F;
}

std::optional<AwaitFact> annotatedAwait(const Decl *D) {
  AwaitFact F;
  F.NeverSuspends = ownAnnotation(D, "never_suspends").has_value();
  F.NeverThrows = ownAnnotation(D, "never_throws").has_value();
  if (!F.NeverSuspends && !F.NeverThrows)
    return std::nullopt;
  originFrom(F, cast<NamedDecl>(D));
  return F;
}

std::optional<CombinatorFact> annotatedCombinator(const FunctionDecl *FD) {
  auto Words = ownAnnotation(FD, "cancelling_combinator");
  if (!Words)
    return std::nullopt;
  CombinatorFact F;
  originFrom(F, FD);
  for (const std::string &Word : *Words) {
    F.LoserGoesOn |= Word == "goes_on";
    F.Throws |= Word == "throws";
    StringRef(Word).getAsInteger(10, F.Raced);
  }
  return F;
}

std::optional<InterruptedFact> annotatedInterrupted(const FunctionDecl *FD) {
  InterruptedFact F;
  bool Safe = ownAnnotation(FD, "cancel_safe").has_value();
  auto Unsafe = ownAnnotation(FD, "cancel_unsafe");
  if (!Safe && !Unsafe)
    return std::nullopt;
  F.Behind =
      Safe ? InterruptedFact::Leaves::Nothing : InterruptedFact::Leaves::Lost;
  originFrom(F, FD);
  if (Unsafe && !Unsafe->empty())
    StringRef(Unsafe->front()).getAsInteger(10, F.State);
  return F;
}

} // namespace codrop
