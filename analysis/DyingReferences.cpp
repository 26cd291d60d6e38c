// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a variable refers to when it dies that another one is made from: as a
// reference, a pointer, a view, an iterator or a closure.
#include "analysis/DyingObject.h"
#include "analysis/Names.h"
#include "clang/AST/Attr.h"

using namespace clang;

namespace codrop {

using Part = std::optional<DyingPart>;

static bool isView(QualType T) {
  const CXXRecordDecl *RD = T->getAsCXXRecordDecl();
  return RD && RD->isInStdNamespace() &&
         llvm::is_contained({"span", "basic_string_view"}, nameOf(RD));
}

/// What a copy of \p D refers to: nothing of \p D itself.
Part DyingRefs::copied(const ValueDecl *D) const {
  auto It = Vars.find(D);
  return It != Vars.end() && It->second.Local != D ? Part(It->second)
                                                   : std::nullopt;
}

/// What a view made from \p E looks at.
Part DyingRefs::viewed(const Expr *E) const {
  if (const Expr *Object = calledObject(E)) // A conversion function.
    return object(Object);
  for (const Expr *Arg : argumentsOf(E)) {
    const Expr *From = stripped(Arg);
    if (const Expr *Moved = movedOperand(From))
      From = stripped(Moved);
    // A copy of a view.
    if (isView(From->getType())) {
      const auto *Ref = dyn_cast<DeclRefExpr>(From);
      if (Part Same = Ref ? copied(Ref->getDecl()) : std::nullopt)
        return Same;
      continue;
    }
    if (Part Viewed = object(Arg))
      return Viewed;
  }
  return std::nullopt;
}

/// What the iterator \p E goes over: `list.begin()`, `std::next(it)`, its
/// conversion to a const_iterator.
Part DyingRefs::iterates(const Expr *E) const {
  if (const auto *Construct = dyn_cast<CXXConstructExpr>(E);
      Construct && Construct->getNumArgs() == 1)
    return iterates(stripped(Construct->getArg(0)));
  if (const auto *Ref = dyn_cast<DeclRefExpr>(E))
    return Ref->getDecl()->getType()->isRecordType() ? copied(Ref->getDecl())
                                                     : std::nullopt;
  const auto *Call = dyn_cast<CallExpr>(E);
  const FunctionDecl *Callee = Call ? Call->getDirectCallee() : nullptr;
  if (!Callee)
    return std::nullopt;
  auto isCalled = [&](std::initializer_list<llvm::StringRef> Names) {
    return llvm::is_contained(Names, nameOf(Callee));
  };
  bool Range = isCalled(
      {"begin", "end", "cbegin", "cend", "rbegin", "rend", "crbegin", "crend"});
  if (const auto *Method = dyn_cast<CXXMethodDecl>(Callee)) {
    const Expr *Object = calledObject(Call);
    if (Object && ownsElements(Method->getParent()) &&
        (Range || isCalled({"find", "lower_bound", "upper_bound"})))
      return object(Object);
    return std::nullopt;
  }
  if (!Callee->isInStdNamespace() || Call->getNumArgs() == 0)
    return std::nullopt;
  const Expr *Of = Call->getArg(0);
  if (isCalled({"next", "prev"}))
    return refers(Of->getType(), Of);
  const CXXRecordDecl *RD = Of->getType()->getAsCXXRecordDecl();
  return Range && (Of->getType()->isArrayType() || ownsElements(RD))
             ? names(Of)
             : std::nullopt;
}

Part DyingRefs::refers(QualType T, const Expr *Init) const {
  if (!Init)
    return std::nullopt;
  if (T->isReferenceType()) {
    if (Part Named = names(Init))
      return Named;
    // A pointer in a temporary that a forwarding reference is bound to.
    return T.getNonReferenceType()->isPointerType() ? points(Init)
                                                    : std::nullopt;
  }
  if (T->isPointerType())
    return points(Init);
  if (!T->isRecordType())
    return std::nullopt;
  if (const LambdaExpr *Lambda = lambdaOf(Init))
    return inClosure(Lambda).any();
  const Expr *E = stripped(Init);
  if (isView(T))
    return viewed(E);
  // What [[clang::lifetimebound]] says that the result refers to.
  if (const FunctionDecl *Callee = calledFunction(E)) {
    llvm::SmallVector<const Expr *, 4> Args = argumentsOf(E);
    for (unsigned I = 0; I < Args.size() && I < Callee->getNumParams(); ++I)
      if (Callee->getParamDecl(I)->hasAttr<LifetimeBoundAttr>())
        if (Part Bound = object(Args[I]))
          return Bound;
  }
  if (Part Iterated = iterates(E))
    return Iterated;
  // What refers to it by value is copied: std::ref(x), a closure.
  if (const auto *Construct = dyn_cast<CXXConstructExpr>(E);
      Construct && Construct->getNumArgs() == 1)
    E = stripped(Construct->getArg(0));
  if (const auto *Ref = dyn_cast<DeclRefExpr>(E))
    if (Part Copied = copied(Ref->getDecl());
        Copied && Ref->getDecl()->getType()->isRecordType())
      return Copied;
  if (const FunctionDecl *Callee = calledFunction(E);
      isStd(Callee, {"ref", "cref"}) && !argumentsOf(E).empty())
    return names(argumentsOf(E)[0]);
  return std::nullopt;
}

} // namespace codrop
