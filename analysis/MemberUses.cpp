// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "analysis/MemberUses.h"
#include "analysis/Names.h"

using namespace clang;

namespace codrop {

void MemberUses::add(const MemberUses &Other) {
  Mentioned.insert(Other.Mentioned.begin(), Other.Mentioned.end());
  LetGo.insert(Other.LetGo.begin(), Other.LetGo.end());
  PutToUse.insert(Other.PutToUse.begin(), Other.PutToUse.end());
  Opaque.insert(Other.Opaque.begin(), Other.Opaque.end());
  for (const auto &[Field, Names] : Other.Called)
    Called[Field].insert(Names.begin(), Names.end());
  HandsOnThis |= Other.HandsOnThis;
}

void visitBodies(const Stmt *Body,
                 llvm::function_ref<void(const ParentTable &)> Visit) {
  llvm::SmallVector<const Stmt *, 4> Bodies{Body};
  while (!Bodies.empty()) {
    const Stmt *Next = Bodies.pop_back_val();
    if (!Next)
      continue;
    ParentTable Parents(Next);
    for (const Stmt *S : Parents.preorder()) {
      const auto *Lambda = dyn_cast<LambdaExpr>(S);
      if (!Lambda)
        continue;
      const CXXMethodDecl *Call = Lambda->getCallOperator();
      // Of a generic lambda the instantiations are read, not the pattern.
      if (const FunctionTemplateDecl *Generic =
              Lambda->getDependentCallOperator()) {
        for (const FunctionDecl *Spec : Generic->specializations())
          if (Spec->hasBody())
            Bodies.push_back(writtenBody(Spec));
      } else if (Call->hasBody()) {
        Bodies.push_back(writtenBody(Call));
      }
    }
    Visit(Parents);
  }
}

/// `std::get<connection>(either_)`, `std::get_if<connection>(&either_)`
static bool isPartOfStd(const FunctionDecl *Callee) {
  return Callee && Callee->isInStdNamespace() &&
         llvm::is_contained({"get", "get_if", "holds_alternative"},
                            nameOf(Callee));
}

const FieldDecl *memberOf(const Expr *E,
                          llvm::SmallVectorImpl<const FieldDecl *> *Parts) {
  for (unsigned Steps = 0; E && Steps < 16; ++Steps) {
    E = stripped(E);
    if (const Expr *Moved = movedOperand(E)) {
      E = Moved;
    } else if (const auto *Member = dyn_cast<MemberExpr>(E)) {
      const auto *Field = dyn_cast<FieldDecl>(Member->getMemberDecl());
      if (Field && isa<CXXThisExpr>(stripped(Member->getBase())))
        return Field;
      if (Field && Parts)
        Parts->push_back(Field);
      E = Member->getBase();
    } else if (const auto *Call = dyn_cast<CXXOperatorCallExpr>(E)) {
      OverloadedOperatorKind Op = Call->getOperator();
      if (Op != OO_Arrow && Op != OO_Star && Op != OO_Subscript)
        return nullptr;
      E = Call->getArg(0);
    } else if (const auto *Call = dyn_cast<CXXMemberCallExpr>(E)) {
      if (!llvm::is_contained(
              {"at", "front", "back", "top", "value", "get", "begin", "rbegin"},
              nameOf(Call->getMethodDecl())))
        return nullptr;
      E = Call->getImplicitObjectArgument();
    } else if (const auto *Call = dyn_cast<CallExpr>(E);
               Call && isPartOfStd(Call->getDirectCallee()) &&
               Call->getNumArgs() > 0) {
      E = Call->getArg(0);
    } else if (const auto *Subscript = dyn_cast<ArraySubscriptExpr>(E)) {
      E = Subscript->getBase();
    } else if (const auto *Unary = dyn_cast<UnaryOperator>(E);
               Unary && (Unary->getOpcode() == UO_Deref ||
                         Unary->getOpcode() == UO_AddrOf)) {
      E = Unary->getSubExpr();
    } else {
      return nullptr;
    }
  }
  return nullptr;
}

namespace {

/// Reads one body.
class Reader {
public:
  Reader(MemberUses &Uses, MemberUseTable &Table, const Knowledge &Known)
      : Uses(Uses), Table(Table), Known(Known) {}

  void read(const ParentTable &Parents);

private:
  void readAliases(const ParentTable &Parents);
  void readCall(const CallExpr *Call);
  void readThis(const CXXThisExpr *This, const ParentTable &Parents);
  bool isKnownUse(const Use &U, const Expr *Named) const;
  const FieldDecl *
  fieldOf(const Expr *E,
          llvm::SmallVectorImpl<const FieldDecl *> *Parts = nullptr) const;

