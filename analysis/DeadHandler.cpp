// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "analysis/DeadHandler.h"
#include "analysis/Coroutine.h"
#include "analysis/Names.h"
#include "analysis/Syntax.h"
#include "clang/AST/ASTContext.h"
#include "clang/AST/StmtCXX.h"
#include "clang/Basic/SourceManager.h"

using namespace clang;

namespace codrop {

namespace {

/// What a statement may throw before it is done.
enum class Throws { Nothing, Unlikely, Something };

class DeadHandlerFinder {
public:
  explicit DeadHandlerFinder(TUAnalysis &TU) : Types(TU.types()) {}

  std::optional<DeadHandler> judge(const CXXTryStmt *Try);

private:
  /// \p Found receives the first task that is made below \p S.
  Throws throwsIn(const Stmt *S, unsigned Depth, DeadHandler *Found) const;
  Throws throwsOf(const CallExpr *Call, unsigned Depth,
                  DeadHandler *Found) const;
  bool keepsException(const FunctionDecl *Callee) const;

  const TypeModel &Types;
};

} // namespace

/// The promise's \p Member, of the coroutine \p FD.
static const FunctionDecl *promiseMember(const FunctionDecl *FD,
                                         llvm::StringRef Member) {
  const auto *Body = dyn_cast_or_null<CoroutineBodyStmt>(FD->getBody());
  const VarDecl *Promise = Body ? Body->getPromiseDecl() : nullptr;
  const CXXRecordDecl *RD =
      Promise ? Promise->getType()->getAsCXXRecordDecl() : nullptr;
  llvm::SmallVector<const CXXRecordDecl *, 4> Queue;
  if (RD)
    Queue.push_back(RD);
  for (size_t I = 0; I < Queue.size() && I < 16; ++I) {
    for (const NamedDecl *D :
         Queue[I]->lookup(&FD->getASTContext().Idents.get(Member)))
      if (const auto *F = dyn_cast<FunctionDecl>(D))
        return F;
    if (Queue[I]->hasDefinition())
      for (const CXXBaseSpecifier &Base : Queue[I]->bases())
        if (const CXXRecordDecl *B = Base.getType()->getAsCXXRecordDecl())
          Queue.push_back(B);
  }
  return nullptr;
}

/// What the coroutine \p Callee throws is not thrown by the call.
bool DeadHandlerFinder::keepsException(const FunctionDecl *Callee) const {
  QualType Task = Callee->getReturnType();
  if (Types.isLazyTask(Task) || Types.isEagerTask(Task))
    return true;
  // One that runs at once and lets out what it throws.
  const FunctionDecl *Unhandled = promiseMember(Callee, "unhandled_exception");
  const FunctionDecl *Definition =
      Unhandled ? Unhandled->getDefinition() : nullptr;
  return Definition && Definition->getBody() &&
         llvm::none_of(ParentTable(Definition->getBody()).preorder(),
                       [](const Stmt *S) { return isa<CXXThrowExpr>(S); });
}

static bool isOfSystem(const FunctionDecl *FD) {
  return FD->getASTContext().getSourceManager().isInSystemHeader(
      FD->getLocation());
}

static bool isNoexcept(const FunctionDecl *FD) {
  const auto *Proto = FD ? FD->getType()->getAs<FunctionProtoType>() : nullptr;
  return Proto && Proto->isNothrow();
}

/// Moves, copies, conversions between standard types, accessors.
static bool hardlyThrows(const FunctionDecl *FD) {
  if (isNoexcept(FD) || soundsLikeLogging(FD))
    return true;
  if (const auto *Constructor = dyn_cast<CXXConstructorDecl>(FD))
    return Constructor->isCopyOrMoveConstructor() ||
           Constructor->isImplicit() || Constructor->isDefaulted() ||
           Constructor->getParent()->isInStdNamespace() ||
           Constructor->getParent()->isLambda();
  if (const auto *Method = dyn_cast<CXXMethodDecl>(FD)) {
    OverloadedOperatorKind Op = Method->getOverloadedOperator();
    return Method->getParent()->isInStdNamespace()
               ? nameOf(Method) != "at" && nameOf(Method) != "value" &&
                     Op != OO_Call
               : Op == OO_Arrow || Op == OO_Star ||
                     isa<CXXConversionDecl>(Method);
  }
  return false;
}

Throws DeadHandlerFinder::throwsOf(const CallExpr *Call, unsigned Depth,
                                   DeadHandler *Found) const {
  const FunctionDecl *Callee = Call->getDirectCallee();
  bool MakesTask = Types.isTask(Call->getType());
  auto isMade = [&](Confidence Sure) {
    if (Found && !Found->Call) {
      Found->Call = Call;
      Found->Callee = Callee;
      Found->Task = Call->getType();
      Found->Lazy = Types.isLazyTask(Call->getType());
      Found->Sure = Sure;
    }
    return Sure == Confidence::Definite ? Throws::Nothing : Throws::Unlikely;
  };
  if (Callee && hardlyThrows(Callee))
    return Throws::Nothing;
  const auto *Method = dyn_cast_or_null<CXXMethodDecl>(Callee);
  bool Virtual = Method && Method->isVirtual();
  const FunctionDecl *Definition =
      Callee && !Virtual ? Callee->getDefinition() : nullptr;
  if (Definition && Definition->getBody()) {
    if (isCoroutine(Definition))
      return keepsException(Definition) ? isMade(Confidence::Definite)
                                        : Throws::Something;
    // A library's own functions are plumbing around what they are given.
    if (!Depth || isOfSystem(Definition))
      return MakesTask && Types.isLazyTask(Call->getType())
                 ? isMade(Confidence::Maybe)
                 : Throws::Something;
    Throws Inside = throwsIn(Definition->getBody(), Depth - 1, nullptr);
    if (Inside == Throws::Something || !MakesTask)
      return Inside;
    return isMade(Inside == Throws::Nothing ? Confidence::Definite
                                            : Confidence::Maybe);
  }
  // A member that wraps the task it is called on may do anything with it.
  if (MakesTask && Types.isLazyTask(Call->getType()))
    return isMade(Confidence::Maybe);
  return Throws::Something;
}

Throws DeadHandlerFinder::throwsIn(const Stmt *S, unsigned Depth,
                                   DeadHandler *Found) const {
  if (!S)
    return Throws::Nothing;
  Throws Worst = Throws::Nothing;
  auto add = [&](Throws T) { Worst = std::max(Worst, T); };
  if (isa<CXXThrowExpr, CXXNewExpr, CXXDynamicCastExpr>(S))
    return Throws::Something;
  if (isa<LambdaExpr>(S)) {
    for (const Expr *Init : cast<LambdaExpr>(S)->capture_inits())
      add(throwsIn(Init, Depth, Found));
    return Worst;
  }
  if (const auto *Call = dyn_cast<CallExpr>(S))
    add(throwsOf(Call, Depth, Found));
  else if (const auto *Construct = dyn_cast<CXXConstructExpr>(S))
    add(hardlyThrows(Construct->getConstructor()) ? Throws::Nothing
                                                  : Throws::Something);
  for (const Stmt *Child : S->children()) {
    if (Worst == Throws::Something)
      break;
    add(throwsIn(Child, Depth, Found));
  }
  return Worst;
}

/// Failing to get the memory for the frame is thrown by the call.
static bool catchesBadAlloc(const CXXTryStmt *Try) {
  for (unsigned I = 0; I < Try->getNumHandlers(); ++I) {
    const CXXCatchStmt *Handler = Try->getHandler(I);
    const CXXRecordDecl *RD = Handler->getExceptionDecl()
                                  ? Handler->getCaughtType()
                                        .getNonReferenceType()
                                        ->getAsCXXRecordDecl()
                                  : nullptr;
    if (RD && nameOf(RD) == "bad_alloc")
      return true;
  }
  return false;
}

/// It makes a failed task of what it catches, which is what the task does.
static bool onlyHandsOn(const CXXTryStmt *Try) {
  for (unsigned I = 0; I < Try->getNumHandlers(); ++I) {
    const auto *Block =
        dyn_cast<CompoundStmt>(Try->getHandler(I)->getHandlerBlock());
    const auto *Return = Block && Block->size() == 1
                             ? dyn_cast<ReturnStmt>(*Block->body_begin())
                             : nullptr;
    if (!Return ||
        llvm::none_of(ParentTable(Return).preorder(), [](const Stmt *S) {
          const auto *Call = dyn_cast<CallExpr>(S);
          return Call && llvm::is_contained(
                             identifierWords(nameOf(Call->getDirectCallee())),
                             "exception");
        }))
      return false;
  }
  return true;
}

std::optional<DeadHandler> DeadHandlerFinder::judge(const CXXTryStmt *Try) {
  if (catchesBadAlloc(Try) || onlyHandsOn(Try))
    return std::nullopt;
  DeadHandler Found;
  if (throwsIn(Try->getTryBlock(), 2, &Found) == Throws::Something ||
      !Found.Call)
    return std::nullopt;
  Found.Handler = Try->getHandler(0);
  return Found;
}

std::vector<DeadHandler> findDeadHandlers(const FunctionDecl *FD,
                                          TUAnalysis &TU) {
  std::vector<DeadHandler> Result;
  if (!TU.types().isTask(FD->getReturnType()) || TU.isInTest(FD))
    return Result;
  DeadHandlerFinder Finder(TU);
  ParentTable Parents(FD->getBody());
  for (const Stmt *S : Parents.preorder())
    if (const auto *Try = dyn_cast<CXXTryStmt>(S))
      if (std::optional<DeadHandler> Dead = Finder.judge(Try))
        Result.push_back(*Dead);
  return Result;
}

} // namespace codrop
