// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What has no name and has to be in a coroutine's frame all the same: the
// promise, awaiters, temporaries, arguments.

#include "analysis/FrameParts.h"

using namespace clang;

namespace codrop {

bool PartFinder::isOwningValue(QualType T) const {
  const CXXRecordDecl *RD = T->getAsCXXRecordDecl();
  if (!RD || RD->hasTrivialDestructor() || sizeOf(T) > MaxValueSize)
    return false;
  const CXXDestructorDecl *Destructor = RD->getDestructor();
  return Destructor && !Destructor->isVirtual() && Destructor->hasBody();
}

// The promise, `this`, and the awaiters of initial and final suspend.
void PartFinder::addImplicit() {
  FramePart Promise;
  Promise.K = FramePart::Promise;
  Promise.Type = C.Body->getPromiseDecl()->getType();
  Promise.Loc = C.Function->getLocation();
  Promise.End = Behind + 1;
  Promise.Shares = false;
  if (check(Promise.Type))
    add(Promise);
  for (const Suspension &S : {C.Suspensions.front(), C.Suspensions.back()}) {
    const auto *Temporary =
        S.E ? dyn_cast<MaterializeTemporaryExpr>(S.E->getCommonExpr())
            : nullptr;
    if (!Temporary || S.NeverSuspends || !check(Temporary->getType()))
      continue;
    FramePart Awaiter;
    Awaiter.K = FramePart::Awaiter;
    Awaiter.E = Temporary;
    Awaiter.Type = Temporary->getType();
    Awaiter.Loc = C.Function->getLocation();
    Awaiter.Begin = S.Kind == SuspensionKind::Initial ? 0 : Behind;
    Awaiter.End = Awaiter.Begin + 1;
    add(Awaiter);
  }
  bool Lazy = isSuspendedIn(C.Suspensions.front());
  unsigned First = Behind;
  for (const Suspension &S : C.Suspensions)
    if (isSuspendedIn(S) && S.Kind != SuspensionKind::Initial)
      First = std::min(First, begin(S.E));
  for (const Stmt *S : Parents.preorder()) {
    const auto *Ref = dyn_cast<DeclRefExpr>(S);
    if (!isa<CXXThisExpr>(S) &&
        !(Ref && Ref->refersToEnclosingVariableOrCapture()))
      continue;
    if (!Lazy && begin(S) < First && !isInSuspendingLoop(S))
      continue;
    FramePart This;
    This.K = FramePart::This;
    This.Size = This.Align = sizeOf(Context.VoidPtrTy);
    This.Loc = C.Function->getLocation();
    This.End = Behind + 1;
    This.Shares = false;
    add(This);
    return;
  }
}

void PartFinder::addMaterialized(const MaterializeTemporaryExpr *Temporary) {
  if (!check(Temporary->getType()))
    return;
  FramePart Part;
  Part.K = FramePart::Temporary;
  Part.E = Temporary;
  Part.Type = Temporary->getType();
  Part.Loc = Temporary->getExprLoc();
  const Stmt *Full = fullExpression(Temporary);
  Part.Begin = begin(Full);
  Part.End = end(Full);
  auto Awaits = AwaitsIn.find(Full);
  if (Awaits != AwaitsIn.end())
    for (unsigned I : Awaits->second)
      if (C.Suspensions[I].E->getCommonExpr() == Temporary)
        Part.K = FramePart::Awaiter;
  bool IsValue = Part.K == FramePart::Temporary && isOwningValue(Part.Type);
  if (Awaits != AwaitsIn.end())
    for (unsigned I : Awaits->second) {
      const CoroutineSuspendExpr *Await = C.Suspensions[I].E;
      // What an await within it returns is written to where it already is.
      bool Inside = Parents.isWithin(Await, Temporary);
      bool Around = Parents.isWithin(Temporary, Await);
      if (Around || (Inside ? !IsValue : begin(Await) > begin(Temporary)))
        Part.At.push_back(I);
      Part.MadeByAwait |= Inside && !IsValue;
    }
  if (const auto *By =
          dyn_cast_or_null<VarDecl>(Temporary->getExtendingDecl())) {
    // The variable itself stands for what it refers to.
    std::optional<ObjectId> O = G.objectOf(By);
    const Stmt *Decls = DeclaredIn.lookup(By);
    if (!O || !Decls || Context.hasSameType(G.object(*O).Type, Part.Type))
      return;
    Part.End = end(scopeOf(Decls));
    for (NodeId N : G.suspendNodes())
      if (G.isAlive(*O, N))
        Part.At.push_back(G.node(N).Suspension);
  }
  if (Part.At.empty() && (IsValue || !isInSuspendingLoop(Full)))
    return;
  Part.Shares = !IsValue;
  add(std::move(Part));
}

void PartFinder::addArguments(const Expr *Call) {
  llvm::ArrayRef<const Expr *> Arguments;
  if (const auto *Function = dyn_cast<CallExpr>(Call))
    Arguments = llvm::ArrayRef(Function->getArgs(), Function->getNumArgs());
  else if (const auto *Construct = dyn_cast<CXXConstructExpr>(Call))
    Arguments = llvm::ArrayRef(Construct->getArgs(), Construct->getNumArgs());
  const FunctionDecl *Callee = calledFunction(Call);
  for (const Expr *Argument : Arguments) {
    const CXXRecordDecl *RD = Argument->getType()->getAsCXXRecordDecl();
    if (!RD || !Argument->isPRValue() || isa<CXXDefaultArgExpr>(Argument) ||
        !check(Argument->getType()))
      continue;
    uint64_t Size = sizeOf(Argument->getType());
    // Small ones go in registers, copies straight to where they are passed.
    bool InMemory =
        RD->canPassInRegisters()
            ? Size > MaxValueSize &&
                  isa<CallExpr, CoroutineSuspendExpr>(stripped(Argument))
            : Size > MaxValueSize || !Callee || !Callee->hasBody();
    if (!InMemory)
      continue;
    FramePart Part;
    Part.K = FramePart::Temporary;
    Part.E = Argument;
    Part.Type = Argument->getType();
    Part.Loc = Argument->getExprLoc();
    const Stmt *Full = fullExpression(Argument);
    if (auto It = AwaitsIn.find(Full); It != AwaitsIn.end())
      for (unsigned I : It->second)
        if (Parents.isWithin(Argument, C.Suspensions[I].E))
          Part.At.push_back(I);
    Part.End = Behind + 1;
    Part.Shares = false;
    add(std::move(Part));
  }
}

// `make();` and `co_await f();` whose value nobody takes.
void PartFinder::addDropped(const Object &Temporary) {
  const Stmt *S = Temporary.Value;
  while (S && isa<ExprWithCleanups, ParenExpr, CXXBindTemporaryExpr, CastExpr>(
                  Parents.parent(S)))
    S = Parents.parent(S);
  if (!S || isa_and_nonnull<Expr>(Parents.parent(S)))
    return;
  FramePart Part;
  Part.K = FramePart::Temporary;
  Part.E = Temporary.Value;
  Part.Type = Temporary.Type;
  Part.Loc = Temporary.Loc;
  Part.End = Behind + 1;
  Part.Shares = false;
  if (check(Part.Type) && sizeOf(Part.Type) > MaxValueSize)
    add(std::move(Part));
}

} // namespace codrop
