// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "analysis/ResourceValue.h"
#include "analysis/Names.h"
#include "clang/AST/ASTContext.h"

using namespace clang;

namespace codrop {

bool runsToItsEnd(llvm::StringRef Name) {
  return llvm::is_contained({"run", "async_run", "serve", "wait", "async_wait",
                             "finish", "done", "wait_closed", "completion"},
                            Name);
}

static bool startsWithAny(llvm::StringRef Name,
                          std::initializer_list<llvm::StringRef> Prefixes) {
  return llvm::any_of(Prefixes, [&](llvm::StringRef Prefix) {
    return Name.starts_with(Prefix);
  });
}

bool namesAnEnd(llvm::StringRef Name) {
  std::string Lower = Name.lower();
  llvm::StringRef N = Lower;
  // `request_stop()` asks for the end and does not wait for it.
  if (startsWithAny(N, {"request", "is_", "isc", "iss", "on_", "set_", "has_"}))
    return false;
  if (startsWithAny(N, {"stop", "join", "kill", "quit"}))
    return true;
  for (llvm::StringRef Part : {"close", "shutdown", "shut_down", "disconnect",
                               "dispose", "terminate", "abort", "destroy"})
    if (N.contains(Part))
      return true;
  return false;
}

bool putsToUse(const CXXMethodDecl *Method) {
  if (!Method || Method->isStatic() || Method->isConst() ||
      Method->isOverloadedOperator() || isa<CXXConversionDecl>(Method))
    return false;
  std::string Lower = nameOf(Method).lower();
  return !startsWithAny(Lower, {"set", "with", "on_", "is_", "has_", "get",
                                "reserve", "enable", "disable", "configure",
                                "cancel", "request"});
}

bool isEmptyValue(const Expr *E, bool Indirect) {
  if (!E)
    return true;
  E = stripped(E);
  if (isa<CXXNullPtrLiteralExpr>(E))
    return true;
  if (const auto *List = dyn_cast<InitListExpr>(E))
    return List->getNumInits() == 0;
  if (const auto *Ref = dyn_cast<DeclRefExpr>(E))
    return Ref->getDecl()->getIdentifier() &&
           Ref->getDecl()->getName() == "nullopt";
  if (const auto *Construct = dyn_cast<CXXConstructExpr>(E)) {
    unsigned Written = 0;
    for (const Expr *Arg : Construct->arguments())
      Written += !isa<CXXDefaultArgExpr>(Arg);
    if (Written == 0)
      return true;
    if (Written == 1 && Indirect)
      return isEmptyValue(Construct->getArg(0), Indirect);
  }
  return false;
}

/// Closing calls that wait for work given to the object: without any work
/// there is nothing to lose.
static bool opensByUse(const Resource &R) {
  return R.Inferred &&
         llvm::is_contained({"stop", "join", "joinAsync", "cancelAndJoinAsync",
                             "drain", "cleanup"},
                            R.Close.front());
}

ResourceState stateWhenConstructed(const Resource &R) {
  if (!R.Open.empty() && !R.DefaultConstructedIsClosed)
    return Closed;
  return opensByUse(R) ? Fresh : Open;
}

/// `connect()`, `open_file()`, `make_client()`: what it returns is new.
static bool namesAMaker(llvm::StringRef Name) {
  std::string Lower = Name.lower();
  for (llvm::StringRef Part : {"connect", "open", "make", "create", "accept",
                               "dial", "start", "launch", "new"})
    if (llvm::StringRef(Lower).contains(Part))
      return true;
  return false;
}

static bool isInPlaceTag(const Expr *E) {
  const CXXRecordDecl *RD =
      E->getType().getNonReferenceType()->getAsCXXRecordDecl();
  return RD && RD->isInStdNamespace() && RD->getIdentifier() &&
         RD->getName().starts_with("in_place");
}

ResourceState stateOfValue(const Expr *Value, const Resource &R,
                           bool Indirect) {
  if (isEmptyValue(Value, Indirect)) {
    // `connection c;` is open unless it says otherwise, has to be opened, or
    // only looks like a resource.
    if (Indirect || R.DefaultConstructedIsClosed || !R.Open.empty())
      return Closed;
    return R.Inferred ? Fresh : Open;
  }
  const Expr *E = stripped(Value);
  if (const auto *Construct = dyn_cast<CXXConstructExpr>(E)) {
    const CXXConstructorDecl *Ctor = Construct->getConstructor();
    if (Ctor->isCopyConstructor())
      return Closed; // Another handle to somebody's resource.
    if (Ctor->isMoveConstructor()) {
      const Expr *From = Construct->getArg(0);
      return movedOperand(From) ? Open : stateOfValue(From, R, Indirect);
    }
    // optional<T>(T&&) and unique_ptr(new T): look at what goes in.
    if (Indirect) {
      const Expr *Inner = stripped(Construct->getArg(0));
      if (isInPlaceTag(Inner))
        return stateWhenConstructed(R);
      if (const auto *New = dyn_cast<CXXNewExpr>(Inner))
        return New->getConstructExpr()
                   ? stateOfValue(New->getConstructExpr(), R, false)
                   : stateWhenConstructed(R);
      // A raw pointer may point to anybody's.
      if (Inner->getType()->isPointerType())
        return Open;
      return stateOfValue(Inner, R, Indirect);
    }
    return stateWhenConstructed(R);
  }
  if (isa<InitListExpr, CXXParenListInitExpr>(E))
    return stateWhenConstructed(R);
  if (const auto *Choice = dyn_cast<AbstractConditionalOperator>(E))
    return std::max({stateOfValue(Choice->getTrueExpr(), R, Indirect),
                     stateOfValue(Choice->getFalseExpr(), R, Indirect)},
                    [](ResourceState A, ResourceState B) {
                      return A != Open && (B == Open || A < B);
                    });
  if (const auto *Suspend = dyn_cast<CoroutineSuspendExpr>(E)) {
    if (!E->isPRValue() && !E->isXValue())
      return Closed;
    // A copyable handle that a function gives out may be somebody's.
    if (R.Inferred && R.Copyable &&
        !namesAMaker(nameOf(calledFunction(Suspend->getOperand()))))
      return Closed;
    return Open;
  }
  if (const auto *Call = dyn_cast<CallExpr>(E)) {
    if (!Call->isPRValue() && !Call->isXValue())
      return Closed;
    if (movedOperand(Call))
      return Open;
    llvm::StringRef Name = nameOf(Call->getDirectCallee());
    if (Name == "make_unique" || Name == "make_optional")
      return Call->getNumArgs() == 0 && R.Inferred ? Fresh
                                                   : stateWhenConstructed(R);
    return R.Copyable ? Closed : stateWhenConstructed(R);
  }
  return E->isPRValue() ? Open : Closed;
}

// --- Parts -------------------------------------------------------------------

QualType referredType(QualType T) {
  T = T.getNonReferenceType();
  return T->isPointerType() ? T->getPointeeType() : T;
}

static const ClassTemplateSpecializationDecl *stdTemplate(QualType T) {
  const auto *Spec = dyn_cast_or_null<ClassTemplateSpecializationDecl>(
      T->getAsCXXRecordDecl());
  return Spec && Spec->isInStdNamespace() ? Spec : nullptr;
}

bool isContainer(QualType T) {
  const auto *Spec = stdTemplate(T.getNonReferenceType());
  return Spec &&
         llvm::is_contained({"vector", "deque", "list", "forward_list", "map",
                             "multimap", "unordered_map", "unordered_multimap",
                             "set", "unordered_set", "stack", "queue"},
                            Spec->getName());
}

bool isPlainAggregate(QualType T) {
  const CXXRecordDecl *RD = T.getNonReferenceType()->getAsCXXRecordDecl();
  RD = RD ? RD->getDefinition() : nullptr;
  return RD && RD->isAggregate() && !RD->isInStdNamespace() &&
         !RD->isLambda() && !RD->isUnion() && !RD->hasUserDeclaredDestructor();
}

/// How many of the template arguments are types of parts: no allocators.
static unsigned partArguments(llvm::StringRef Name) {
  if (llvm::is_contained({"vector", "deque", "list", "forward_list", "set",
                          "unordered_set", "stack", "queue", "array"},
                         Name))
    return 1;
  if (llvm::is_contained(
          {"map", "multimap", "unordered_map", "unordered_multimap", "pair"},
          Name))
    return 2;
  return Name == "tuple" || Name == "variant" ? ~0U : 0;
}

FoundResource findResource(QualType T, ResourceFinder Find, unsigned Depth) {
  FoundResource Result;
  T = T.getNonReferenceType();
  if (const auto *Array = T->getAsArrayTypeUnsafe())
    T = Array->getElementType(), Result.Part = true;
  if ((Result.What = Find(T, Result.Indirect)) || Depth == 0)
    return Result;
  auto tryPart = [&](QualType Part) {
    if (Part->isReferenceType() || Part->isPointerType())
      return false;
    Result = findResource(Part, Find, Depth - 1);
    Result.Part = true;
    return Result.What != nullptr;
  };
  if (const auto *Spec = stdTemplate(T)) {
    unsigned Wanted = partArguments(Spec->getName());
    for (const TemplateArgument &Arg : Spec->getTemplateArgs().asArray()) {
      if (Arg.getKind() == TemplateArgument::Pack) {
        for (const TemplateArgument &Inner : Arg.pack_elements())
          if (Inner.getKind() == TemplateArgument::Type &&
              tryPart(Inner.getAsType()))
            return Result;
      } else if (Wanted-- == 0 || Arg.getKind() != TemplateArgument::Type) {
        break;
      } else if (tryPart(Arg.getAsType())) {
        return Result;
      }
    }
  } else if (isPlainAggregate(T)) {
    for (const FieldDecl *Field : T->getAsCXXRecordDecl()->fields())
      if (tryPart(Field->getType()))
        return Result;
  }
  return {};
}

static ResourceState worse(ResourceState A, ResourceState B) {
  if (A == Open || B == Open)
    return Open;
  return A == Fresh || B == Fresh ? Fresh : Closed;
}

ResourceState stateOfParts(const Expr *Value, QualType T,
                           const FoundResource &R, ResourceFinder Find) {
  auto empty = [&] {
    const auto *Spec = stdTemplate(T.getNonReferenceType());
    return isContainer(T) || (Spec && Spec->getName() == "variant")
               ? Closed
               : stateOfValue(nullptr, *R.What, R.Indirect);
  };
  auto ofEach = [&](llvm::ArrayRef<const Expr *> Values) {
    ResourceState State = Closed;
    for (const Expr *Each : Values) {
      if (FoundResource Inner = findResource(Each->getType(), Find);
          Inner.What && !Each->getType()->isPointerType())
        State =
            worse(State, Inner.Part
                             ? stateOfParts(Each, Each->getType(), Inner, Find)
                             : stateOfValue(Each, *Inner.What, Inner.Indirect));
      else if (isInPlaceTag(Each) || isa<CXXNewExpr>(stripped(Each)))
        State = worse(State, stateWhenConstructed(*R.What));
    }
    return State;
  };
  if (!Value)
    return empty();
  const Expr *E = stripped(Value);
  if (movedOperand(E))
    return Open;
  if (const auto *List = dyn_cast<InitListExpr>(E))
    return List->getNumInits() == 0
               ? empty()
               : ofEach(llvm::ArrayRef<const Expr *>(
                     const_cast<InitListExpr *>(List)->getInits(),
                     List->getNumInits()));
  if (const auto *List = dyn_cast<CXXParenListInitExpr>(E)) {
    llvm::SmallVector<const Expr *, 4> Values(List->getInitExprs());
    return ofEach(Values);
  }
  if (const auto *Construct = dyn_cast<CXXConstructExpr>(E)) {
    const CXXConstructorDecl *Ctor = Construct->getConstructor();
    if (Ctor->isDefaultConstructor())
      return empty();
    if (Ctor->isCopyConstructor())
      return Closed;
    if (Ctor->isMoveConstructor())
      return stateOfParts(Construct->getArg(0), T, R, Find);
    llvm::SmallVector<const Expr *, 4> Values;
    for (const Expr *Arg : Construct->arguments())
      if (!isa<CXXDefaultArgExpr>(Arg))
        Values.push_back(Arg);
    return ofEach(Values);
  }
  const auto *Call = dyn_cast<CallExpr>(E);
  if (Call && llvm::is_contained({"make_pair", "make_tuple"},
                                 nameOf(Call->getDirectCallee()))) {
    llvm::SmallVector<const Expr *, 4> Values(Call->arguments());
    return ofEach(Values);
  }
  // What another function gives out is open as far as is known; a struct may
  // have a life of its own.
  if (E->isLValue() || R.What->Copyable || isPlainAggregate(T))
    return Closed;
  if (isa<CoroutineSuspendExpr>(E))
    return Open;
  return Call ? stateWhenConstructed(*R.What) : Closed;
}

CloseFate fateOfClose(const Expr *Call, const TypeModel &Types,
                      const ParentTable &Parents) {
  if (!Types.isAwaitable(Call->getType()))
    return {};
  ResultFate Fate = resultFate(Call, Parents);
  if (Fate.Use == ResultUse::Stored && Fate.Var && Fate.Var->hasLocalStorage())
    return {CloseFate::Kept, Fate.Var};
  if (Fate.Use != ResultUse::Discarded)
    return {};
  // `c.close().start();`: a call that takes the task and leaves none.
  if (const auto *Member =
          dyn_cast_or_null<MemberExpr>(Parents.effectiveParent(Call)))
    if (const auto *Method = dyn_cast<CXXMethodDecl>(Member->getMemberDecl()))
      if (!Types.isAwaitable(Method->getReturnType()))
        return {};
  return {CloseFate::Dropped, nullptr};
}

} // namespace codrop
