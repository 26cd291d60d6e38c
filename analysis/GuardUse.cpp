// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "analysis/GuardUse.h"
#include "analysis/Names.h"
#include "clang/AST/ASTContext.h"
#include "clang/AST/DeclTemplate.h"

using namespace clang;

namespace codrop {

namespace {

bool contains(const std::vector<std::string> &Names, llvm::StringRef Name) {
  return llvm::is_contained(Names, Name);
}

/// In namespace std, also as a member of a class there.
bool isStd(const Decl *D) {
  const DeclContext *Space =
      D ? D->getDeclContext()->getEnclosingNamespaceContext() : nullptr;
  return Space && Space->isStdNamespace();
}

bool isClass(QualType T, const CXXRecordDecl *RD) {
  T = T.getNonReferenceType();
  if (T->isPointerType())
    T = T->getPointeeType();
  const CXXRecordDecl *Class = T->getAsCXXRecordDecl();
  return Class && Class->getCanonicalDecl() == RD->getCanonicalDecl();
}

/// `o.value()`, `v.front()`, `p.get()`.
bool givesContent(const ValueDecl *Member) {
  return Member->getIdentifier() && isStd(Member) &&
         llvm::is_contained({"value", "get", "front", "back", "at"},
                            Member->getName());
}

/// The expression that names the object of `x.owns_lock()`, `x != nullptr`,
/// `x`.
const Expr *ownershipTest(const Expr *E, const Guard &Held, bool &Positive) {
  while (true) {
    E = stripped(E);
    const auto *Not = dyn_cast<UnaryOperator>(E);
    const auto *Cast = dyn_cast<ExplicitCastExpr>(E);
    if (Not && Not->getOpcode() == UO_LNot) {
      Positive = !Positive;
      E = Not->getSubExpr();
    } else if (Cast && Cast->getType()->isBooleanType()) {
      E = Cast->getSubExpr();
    } else {
      break;
    }
  }
  if (const auto *Call = dyn_cast<CXXMemberCallExpr>(E)) {
    const CXXMethodDecl *Method = Call->getMethodDecl();
    llvm::StringRef Name = nameOf(Method);
    if (!isa_and_nonnull<CXXConversionDecl>(Method) && Name != "owns_lock" &&
        Name != "has_value" && !contains(Held.Fact->Acquire, Name))
      return nullptr;
    return stripped(Call->getImplicitObjectArgument());
  }
  if (const auto *Call = dyn_cast<CXXOperatorCallExpr>(E);
      Call && Call->getNumArgs() == 2 &&
      isa<CXXNullPtrLiteralExpr>(stripped(Call->getArg(1)))) {
    if (Call->getOperator() == OO_EqualEqual)
      Positive = !Positive;
    else if (Call->getOperator() != OO_ExclaimEqual)
      return nullptr;
    return stripped(Call->getArg(0));
  }
  return E;
}

} // namespace

bool GuardUses::holds(QualType T, const Guard &Held) const {
  T = T.getNonReferenceType();
  if (T->isPointerType())
    T = T->getPointeeType();
  std::optional<Guard> Inner = Find(T);
  return Inner && Inner->Record == Held.Record;
}

// --- Does it own from the start? ---------------------------------------------

/// A tag such as std::defer_lock, or another argument that is a guard which
/// owns nothing.
bool GuardUses::argumentsMakeEmpty(llvm::ArrayRef<const Expr *> Arguments,
                                   const Guard &Held) const {
  bool SawGuard = false;
  for (const Expr *Arg : Arguments) {
    const Expr *Inner = stripped(Arg);
    if (isa<CXXNullPtrLiteralExpr>(Inner))
      return true;
    QualType T = Inner->getType();
    if (const CXXRecordDecl *Tag = T->getAsCXXRecordDecl()) {
      std::string Name = knowledgeName(Tag);
      if (Name == "std::nullopt_t" || contains(Held.Fact->NotOwningTags, Name))
        return true;
    }
    if (holds(T, Held)) {
      if (!makesEmpty(Inner, Held))
        return false;
      SawGuard = true;
    }
  }
  return SawGuard;
}

/// True if \p Init makes something that owns nothing: default constructed, or
/// with a tag.
bool GuardUses::makesEmpty(const Expr *Init, const Guard &Held) const {
  bool DefaultIsEmpty =
      Held.MayBeAbsent || Held.Fact->DefaultConstructedIsEmpty;
  if (!Init)
    return DefaultIsEmpty;
  const Expr *E = stripped(Init);
  if (isa<CXXNullPtrLiteralExpr>(E))
    return true;
  if (const auto *Default = dyn_cast<CXXDefaultInitExpr>(E))
    return makesEmpty(Default->getExpr(), Held);
  if (isa<ImplicitValueInitExpr, CXXScalarValueInitExpr>(E))
    return DefaultIsEmpty;
  if (const auto *List = dyn_cast<InitListExpr>(E)) {
    if (List->getNumInits() == 0)
      return DefaultIsEmpty;
    if (isClass(List->getType(), Held.Record))
      return false; // An aggregate that is the guard itself.
    return llvm::all_of(List->inits(), [&](const Expr *Inner) {
      return !holds(Inner->getType(), Held) || makesEmpty(Inner, Held);
    });
  }
  if (const auto *Construct = dyn_cast<CXXConstructExpr>(E)) {
    llvm::SmallVector<const Expr *, 4> Written;
    for (const Expr *Arg : Construct->arguments())
      if (!isa<CXXDefaultArgExpr>(Arg))
        Written.push_back(Arg);
    const CXXConstructorDecl *Constructor = Construct->getConstructor();
    const CXXRecordDecl *Class = Constructor->getParent();
    // What a class does with the guard that it has is in its constructor.
    const FunctionDecl *Body = nullptr;
    if (!Class->isInStdNamespace() && Class != Held.Record &&
        !Constructor->isCopyOrMoveConstructor() &&
        Constructor->isUserProvided()) {
      if (!Constructor->hasBody(Body))
        return Written.empty() && DefaultIsEmpty;
      for (const CXXCtorInitializer *Member :
           cast<CXXConstructorDecl>(Body)->inits())
        if (Member->isAnyMemberInitializer() &&
            holds(Member->getAnyMember()->getType(), Held) &&
            !makesEmpty(Member->getInit(), Held))
          return false;
      // Locks in the body, or leaves it as it is.
      const auto *Compound = dyn_cast<CompoundStmt>(Body->getBody());
      return Compound && Compound->body_empty();
    }
    // `struct section { std::unique_lock<std::mutex> lock{m}; };`
    if (!Class->isInStdNamespace() && Class != Held.Record &&
        Constructor->isDefaultConstructor())
      for (const FieldDecl *Field : Class->fields())
        if (Field->hasInClassInitializer() && Field->getInClassInitializer() &&
            holds(Field->getType(), Held) &&
            !makesEmpty(Field->getInClassInitializer(), Held))
          return false;
    if (Written.empty())
      return DefaultIsEmpty;
    return argumentsMakeEmpty(Written, Held);
  }
  // std::make_unique<Lock>(m, std::defer_lock).
  if (const auto *Call = dyn_cast<CallExpr>(E))
    if (const FunctionDecl *Callee = Call->getDirectCallee();
        isStd(Callee) && !movedOperand(Call)) {
      llvm::SmallVector<const Expr *, 4> Written(Call->arguments());
      return argumentsMakeEmpty(Written, Held);
    }
  return false;
}

// --- What a mention does -----------------------------------------------------

/// True if \p Method may do something to a guard among the members.
bool GuardUses::mayTouch(const CXXMethodDecl *Method, const Guard &Held) const {
  const FunctionDecl *Body = nullptr;
  if (Method->isConst() || Method->isStatic())
    return false;
  if (!Method->hasBody(Body))
    return true;
  llvm::SmallVector<const Stmt *, 16> Work{Body->getBody()};
  while (!Work.empty()) {
    const Stmt *S = Work.pop_back_val();
    if (!S)
      continue;
    if (const auto *Call = dyn_cast<CXXMemberCallExpr>(S);
        Call && isa<CXXThisExpr>(stripped(Call->getImplicitObjectArgument())))
      return true;
    if (const auto *Member = dyn_cast<MemberExpr>(S);
        Member && isa<FieldDecl>(Member->getMemberDecl()) &&
        holds(Member->getType(), Held))
      return true;
    Work.append(S->child_begin(), S->child_end());
  }
  return false;
}

/// The part that \p Ref's object is mentioned for and that has a guard in it:
/// `s.lock` of `s.lock.unlock()`, the variable itself of `s.reset()`. Null if
/// the mention is about something else in it.
const Expr *GuardUses::mentioned(const DeclRefExpr *Ref) const {
  const Expr *Named = Ref;
  while (true) {
    if (!Named->getType()->isPointerType())
      if (std::optional<Guard> Here = Find(Named->getType());
          Here && !Here->Nested)
        return Named;
    const Stmt *Child = nullptr;
    const auto *P =
        dyn_cast_or_null<Expr>(Parents.effectiveParent(Named, &Child));
    const Expr *Next = nullptr;
    if (!P) {
    } else if (const auto *Member = dyn_cast<MemberExpr>(P)) {
      if (isa<FieldDecl>(Member->getMemberDecl()))
        Next = Member;
      else if (givesContent(Member->getMemberDecl()))
        Next = dyn_cast_or_null<CXXMemberCallExpr>(
            Parents.effectiveParent(Member));
    } else if (const auto *Operator = dyn_cast<CXXOperatorCallExpr>(P)) {
      if (Operator->getArg(0) == Child &&
          llvm::is_contained({OO_Arrow, OO_Star, OO_Subscript},
                             Operator->getOperator()))
        Next = Operator;
    } else if (const auto *Call = dyn_cast<CallExpr>(P)) {
      // std::get<0>(t)
      if (isStd(Call->getDirectCallee()) && !movedOperand(Call))
        Next = Call;
    } else if (const auto *Unary = dyn_cast<UnaryOperator>(P)) {
      if (Unary->getOpcode() == UO_Deref)
        Next = Unary;
    } else if (isa<ArraySubscriptExpr>(P)) {
      Next = P;
    } else if (const auto *Cast = dyn_cast<ImplicitCastExpr>(P)) {
      if (Cast->getCastKind() == CK_ArrayToPointerDecay ||
          Cast->getCastKind() == CK_LValueToRValue)
        Next = Cast;
    }
    if (!Next)
      return Named;
    QualType T = Next->getType();
    bool Names = Next->isGLValue() || T->isPointerType();
    if (T->isPointerType())
      T = T->getPointeeType();
    if (!Names || !Find(T)) {
      // A field, element or value that has no guard in it; but a call on the
      // holder is one.
      return isa<CallExpr>(Next) && !isa<CXXOperatorCallExpr>(Next) ? Named
                                                                    : nullptr;
    }
    Named = Next;
    if (Named->getType()->isPointerType() && !Find(T)->Nested)
      return Named;
  }
}

std::optional<GuardEffect> GuardUses::ofGuard(const Use &U,
                                              const Guard &Held) const {
  llvm::StringRef Name = nameOf(U.Callee);
  switch (U.Kind) {
  case UseKind::MemberCall:
    if (contains(Held.Fact->Release, Name) || contains(Held.Fact->Disarm, Name))
      return GuardEffect::Gives;
    if (contains(Held.Fact->Acquire, Name))
      return GuardEffect::Takes;
    if (Name == "swap")
      return GuardEffect::Unknown;
    return std::nullopt;
  case UseKind::Moved:
  case UseKind::Returned:
    return GuardEffect::Gives;
  case UseKind::Assigned: {
    const auto *Call = dyn_cast<CXXOperatorCallExpr>(U.Site);
    return Call && Call->getNumArgs() > 1 && makesEmpty(Call->getArg(1), Held)
               ? GuardEffect::Gives
               : GuardEffect::Takes;
  }
  case UseKind::PassedByReference:
    // std::lock(a, b) takes; a wait on a condition variable gives the lock back
    // as it found it.
    if (U.Callee && contains(Held.Fact->AcquireWith, knowledgeName(U.Callee)))
      return GuardEffect::Takes;
    if (isStd(U.Callee) && Name != "swap")
      return std::nullopt;
    return GuardEffect::Unknown;
  case UseKind::AddressTaken:
  case UseKind::ReferenceBound:
    return GuardEffect::Unknown;
  case UseKind::Value:
  case UseKind::Copied:
  case UseKind::PassedByConstReference:
  case UseKind::Condition:
  case UseKind::FieldAccess:
  case UseKind::Other:
    return std::nullopt;
  }
  return std::nullopt;
}

/// A use of the optional, the container, the struct that has the guard in it.
std::optional<GuardEffect> GuardUses::ofHolder(const Use &U,
                                               const Guard &Held) const {
  if (U.Kind != UseKind::MemberCall)
    return ofGuard(U, Held);
  const auto *Method = dyn_cast_or_null<CXXMethodDecl>(U.Callee);
  const auto *Call = dyn_cast<CallExpr>(U.Site);
  if (!Method || !Call || Method->isConst())
    return std::nullopt;
  // A member function of the program's own class may unlock.
  if (!Method->getParent()->isInStdNamespace())
    return mayTouch(Method, Held) ? std::optional(GuardEffect::Unknown)
                                  : std::nullopt;
  llvm::StringRef Name = nameOf(Method);
  llvm::SmallVector<const Expr *, 4> Written;
  for (const Expr *Arg : Call->arguments())
    if (!isa<CXXDefaultArgExpr>(Arg))
      Written.push_back(Arg);
  bool Filled = !Written.empty() && !argumentsMakeEmpty(Written, Held);
  if (Name == "reset")
    return Filled ? GuardEffect::Takes : GuardEffect::Gives;
  if (Name == "release" || Name == "clear")
    return GuardEffect::Gives;
  if (Name.starts_with("emplace") || Name.starts_with("push_") ||
      Name.starts_with("insert") || Name == "try_emplace")
    return Filled ? std::optional(GuardEffect::Takes) : std::nullopt;
  if (Name == "swap" || Name.starts_with("pop_") || Name == "erase" ||
      Name == "resize" || Name == "extract")
    return GuardEffect::Unknown;
  return std::nullopt;
}

std::optional<GuardEffect> GuardUses::effectOf(const DeclRefExpr *Ref,
                                               const Guard &Held,
                                               const Expr *&Site) const {
  // `auto [a, b] = f();` takes the parts out of an object that has no name.
  if (isa<DecompositionDecl>(Ref->getDecl()))
    return std::nullopt;
  const Expr *Named = Held.Nested ? mentioned(Ref) : Ref;
  // A structured binding to another part than the guard.
  if (!Named || (Named == Ref && isa<BindingDecl>(Ref->getDecl()) &&
                 !Find(Ref->getType())))
    return std::nullopt;
  Use U = classifyUse(Named, Parents);
  Site = U.Site;
  // What is done to the object that the guard protects.
  bool IsGuard = isClass(Named->getType(), Held.Record);
  if (U.ThroughPointer && IsGuard && !Named->getType()->isPointerType())
    return std::nullopt;
  return IsGuard ? ofGuard(U, Held) : ofHolder(U, Held);
}

// --- Tests of ownership ------------------------------------------------------

std::optional<bool> testsOwnership(const Expr *Condition, const VarDecl *Var,
                                   const Guard &Held, const UseTable &Uses) {
  bool Positive = true;
  const Expr *Object = ownershipTest(Condition, Held, Positive);
  const auto *Ref = dyn_cast_or_null<DeclRefExpr>(Object);
  // `const bool mine = lock.owns_lock();`
  if (const auto *Flag = Ref ? dyn_cast<VarDecl>(Ref->getDecl()) : nullptr;
      Flag && Flag != Var && Flag->getType()->isBooleanType() &&
      Flag->getInit() && llvm::all_of(Uses.of(Flag), [](const UseTable::At &U) {
        return U.What.Kind == UseKind::Value ||
               U.What.Kind == UseKind::Condition;
      })) {
    Object = ownershipTest(Flag->getInit(), Held, Positive);
    Ref = dyn_cast_or_null<DeclRefExpr>(Object);
  }
  if (!Ref) {
    // `if (s.lock)`
    while (const auto *Member = dyn_cast_or_null<MemberExpr>(Object))
      Object = stripped(Member->getBase());
    Ref = dyn_cast_or_null<DeclRefExpr>(Object);
    if (!Ref || !Held.Nested)
      return std::nullopt;
  }
  const ValueDecl *Named = Ref->getDecl();
  if (const auto *Binding = dyn_cast<BindingDecl>(Named))
    Named = Binding->getDecomposedDecl();
  if (Named != Var)
    return std::nullopt;
  return Positive;
}

} // namespace codrop
