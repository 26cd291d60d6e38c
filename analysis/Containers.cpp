// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "analysis/Containers.h"
#include "analysis/ClassShape.h"
#include "analysis/Names.h"

using namespace clang;

namespace codrop {

static bool hasMethod(const CXXRecordDecl *RD, llvm::StringRef Name) {
  return anyInHierarchy(RD, [&](const CXXRecordDecl *R) {
    for (const Decl *D : R->decls()) {
      const FunctionDecl *FD = D->getAsFunction();
      if (FD && nameOf(FD) == Name)
        return true;
    }
    return false;
  });
}

/// It moves on, and owns nothing.
static bool isIteratorClass(const CXXRecordDecl *RD) {
  return anyInHierarchy(RD, [](const CXXRecordDecl *R) {
    return llvm::any_of(R->decls(), [](const Decl *D) {
      const FunctionDecl *FD = D->getAsFunction();
      return FD && FD->getOverloadedOperator() == OO_PlusPlus;
    });
  });
}

Holds holdsElements(QualType T) {
  T = T.getNonReferenceType();
  if (T->isPointerType())
    return Holds::Pointee;
  const CXXRecordDecl *RD = classOf(T);
  if (!RD || RD->isLambda())
    return Holds::Nothing;
  llvm::StringRef Name = nameOf(RD);
  if (RD->isInStdNamespace()) {
    if (llvm::is_contained({"vector", "basic_string", "flat_map", "flat_set"},
                           Name))
      return Holds::Contiguous;
    if (Name == "deque")
      return Holds::Chunked;
    if (Name.starts_with("unordered_"))
      return Holds::Hashed;
    if (llvm::is_contained({"map", "multimap", "set", "multiset", "list",
                            "forward_list", "__cxx11::list"},
                           Name))
      return Holds::Nodes;
    if (llvm::is_contained({"unique_ptr", "shared_ptr", "optional", "variant"},
                           Name))
      return Holds::Pointee;
    return Holds::Nothing;
  }
  if (isViewType(T))
    return Holds::Nothing;
  if (isPointerLike(T) && !hasMethod(RD, "begin"))
    return isIteratorClass(RD) ? Holds::Nothing : Holds::Pointee;
  bool Takes = hasMethod(RD, "erase") || hasMethod(RD, "clear") ||
               hasMethod(RD, "pop_front") || hasMethod(RD, "pop_back");
  if (!hasMethod(RD, "begin") || !hasMethod(RD, "end") || !Takes)
    return Holds::Nothing;
  // A container of somebody's own. What its growth does can be told from the
  // usual names only; where they say nothing, the elements are taken to stay.
  for (llvm::StringRef Word : {"flat", "vector", "array", "dense", "small",
                               "f14fast", "f14value", "f14vector", "string"})
    if (Name.contains_insensitive(Word))
      return Name.contains_insensitive("chunked") ? Holds::Chunked
                                                  : Holds::Contiguous;
  if (Name.contains_insensitive("deque"))
    return Holds::Chunked;
  if (Name.contains_insensitive("hash"))
    return Holds::Hashed;
  return Holds::Nodes;
}

bool isSharedOwnerType(QualType T) {
  const CXXRecordDecl *RD = classOf(T);
  return RD && isPointerLike(T) && TypeModel::isCopyable(RD) &&
         !isIteratorClass(RD) && !hasMethod(RD, "begin") &&
         !(RD->isInStdNamespace() && nameOf(RD) == "optional");
}

bool isViewType(QualType T) {
  const CXXRecordDecl *RD = classOf(T);
  if (!RD)
    return false;
  llvm::StringRef Name = nameOf(RD);
  if (RD->isInStdNamespace())
    return Name == "basic_string_view" || Name == "span";
  return Name == "string_view" || Name == "StringPiece" || Name == "Slice" ||
         Name == "span" || Name == "Range" || Name == "ByteRange";
}

bool invalidates(Change What, Holds How, bool Iterator) {
  switch (What) {
  case Change::None:
    return false;
  case Change::Removes:
    return true;
  case Change::Grows:
    return How == Holds::Contiguous ||
           (Iterator && (How == Holds::Chunked || How == Holds::Hashed));
  }
  return false;
}

/// What a member function called \p Name does to the elements of its object.
static Change changeByName(llvm::StringRef Name, Holds How) {
  if (How == Holds::Pointee)
    return Name == "reset" || Name == "emplace" || Name == "release" ||
                   Name == "swap"
               ? Change::Removes
               : Change::None;
  if (llvm::is_contained({"erase", "clear", "pop_back", "pop_front", "pop",
                          "extract", "remove", "remove_if", "unique", "swap",
                          "assign", "splice", "erase_if", "clear_and_dispose",
                          "erase_and_dispose", "resize", "truncate",
                          "shrink_to_fit"},
                         Name))
    return Name == "resize" ? Change::Grows : Change::Removes;
  if (Name.starts_with("push_") || Name.starts_with("emplace") ||
      Name.starts_with("insert") || Name.starts_with("try_emplace") ||
      llvm::is_contained({"reserve", "rehash", "append", "prepend"}, Name))
    return Change::Grows;
  return Change::None;
}

namespace {

bool isEmptyValue(const Expr *E) {
  E = stripped(E);
  if (isa<CXXNullPtrLiteralExpr>(E))
    return true;
  if (const auto *List = dyn_cast<InitListExpr>(E))
    return List->getNumInits() == 0;
  if (const auto *Ref = dyn_cast<DeclRefExpr>(E))
    return nameOf(Ref->getDecl()) == "nullopt";
  if (const auto *Construct = dyn_cast<CXXConstructExpr>(E))
    return Construct->getNumArgs() == 0 ||
           (Construct->getNumArgs() == 1 && isEmptyValue(Construct->getArg(0)));
  if (const auto *Literal = dyn_cast<IntegerLiteral>(E))
    return Literal->getValue().isZero();
  return false;
}

/// What the expression around \p Named does to the object that it names.
FieldChange changeAt(const Expr *Named, const ParentTable &Parents, Holds How) {
  FieldChange Result;
  const Stmt *Child = Named;
  const Stmt *P = Parents.effectiveParent(Named, &Child);
  // A member that is a pointer to a container.
  if (const auto *Deref = dyn_cast_or_null<UnaryOperator>(P);
      Deref && Deref->getOpcode() == UO_Deref && How != Holds::Pointee)
    P = Parents.effectiveParent(P, &Child);
  auto is = [&](const Expr *E) {
    return stripped(E) == stripped(cast<Expr>(Child));
  };
  auto change = [&](const Stmt *Site, Change What, bool Empties) {
    Result.Site = cast<Expr>(Site);
    Result.What = What;
    Result.Empties = Empties;
  };
  if (const auto *Binary = dyn_cast_or_null<BinaryOperator>(P)) {
    if (Binary->getOpcode() == BO_Assign && is(Binary->getLHS()))
      change(P, Change::Removes, isEmptyValue(Binary->getRHS()));
  } else if (const auto *Member = dyn_cast_or_null<MemberExpr>(P)) {
    const auto *Call =
        dyn_cast_or_null<CXXMemberCallExpr>(Parents.effectiveParent(P));
    if (!Call || Call->getCallee()->IgnoreParens() != Member ||
        !Call->getMethodDecl() || Call->getMethodDecl()->isConst())
      return Result;
    // `conn_->reset()` is the pointee's.
    if (How == Holds::Pointee && Member->isArrow())
      return Result;
    llvm::StringRef Name = nameOf(Call->getMethodDecl());
    if (How == Holds::Nothing && Name != "swap")
      return Result;
    unsigned Written = 0;
    for (const Expr *Argument : Call->arguments())
      Written += !isa<CXXDefaultArgExpr>(Argument);
    change(Call, changeByName(Name, How),
           (Name == "reset" || Name == "release") && Written == 0);
    Result.OneElement =
        Written < 2 && llvm::is_contained({"erase", "extract", "remove", "pop",
                                           "pop_back", "pop_front"},
                                          Name);
  } else if (const auto *Operator = dyn_cast_or_null<CXXOperatorCallExpr>(P)) {
    if (Operator->getNumArgs() == 0 || !is(Operator->getArg(0)))
      return Result;
    if (Operator->getOperator() == OO_Equal)
      change(P, Change::Removes, isEmptyValue(Operator->getArg(1)));
    else if (Operator->getOperator() == OO_PlusEqual && How != Holds::Pointee)
      change(P, Change::Grows, false);
    else if (Operator->getOperator() == OO_Subscript &&
             (How == Holds::Hashed || How == Holds::Nodes ||
              nameOf(classOf(Named->getType())).contains("map")) &&
             !Named->getType().isConstQualified())
      change(P, Change::Grows, false);
  } else if (const auto *Call = dyn_cast_or_null<CallExpr>(P)) {
    llvm::StringRef Name = nameOf(Call->getDirectCallee());
    if (movedOperand(Call)) {
      // Moved as a whole into something.
      const Stmt *Taker = Parents.effectiveParent(P);
      if (isa_and_nonnull<CXXConstructExpr, CXXOperatorCallExpr, DeclStmt>(
              Taker) ||
          Parents.initializedVariable(P))
        change(P, Change::Removes, true);
    } else if (Name == "exchange" && Call->getNumArgs() == 2 &&
               is(Call->getArg(0))) {
      change(P, Change::Removes, isEmptyValue(Call->getArg(1)));
    } else if (Name == "swap" || Name == "erase_if" || Name == "erase") {
      change(P, Change::Removes, false);
    }
  } else if (isa_and_nonnull<CXXDeleteExpr>(P)) {
    change(P, Change::Removes, false);
  }
  return Result;
}

bool isSameDecl(const Decl *A, const Decl *B) {
  return A == B || A->getCanonicalDecl()->getLocation() ==
                       B->getCanonicalDecl()->getLocation();
}

} // namespace

void FieldChanges::collect(const FunctionDecl *FD, const ValueDecl *Held,
                           std::vector<FieldChange> &Out) {
  const Stmt *Body = writtenBody(FD);
  if (!Body)
    return;
  ParentTable Parents(Body);
  const Holds How = holdsElements(Held->getType());
  llvm::SmallVector<const ValueDecl *, 2> Aliases;
  for (const Stmt *S : Parents.preorder()) {
    const auto *E = dyn_cast<Expr>(S);
    const ValueDecl *Named = nullptr;
    if (const auto *Member = dyn_cast_or_null<MemberExpr>(E))
      Named = Member->getMemberDecl();
    else if (const auto *Ref = dyn_cast_or_null<DeclRefExpr>(E))
      Named = Ref->getDecl();
    if (!Named ||
        !(isSameDecl(Named, Held) || llvm::is_contained(Aliases, Named)))
      continue;
    // `auto &all = sessions_;`
    const Stmt *Top = E;
    while (Top && !Parents.initializedVariable(Top) &&
           isa_and_nonnull<Expr>(Parents.parent(Top)) &&
           stripped(cast<Expr>(Parents.parent(Top))) == E)
      Top = Parents.parent(Top);
    if (const VarDecl *Alias = Top ? Parents.initializedVariable(Top) : nullptr)
      if (Alias->getType()->isReferenceType())
        Aliases.push_back(Alias);
    FieldChange Found = changeAt(E, Parents, How);
    if (Found.What == Change::None)
      continue;
    Found.In = FD;
    Out.push_back(Found);
  }
}

/// Constructors, destructors, assignments and swap: with an operation under way
/// nobody does that to the object, or it is another bug.
static bool replacesWholeObject(const FunctionDecl *FD) {
  return isa<CXXConstructorDecl, CXXDestructorDecl>(FD) ||
         FD->getOverloadedOperator() == OO_Equal || nameOf(FD) == "swap";
}

llvm::ArrayRef<FieldChange> FieldChanges::of(const ValueDecl *Held) {
  auto [It, New] = Known.try_emplace(Held);
  if (!New)
    return It->second;
  std::vector<FieldChange> Result;
  for (const FunctionDecl *User : TU.index().users(Held))
    if (!replacesWholeObject(User))
      collect(User, Held, Result);
  return Known[Held] = std::move(Result);
}

} // namespace codrop
