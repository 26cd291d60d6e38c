// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The words for objects that make a coroutine's frame large, and for frames
// that are large by many small ones. What is in a frame and how large it gets
// is decided in analysis/FrameSize.

#include "checks/LargeFrameCheck.h"
#include "analysis/FrameSize.h"

using namespace clang;

namespace codrop {

namespace {

constexpr unsigned MaxSuspensionNotes = 3;
constexpr unsigned MaxContributors = 5;

std::string bytes(uint64_t Size) {
  return std::to_string(Size) + (Size == 1 ? " byte" : " bytes");
}

std::string typeOf(const FramePart &Part, const ASTContext &Context) {
  return "'" + typeName(Part.Type, Context) + "'";
}

std::string nameOf(const FramePart &Part, const ASTContext &Context) {
  switch (Part.K) {
  case FramePart::Promise:
    return "the promise";
  case FramePart::This:
    return "the pointer to the object";
  case FramePart::Awaiter:
    return "the awaiter of type " + typeOf(Part, Context);
  case FramePart::Temporary:
    return "a temporary of type " + typeOf(Part, Context);
  case FramePart::Parameter:
  case FramePart::Variable:
    break;
  }
  std::string Kind = Part.K == FramePart::Parameter ? "parameter " : "";
  if (Part.Var->getIdentifier() && !Part.Var->isImplicit())
    return Kind + "'" + Part.Var->getNameAsString() + "'";
  return (Kind.empty() ? "a variable" : "a parameter") +
         std::string(" of type ") + typeOf(Part, Context);
}

/// What helps against \p Part.
std::string advice(const FramePart &Part) {
  switch (Part.K) {
  case FramePart::Parameter:
    return "take a pointer that owns it, such as std::unique_ptr";
  case FramePart::Temporary:
  case FramePart::Awaiter:
    return "make it in a statement that ends before the co_await, or allocate "
           "it on the heap";
  default:
    return Part.MadeByAwait && Part.At.size() == 1
               ? "let the co_await return a pointer that owns it"
               : "end its scope before the co_await, or allocate it on the "
                 "heap";
  }
}

Finding describeLocal(const FramePart &Part, const FrameEstimate &Frame,
                      const Coroutine &C, const ASTContext &Context) {
  Finding F;
  F.Loc = Part.Loc;
  F.Text = nameOf(Part, Context) + " takes " + bytes(Part.Size) +
           " of the coroutine's frame, whose estimated size is " +
           bytes(Frame.Size);
  bool Made = Part.MadeByAwait;
  unsigned Shown = 0;
  for (unsigned I : Part.At) {
    const Suspension &S = C.Suspensions[I];
    if (S.Kind == SuspensionKind::Initial && Part.At.size() > 1)
      continue;
    if (++Shown > MaxSuspensionNotes)
      break;
    F.note(S.Kind == SuspensionKind::Initial ? C.Function->getLocation()
                                             : S.E->getExprLoc(),
           S.Kind == SuspensionKind::Initial
               ? "the coroutine suspends before it starts"
           : std::exchange(Made, false)
               ? "suspends here, with the place for it in the frame already"
           : Shown > 1 ? "and suspends here"
                       : "it is alive when the coroutine suspends here");
  }
  F.note(Part.Loc, advice(Part));
  return F;
}

Finding describeFrame(const FrameEstimate &Frame, const Coroutine &C,
                      const ASTContext &Context) {
  Finding F;
  F.Loc = C.Function->getLocation();
  std::string Name = C.IsLambda
                         ? "this coroutine"
                         : "coroutine '" + C.Function->getNameAsString() + "'";
  F.Text =
      "the frame of " + Name + " has an estimated size of " + bytes(Frame.Size);
  const FramePart *Largest = nullptr;
  unsigned Shown = 0;
  for (unsigned I = 0; I < Frame.Parts.size() && Shown < MaxContributors; ++I) {
    if (!Frame.Costs[I])
      continue;
    const FramePart &Part = Frame.Parts[I];
    if (!Largest && Part.K != FramePart::Promise && Part.K != FramePart::This)
      Largest = &Part;
    F.note(Part.Loc, nameOf(Part, Context) + " takes " + bytes(Part.Size));
    ++Shown;
  }
  if (Largest)
    F.note(Largest->Loc, "begin with the largest: " + advice(*Largest));
  return F;
}

} // namespace

LargeFrameCheck::LargeFrameCheck(llvm::StringRef Name,
                                 clang::tidy::ClangTidyContext *Context,
                                 std::shared_ptr<SharedAnalysis> Shared)
    : CodropCheck(Name, Context, std::move(Shared)),
      LocalLimit(Options.get(option::large_frame::LocalLimit, 4096U)),
      FrameLimit(Options.get(option::large_frame::FrameLimit, 16384U)) {}

void LargeFrameCheck::storeOptions(
    clang::tidy::ClangTidyOptions::OptionMap &Opts) {
  CodropCheck::storeOptions(Opts);
  Options.store(Opts, option::large_frame::LocalLimit, LocalLimit);
  Options.store(Opts, option::large_frame::FrameLimit, FrameLimit);
}

std::vector<Finding> LargeFrameCheck::find(const FunctionAnalysis &F,
                                           TUAnalysis &TU) {
  const Coroutine *C = F.coroutine();
  uint64_t Together = FrameLimit ? FrameLimit : ~uint64_t(0);
  if (!C || !mayHaveLargeFrame(*C, TU.context(), LocalLimit, Together) ||
      !F.graph())
    return {};
  GaveUp Why;
  std::optional<FrameEstimate> Frame = estimateFrame(F, TU.context(), Why);
  if (!Frame) {
    TU.gaveUp(Why);
    return {};
  }
  std::vector<Finding> Findings;
  uint64_t Reported = 0;
  for (unsigned I = 0; I < Frame->Parts.size(); ++I) {
    const FramePart &Part = Frame->Parts[I];
    if (Part.Size <= LocalLimit || Part.At.empty())
      continue;
    Findings.push_back(describeLocal(Part, *Frame, *C, TU.context()));
    Reported += Frame->Costs[I];
  }
  // The rest is large without those that have a finding of their own.
  if (FrameLimit && Frame->Size - Reported > FrameLimit)
    Findings.push_back(describeFrame(*Frame, *C, TU.context()));
  return Findings;
}

} // namespace codrop
