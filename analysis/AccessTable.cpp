// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What each node of a graph does to which place, and who else may reach the
// place. How an expression becomes a place is AccessPath.cpp's.

#include "analysis/AccessPath.h"
#include "analysis/Names.h"
#include "clang/AST/ASTContext.h"

using namespace clang;

namespace codrop {

// --- Accesses ----------------------------------------------------------------

// `this` alone, or a pointer alias that nobody followed, names no place.
// And nobody has written what is done to the promise.
static bool isPlace(const AccessPath &P) {
  if (P.Root == AccessPath::Variable && P.Var->isImplicit() &&
      P.Var->getIdentifier() && P.Var->getName() == "__promise")
    return false;
  if (P.Parts.empty())
    return P.Root == AccessPath::Variable;
  return P.Parts.back().Key != ~0U || P.Parts.back().K != PathPart::Deref;
}

namespace {

/// A non-const overload that only looks: the class has the same for const
/// objects too (`find`, `at`, `begin`, `front`, `get` ...).
bool hasConstTwin(const CXXMethodDecl *Method) {
  if (!Method->getDeclName().isIdentifier())
    return false;
  for (const NamedDecl *D :
       Method->getParent()->lookup(Method->getDeclName())) {
    const auto *Other = dyn_cast_or_null<CXXMethodDecl>(D->getAsFunction());
    if (Other && Other != Method && Other->isConst() &&
        Other->getNumParams() == Method->getNumParams())
      return true;
  }
  return false;
}

bool isAtomic(QualType T) {
  const CXXRecordDecl *RD = T.getNonReferenceType()->getAsCXXRecordDecl();
  return RD && RD->isInStdNamespace() && RD->getIdentifier() &&
         RD->getName().contains("atomic");
}

/// `x.store(v)`, `opt.emplace(v)`, `ptr.reset(p)`, `text.assign(v)`: all of the
/// old value is replaced. \p Value receives the new one, if it is one argument.
bool replacesObject(const CXXMemberCallExpr *Call, const Expr *&Value) {
  llvm::StringRef Name = nameOf(Call->getMethodDecl());
  QualType T = Call->getImplicitObjectArgument()->getType();
  if (T->isPointerType())
    T = T->getPointeeType();
  unsigned Written = 0;
  for (const Expr *Argument : Call->arguments())
    Written += !isa<CXXDefaultArgExpr>(Argument);
  bool Replaces = (Name == "store" && isAtomic(T)) ||
                  (Name == "assign" && Written > 0) ||
                  ((Name == "reset" || Name == "emplace") && Written > 0 &&
                   isPointerLike(T));
  if (Replaces)
    Value = Written > 0 ? Call->getArg(0) : nullptr;
  return Replaces;
}

} // namespace

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
    auto addArguments = [&](auto Arguments) {
      for (const Expr *Argument : Arguments) {
        const auto *Address = dyn_cast<UnaryOperator>(stripped(Argument));
        if (Address && Address->getOpcode() == UO_AddrOf)
          add(Address->getType()->getPointeeType().isConstQualified()
                  ? AccessKind::Read
                  : AccessKind::Mutate,
              Address->getSubExpr(), Argument);
        else if (Argument->isGLValue())
          add(Argument->getType().isConstQualified() ? AccessKind::Read
                                                     : AccessKind::Mutate,
              Argument, Argument);
      }
    };
    // map.insert_or_assign(k, v) is map[k] = v.
    auto addElement = [&](const Expr *Map, const CXXMemberCallExpr *Call) {
      std::optional<AccessPath> Place =
          Resolver.resolveElement(Map, Call->getArg(0));
      if (Place)
        Accesses.push_back(
            {N, AccessKind::Write, *Place, Call, Call->getArg(1), BO_Assign});
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
      bool Const = Method && (Method->isConst() || Method->isStatic() ||
                              hasConstTwin(Method));
      const Expr *Value = nullptr;
      if (Method && replacesObject(Call, Value))
        add(AccessKind::Write, Target, Call, Value);
      else if (nameOf(Method) == "insert_or_assign" && Call->getNumArgs() == 2)
        addElement(Target, Call);
      else
        add(Const ? AccessKind::Read : AccessKind::Mutate, Target, Call);
      addArguments(Call->arguments());
    } else if (const auto *Plain = dyn_cast<CallExpr>(S)) {
      if (!movedOperand(Plain))
        addArguments(Plain->arguments());
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

llvm::ArrayRef<unsigned> AccessTable::samePlace(const AccessPath &Place) const {
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

/// True if what \p E names may belong to somebody else: it is reached from
/// `this`, a global, a reference or pointer that was handed in, or a call that
/// takes none of our own objects.
static bool comesFromElsewhere(const Expr *E, unsigned Depth = 0) {
  E = stripped(E);
  if (!E || Depth > 8 || isa<CXXNullPtrLiteralExpr>(E))
    return true;
  // A copy of a shared owner owns what the original does.
  if (const auto *Construct = dyn_cast<CXXConstructExpr>(E);
      Construct && Construct->getConstructor()->isCopyOrMoveConstructor())
    return comesFromElsewhere(Construct->getArg(0), Depth + 1);
  if (isa<CXXNewExpr, CXXConstructExpr, LambdaExpr>(E))
    return false;
  if (const auto *Member = dyn_cast<MemberExpr>(E))
    return comesFromElsewhere(Member->getBase(), Depth + 1);
  if (const auto *Subscript = dyn_cast<ArraySubscriptExpr>(E))
    return comesFromElsewhere(Subscript->getBase(), Depth + 1);
  if (const auto *Unary = dyn_cast<UnaryOperator>(E))
    return comesFromElsewhere(Unary->getSubExpr(), Depth + 1);
  if (const auto *Cast = dyn_cast<ExplicitCastExpr>(E))
    return comesFromElsewhere(Cast->getSubExpr(), Depth + 1);
  if (const auto *Ref = dyn_cast<DeclRefExpr>(E)) {
    const auto *Var = dyn_cast<VarDecl>(Ref->getDecl());
    if (!Var || !Var->isLocalVarDeclOrParm() || Var->isStaticLocal())
      return true;
    bool Borrows = Var->getType()->isReferenceType() ||
                   Var->getType()->isPointerType() ||
                   isSharedOwner(Var->getType());
    if (!Borrows)
      return false;
    return isa<ParmVarDecl>(Var) ||
           comesFromElsewhere(Var->getInit(), Depth + 1);
  }
  if (const Expr *Object = calledObject(E))
    return comesFromElsewhere(Object, Depth + 1);
  if (const auto *Call = dyn_cast<CallExpr>(E)) {
    // make_shared, make_unique and their like make an object of our own.
    if (nameOf(Call->getDirectCallee()).starts_with("make_"))
      return false;
    return llvm::none_of(Call->arguments(), [&](const Expr *Argument) {
      return (Argument->isGLValue() || Argument->getType()->isPointerType()) &&
             !comesFromElsewhere(Argument, Depth + 1);
    });
  }
  return true;
}

/// An owner made here, and who else may have got hold of what it owns.
static bool handsOut(const VarDecl *Var, const SuspendCFG &G) {
  for (const Stmt *S : G.parents().preorder()) {
    const auto *Ref = dyn_cast<DeclRefExpr>(S);
    if (!Ref || Ref->getDecl() != Var)
      continue;
    Use U = classifyUse(Ref, G.parents());
    switch (U.Kind) {
    case UseKind::Copied:
    case UseKind::Moved:
    case UseKind::PassedByReference:
    case UseKind::PassedByConstReference:
    case UseKind::ReferenceBound:
    case UseKind::AddressTaken:
    case UseKind::Returned:
      return true;
    default:
      // A raw pointer's value goes wherever a call takes it.
      if (U.Callee && U.Kind == UseKind::Value)
        return true;
    }
  }
  return false;
}

Sharing sharingOf(const AccessPath &P, const SuspendCFG &G) {
  if (P.Root == AccessPath::This)
    return P.Parts.empty() ? Sharing::Local : Sharing::Member;
  const VarDecl *Var = P.Var;
  if (!Var->isLocalVarDeclOrParm() || Var->isStaticLocal())
    return Sharing::Global;
  // Captured: by reference it is the enclosing function's variable, by copy it
  // lives in the closure.
  if (Var->getDeclContext() != G.function()) {
    const auto *Method = dyn_cast<CXXMethodDecl>(G.function());
    if (!Method || !Method->getParent()->isLambda())
      return Sharing::Local;
    for (const LambdaCapture &Capture : Method->getParent()->captures())
      if (Capture.capturesVariable() && Capture.getCapturedVar() == Var) {
        if (Capture.getCaptureKind() == LCK_ByRef &&
            !Var->getType()->isReferenceType() &&
            !(P.Parts.size() > 0 && P.Parts.front().K == PathPart::Deref))
          return Sharing::Capture;
        break;
      }
  }
  bool Named = !P.Parts.empty();
  bool Dereferenced = Named && P.Parts.front().K == PathPart::Deref;
  if (Var->getType()->isReferenceType()) {
    if (isa<ParmVarDecl>(Var))
      return Named ? Sharing::Pointee : Sharing::Local;
    // `account &a = store.find(id);`
    const Expr *Init = Var->getInit();
    return Named && Init && Init->isGLValue() &&
                   isa<CallExpr>(stripped(Init)) && comesFromElsewhere(Init)
               ? Sharing::Pointee
               : Sharing::Local;
  }
  if (!Dereferenced ||
      !(Var->getType()->isPointerType() || isSharedOwner(Var->getType())))
    return Sharing::Local;
  bool Captured = Var->isInitCapture() || Var->getDeclContext() != G.function();
  if (Captured || isa<ParmVarDecl>(Var) || !Var->getInit() ||
      comesFromElsewhere(Var->getInit()) || handsOut(Var, G))
    return Sharing::Pointee;
  return Sharing::Local;
}

} // namespace codrop
