// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From the elements of Clang's CFG to steps: which are of interest, which may
// throw, and which belong to the calls that Clang synthesizes for an await.

#include "analysis/SuspendSteps.h"
#include "analysis/Summaries.h"
#include "clang/AST/Type.h"

using namespace clang;

namespace codrop {

static bool isNothrow(const FunctionProtoType *Proto) {
  return Proto && !isUnresolvedExceptionSpec(Proto->getExceptionSpecType()) &&
         Proto->isNothrow();
}

static bool isNothrow(const FunctionDecl *F) {
  // What is written in C does not throw, whatever its header says.
  return F->getBuiltinID() != 0 || F->isTrivial() ||
         (F->isExternC() && !F->hasBody()) ||
         isNothrow(F->getType()->getAs<FunctionProtoType>());
}

static bool mayThrow(const Stmt *S) {
  if (const auto *Construct = dyn_cast<CXXConstructExpr>(S))
    return !isNothrow(Construct->getConstructor());
  const auto *Call = dyn_cast<CallExpr>(S);
  if (!Call)
    return false;
  if (const FunctionDecl *Callee = Call->getDirectCallee())
    return !isNothrow(Callee);
  // Through a pointer the type may promise it.
  QualType T = Call->getCallee()->getType();
  if (T->isPointerType() || T->isReferenceType())
    T = T->getPointeeType();
  return !isNothrow(T->getAs<FunctionProtoType>());
}

/// `void("codrop_point_before")` marks a place for a test.
static bool isPoint(const CastExpr *Cast) {
  return Cast->getCastKind() == CK_ToVoid &&
         isa<clang::StringLiteral>(Cast->getSubExpr()->IgnoreParenImpCasts());
}

static bool isInteresting(const Stmt *S) {
  if (isa<CallExpr, CXXConstructExpr, CXXNewExpr, CXXDeleteExpr, DeclStmt,
          ReturnStmt, CoreturnStmt, CXXThrowExpr, LambdaExpr, DeclRefExpr>(S))
    return true;
  if (const auto *Binary = dyn_cast<BinaryOperator>(S))
    return Binary->isAssignmentOp();
  if (const auto *Unary = dyn_cast<UnaryOperator>(S))
    return Unary->isIncrementDecrementOp();
  if (const auto *Cast = dyn_cast<CastExpr>(S))
    return isPoint(Cast) || (isa<ImplicitCastExpr>(Cast) &&
                             Cast->getCastKind() == CK_LValueToRValue);
  return false;
}

bool StepTable::neverReturns(const Stmt *S) const {
  const FunctionDecl *Callee = nullptr;
  if (const auto *Construct = dyn_cast<CXXConstructExpr>(S))
    Callee = Construct->getConstructor();
  else if (const auto *Call = dyn_cast<CallExpr>(S))
    Callee = Call->getDirectCallee();
  const NeverReturnsFact *Fact =
      Known && Callee ? Known->neverReturns(Callee) : nullptr;
  return Fact &&
         (!Fact->OnlyIf || holds(*Fact->OnlyIf, cast<Expr>(S), Context));
}

void StepTable::addStatement(const Stmt *AsWritten,
                             std::vector<Step> &Out) const {
  const Stmt *S = original(AsWritten);
  if (Parents.isAwaitMachinery(S))
    return;
  Step Now;
  Now.S = AsWritten;
  Now.Try = Parents.enclosingTry(S);
  if (const auto *Suspend = dyn_cast<CoroutineSuspendExpr>(S)) {
    Now.Begins = Objects.ofAwait(Suspend).value_or(Step::None);
    if (auto It = SuspensionOf.find(Suspend); It != SuspensionOf.end()) {
      Now.Suspension = It->second;
      const Suspension &Point = Coro->Suspensions[It->second];
      Now.MayThrow = !Point.NeverThrows && !Point.NeverResumes;
      Now.IsThrow = Point.NeverResumes;
      // The promise is told of the failure, the handlers are not.
      if (Point.NeverResumes || Point.LeavesOnFailure)
        Now.Try = nullptr;
    }
    Out.push_back(Now);
    return;
  }
  if (const auto *Bind = dyn_cast<CXXBindTemporaryExpr>(S)) {
    if (std::optional<ObjectId> O = Objects.ofTemporary(Bind)) {
      Now.Begins = *O;
      Out.push_back(Now);
    }
    return;
  }
  if (!isInteresting(S))
    return;
  if (const auto *Decls = dyn_cast<DeclStmt>(AsWritten)) {
    for (const Decl *D : Decls->decls()) {
      const auto *Var = dyn_cast<VarDecl>(D);
      Now.Begins =
          Var ? Objects.ofVariable(Var).value_or(Step::None) : Step::None;
      Out.push_back(Now);
    }
    return;
  }
  Now.IsThrow = isa<CXXThrowExpr>(S);
  Now.NeverReturns = neverReturns(S);
  Now.MayThrow = !Now.NeverReturns && mayThrow(S);
  Out.push_back(Now);
}

void StepTable::addEnd(std::optional<ObjectId> O,
                       std::vector<Step> &Out) const {
  // Parameters end after the final suspend, which no block has.
  if (!O || Objects[*O].K == Object::Parameter)
    return;
  Step End;
  End.Ends = *O;
  Out.push_back(End);
}

void StepTable::addEndOf(const VarDecl *Var, std::vector<Step> &Out) const {
  addEnd(Objects.ofVariable(Var), Out);
  for (ObjectId Temporary : llvm::reverse(Objects.extendedBy(Var)))
    addEnd(Temporary, Out);
}

StepTable::StepTable(const CFG &Graph, const Coroutine *C,
                     const ParentTable &Parents, const FunctionObjects &Objects,
                     const Knowledge *Known, const ASTContext &Context)
    : Coro(C), Parents(Parents), Objects(Objects), Known(Known),
      Context(Context), Steps(Graph.getNumBlockIDs()) {
  for (const auto &Entry : Graph.synthetic_stmts())
    Synthetic[Entry.first] = Entry.second;
  if (Coro)
    for (unsigned I = 0; I < Coro->Suspensions.size(); ++I)
      if (Coro->Suspensions[I].E)
        SuspensionOf[Coro->Suspensions[I].E] = I;
  for (const CFGBlock *B : Graph) {
    std::vector<Step> &Out = Steps[B->getBlockID()];
    for (const CFGElement &Element : *B) {
      if (auto Statement = Element.getAs<CFGStmt>())
        addStatement(Statement->getStmt(), Out);
      else if (auto Dtor = Element.getAs<CFGAutomaticObjDtor>())
        addEndOf(Dtor->getVarDecl(), Out);
      // Of a class with a destructor both are listed; the second finds the
      // object ended.
      else if (auto Ends = Element.getAs<CFGLifetimeEnds>())
        addEndOf(Ends->getVarDecl(), Out);
      else if (auto Temporary = Element.getAs<CFGTemporaryDtor>())
        addEnd(Objects.ofTemporary(Temporary->getBindTemporaryExpr()), Out);
    }
  }
}

} // namespace codrop
