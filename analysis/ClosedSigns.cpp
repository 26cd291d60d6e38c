// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "analysis/ClosedSigns.h"
#include "analysis/Names.h"
#include "analysis/ResourceValue.h"
#include "clang/Basic/SourceManager.h"

using namespace clang;

namespace codrop {

ClosedSigns::ClosedSigns(const FunctionAnalysis &F, TUAnalysis &TU, bool Infer,
                         const ParentTable &Parents)
    : FD(F.function()), TU(TU), Infer(Infer),
      SM(TU.context().getSourceManager()), Parents(Parents) {}

std::string nameOfObject(const Expr *E) {
  if (const FieldDecl *Field = memberOf(E))
    return Field->getNameAsString();
  if (const auto *Member = dyn_cast<MemberExpr>(stripped(E)))
    return Member->getMemberDecl()->getNameAsString();
  const auto *Ref = dyn_cast<DeclRefExpr>(stripped(E));
  return Ref ? Ref->getDecl()->getNameAsString() : std::string();
}

/// The function that a lambda is written in, outermost.
static const FunctionDecl *outermost(const FunctionDecl *FD, TUAnalysis &TU) {
  for (unsigned Depth = 0; Depth < 8; ++Depth) {
    const auto *Method = dyn_cast<CXXMethodDecl>(FD);
    if (!Method || !Method->getParent()->isLambda())
      return FD;
    const FunctionDecl *Outer = TU.index().enclosing(FD);
    const FunctionDecl *Definition = nullptr;
    if (!Outer || !Outer->hasBody(Definition))
      return FD;
    FD = Definition;
  }
  return FD;
}

/// `conn_->close().then([this] { conn_.reset(); })`
bool ClosedSigns::closedBefore(const Resource &R, SourceLocation Site) const {
  bool Closed = false;
  visitBodies(writtenBody(outermost(FD, TU)), [&](const ParentTable &Body) {
    for (const Stmt *S : Body.preorder()) {
      // `auto close = seastar::deferred_close(*out_);`
      if (const auto *Construct = dyn_cast<CXXConstructExpr>(S))
        Closed |=
            SM.isBeforeInTranslationUnit(Construct->getBeginLoc(), Site) &&
            TU.knowledge().closerType(Construct->getConstructor()->getParent());
      const auto *Call = dyn_cast<CallExpr>(S);
      if (!Call || !SM.isBeforeInTranslationUnit(Call->getBeginLoc(), Site))
        continue;
      const FunctionDecl *Callee = Call->getDirectCallee();
      const auto *Method = dyn_cast_or_null<CXXMethodDecl>(Callee);
      // A helper whose name speaks of it is believed.
      for (const std::string &Word : identifierWords(nameOf(Callee)))
        Closed |= llvm::is_contained(R.Close, Word) || Word == "close" ||
                  Word == "shutdown" || Word == "stop" || Word == "abort";
      Closed |= llvm::is_contained(R.Close, nameOf(Callee).str()) ||
                (Callee && TU.knowledge().closer(Callee)) ||
                (Method && TU.summaries().closesObject(Method, R.Close));
    }
  });
  return Closed;
}

bool ClosedSigns::letGoBefore(const Expr *Object, SourceLocation Site) const {
  const FieldDecl *Field = memberOf(Object);
  return llvm::any_of(Parents.preorder(), [&](const Stmt *S) {
    const auto *E = dyn_cast<Expr>(S);
    if (!E || !SM.isBeforeInTranslationUnit(E->getBeginLoc(), Site))
      return false;
    if (const Expr *Moved = movedOperand(E))
      return Field ? memberOf(Moved) == Field
                   : nameOfObject(Moved) == nameOfObject(Object);
    const auto *Call = dyn_cast<CXXMemberCallExpr>(E);
    return Call && nameOf(Call->getMethodDecl()) == "release" &&
           memberOf(Call->getImplicitObjectArgument()) == Field;
  });
}

/// A condition in \p S asks one of its kind how it is.
static bool asks(const Stmt *S, const Resource &R) {
  bool Asks = false;
  visitBodies(S, [&](const ParentTable &Body) {
    for (const Stmt *Inner : Body.preorder())
      if (const auto *Call = dyn_cast<CXXMemberCallExpr>(Inner))
        Asks |= Call->getRecordDecl() && R.Record &&
                Call->getRecordDecl()->getCanonicalDecl() ==
                    R.Record->getCanonicalDecl();
  });
  return Asks;
}

/// `if (conn_->failed()) conn_.reset();`, `if (!conn_) conn_.reset();`,
/// `std::erase_if(conns_, [](auto &c) { return !c.is_open(); })`
bool ClosedSigns::isAskedAbout(const Resource &R, const Expr *Site,
                               const Expr *Object) const {
  if (const auto *Call = dyn_cast<CallExpr>(Site))
    for (const Expr *Arg : Call->arguments())
      if (isa<LambdaExpr>(stripped(Arg)) && asks(Arg, R))
        return true;
  const Stmt *Child = Site;
  for (const Stmt *P = Parents.parent(Site); P;
       Child = P, P = Parents.parent(P)) {
    const auto *If = dyn_cast<IfStmt>(P);
    if (!If || !If->getCond())
      continue;
    if (asks(If->getCond(), R))
      return true;
    const auto *Not = dyn_cast<UnaryOperator>(stripped(If->getCond()));
    if (Object && Not && Not->getOpcode() == UO_LNot &&
        If->getThen() == Child) {
      const Expr *Tested = stripped(Not->getSubExpr());
      if (const auto *Call = dyn_cast<CXXMemberCallExpr>(Tested))
        Tested = Call->getImplicitObjectArgument();
      if (!nameOfObject(Object).empty() &&
          nameOfObject(Tested) == nameOfObject(Object))
        return true;
    }
  }
  return false;
}

bool speaksOfTheEnd(const FunctionDecl *FD) {
  for (const std::string &Word : identifierWords(nameOf(FD)))
    if (llvm::is_contained({"closed", "disconnected", "finished", "stopped",
                            "ended", "expired", "dead", "done", "eof",
                            "completed", "reap", "purge", "gc"},
                           llvm::StringRef(Word)))
      return true;
  return false;
}

bool ClosedSigns::mayBeClosed(const Resource &R, const Expr *Site,
                              const Expr *Object) const {
  if (isa<CXXConstructorDecl>(FD) || speaksOfTheEnd(outermost(FD, TU)) ||
      isAskedAbout(R, Site, Object) ||
      (R.Record && closesItself(R.Record, R.Close)) ||
      closedBefore(R, Site->getBeginLoc()) ||
      (Object && letGoBefore(Object, Site->getBeginLoc())))
    return true;
  // A destructor of a class with a close comes after it.
  const auto *Destructor = dyn_cast<CXXDestructorDecl>(FD);
  return Destructor &&
         TU.types().resource(
             TU.context().getCanonicalTagType(Destructor->getParent()), Infer);
}

// --- By value ----------------------------------------------------------------

/// `ignore(std::move(value))`: a function template takes it by value, and it
/// dies there.
bool ClosedSigns::diesInCallee(const Expr *Named, const ParentTable &Body,
                               const Resource &R, unsigned Follow) const {
  const Stmt *Child = Named;
  const Stmt *P = Body.effectiveParent(Named, &Child);
  for (unsigned Steps = 0; Steps < 8; ++Steps) {
    const auto *E = dyn_cast_or_null<Expr>(P);
    if (!E || (!isa<CXXConstructExpr, ExplicitCastExpr>(E) && !movedOperand(E)))
      break;
    P = Body.effectiveParent(P, &Child);
  }
  const auto *Call = dyn_cast_or_null<CallExpr>(P);
  const FunctionDecl *Callee = Call ? Call->getDirectCallee() : nullptr;
  const FunctionDecl *Definition = nullptr;
  if (!Callee || !Callee->isTemplateInstantiation() ||
      !Callee->hasBody(Definition) || isCoroutine(Definition))
    return false;
  for (unsigned I = 0; I < Call->getNumArgs() && I < Definition->getNumParams();
       ++I)
    if (Body.isWithin(Named, Call->getArg(I)))
      return !Definition->getParamDecl(I)->getType()->isReferenceType() &&
             dies(Definition->getParamDecl(I), Definition, R, Follow - 1);
  return false;
}

bool ClosedSigns::dies(const VarDecl *Var, const FunctionDecl *In,
                       const Resource &R, unsigned Follow) const {
  if (isa<CXXConstructorDecl>(In))
    return false;
  bool Lives = false;
  visitBodies(writtenBody(In), [&](const ParentTable &Body) {
    for (const Stmt *S : Body.preorder()) {
      if (const auto *Lambda = dyn_cast<LambdaExpr>(S))
        for (const LambdaCapture &Capture : Lambda->captures())
          Lives |=
              Capture.capturesVariable() && Capture.getCapturedVar() == Var;
      const auto *Ref = dyn_cast<DeclRefExpr>(S);
      if (!Ref || Ref->getDecl() != Var)
        continue;
      Use U = classifyUse(Ref, Body);
      switch (U.Kind) {
      case UseKind::Value:
      case UseKind::Condition:
      case UseKind::FieldAccess:
      case UseKind::PassedByConstReference:
        break;
      case UseKind::MemberCall:
        Lives |= llvm::is_contained(R.Close, nameOf(U.Callee).str()) ||
                 TU.summaries().closesObject(
                     dyn_cast_or_null<CXXMethodDecl>(U.Callee), R.Close) ||
                 llvm::is_contained({"release", "detach", "swap", "extract"},
                                    nameOf(U.Callee));
        break;
      case UseKind::Other: {
        // `(void)c;` is no use.
        const auto *Cast =
            dyn_cast_or_null<CastExpr>(Body.effectiveParent(Ref));
        Lives |= !Cast || Cast->getCastKind() != CK_ToVoid;
        break;
      }
      case UseKind::Moved:
        Lives |= !Follow || !diesInCallee(Ref, Body, R, Follow);
        break;
      default:
        Lives = true;
      }
    }
  });
  return !Lives;
}

} // namespace codrop
