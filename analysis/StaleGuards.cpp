// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Whether a suspension is one during which the change can happen at all: the
// function holds a lock that the change takes, too, or keeps alive what is
// referred to. A lock that the other side never takes keeps nobody out.

#include "analysis/ClassShape.h"
#include "analysis/Names.h"
#include "analysis/StaleFinder.h"

using namespace clang;

namespace codrop {

namespace {

/// How many callers of the change are asked whether they take the lock.
constexpr unsigned MaxCallers = 3;

/// Objects whose life keeps others out or what is used alive: locks, permits,
/// gate holders, of whatever library.
bool soundsLikeHolder(QualType T) {
  const CXXRecordDecl *RD = classOf(T);
  if (!RD || T->isReferenceType() || T->isPointerType() ||
      (RD->hasDefinition() && RD->hasTrivialDestructor()))
    return false;
  for (const std::string &Word : identifierWords(nameOf(RD)))
    if (llvm::is_contained({"holder", "hold", "guard", "lock", "permit",
                            "units", "phaser", "lease", "pin", "operation",
                            "latch", "lk", "locked"},
                           llvm::StringRef(Word)))
      return true;
  return false;
}

bool mentions(const Expr *E, const ValueDecl *D) {
  if (!E || !D)
    return false;
  ParentTable Inner(E);
  return llvm::any_of(Inner.preorder(), [&](const Stmt *S) {
    const auto *Ref = dyn_cast<DeclRefExpr>(S);
    return Ref && Ref->getDecl() == D;
  });
}

/// \p FD mentions one of \p Locks, or who calls it does, or the function that
/// it is a lambda of. Callers that are not seen can't where the lock is
/// private.
bool takes(const FunctionDecl *FD, llvm::ArrayRef<const FieldDecl *> Locks,
           const CodeIndex &Index, unsigned Depth) {
  if (!FD)
    return true;
  auto Same = [&](const FunctionDecl *User) {
    return User->getCanonicalDecl()->getLocation() ==
           FD->getCanonicalDecl()->getLocation();
  };
  for (const FieldDecl *Lock : Locks)
    if (llvm::any_of(Index.users(Lock), Same))
      return true;
  if (Depth == 0)
    return false;
  if (const FunctionDecl *Around = Index.enclosing(FD);
      Around && takes(Around, Locks, Index, Depth - 1))
    return true;
  return llvm::any_of(Index.mentions(FD), [&](const CallSite &Caller) {
    return takes(Caller.In, Locks, Index, Depth - 1);
  });
}

} // namespace

/// \p Guard, the expression that the guard was made by, is one that \p By also
/// waits for.
bool StaleFinder::keepsOut(const Expr *Guard, const FieldChange *By) {
  if (!Guard || !By)
    return true;
  llvm::SmallVector<const FieldDecl *, 2> Locks;
  ParentTable Inner(Guard);
  for (const Stmt *S : Inner.preorder())
    if (const auto *Member = dyn_cast<MemberExpr>(S))
      if (const auto *Field = dyn_cast<FieldDecl>(Member->getMemberDecl()))
        Locks.push_back(Field);
  if (Locks.empty() || !llvm::all_of(Locks, [](const FieldDecl *Lock) {
        return Lock->getAccess() == AS_private;
      }))
    return true;
  return takes(By->In, Locks, TU.index(), MaxCallers);
}

/// At the suspension \p N something is held since \p Birth, or was made from
/// \p Var to keep it.
bool StaleFinder::heldAt(NodeId N, NodeId Birth, const VarDecl *Var,
                         const FieldChange *By) {
  if (!RunsLocked)
    RunsLocked = runsLocked(F.function(), TU);
  if (*RunsLocked)
    return true;
  if (!Held)
    Held.emplace(F, TU);
  for (const Exclusion::Region &R : Held->regions())
    if (R.Held[Birth] && R.Held[N] && keepsOut(R.Guard, By))
      return KeptOut = true;
  for (ObjectId O : G.alive(N)) {
    const Object &Obj = G.object(O);
    const Expr *Made = Obj.Var ? Obj.Var->getInit() : nullptr;
    // Where it holds is known.
    if (Made && llvm::any_of(Held->regions(), [&](const Exclusion::Region &R) {
          return R.Guard == Made;
        }))
      continue;
    if ((soundsLikeHolder(Obj.Type) || TU.types().guard(Obj.Type)) &&
        (G.isAlive(O, Birth) || mentions(Made, Var)) && keepsOut(Made, By))
      return KeptOut = true;
  }
  return false;
}

} // namespace codrop
