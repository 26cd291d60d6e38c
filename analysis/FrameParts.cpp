// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which variables and parameters of a coroutine have to be in its frame, and
// from where to where in the code. FrameTemporaries has what has no name.
//
// Simplifications, with their direction: what the optimizer removes as a whole
// is counted (too large); values that wait within an expression for an await
// beside them, and what inlined calls leave behind, are not (too small).

#include "analysis/FrameParts.h"
#include "clang/AST/ASTContext.h"

using namespace clang;

namespace codrop {

namespace {

/// Above this size even a class whose fields alone are used is an object in
/// memory.
constexpr uint64_t MaxSplitSize = 128;

bool escapes(UseKind K) {
  return K == UseKind::AddressTaken || K == UseKind::ReferenceBound ||
         K == UseKind::PassedByReference ||
         K == UseKind::PassedByConstReference || K == UseKind::MemberCall ||
         K == UseKind::Other;
}

/// The object that \p E is a part of is one of this function.
bool namesLocalObject(const Expr *E) {
  E = E ? stripped(E) : nullptr;
  while (const auto *Member = dyn_cast_or_null<MemberExpr>(E)) {
    if (Member->isArrow())
      return false;
    E = stripped(Member->getBase());
  }
  const auto *Ref = dyn_cast_or_null<DeclRefExpr>(E);
  const auto *Var = Ref ? dyn_cast<VarDecl>(Ref->getDecl()) : nullptr;
  return Var && !Ref->refersToEnclosingVariableOrCapture() &&
         Var->isLocalVarDeclOrParm() && !Var->getType()->isReferenceType();
}

} // namespace

void PartFinder::index() {
  llvm::ArrayRef<const Stmt *> Order = Parents.preorder();
  for (unsigned I = Order.size(); I-- > 0;) {
    auto &[Begin, End] = Positions[Order[I]];
    Begin = I + 1;
    End = std::max(End, I + 2);
    unsigned Inner = End;
    if (const Stmt *P = Parents.parent(Order[I])) {
      unsigned &Outer = Positions[P].second;
      Outer = std::max(Outer, Inner);
    }
    if (const auto *Decls = dyn_cast<DeclStmt>(Order[I]))
      for (const Decl *D : Decls->decls())
        if (const auto *Var = dyn_cast<VarDecl>(D))
          DeclaredIn[Var] = Decls;
  }
  Behind = Order.size() + 1;
  for (NodeId N = 0; N < G.size(); ++N)
    if (G.node(N).Kind == NodeKind::Suspend)
      Suspends.push_back(N);
  for (unsigned I = 0; I < C.Suspensions.size(); ++I) {
    const Suspension &S = C.Suspensions[I];
    if (!isSuspendedIn(S) || S.Kind == SuspensionKind::Initial)
      continue;
    AwaitsIn[fullExpression(S.E)].push_back(I);
    for (const Stmt *P = S.E; P; P = Parents.parent(P))
      if (isa<ForStmt, WhileStmt, DoStmt, CXXForRangeStmt>(P))
        SuspendingLoops.insert(P);
  }
}

const Stmt *PartFinder::fullExpression(const Expr *E) const {
  const Stmt *Full = E;
  while (!Parents.initializedVariable(Full)) {
    const Stmt *P = Parents.parent(Full);
    if (!P || !isa<Expr>(P))
      break;
    Full = P;
  }
  return Full;
}

const Stmt *PartFinder::scopeOf(const Stmt *Decls) const {
  const Stmt *P = Parents.parent(Decls);
  while (P && isa<SwitchCase, LabelStmt, AttributedStmt>(P))
    P = Parents.parent(P);
  return P ? P : C.userBody();
}

bool PartFinder::isInSuspendingLoop(const Stmt *S) const {
  if (SuspendingLoops.empty())
    return false;
  for (; S; S = Parents.parent(S))
    if (SuspendingLoops.contains(S))
      return true;
  return false;
}

bool hasKnownSize(QualType T) {
  T = T.getNonReferenceType();
  if (T->isDependentType() || T->isUndeducedType() || T->isPlaceholderType() ||
      T->isVariablyModifiedType() || T->isIncompleteType() ||
      T->isSizelessType() || T->isFunctionType())
    return false;
  const CXXRecordDecl *RD = T->getBaseElementTypeUnsafe()->getAsCXXRecordDecl();
  return !RD || !RD->isInvalidDecl();
}

bool PartFinder::check(QualType T) {
  // A reference is a pointer, whatever it refers to.
  if (T->isReferenceType() || hasKnownSize(T))
    return true;
  Trouble.Reason = T->isVariablyModifiedType()
                       ? "array of variable length in a coroutine"
                       : "object of unknown size in a coroutine";
  return false;
}

void PartFinder::add(FramePart Part) {
  if (!Part.Type.isNull()) {
    if (Part.Type->isReferenceType())
      Part.Type = Context.VoidPtrTy;
    auto Info = Context.getTypeInfoInChars(Part.Type);
    Part.Size = Info.Width.getQuantity();
    // A large array has more than the alignment of its type.
    Part.Align = Part.Var && !Part.Var->getType()->isReferenceType()
                     ? Context.getDeclAlign(Part.Var).getQuantity()
                     : Info.Align.getQuantity();
  }
  if (Part.Size)
    Parts.push_back(std::move(Part));
}

std::vector<UseTable::At> PartFinder::usesOf(const VarDecl *Var) const {
  std::vector<UseTable::At> Result = F.uses().of(Var).vec();
  if (const auto *Bindings = dyn_cast<DecompositionDecl>(Var))
    for (const BindingDecl *Binding : Bindings->bindings())
      llvm::append_range(Result, F.uses().of(Binding));
  return Result;
}

PartFinder::Storage
PartFinder::storageOf(const Object &O,
                      llvm::ArrayRef<UseTable::At> Uses) const {
  QualType T = O.Type;
  bool Escapes = llvm::any_of(
      Uses, [](const UseTable::At &U) { return escapes(U.What.Kind); });
  if (T->isReferenceType())
    return O.Var->hasInit() && O.K != Object::Parameter &&
                   namesLocalObject(O.Var->getInit())
               ? Storage::None
               : Storage::Value;
  if (T->isArrayType())
    return Uses.empty() && T.isDestructedType() == QualType::DK_none
               ? Storage::None
               : Storage::Memory;
  const CXXRecordDecl *RD = T->getAsCXXRecordDecl();
  if (!RD) {
    if (O.Var->isConstexpr() || (T.isConstQualified() && O.Var->hasInit() &&
                                 !O.Var->getInit()->isValueDependent() &&
                                 O.Var->getInit()->isEvaluatable(Context)))
      return Storage::None;
    return Escapes ? Storage::Memory : Storage::Value;
  }
  if (!RD->hasTrivialDestructor())
    return isOwningValue(T) ? Storage::Value : Storage::Memory;
  if (RD->isEmpty() || Uses.empty())
    return Storage::None;
  bool HasArray = llvm::any_of(RD->fields(), [](const FieldDecl *Field) {
    return Field->getType()->isArrayType();
  });
  uint64_t Size = sizeOf(T);
  if (HasArray || Size > MaxSplitSize || (Escapes && Size > MaxValueSize))
    return Storage::Memory;
  return Storage::Value;
}

bool PartFinder::isUsedAfterSuspension(ObjectId O,
                                       llvm::ArrayRef<UseTable::At> Uses) {
  llvm::BitVector UsedAt(G.size()), Seen(G.size());
  for (const UseTable::At &U : Uses)
    UsedAt.set(U.Node);
  llvm::SmallVector<NodeId, 32> Work;
  for (NodeId N : Suspends)
    if (G.isAlive(O, N))
      Work.push_back(N);
  G.work().spend(G.size() / 16);
  while (!Work.empty() && G.work().spend()) {
    NodeId N = Work.pop_back_val();
    for (const Edge &E : G.node(N).Out) {
      if (E.Kind == EdgeKind::Destroy || Seen.test(E.To) || !G.isAlive(O, E.To))
        continue;
      if (UsedAt.test(E.To))
        return true;
      Seen.set(E.To);
      Work.push_back(E.To);
    }
  }
  return false;
}

void PartFinder::addVariable(ObjectId O) {
  const Object &Obj = G.object(O);
  if (!check(Obj.Type))
    return;
  std::vector<UseTable::At> Uses = usesOf(Obj.Var);
  FramePart Part;
  Part.Var = Obj.Var;
  Part.Type = Obj.Type;
  Part.Loc = Obj.Loc;
  Storage How = storageOf(Obj, Uses);
  if (How == Storage::None)
    return;
  for (NodeId N : Suspends)
    if (G.isAlive(O, N) && G.suspension(N).Kind != SuspensionKind::Final)
      Part.At.push_back(G.node(N).Suspension);
  bool EndsByItself = Obj.Type.isDestructedType() == QualType::DK_none;
  if (Obj.K == Object::Parameter) {
    Part.K = FramePart::Parameter;
    Part.End = Behind + 1;
    // Its destructor runs after the final suspension.
    if (Part.At.empty() && EndsByItself)
      return;
  } else {
    const Stmt *Decls = DeclaredIn.lookup(Obj.Var);
    if (!Decls)
      return;
    Part.Begin = begin(Decls);
    Part.End = end(scopeOf(Decls));
    auto Awaits = How == Storage::Memory && Obj.Var->getInit()
                      ? AwaitsIn.find(Obj.Var->getInit())
                      : AwaitsIn.end();
    if (Awaits != AwaitsIn.end()) {
      Part.MadeByAwait = true;
      llvm::append_range(Part.At, Awaits->second);
    }
    if (Part.At.empty() &&
        !(How == Storage::Memory && isInSuspendingLoop(Decls)))
      return;
  }
  if (How == Storage::Value) {
    Part.Shares = false;
    if (EndsByItself && !isUsedAfterSuspension(O, Uses))
      return;
  }
  llvm::sort(Part.At);
  Part.At.erase(llvm::unique(Part.At), Part.At.end());
  add(std::move(Part));
}

std::optional<std::vector<FramePart>> PartFinder::run(GaveUp &Why) {
  if (!C.Promise) {
    Why.Reason = "coroutine without a promise";
    return std::nullopt;
  }
  index();
  addImplicit();
  for (ObjectId O = 0; O < G.objects().size(); ++O) {
    if (!G.work().spend(Suspends.size()))
      break;
    if (G.object(O).Var)
      addVariable(O);
    else
      addDropped(G.object(O));
  }
  for (const Stmt *S : Parents.preorder()) {
    if (const auto *Temporary = dyn_cast<MaterializeTemporaryExpr>(S))
      addMaterialized(Temporary);
    else if (const auto *E = dyn_cast<Expr>(S);
             E && isa<CallExpr, CXXConstructExpr>(E))
      addArguments(E);
  }
  if (G.work().isUsedUp())
    Trouble.Reason = "too many objects in a coroutine frame";
  if (!Trouble.Reason.empty()) {
    Why = Trouble;
    return std::nullopt;
  }
  return std::move(Parts);
}

std::optional<std::vector<FramePart>>
findFrameParts(const FunctionAnalysis &F, ASTContext &Context, GaveUp &Why) {
  return PartFinder(F, Context).run(Why);
}

} // namespace codrop
