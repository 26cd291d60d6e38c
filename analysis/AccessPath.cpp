// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "analysis/AccessPath.h"
#include "analysis/Names.h"
#include "clang/AST/ASTContext.h"
#include "llvm/ADT/FoldingSet.h"
#include "llvm/ADT/Hashing.h"

using namespace clang;

namespace codrop {

namespace {
constexpr unsigned MaxAliasDepth = 6;

// A member's own context is its class.
bool isStd(const FunctionDecl *F) {
  const auto *Method = dyn_cast_or_null<CXXMethodDecl>(F);
  return Method ? Method->getParent()->isInStdNamespace()
                : F && F->isInStdNamespace();
}

/// Casts that keep naming the same object: `static_cast<Derived &>(*this)`.
bool keepsObject(const ExplicitCastExpr *Cast) {
  switch (Cast->getCastKind()) {
  case CK_NoOp:
  case CK_BaseToDerived:
  case CK_DerivedToBase:
  case CK_UncheckedDerivedToBase:
  case CK_Dynamic:
    return !Cast->isXValue();
  default:
    return false;
  }
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

/// std::get<I>(x): the member of a pair, else an element of its own.
PathPart tuplePart(const CallExpr *Get) {
  unsigned Index = 0;
  if (const TemplateArgumentList *Args =
          Get->getDirectCallee()->getTemplateSpecializationArgs())
    if (Args->size() > 0 &&
        Args->get(0).getKind() == TemplateArgument::Integral)
      Index = Args->get(0).getAsIntegral().getZExtValue();
  const CXXRecordDecl *RD = Get->getArg(0)->getType()->getAsCXXRecordDecl();
  if (RD && RD->getIdentifier() && RD->getName() == "pair")
    for (const FieldDecl *Field : RD->fields())
      if (Field->getName() == (Index == 0 ? "first" : "second"))
        return {PathPart::Field, Field, 0};
  return {PathPart::Element, nullptr, Index};
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

std::optional<AccessPath> PathResolver::resolveElement(const Expr *Container,
                                                       const Expr *Key) const {
  std::optional<AccessPath> Base = resolve(Container);
  if (Base)
    Base->Parts.push_back({PathPart::Element, nullptr, keyOf(Key)});
  return Base;
}

std::optional<AccessPath> PathResolver::resolveVariable(const VarDecl *Var,
                                                        unsigned Depth) const {
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
    if (isa<CXXThisExpr>(Value))
      return resolve(Value, Depth + 1);
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

// What the iterator \p E points at, as an element of its container: under the
// key of a look-up, else an element that the iterator alone names.
std::optional<AccessPath> PathResolver::resolveIterator(const Expr *E,
                                                        unsigned Depth) const {
  const ValueDecl *Holder = nullptr;
  const Expr *Source = stripped(E);
  bool Moves = false; // Points at another element later.
  if (const auto *Ref = dyn_cast<DeclRefExpr>(Source)) {
    Holder = Ref->getDecl();
    if (const auto *Var = dyn_cast<VarDecl>(Holder)) {
      if (isa<ParmVarDecl>(Var) || !Var->isLocalVarDecl())
        return std::nullopt;
      Source = Var->getInit();
      Moves = Reassigned.contains(Var);
    } else if (const auto *Binding = dyn_cast<BindingDecl>(Holder)) {
      // auto [it, inserted] = map.try_emplace(k);
      const auto *Group =
          dyn_cast_or_null<VarDecl>(Binding->getDecomposedDecl());
      Source = Group ? Group->getInit() : nullptr;
    } else {
      return std::nullopt;
    }
  } else if (const auto *Member = dyn_cast<MemberExpr>(Source)) {
    Source = Member->getBase(); // map.emplace(k, v).first
  }
  Source = Source ? stripped(Source) : nullptr;
  // const_iterator it = map.find(k);
  if (const auto *Convert = dyn_cast_or_null<CXXConstructExpr>(Source);
      Convert && Convert->getNumArgs() == 1)
    Source = stripped(Convert->getArg(0));
  const auto *Call = dyn_cast_or_null<CXXMemberCallExpr>(Source);
  if (!Call || Call->getType()->isPointerType())
    return std::nullopt;
  llvm::StringRef Name = nameOf(Call->getMethodDecl());
  bool ByKey = (Name == "find" && Call->getNumArgs() == 1) ||
               ((Name == "emplace" || Name == "try_emplace" ||
                 Name == "insert_or_assign") &&
                Call->getNumArgs() > 0);
  if (!ByKey && Name != "begin" && Name != "end" && Name != "lower_bound" &&
      Name != "upper_bound" && Name != "rbegin" && Name != "insert")
    return std::nullopt;
  std::optional<AccessPath> Base =
      resolve(Call->getImplicitObjectArgument(), Depth + 1);
  if (!Base)
    return std::nullopt;
  const void *Alone = Holder ? static_cast<const void *>(Holder) : Call;
  unsigned Key = ByKey && !Moves ? keyOf(Call->getArg(0))
                                 : unsigned(size_t(llvm::hash_value(Alone)));
  Base->Parts.push_back({PathPart::Element, nullptr, Key});
  return Base;
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
      std::optional<AccessPath> Base = resolve(Unary->getSubExpr(), Depth + 1);
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
      if (std::optional<AccessPath> Element =
              resolveIterator(Call->getArg(0), Depth))
        return Element;
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
  if (const auto *Cast = dyn_cast<ExplicitCastExpr>(E);
      Cast && keepsObject(Cast))
    return resolve(Cast->getSubExpr(), Depth + 1);
  const auto *Call = dyn_cast<CallExpr>(E);
  if (!Call || Call->getNumArgs() != 1 || !isStd(Call->getDirectCallee()))
    return std::nullopt;
  llvm::StringRef Name = nameOf(Call->getDirectCallee());
  if (Name != "as_const" && Name != "get")
    return std::nullopt;
  std::optional<AccessPath> Base = resolve(Call->getArg(0), Depth + 1);
  if (Base && Name == "get")
    Base->Parts.push_back(tuplePart(Call));
  return Base;
}

} // namespace codrop
