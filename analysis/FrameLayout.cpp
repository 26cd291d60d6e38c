// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Lays the parts of a coroutine's frame out: who shares a place with whom, and
// what padding costs. LLVM's CoroFrame.cpp does the same with what it finds
// (addFieldForAllocas(), then OptimizedStructLayout, which leaves next to no
// holes).

#include "analysis/FrameParts.h"
#include "clang/AST/ASTContext.h"
#include "llvm/Support/MathExtras.h"
#include <map>
#include <tuple>

using namespace clang;

namespace codrop {

namespace {

/// A piece of the frame, with the parts that take turns in it.
struct Place {
  uint64_t Size = 0;
  uint64_t Align = 1;
  llvm::SmallVector<const FramePart *, 2> Parts;
};

class Layout {
public:
  /// Begins with the pointers to the resume and destroy functions.
  explicit Layout(uint64_t Pointer) : Pointer(Pointer), End(2 * Pointer) {}

  /// At the end, or in a hole that is large enough.
  void add(uint64_t Size, uint64_t Align);
  // The alignment of what is inside is not that of the whole: LLVM rounds for
  // the types that it has left, and a class is bytes to it.
  uint64_t size() const { return llvm::alignTo(End, Pointer); }

private:
  struct Hole {
    uint64_t Begin, End;
  };

  uint64_t Pointer, End;
  llvm::SmallVector<Hole, 4> Holes;
};

void Layout::add(uint64_t Size, uint64_t Align) {
  for (Hole &H : Holes) {
    uint64_t At = llvm::alignTo(H.Begin, Align);
    if (At + Size > H.End)
      continue;
    // What stays free in front of it is too small to matter.
    H.Begin = At + Size;
    return;
  }
  uint64_t At = llvm::alignTo(End, Align);
  if (At != End)
    Holes.push_back({End, At});
  End = At + Size;
}

bool meet(const FramePart &A, const FramePart &B) {
  return A.Begin < B.End && B.Begin < A.End;
}

bool fits(const FramePart &Part, const Place &P) {
  return Part.Shares && P.Parts.front()->Shares && P.Align % Part.Align == 0 &&
         llvm::none_of(P.Parts, [&](const FramePart *Other) {
           return meet(Part, *Other);
         });
}

} // namespace

std::optional<FrameEstimate> estimateFrame(const FunctionAnalysis &F,
                                           ASTContext &Context, GaveUp &Why) {
  auto Parts = findFrameParts(F, Context, Why);
  if (!Parts)
    return std::nullopt;
  FrameEstimate Result;
  Result.Parts = std::move(*Parts);
  llvm::sort(Result.Parts, [](const FramePart &A, const FramePart &B) {
    return std::tuple(B.Size, A.Begin, A.Loc.getRawEncoding(), A.K) <
           std::tuple(A.Size, B.Begin, B.Loc.getRawEncoding(), B.K);
  });
  WorkMeter &Work = *F.work();
  std::vector<Place> Places;
  Layout Frame(Context.getTypeSizeInChars(Context.VoidPtrTy).getQuantity());
  for (const FramePart &Part : Result.Parts) {
    Result.Costs.push_back(0);
    // It stands right behind the two pointers, whatever else there is.
    if (Part.K == FramePart::Promise) {
      Frame.add(Part.Size, Part.Align);
      Result.Costs.back() = Part.Size;
      continue;
    }
    Work.spend(Places.size());
    auto It =
        llvm::find_if(Places, [&](const Place &P) { return fits(Part, P); });
    if (Work.isUsedUp()) {
      Why.Reason = "too many objects in a coroutine frame";
      return std::nullopt;
    }
    if (It == Places.end()) {
      It = Places.insert(Places.end(), Place{Part.Size, Part.Align, {}});
      Result.Costs.back() = Part.Size;
    }
    It->Parts.push_back(&Part);
  }
  std::map<uint64_t, std::vector<uint64_t>, std::greater<>> SizesByAlign;
  for (const Place &P : Places)
    SizesByAlign[P.Align].push_back(P.Size);
  for (const auto &[Align, Sizes] : SizesByAlign)
    for (uint64_t Size : Sizes)
      Frame.add(Size, Align);
  // Where it is suspended: a byte up to 256 suspensions.
  Frame.add(F.coroutine()->Suspensions.size() > 256 ? 2 : 1, 1);
  Result.Size = Frame.size();
  return Result;
}

bool mayHaveLargeFrame(const Coroutine &C, const ASTContext &Context,
                       uint64_t Each, uint64_t Together) {
  // What every frame has.
  uint64_t Sum = 32;
  auto isLarge = [&](QualType T) {
    // A reference may keep a temporary.
    T = T.getNonReferenceType();
    // To be given up when it is looked at closely.
    if (T->isVariablyModifiedType())
      return true;
    if (!hasKnownSize(T))
      return false;
    uint64_t Size = Context.getTypeSizeInChars(T).getQuantity();
    Sum += Size;
    return Size > Each || Sum > Together;
  };
  if (isLarge(C.Body->getPromiseDecl()->getType()))
    return true;
  for (const ParmVarDecl *P : C.Function->parameters())
    if (isLarge(P->getType()))
      return true;
  llvm::SmallVector<const Stmt *, 32> Work{C.userBody()};
  while (!Work.empty()) {
    const Stmt *S = Work.pop_back_val();
    if (const auto *Decls = dyn_cast<DeclStmt>(S)) {
      for (const Decl *D : Decls->decls())
        if (const auto *Var = dyn_cast<VarDecl>(D))
          if (!Var->isStaticLocal() && isLarge(Var->getType()))
            return true;
    } else if (isa<MaterializeTemporaryExpr, CallExpr, CXXConstructExpr>(S)) {
      if (isLarge(cast<Expr>(S)->getType()))
        return true;
    }
    const auto *Lambda = dyn_cast<LambdaExpr>(S);
    for (const Stmt *Child : S->children())
      // The body of a lambda has a frame of its own.
      if (Child && !(Lambda && Child == Lambda->getBody()))
        Work.push_back(Child);
  }
  return false;
}

} // namespace codrop
