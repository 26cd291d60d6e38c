// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "analysis/GiveBack.h"
#include "analysis/Names.h"

using namespace clang;

namespace codrop {

namespace {

constexpr unsigned HelperDepth = 3;

const Stmt *visibleBody(const FunctionDecl *FD) {
  const FunctionDecl *Definition = nullptr;
  if (!FD || !FD->hasBody(Definition))
    return nullptr;
  const Stmt *Body = Definition->getBody();
  if (const auto *Coro = dyn_cast<CoroutineBodyStmt>(Body))
    return Coro->getBody();
  return Body;
}

bool lets(QualType Param) {
  if (const auto *Reference = Param->getAs<ReferenceType>())
    return !Reference->getPointeeType().isConstQualified();
  return Param->isPointerType() && !Param->getPointeeType().isConstQualified();
}

/// The part of \p E that says which place it names.
bool endsIn(const Expr *E, const AccessPath &Place) {
  E = E ? stripped(E) : nullptr;
  const FieldDecl *Field = Place.lastField();
  if (const auto *Member = dyn_cast_or_null<MemberExpr>(E))
    return Field && Member->getMemberDecl() == Field;
  if (const auto *Ref = dyn_cast_or_null<DeclRefExpr>(E))
    return !Field && Place.Root == AccessPath::Variable &&
           Ref->getDecl() == Place.Var;
  if (const auto *Operator = dyn_cast_or_null<CXXOperatorCallExpr>(E);
      Operator && Operator->getNumArgs() > 0)
    return endsIn(Operator->getArg(0), Place);
  if (const auto *Unary = dyn_cast_or_null<UnaryOperator>(E))
    return endsIn(Unary->getSubExpr(), Place);
  // `unlock()` on this object, where the object itself is what is held.
  return isa_and_nonnull<CXXThisExpr>(E) && !Field &&
         Place.Root == AccessPath::This;
}

} // namespace

std::optional<AccessPath> placeOf(const Expr *E, const PathResolver &Resolver) {
  const auto *Address = dyn_cast<UnaryOperator>(stripped(E));
  if (Address && Address->getOpcode() == UO_AddrOf)
    return Resolver.resolve(Address->getSubExpr());
  std::optional<AccessPath> P = Resolver.resolve(E);
  if (!P || !E->getType()->isPointerType())
    return P;
  // `this` and pointer aliases carry a Deref that the next one takes away.
  if (!P->Parts.empty() && P->Parts.back().K == PathPart::Deref &&
      P->Parts.back().Key == ~0U)
    P->Parts.pop_back();
  else
    P->Parts.push_back({PathPart::Deref, nullptr, 0});
  return P;
}

static const Expr *calledClosure(const Stmt *S) {
  const auto *Call = dyn_cast_or_null<CXXOperatorCallExpr>(S);
  return Call && Call->getOperator() == OO_Call ? stripped(Call->getArg(0))
                                                : nullptr;
}

GiveBack::GiveBack(const FunctionAnalysis &F, TUAnalysis &TU)
    : F(F), G(*F.graph()), Table(F.accesses()), TU(TU) {
  llvm::DenseMap<const VarDecl *, const LambdaExpr *> Named;
  for (const Object &Obj : G.objects())
    if (Obj.K == Object::Variable && Obj.Var->getInit())
      if (const auto *Lambda =
              dyn_cast<LambdaExpr>(stripped(Obj.Var->getInit())))
        Named[Obj.Var] = Lambda;
  if (Named.empty())
    return;
  llvm::DenseSet<const Expr *> Called;
  for (NodeId N = 0; N < G.size(); ++N) {
    const auto *Ref = dyn_cast_or_null<DeclRefExpr>(calledClosure(G.node(N).S));
    const auto *Var = Ref ? dyn_cast<VarDecl>(Ref->getDecl()) : nullptr;
    if (!Named.contains(Var))
      continue;
    Called.insert(Ref);
    OnlyCalled.insert(Named[Var]);
    ClosureCalls.push_back({N, Named[Var]});
  }
  for (const Stmt *S : G.parents().preorder())
    if (const auto *Ref = dyn_cast<DeclRefExpr>(S);
        Ref && !Called.contains(Ref))
      if (const auto *Var = dyn_cast<VarDecl>(Ref->getDecl());
          Named.contains(Var))
        OnlyCalled.erase(Named[Var]);
  llvm::erase_if(ClosureCalls, [&](const auto &Call) {
    return !OnlyCalled.contains(Call.second);
  });
}

std::vector<NodeId> GiveBack::closureCalls(const Holding &H) const {
  std::vector<NodeId> Result;
  for (auto [N, Lambda] : ClosureCalls)
    if (undoes(Lambda->getBody(), H, 2))
      Result.push_back(N);
  return Result;
}

bool GiveBack::isPlace(const Expr *E, const AccessPath &Place) const {
  return placeOf(E, Table.resolver()) == Place;
}

/// True if \p E names the object that the place is in, or a pointer to it.
bool GiveBack::isPrefix(const Expr *E, const AccessPath &Place) const {
  const auto *Address = dyn_cast<UnaryOperator>(stripped(E));
  if (Address && Address->getOpcode() == UO_AddrOf)
    E = Address->getSubExpr();
  std::optional<AccessPath> P = Table.resolver().resolve(E);
  if (!P)
    return false;
  // `this` and pointer aliases carry a Deref that the next member takes away.
  while (!P->Parts.empty() && P->Parts.back().K == PathPart::Deref)
    P->Parts.pop_back();
  return Place.startsWith(*P);
}

/// True if code in \p Body, another function's or a closure's, sets back the
/// field or variable, or calls what gives back.
bool GiveBack::undoes(const Stmt *Body, const Holding &H,
                      unsigned Depth) const {
  if (!Body || Depth == 0)
    return false;
  ParentTable Inner(Body);
  for (const Stmt *S : Inner.preorder()) {
    if (const auto *Lambda = dyn_cast<LambdaExpr>(S)) {
      if (undoes(Lambda->getBody(), H, Depth - 1))
        return true;
      continue;
    }
    const auto *Call = dyn_cast<CallExpr>(S);
    if (H.Pair) {
      if (Call && givesBack(Call, *H.Pair, TU.types())) {
        const Expr *Target = pairTarget(Call);
        if (!H.Place.lastField() || endsIn(Target, H.Place))
          return true;
      }
    } else {
      const Expr *Target = nullptr;
      if (const auto *Binary = dyn_cast<BinaryOperator>(S);
          Binary && Binary->isAssignmentOp())
        Target = Binary->getLHS();
      else if (const auto *Unary = dyn_cast<UnaryOperator>(S);
               Unary && Unary->isIncrementDecrementOp())
        Target = Unary->getSubExpr();
      else if (const auto *Operator = dyn_cast<CXXOperatorCallExpr>(S);
               Operator && Operator->getNumArgs() > 0 &&
               (Operator->isAssignmentOp() ||
                Operator->getOperator() == OO_PlusPlus ||
                Operator->getOperator() == OO_MinusMinus))
        Target = Operator->getArg(0);
      else if (const auto *Member = dyn_cast<CXXMemberCallExpr>(S);
               Member && Member->getMethodDecl() &&
               !Member->getMethodDecl()->isConst())
        Target = Member->getImplicitObjectArgument();
      if (Target && endsIn(Target, H.Place))
        return true;
    }
    // A helper of the helper.
    if (const auto *Member = dyn_cast_or_null<CXXMemberCallExpr>(Call);
        Member && Depth > 1 &&
        isa<CXXThisExpr>(stripped(Member->getImplicitObjectArgument())) &&
        undoes(visibleBody(Member->getMethodDecl()), H, Depth - 1))
      return true;
  }
  return false;
}

/// The place itself is an argument by reference or pointer: a guard that adopts
/// it, or a helper that gives it back.
bool GiveBack::argumentTakes(const FunctionDecl *Callee,
                             llvm::ArrayRef<const Expr *> Arguments,
                             const Holding &H) const {
  for (size_t I = 0; I < Arguments.size(); ++I) {
    if (!isPlace(Arguments[I], H.Place))
      continue;
    // Variadic and unknown: anything may happen to it.
    if (!Callee || I >= Callee->getNumParams() ||
        lets(Callee->getParamDecl(I)->getType()))
      return true;
  }
  return false;
}

bool GiveBack::callUndoes(const CallExpr *Call, const Holding &H) const {
  const FunctionDecl *Callee = Call->getDirectCallee();
  if (H.Pair && (Call == H.Pair->Call || givesBack(Call, *H.Pair, TU.types())))
    return false; // The finder's to judge.
  llvm::SmallVector<const Expr *, 8> Arguments(Call->arguments());
  bool IsMember =
      isa_and_nonnull<CXXMethodDecl>(Callee) && isa<CXXOperatorCallExpr>(Call);
  if (IsMember && !Arguments.empty())
    Arguments.erase(Arguments.begin());
  // A wait on a condition gives the lock back as it found it, and what an
  // acquisition of the same place does is for its own finding.
  bool Waits = llvm::is_contained(identifierWords(nameOf(Callee)), "wait");
  if (!Waits && !acquisition(Call, TU.types()) &&
      argumentTakes(Callee, Arguments, H))
    return true;
  if (!Callee)
    return false;
  const Stmt *Body = visibleBody(Callee);
  const auto *Method = dyn_cast<CXXMethodDecl>(Callee);
  const FieldDecl *Field = H.Place.lastField();
  const Expr *Object = calledObject(Call);
  if (Method && !Method->isStatic() && Object) {
    if (Method->isConst() && !H.Pair)
      return false;
    if (Body) {
      bool SameClass = Field && isa<CXXRecordDecl>(Field->getParent()) &&
                       (Method->getParent() == Field->getParent() ||
                        Method->getParent()->isDerivedFrom(
                            cast<CXXRecordDecl>(Field->getParent())));
      if ((SameClass || isPrefix(Object, H.Place)) &&
          undoes(Body, H, HelperDepth))
        return true;
    } else if (isPrefix(Object, H.Place) && soundsLikeCleanup(nameOf(Callee))) {
      return true;
    }
  }
  for (size_t I = 0; I < Arguments.size() && I < Callee->getNumParams(); ++I)
    if (lets(Callee->getParamDecl(I)->getType()) &&
        isPrefix(Arguments[I], H.Place) &&
        (Body ? undoes(Body, H, HelperDepth)
              : soundsLikeCleanup(nameOf(Callee))))
      return true;
  return false;
}

/// `guard g{&sem_};` of an aggregate.
bool GiveBack::initializerTakes(const DeclStmt *Decls, const Holding &H) const {
  for (const Decl *D : Decls->decls()) {
    const auto *Var = dyn_cast<VarDecl>(D);
    const Expr *Init = Var ? Var->getInit() : nullptr;
    const auto *List = Init ? dyn_cast<InitListExpr>(stripped(Init)) : nullptr;
    const CXXRecordDecl *RD =
        List ? Var->getType()->getAsCXXRecordDecl() : nullptr;
    if (!RD || RD->hasTrivialDestructor())
      continue;
    for (const Expr *Inner : List->inits()) {
      bool Refers = Inner->isGLValue() || Inner->getType()->isPointerType();
      if (Refers && isPlace(Inner, H.Place))
        return true;
    }
  }
  return false;
}

llvm::BitVector GiveBack::nodes(const Holding &H) const {
  llvm::BitVector Result(G.size());
  for (NodeId N : closureCalls(H))
    Result.set(N);
  G.work().spend(G.size());
  for (NodeId N = 0; N < G.size(); ++N) {
    const Node &Here = G.node(N);
    if (Here.Kind == NodeKind::ObjectEnd) {
      // A local guard class, seen from the inside.
      const CXXRecordDecl *RD = G.object(Here.Obj).Type->getAsCXXRecordDecl();
      RD = RD ? RD->getDefinition() : nullptr;
      if (RD && !RD->isInStdNamespace() && RD->hasUserDeclaredDestructor() &&
          undoes(visibleBody(RD->getDestructor()), H, 2))
        Result.set(N);
      continue;
    }
    if (Here.Kind != NodeKind::Statement || !Here.S)
      continue;
    if (const auto *Call = dyn_cast<CallExpr>(Here.S)) {
      if (callUndoes(Call, H))
        Result.set(N);
    } else if (const auto *Construct = dyn_cast<CXXConstructExpr>(Here.S)) {
      llvm::SmallVector<const Expr *, 8> Arguments(Construct->arguments());
      if (argumentTakes(Construct->getConstructor(), Arguments, H))
        Result.set(N);
    } else if (const auto *Decls = dyn_cast<DeclStmt>(Here.S)) {
      if (initializerTakes(Decls, H))
        Result.set(N);
    }
  }
  if (!H.Result)
    return Result;
  // What was acquired goes elsewhere, and the duty with it.
  for (const UseTable::At &At : F.uses().of(H.Result)) {
    const Use &U = At.What;
    bool Passed = U.Kind == UseKind::Value || U.Kind == UseKind::Copied ||
                  U.Kind == UseKind::PassedByReference ||
                  U.Kind == UseKind::PassedByConstReference;
    const auto *Ctor = dyn_cast_or_null<CXXConstructorDecl>(U.Callee);
    bool IntoOwner =
        Passed && Ctor && !Ctor->getParent()->hasTrivialDestructor();
    llvm::StringRef Name = nameOf(U.Callee);
    bool IntoContainer =
        Passed && (Name.starts_with("push") || Name.starts_with("emplace") ||
                   Name.starts_with("insert"));
    if (U.Kind == UseKind::Returned || U.Kind == UseKind::Moved ||
        U.Kind == UseKind::AddressTaken || IntoOwner || IntoContainer)
      Result.set(At.Node);
  }
  return Result;
}

bool GiveBack::inClosure(const Holding &H) const {
  G.work().spend(G.parents().preorder().size() / 16);
  for (const Stmt *S : G.parents().preorder())
    if (const auto *Lambda = dyn_cast<LambdaExpr>(S))
      if (!OnlyCalled.contains(Lambda) && undoes(Lambda->getBody(), H, 2))
        return true;
  return false;
}

} // namespace codrop
