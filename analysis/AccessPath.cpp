// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "analysis/AccessPath.h"
#include "clang/AST/ASTContext.h"
#include "llvm/ADT/FoldingSet.h"
#include "llvm/ADT/Hashing.h"

using namespace clang;

namespace codrop {

namespace {
constexpr unsigned MaxAliasDepth = 6;

bool isStd(const Decl *D) { return D && D->isInStdNamespace(); }

llvm::StringRef nameOf(const FunctionDecl *F) {
  return F && F->getIdentifier() ? F->getName() : llvm::StringRef();
}

/// x[k] and x.at(k): the key, else null.
const Expr *elementKey(const Expr *E, const Expr *&Container) {
  if (const auto *Subscript = dyn_cast<ArraySubscriptExpr>(E)) {
    Container = Subscript->getBase();
    return Subscript->getIdx();
  }
  if (const auto *Call = dyn_cast<CXXOperatorCallExpr>(E))
    if (Call->getOperator() == OO_Subscript && Call->getNumArgs() == 2) {
      Container = Call->getArg(0);
      return Call->getArg(1);
    }
  if (const auto *Call = dyn_cast<CXXMemberCallExpr>(E))
    if (nameOf(Call->getMethodDecl()) == "at" && Call->getNumArgs() == 1) {
      Container = Call->getImplicitObjectArgument();
      return Call->getArg(0);
    }
  return nullptr;
}
} // namespace

bool AccessPath::startsWith(const AccessPath &Other) const {
  if (Root != Other.Root || Var != Other.Var ||
      Parts.size() < Other.Parts.size())
    return false;
  return std::equal(Other.Parts.begin(), Other.Parts.end(), Parts.begin());
}

size_t AccessPath::hash() const {
  llvm::hash_code Code = llvm::hash_combine(unsigned(Root), Var);
  for (const PathPart &P : Parts)
    Code = llvm::hash_combine(Code, unsigned(P.K), P.F, P.Key);
  return Code;
}

const FieldDecl *AccessPath::lastField() const {
  for (const PathPart &P : llvm::reverse(Parts))
    if (P.K == PathPart::Field)
      return P.F;
  return nullptr;
}

std::string AccessPath::str() const {
  std::string Text;
  bool Arrow = false;
  size_t I = 0;
  if (Root == This) {
    // `this->conn_` is written `conn_` where a field follows.
    if (Parts.empty())
      return "*this";
    if (Parts.front().K == PathPart::Field) {
      Text = Parts.front().F->getNameAsString();
      I = 1;
    } else {
      Text = "this";
    }
  } else {
    Text = Var->getNameAsString();
  }
  for (; I < Parts.size(); ++I) {
    const PathPart &P = Parts[I];
    switch (P.K) {
    case PathPart::Deref:
      if (I + 1 < Parts.size() && Parts[I + 1].K == PathPart::Field)
        Arrow = true;
      else
        Text = "*" + Text;
      break;
    case PathPart::Field:
      Text += (Arrow ? "->" : ".") + P.F->getNameAsString();
      Arrow = false;
      break;
    case PathPart::Element:
      Text += "[...]";
      break;
    }
  }
  return Text;
}

PathResolver::PathResolver(const SuspendCFG &G, ASTContext &Context)
    : Context(Context) {
  for (const Stmt *S : G.parents().preorder()) {
    const Expr *Target = nullptr;
    if (const auto *Binary = dyn_cast<BinaryOperator>(S);
        Binary && Binary->isAssignmentOp())
      Target = Binary->getLHS();
    else if (const auto *Unary = dyn_cast<UnaryOperator>(S);
             Unary && (Unary->isIncrementDecrementOp() ||
                       Unary->getOpcode() == UO_AddrOf))
      Target = Unary->getSubExpr();
    else if (const auto *Call = dyn_cast<CXXOperatorCallExpr>(S);
             Call && Call->getNumArgs() > 0 &&
             (Call->isAssignmentOp() || Call->getOperator() == OO_PlusPlus ||
              Call->getOperator() == OO_MinusMinus))
      Target = Call->getArg(0);
    if (!Target)
      continue;
    if (const auto *Ref = dyn_cast<DeclRefExpr>(stripped(Target)))
      if (const auto *Var = dyn_cast<VarDecl>(Ref->getDecl()))
        Reassigned.insert(Var);
  }
}

unsigned PathResolver::keyOf(const Expr *Key) const {
  llvm::FoldingSetNodeID Id;
  stripped(Key)->Profile(Id, Context, /*Canonical=*/true);
  return Id.ComputeHash();
}

std::optional<AccessPath> PathResolver::resolve(const Expr *E) const {
  return resolve(E, 0);
}

std::optional<AccessPath>
PathResolver::resolveVariable(const VarDecl *Var, unsigned Depth) const {
  AccessPath Plain;
  Plain.Root = AccessPath::Variable;
  Plain.Var = Var;
  const Expr *Init = Var->getInit();
  if (!Init || isa<ParmVarDecl>(Var) || Depth > MaxAliasDepth ||
      !Var->isLocalVarDecl())
    return Plain;
  if (Var->getType()->isReferenceType()) {
    // `auto &u = *user;` stands for *user for its whole life.
    if (std::optional<AccessPath> Target = resolve(Init, Depth + 1))
      return Target;
    return Plain;
  }
  if (Var->getType()->isPointerType() && !Reassigned.contains(Var)) {
    const Expr *Value = stripped(Init);
    if (const auto *Address = dyn_cast<UnaryOperator>(Value);
        Address && Address->getOpcode() == UO_AddrOf)
      if (std::optional<AccessPath> Target =
              resolve(Address->getSubExpr(), Depth + 1)) {
        // The caller adds a Deref; mark the alias by leaving one off.
        Target->Parts.push_back({PathPart::Deref, nullptr, ~0U});
        return Target;
      }
  }
  return Plain;
}

// A pointer alias carries a Deref with this key that cancels the next Deref.
static void addDeref(AccessPath &P) {
  if (!P.Parts.empty() && P.Parts.back().K == PathPart::Deref &&
      P.Parts.back().Key == ~0U) {
    P.Parts.pop_back();
    return;
  }
  P.Parts.push_back({PathPart::Deref, nullptr, 0});
}

std::optional<AccessPath> PathResolver::resolve(const Expr *E,
                                                unsigned Depth) const {
  if (!E || Depth > MaxAliasDepth * 4)
    return std::nullopt;
  E = stripped(E);
  if (isa<CXXThisExpr>(E)) {
    // As a pointer; the -> or * that follows names the object itself.
    AccessPath P;
    P.Parts.push_back({PathPart::Deref, nullptr, ~0U});
    return P;
  }
  if (const auto *Ref = dyn_cast<DeclRefExpr>(E)) {
    if (const auto *Var = dyn_cast<VarDecl>(Ref->getDecl()))
      return resolveVariable(Var, Depth);
    if (const auto *Binding = dyn_cast<BindingDecl>(Ref->getDecl()))
      if (Binding->getBinding())
        return resolve(Binding->getBinding(), Depth + 1);
    return std::nullopt;
  }
  if (const auto *Member = dyn_cast<MemberExpr>(E)) {
    const auto *Field = dyn_cast<FieldDecl>(Member->getMemberDecl());
    if (!Field) {
      if (const auto *Static = dyn_cast<VarDecl>(Member->getMemberDecl())) {
        AccessPath P;
        P.Root = AccessPath::Variable;
        P.Var = Static;
        return P;
      }
      return std::nullopt;
    }
    std::optional<AccessPath> Base = resolve(Member->getBase(), Depth + 1);
    if (!Base)
      return std::nullopt;
    // `it->x`, where operator-> gave a raw pointer, has its Deref already.
    const Expr *BaseExpr = stripped(Member->getBase());
    bool ThroughOperator = false;
    if (const auto *Call = dyn_cast<CXXOperatorCallExpr>(BaseExpr))
      ThroughOperator = Call->getOperator() == OO_Arrow;
    if (Member->isArrow() && !ThroughOperator)
      addDeref(*Base);
    Base->Parts.push_back({PathPart::Field, Field, 0});
    return Base;
  }
  if (const auto *Unary = dyn_cast<UnaryOperator>(E)) {
    if (Unary->getOpcode() == UO_Deref) {
      std::optional<AccessPath> Base =
          resolve(Unary->getSubExpr(), Depth + 1);
      if (Base)
        addDeref(*Base);
      return Base;
    }
    if (Unary->isPrefix() && Unary->isIncrementDecrementOp())
      return resolve(Unary->getSubExpr(), Depth + 1);
    return std::nullopt;
  }
  const Expr *Container = nullptr;
  if (const Expr *Key = elementKey(E, Container)) {
    std::optional<AccessPath> Base = resolve(Container, Depth + 1);
    if (Base)
      Base->Parts.push_back({PathPart::Element, nullptr, keyOf(Key)});
    return Base;
  }
  if (const auto *Call = dyn_cast<CXXOperatorCallExpr>(E)) {
    if ((Call->getOperator() == OO_Arrow || Call->getOperator() == OO_Star) &&
        Call->getNumArgs() == 1) {
      // `it->second` of `auto it = map.find(k)`: the element under k.
      const auto *Ref = dyn_cast<DeclRefExpr>(stripped(Call->getArg(0)));
      const auto *Var = Ref ? dyn_cast<VarDecl>(Ref->getDecl()) : nullptr;
      const auto *Find =
          Var && Var->getInit() && !Reassigned.contains(Var)
              ? dyn_cast<CXXMemberCallExpr>(stripped(Var->getInit()))
              : nullptr;
      if (Find && nameOf(Find->getMethodDecl()) == "find" &&
          Find->getNumArgs() == 1) {
        std::optional<AccessPath> Base =
            resolve(Find->getImplicitObjectArgument(), Depth + 1);
        if (Base) {
          Base->Parts.push_back(
              {PathPart::Element, nullptr, keyOf(Find->getArg(0))});
          return Base;
        }
      }
      std::optional<AccessPath> Base = resolve(Call->getArg(0), Depth + 1);
      if (Base)
        addDeref(*Base);
      return Base;
    }
    return std::nullopt;
  }
  if (const auto *Call = dyn_cast<CXXMemberCallExpr>(E)) {
    // optional::value() and smart_ptr::get() name what operator* names.
    llvm::StringRef Name = nameOf(Call->getMethodDecl());
    if ((Name == "value" || Name == "get") && isStd(Call->getMethodDecl()) &&
        Call->getNumArgs() == 0 &&
        isPointerLike(Call->getImplicitObjectArgument()->getType())) {
      std::optional<AccessPath> Base =
          resolve(Call->getImplicitObjectArgument(), Depth + 1);
      if (Base) {
        addDeref(*Base);
        if (Name == "get")
          Base->Parts.push_back({PathPart::Deref, nullptr, ~0U});
      }
      return Base;
    }
    return std::nullopt;
  }
  if (const Expr *Moved = movedOperand(E))
    return resolve(Moved, Depth + 1);
  if (const auto *Call = dyn_cast<CallExpr>(E))
    if (nameOf(Call->getDirectCallee()) == "as_const" &&
        isStd(Call->getDirectCallee()) && Call->getNumArgs() == 1)
      return resolve(Call->getArg(0), Depth + 1);
  return std::nullopt;
}

// --- Accesses ----------------------------------------------------------------

// `this` alone, or a pointer alias that nobody followed, names no place.
static bool isPlace(const AccessPath &P) {
  if (P.Parts.empty())
    return P.Root == AccessPath::Variable;
  return P.Parts.back().Key != ~0U || P.Parts.back().K != PathPart::Deref;
}

AccessTable::AccessTable(const SuspendCFG &G, ASTContext &Context)
    : Resolver(G, Context) {
  Range.resize(G.size());
  for (NodeId N = 0; N < G.size(); ++N) {
    Range[N].first = Accesses.size();
    const Node &Here = G.node(N);
    auto add = [&](AccessKind K, const Expr *Target, const Expr *Site,
                   const Expr *Value = nullptr,
                   BinaryOperatorKind Op = BO_Assign) {
      std::optional<AccessPath> Place = Resolver.resolve(Target);
      if (Place && isPlace(*Place))
        Accesses.push_back({N, K, *Place, Site, Value, Op});
    };
    if (!Here.S || Here.Kind != NodeKind::Statement) {
      Range[N].second = 0;
      continue;
    }
    const Stmt *S = Here.S;
    if (const auto *Cast = dyn_cast<ImplicitCastExpr>(S)) {
      add(AccessKind::Read, Cast->getSubExpr(), Cast->getSubExpr());
    } else if (const auto *Binary = dyn_cast<BinaryOperator>(S)) {
      bool Compound = Binary->isCompoundAssignmentOp();
      add(Compound ? AccessKind::ReadWrite : AccessKind::Write,
          Binary->getLHS(), Binary, Binary->getRHS(), Binary->getOpcode());
    } else if (const auto *Unary = dyn_cast<UnaryOperator>(S)) {
      add(AccessKind::ReadWrite, Unary->getSubExpr(), Unary, nullptr,
          Unary->isIncrementOp() ? BO_AddAssign : BO_SubAssign);
    } else if (const auto *Operator = dyn_cast<CXXOperatorCallExpr>(S)) {
      OverloadedOperatorKind Op = Operator->getOperator();
      if (Operator->getNumArgs() == 2 && Operator->isAssignmentOp())
        add(Op == OO_Equal ? AccessKind::Write : AccessKind::ReadWrite,
            Operator->getArg(0), Operator, Operator->getArg(1),
            Op == OO_PlusEqual    ? BO_AddAssign
            : Op == OO_MinusEqual ? BO_SubAssign
                                  : BO_Assign);
      else if (Op == OO_PlusPlus || Op == OO_MinusMinus)
        add(AccessKind::ReadWrite, Operator->getArg(0), Operator, nullptr,
            Op == OO_PlusPlus ? BO_AddAssign : BO_SubAssign);
      else if (Op != OO_Arrow && Op != OO_Star && Op != OO_Subscript)
        for (const Expr *Argument : Operator->arguments())
          add(AccessKind::Read, Argument, Argument);
    } else if (const auto *Call = dyn_cast<CXXMemberCallExpr>(S)) {
      const CXXMethodDecl *Method = Call->getMethodDecl();
      const Expr *Target = Call->getImplicitObjectArgument();
      bool Const = Method && (Method->isConst() || Method->isStatic());
      add(Const ? AccessKind::Read : AccessKind::Mutate, Target, Call);
      for (const Expr *Argument : Call->arguments())
        if (Argument->isGLValue())
          add(Argument->getType().isConstQualified() ? AccessKind::Read
                                                     : AccessKind::Mutate,
              Argument, Argument);
    } else if (const auto *Plain = dyn_cast<CallExpr>(S)) {
      if (!movedOperand(Plain))
        for (const Expr *Argument : Plain->arguments())
          if (Argument->isGLValue())
            add(Argument->getType().isConstQualified() ? AccessKind::Read
                                                       : AccessKind::Mutate,
                Argument, Argument);
    } else if (const auto *Construct = dyn_cast<CXXConstructExpr>(S)) {
      // A move takes the value away.
      bool Takes = Construct->getConstructor()->isMoveConstructor();
      for (const Expr *Argument : Construct->arguments())
        add(Takes ? AccessKind::Mutate : AccessKind::Read, Argument, Argument);
    }
    Range[N].second = Accesses.size() - Range[N].first;
  }
  for (unsigned I = 0; I < Accesses.size(); ++I) {
    auto [It, End] = ByPlace.equal_range(Accesses[I].Place.hash());
    while (It != End && Accesses[It->second.front()].Place != Accesses[I].Place)
      ++It;
    if (It == End)
      It = ByPlace.emplace(Accesses[I].Place.hash(), std::vector<unsigned>());
    It->second.push_back(I);
  }
}

llvm::ArrayRef<unsigned>
AccessTable::samePlace(const AccessPath &Place) const {
  auto [It, End] = ByPlace.equal_range(Place.hash());
  for (; It != End; ++It)
    if (Accesses[It->second.front()].Place == Place)
      return It->second;
  return {};
}

llvm::ArrayRef<Access> AccessTable::at(NodeId N) const {
  return llvm::ArrayRef<Access>(Accesses).slice(Range[N].first,
                                                Range[N].second);
}

// --- Sharing -----------------------------------------------------------------

static bool isSharedOwner(QualType T) {
  const CXXRecordDecl *RD = T.getNonReferenceType()->getAsCXXRecordDecl();
  if (!RD)
    return false;
  // Owners that can be copied share what they own; unique_ptr and optional
  // can be the only way to it.
  return isPointerLike(T) && RD->hasDefinition() &&
         (RD->hasUserDeclaredCopyConstructor() ||
          RD->needsImplicitCopyConstructor()) &&
         RD->getName().contains("shared");
}

Sharing sharingOf(const AccessPath &P, const SuspendCFG &G) {
  if (P.Root == AccessPath::This) {
    return P.Parts.empty() ? Sharing::Local : Sharing::Member;
  }
  const VarDecl *Var = P.Var;
  if (!Var->isLocalVarDeclOrParm() || Var->isStaticLocal())
    return Sharing::Global;
  bool Foreign = Var->getDeclContext() != G.function();
  if (Foreign && !Var->getType()->isReferenceType()) {
    // Captured: by reference it is the enclosing function's variable, by copy
    // it lives in the closure.
    const auto *Method = dyn_cast<CXXMethodDecl>(G.function());
    if (!Method || !Method->getParent()->isLambda())
      return Sharing::Local;
    for (const LambdaCapture &Capture : Method->getParent()->captures())
      if (Capture.capturesVariable() && Capture.getCapturedVar() == Var) {
        if (Capture.getCaptureKind() == LCK_ByRef)
          return Sharing::Capture;
        break;
      }
  }
  bool Dereferenced = !P.Parts.empty() && P.Parts.front().K == PathPart::Deref;
  if (Var->getType()->isReferenceType())
    return isa<ParmVarDecl>(Var) && !P.Parts.empty() ? Sharing::Pointee
                                                     : Sharing::Local;
  if (Dereferenced && (Var->getType()->isPointerType() ||
                       isSharedOwner(Var->getType())))
    return Sharing::Pointee;
  return Sharing::Local;
}

} // namespace codrop
