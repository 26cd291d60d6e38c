// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "analysis/CommitGuard.h"
#include "analysis/Names.h"
#include "analysis/Syntax.h"

using namespace clang;

namespace codrop {

/// `commit()`, `db_.commit()`, `impl_->commit()`, `commit(*this)`; in a closure
/// that the guard runs, of a variable that it captures.
static bool isAboutOwnState(const Expr *Call) {
  llvm::SmallVector<const Stmt *, 8> Work{Call};
  while (!Work.empty()) {
    const Stmt *S = Work.pop_back_val();
    if (!S || isa<LambdaExpr>(S))
      continue;
    if (isa<CXXThisExpr>(S))
      return true;
    if (const auto *Ref = dyn_cast<DeclRefExpr>(S);
        Ref && Ref->refersToEnclosingVariableOrCapture())
      return true;
    Work.append(S->child_begin(), S->child_end());
  }
  return false;
}

static bool isAwaitableClass(QualType T) {
  const CXXRecordDecl *RD = T->getAsCXXRecordDecl();
  if (!RD || !RD->hasDefinition())
    return false;
  IdentifierTable &Ids = RD->getASTContext().Idents;
  return !RD->lookup(&Ids.get("promise_type")).empty() ||
         !RD->lookup(&Ids.get("await_ready")).empty();
}

static std::string verbOf(const DropAct &A) {
  if (!A.E || A.GivesObject || isAwaitableClass(A.E->getType()) ||
      !isAboutOwnState(A.E))
    return "";
  return commitVerb(A.Callee).str();
}

/// Whether what is done in success only means anything: standard functions do
/// their work on their arguments, but for those that call something.
static bool isAction(const DropAct &A) {
  if (llvm::is_contained({"dismiss", "disarm", "release", "cancel"},
                         nameOf(A.Callee)))
    return false;
  if (!A.Callee || !A.Callee->isInStdNamespace())
    return true;
  const auto *Method = dyn_cast<CXXMethodDecl>(A.Callee);
  if (Method && Method->getOverloadedOperator() == OO_Call)
    return true;
  return nameOf(A.Callee) == "invoke";
}

/// The members after which the destructor has nothing more to do.
static void collectEnds(const CXXRecordDecl *RD, GuardFact &Fact) {
  if (Fact.Release.empty())
    Fact.Release = {"release", "dismiss",  "disarm", "cancel",
                    "abort",   "rollback", "reset",  "discard"};
  for (const CXXMethodDecl *Method : RD->methods())
    if (Method->getIdentifier() && !Method->isConst() &&
        (setsField(Method) || !commitVerb(Method).empty()))
      Fact.Release.push_back(Method->getNameAsString());
}

static std::unique_ptr<CommitGuard> inspect(const CXXRecordDecl *RD) {
  const CXXDestructorDecl *Destructor = RD->getDestructor();
  const FunctionDecl *Definition = nullptr;
  if (RD->isDependentContext() || !Destructor ||
      !Destructor->isUserProvided() || !Destructor->hasBody(Definition))
    return nullptr;
  DropRun Dropped(Destructor, DropRun::Dropped);
  const DropAct *Best = nullptr;
  std::string Verb;
  bool Asks = Dropped.asks().isValid();
  if (Asks) {
    DropRun Unwinding(Destructor, DropRun::Unwinding);
    auto isDoneAnyway = [&](const DropAct &A) {
      return llvm::any_of(Unwinding.acts(), [&](const DropAct &Other) {
        return A.E ? Other.E == A.E : Other.Member == A.Member;
      });
    };
    for (const DropAct &A : Dropped.acts()) {
      if (isDoneAnyway(A) || !isAction(A))
        continue;
      std::string ThisVerb = verbOf(A);
      if (Best && (ThisVerb.empty() || !Verb.empty()))
        continue;
      Best = &A;
      Verb = ThisVerb;
    }
  }
  if (!Best) {
    Asks = false;
    for (const DropAct &A : Dropped.acts())
      if (!A.Armed && !(Verb = verbOf(A)).empty()) {
        Best = &A;
        break;
      }
  }
  if (!Best)
    return nullptr;
  auto Guard = std::make_unique<CommitGuard>();
  Guard->Record = RD;
  if (Asks)
    Guard->Asks = Dropped.asks();
  Guard->Act = *Best;
  Guard->Verb = std::move(Verb);
  collectEnds(RD, Guard->Fact);
  return Guard;
}

const CommitGuard *CommitGuards::find(const CXXRecordDecl *RD) {
  auto [It, New] = Known.try_emplace(RD, nullptr);
  if (!New)
    return It->second.get();
  std::unique_ptr<CommitGuard> Result;
  std::string Name = More.empty() && Allowed.empty() ? "" : knowledgeName(RD);
  if (!Name.empty() && llvm::is_contained(More, Name)) {
    Result = std::make_unique<CommitGuard>();
    Result->Record = RD;
    Result->Verb = "commit";
    collectEnds(RD, Result->Fact);
  } else if (Name.empty() || !llvm::is_contained(Allowed, Name)) {
    Result = inspect(RD);
    // The destructor of a base runs with the object's own.
    if (!Result && !RD->isInStdNamespace())
      for (const CXXBaseSpecifier &Base : RD->bases())
        if (const CXXRecordDecl *Class = Base.getType()->getAsCXXRecordDecl();
            Class && (Class = Class->getDefinition()))
          if (const CommitGuard *Inherited = find(Class)) {
            Result = std::make_unique<CommitGuard>(*Inherited);
            Result->Record = RD;
            collectEnds(RD, Result->Fact);
            break;
          }
  }
  return (Known[RD] = std::move(Result)).get();
}

} // namespace codrop
