// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Walks a function body the way the program runs through it, see Syntax.h.

#include "analysis/Syntax.h"
#include "clang/AST/StmtVisitor.h"

using namespace clang;

namespace codrop {

ParentTable::ParentTable(const Stmt *Body) {
  if (Body)
    add(Body);
}

void ParentTable::markMachinery(const Stmt *S, const Stmt *Common) {
  llvm::SmallVector<const Stmt *, 16> Work{S};
  while (!Work.empty()) {
    const Stmt *Current = Work.pop_back_val();
    if (!Current || Current == Common || !Machinery.insert(Current).second)
      continue;
    if (isa<OpaqueValueExpr>(Current))
      continue;
    for (const Stmt *Child : Current->children())
      Work.push_back(Child);
  }
}

// The promise call wraps the operand in conversions of its own, at whose end
// stands the operand, which is the statement's child and not the call's: what
// is returned is asked about, not what is passed to return_value().
void ParentTable::addPromiseCall(const CoreturnStmt *Return) {
  llvm::SmallVector<const Stmt *, 8> Work{Return->getPromiseCall()};
  Places.try_emplace(Return->getPromiseCall(), Place{Return, NoIndex});
  while (!Work.empty()) {
    const Stmt *S = Work.pop_back_val();
    for (const Stmt *Child : S->children())
      if (Child && Child != Return->getOperand() &&
          Places.try_emplace(Child, Place{S, NoIndex}).second)
        Work.push_back(Child);
  }
}

// Iterative, because generated code nests deeper than a thread's stack.
void ParentTable::add(const Stmt *Root) {
  llvm::SmallVector<const Stmt *, 32> Work{Root};
  Places.try_emplace(Root);
  auto addInitializer = [&](const VarDecl *Var,
                            llvm::SmallVectorImpl<const Stmt *> &Children) {
    if (const Expr *Init = Var->getInit()) {
      Children.push_back(Init);
      Initializers[Init] = Var;
    }
  };
  while (!Work.empty()) {
    const Stmt *S = Work.pop_back_val();
    Places[S].Index = Order.size();
    Order.push_back(S);
    llvm::SmallVector<const Stmt *, 8> Children;
    if (const auto *Suspend = dyn_cast<CoroutineSuspendExpr>(S)) {
      Children.push_back(Suspend->getCommonExpr());
      markMachinery(Suspend->getReadyExpr(), Suspend->getCommonExpr());
      markMachinery(Suspend->getSuspendExpr(), Suspend->getCommonExpr());
      markMachinery(Suspend->getResumeExpr(), Suspend->getCommonExpr());
    } else if (const auto *Lambda = dyn_cast<LambdaExpr>(S)) {
      for (const Expr *Init : Lambda->capture_inits())
        Children.push_back(Init);
    } else if (const auto *Return = dyn_cast<CoreturnStmt>(S)) {
      Children.push_back(Return->getOperand() ? Return->getOperand()
                                              : Return->getPromiseCall());
      if (Return->getOperand() && Return->getPromiseCall())
        addPromiseCall(Return);
    } else if (const auto *OVE = dyn_cast<OpaqueValueExpr>(S)) {
      Children.push_back(OVE->getSourceExpr());
    } else if (isa<CXXDefaultArgExpr>(S)) {
      // Belongs to the callee; not written here.
    } else if (const auto *Decls = dyn_cast<DeclStmt>(S)) {
      for (const Decl *D : Decls->decls()) {
        if (const auto *Var = dyn_cast<VarDecl>(D))
          addInitializer(Var, Children);
        // `auto [a, b] = tuple;` calls get<0>() for a variable behind each
        // name.
        if (const auto *Bindings = dyn_cast<DecompositionDecl>(D))
          for (const BindingDecl *Binding : Bindings->bindings())
            if (const VarDecl *Holding = Binding->getHoldingVar())
              addInitializer(Holding, Children);
      }
    } else {
      for (const Stmt *Child : S->children())
        Children.push_back(Child);
    }
    for (const Stmt *Child : llvm::reverse(Children))
      if (Child && Places.try_emplace(Child, Place{S, NoIndex}).second)
        Work.push_back(Child);
  }
  addSubtrees();
}

void ParentTable::addSubtrees() {
  Ends.resize(Order.size());
  bool HasTry = false;
  for (unsigned I = Order.size(); I-- > 0;) {
    Ends[I] = std::max(Ends[I], I + 1);
    HasTry |= isa<CXXTryStmt>(Order[I]);
    if (const Stmt *P = parent(Order[I])) {
      unsigned &End = Ends[Places.lookup(P).Index];
      End = std::max(End, Ends[I]);
    }
  }
  if (!HasTry)
    return;
  Tries.resize(Order.size());
  for (unsigned I = 1; I < Order.size(); ++I) {
    const Stmt *P = parent(Order[I]);
    const auto *Try = dyn_cast<CXXTryStmt>(P);
    Tries[I] = Try && Try->getTryBlock() == Order[I]
                   ? Try
                   : Tries[Places.lookup(P).Index];
  }
}

std::vector<const Stmt *> ParentTable::postorder() const {
  std::vector<const Stmt *> Result;
  Result.reserve(Order.size());
  llvm::SmallVector<unsigned, 32> Open;
  for (unsigned I = 0; I <= Order.size(); ++I) {
    while (!Open.empty() && Ends[Open.back()] <= I)
      Result.push_back(Order[Open.pop_back_val()]);
    if (I < Order.size())
      Open.push_back(I);
  }
  return Result;
}

bool ParentTable::isWithin(const Stmt *S, const Stmt *Ancestor) const {
  Place Outer = Places.lookup(Ancestor);
  for (; S; S = parent(S)) {
    if (S == Ancestor)
      return true;
    Place Inner = Places.lookup(S);
    if (Inner.Index != NoIndex && Outer.Index != NoIndex)
      return Outer.Index <= Inner.Index && Inner.Index < Ends[Outer.Index];
  }
  return false;
}

const CXXTryStmt *ParentTable::enclosingTry(const Stmt *S) const {
  if (Tries.empty())
    return nullptr;
  for (; S; S = parent(S))
    if (unsigned Index = Places.lookup(S).Index; Index != NoIndex)
      return Tries[Index];
  return nullptr;
}

} // namespace codrop