  MemberUses &Uses;
  MemberUseTable &Table;
  const Knowledge &Known;
  /// Local references to members and loop variables over them.
  llvm::DenseMap<const VarDecl *, const FieldDecl *> Aliases;
};

void Reader::readAliases(const ParentTable &Parents) {
  for (const Stmt *S : Parents.preorder()) {
    if (const auto *Loop = dyn_cast<CXXForRangeStmt>(S)) {
      if (const FieldDecl *Field = fieldOf(Loop->getRangeInit()))
        Aliases[Loop->getLoopVariable()] = Field;
      continue;
    }
    const auto *Decls = dyn_cast<DeclStmt>(S);
    if (!Decls)
      continue;
    for (const Decl *D : Decls->decls())
      if (const auto *Var = dyn_cast<VarDecl>(D); Var && Var->getInit())
        if (Var->getType()->isReferenceType() ||
            Var->getType()->isPointerType() || isPointerLike(Var->getType()))
          if (const FieldDecl *Field = fieldOf(Var->getInit()))
            Aliases[Var] = Field;
  }
}

const FieldDecl *
Reader::fieldOf(const Expr *E,
                llvm::SmallVectorImpl<const FieldDecl *> *Parts) const {
  if (!E)
    return nullptr;
  if (const FieldDecl *Field = memberOf(E, Parts))
    return Field;
  if (Parts)
    Parts->clear();
  // `c` and `c->second` of `for (auto &c : conns_)`.
  for (E = stripped(E); E;) {
    if (const auto *Ref = dyn_cast<DeclRefExpr>(E)) {
      if (const auto *Var = dyn_cast<VarDecl>(Ref->getDecl()))
        return Aliases.lookup(Var);
      if (const auto *Binding = dyn_cast<BindingDecl>(Ref->getDecl()))
        return Aliases.lookup(
            dyn_cast_or_null<VarDecl>(Binding->getDecomposedDecl()));
      return nullptr;
    }
    if (const auto *Member = dyn_cast<MemberExpr>(E)) {
      if (const auto *Field = dyn_cast<FieldDecl>(Member->getMemberDecl());
          Field && Parts)
        Parts->push_back(Field);
      E = stripped(Member->getBase());
    } else if (const auto *Call = dyn_cast<CXXOperatorCallExpr>(E);
               Call && (Call->getOperator() == OO_Arrow ||
                        Call->getOperator() == OO_Star)) {
      E = stripped(Call->getArg(0));
    } else if (const auto *Unary = dyn_cast<UnaryOperator>(E);
               Unary && Unary->getOpcode() == UO_Deref) {
      E = stripped(Unary->getSubExpr());
    } else {
      return nullptr;
    }
  }
  return nullptr;
}

void Reader::readCall(const CallExpr *Call) {
  // `co_await group_;`
  if (const auto *Operator = dyn_cast<CXXOperatorCallExpr>(Call)) {
    if (Operator->getOperator() == OO_Coawait)
      if (const FieldDecl *Field = fieldOf(Operator->getArg(0)))
        Uses.Called[Field].insert("operator co_await");
    return;
  }
  const auto *Member = dyn_cast<CXXMemberCallExpr>(Call);
  if (!Member)
    return;
  const Expr *Object = stripped(Member->getImplicitObjectArgument());
  const CXXMethodDecl *Method = Member->getMethodDecl();
  const FunctionDecl *Definition = nullptr;
  const bool Visible = Method && Method->hasBody(Definition);
  llvm::SmallVector<const FieldDecl *, 4> Parts;
  if (const FieldDecl *Field = fieldOf(Object, &Parts)) {
    Uses.Called[Field].insert(nameOf(Method));
    for (const FieldDecl *Part : Parts)
      Uses.Called[Part].insert(nameOf(Method));
    if (!Parts.empty())
      Field = Parts.front();
    if (Method && Method->getParent()->isInStdNamespace())
      return;
    // What the function does to the parts of its own object.
    if (Visible && !Definition->isDependentContext()) {
      MemberUses Inside = Table.of(Definition);
      if (Inside.HandsOnThis)
        Uses.Opaque.insert(Field);
      Inside.HandsOnThis = false;
      Uses.add(Inside);
    } else if (!Method || !Method->isConst()) {
      Uses.Opaque.insert(Field);
    }
    return;
  }
  if (!isa<CXXThisExpr>(Object))
    return;
  if (Visible)
    Uses.add(Table.of(Definition));
  else if (!Method || !Method->isConst())
    Uses.HandsOnThis = true;
}

static const NamespaceDecl *outermostNamespace(const Decl *D) {
  const NamespaceDecl *Result = nullptr;
  for (const DeclContext *C = D->getDeclContext(); C; C = C->getParent())
    if (const auto *Namespace = dyn_cast<NamespaceDecl>(C))
      Result = Namespace->getFirstDecl();
  return Result;
}

/// `seastar::with_gate(gate_, …)`: which functions of a library close what they
/// are given is part of what is known about it.
bool Reader::isKnownUse(const Use &U, const Expr *Named) const {
  const CXXRecordDecl *RD =
      Named->getType().getNonReferenceType()->getAsCXXRecordDecl();
  const ResourceFact *Fact = RD ? Known.resource(RD) : nullptr;
  const auto *Ctor = dyn_cast_or_null<CXXConstructorDecl>(U.Callee);
  return Fact && llvm::StringRef(Fact->Origin.File).starts_with("<embedded>") &&
         U.Callee && !Known.closer(U.Callee) &&
         !(Ctor && Known.closerType(Ctor->getParent())) &&
         (!isa<CXXMethodDecl>(U.Callee) || Ctor) &&
         outermostNamespace(U.Callee) == outermostNamespace(RD);
}

void Reader::readThis(const CXXThisExpr *This, const ParentTable &Parents) {
  if (This->isImplicit())
    return;
  const Stmt *Child = This;
  const Stmt *P = Parents.effectiveParent(This, &Child);
  if (const auto *Deref = dyn_cast_or_null<UnaryOperator>(P);
      Deref && Deref->getOpcode() == UO_Deref)
    P = Parents.effectiveParent(P, &Child);
  // `this->conn_` and what compares addresses is no way out.
  if (!P || isa<MemberExpr, BinaryOperator, LambdaExpr>(P))
    return;
  Uses.HandsOnThis = true;
}

void Reader::read(const ParentTable &Parents) {
  readAliases(Parents);
  for (const Stmt *S : Parents.preorder()) {
    if (const auto *Call = dyn_cast<CallExpr>(S))
      readCall(Call);
    else if (const auto *This = dyn_cast<CXXThisExpr>(S))
      readThis(This, Parents);
    const FieldDecl *Field = nullptr;
    if (const auto *Member = dyn_cast<MemberExpr>(S)) {
      Field = dyn_cast<FieldDecl>(Member->getMemberDecl());
      if (!isa<CXXThisExpr>(stripped(Member->getBase())) && !fieldOf(Member))
        Field = nullptr; // Of another object.
    } else if (isa<DeclRefExpr>(S)) {
      Field = fieldOf(cast<Expr>(S));
    }
    if (!Field)
      continue;
    Uses.Mentioned.insert(Field);
    Use U = classifyUse(cast<Expr>(S), Parents);
    switch (U.Kind) {
    case UseKind::PassedByReference:
      if (isPartOfStd(U.Callee))
        break;
      if (isKnownUse(U, cast<Expr>(S))) {
        Uses.PutToUse.insert(Field);
        break;
      }
      [[fallthrough]];
    case UseKind::Moved:
    case UseKind::AddressTaken:
    case UseKind::Returned:
    case UseKind::Copied:
      Uses.LetGo.insert(Field);
      break;
    default:
      break;
    }
  }
}

} // namespace

/// Calls are followed that deep, through the functions of a class and of its
/// members.
constexpr unsigned MaxDepth = 32;

const MemberUses &MemberUseTable::of(const FunctionDecl *FD) {
  std::unique_ptr<MemberUses> &Slot = Read[FD];
  if (Slot)
    return *Slot;
  Slot = std::make_unique<MemberUses>(); // Recursion sees what there is so far.
  if (Depth >= MaxDepth)
    return *Slot;
  ++Depth;
  MemberUses Found;
  visitBodies(writtenBody(FD), [&](const ParentTable &Parents) {
    Reader(Found, *this, Known).read(Parents);
  });
  --Depth;
  // The table may have grown.
  std::unique_ptr<MemberUses> &Now = Read[FD];
  *Now = std::move(Found);
  return *Now;
}

bool closesItself(const CXXRecordDecl *RD,
                  llvm::ArrayRef<std::string> CloseNames) {
  bool Found = false;
  for (const CXXMethodDecl *Method : RD->methods()) {
    const FunctionDecl *Definition = nullptr;
    if (!Method->hasBody(Definition) || Definition->isDependentContext() ||
        llvm::is_contained(CloseNames, nameOf(Method).str()))
      continue;
    visitBodies(writtenBody(Definition), [&](const ParentTable &Body) {
      for (const Stmt *S : Body.preorder())
        if (const auto *Call = dyn_cast<CXXMemberCallExpr>(S))
          Found |=
              isa<CXXThisExpr>(stripped(Call->getImplicitObjectArgument())) &&
              llvm::is_contained(CloseNames,
                                 nameOf(Call->getMethodDecl()).str());
    });
  }
  return Found;
}

} // namespace codrop
