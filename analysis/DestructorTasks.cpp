// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "analysis/DestructorTasks.h"
#include "analysis/BlockingParts.h"
#include "clang/Basic/SourceManager.h"

using namespace clang;

namespace codrop {

namespace {

class Finder {
public:
  Finder(TUAnalysis &TU, const CXXRecordDecl *Object,
         llvm::ArrayRef<std::string> MoreSinks)
      : TU(TU), Starts(TU, MoreSinks), Borrows(TU, Object) {}

  void search(const FunctionDecl *Definition, DyingRefs Refs, unsigned Depth);

  std::vector<DestructorTask> Found;

private:
  TUAnalysis &TU;
  TaskStarts Starts;
  TaskBorrows Borrows;
  llvm::SmallVector<std::pair<SourceLocation, const FunctionDecl *>, 4> Calls;
};

} // namespace

void Finder::search(const FunctionDecl *Definition, DyingRefs Refs,
                    unsigned Depth) {
  const ASTContext &Context = TU.context();
  ParentTable Parents(Definition->getBody());
  Refs.addLocals(Parents);
  Runs Body = whatRuns(Definition->getBody(), Context);
  for (const VarDecl *Local : Body.Locals)
    if (const CXXRecordDecl *RD = Local->getType()->getAsCXXRecordDecl();
        RD && TU.summaries().destructorBlocks(RD, 4))
      return;
  // Calls come in source order, outer ones before inner ones.
  auto isWaitedFor = [&](size_t I) {
    for (size_t J = 0; J < Body.Calls.size(); ++J)
      if (J != I && (J > I || Parents.isWithin(Body.Calls[I], Body.Calls[J])) &&
          Starts.isWait(Body.Calls[J]))
        return true;
    return false;
  };
  llvm::SmallVector<const Expr *, 4> Started;
  for (size_t I = 0; I < Body.Calls.size(); ++I) {
    const Expr *Call = Body.Calls[I];
    const FunctionDecl *Callee = calledFunction(Call);
    if (!Callee || llvm::any_of(Started, [&](const Expr *Outer) {
          return Parents.isWithin(Call, Outer);
        }))
      continue;
    if (std::optional<StartedTask> S = Starts.of(Call, Callee, Refs, Parents)) {
      Started.push_back(Call);
      for (const Expr *Task : S->Tasks) {
        std::optional<TaskBorrow> Uses = Borrows.borrow(Task, Refs, S->Later);
        if (!Uses || isWaitedFor(I))
          continue;
        DestructorTask T;
        T.Calls.assign(Calls.begin(), Calls.end());
        T.How = S->How;
        T.Started = Call->getExprLoc();
        T.Uses = std::move(*Uses);
        Found.push_back(std::move(T));
        break;
      }
      continue;
    }
    const FunctionDecl *Inner = nullptr;
    if (Depth == 0 || !isa<CallExpr>(Call) || !Callee->hasBody(Inner) ||
        !Inner->getBody() || Inner->isDependentContext() ||
        isCoroutine(Inner) ||
        Context.getSourceManager().isInSystemHeader(Inner->getLocation()) ||
        llvm::any_of(Calls, [&](const auto &Step) {
          return Step.second->getCanonicalDecl() == Callee->getCanonicalDecl();
        }))
      continue;
    DyingRefs Inside = Refs.inCallee(Call, Inner);
    if (Inside.empty())
      continue;
    size_t Before = Found.size();
    Calls.push_back({Call->getExprLoc(), Callee});
    search(Inner, std::move(Inside), Depth - 1);
    Calls.pop_back();
    if (Found.size() > Before && isWaitedFor(I))
      Found.resize(Before);
  }
}

std::vector<DestructorTask>
findDestructorTasks(const CXXDestructorDecl *Destructor, TUAnalysis &TU,
                    unsigned CallDepth, llvm::ArrayRef<std::string> MoreSinks) {
  Finder F(TU, Destructor->getParent(), MoreSinks);
  F.search(Destructor, DyingRefs::inMember({}), CallDepth);
  return std::move(F.Found);
}

} // namespace codrop
