// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "analysis/HandleScan.h"
#include "analysis/ClassShape.h"
#include "analysis/Names.h"
#include "analysis/Syntax.h"
#include "clang/AST/StmtCXX.h"

using namespace clang;

namespace codrop {

bool isCoroutineHandle(QualType T) {
  const CXXRecordDecl *RD = T->getAsCXXRecordDecl();
  return RD && RD->isInStdNamespace() && nameOf(RD) == "coroutine_handle";
}

const FunctionDecl *visibleBody(const FunctionDecl *FD) {
  const FunctionDecl *Definition = nullptr;
  if (!FD || FD->hasBody(Definition))
    return Definition;
  const FunctionDecl *Pattern = FD->getTemplateInstantiationPattern();
  return Pattern && Pattern->hasBody(Definition) ? Definition : nullptr;
}

/// The name that a call spells, whether or not it is resolved.
static llvm::StringRef spelledName(const Expr *Callee) {
  DeclarationName Name;
  Callee = Callee->IgnoreParenImpCasts();
  if (const auto *Ref = dyn_cast<DeclRefExpr>(Callee))
    Name = Ref->getDecl()->getDeclName();
  else if (const auto *Overloads = dyn_cast<OverloadExpr>(Callee))
    Name = Overloads->getName();
  else if (const auto *Dependent = dyn_cast<DependentScopeDeclRefExpr>(Callee))
    Name = Dependent->getDeclName();
  const IdentifierInfo *Id = Name.getAsIdentifierInfo();
  return Id ? Id->getName() : llvm::StringRef();
}

/// `(x)`, a copy of x, an implicit conversion of it: what it is made from.
static const Expr *plain(const Expr *E) {
  while (E) {
    E = stripped(E);
    if (const auto *List = dyn_cast<ParenListExpr>(E);
        List && List->getNumExprs() == 1)
      E = List->getExpr(0);
    else if (const auto *List = dyn_cast<InitListExpr>(E);
             List && List->getNumInits() == 1)
      E = List->getInit(0);
    else
      return E;
  }
  return E;
}

bool HandleScan::isRoot(const Expr *E) const {
  E = plain(E);
  if (const auto *Star = dyn_cast_or_null<UnaryOperator>(E);
      Star && Star->getOpcode() == UO_Deref)
    E = plain(Star->getSubExpr());
  if (!Param)
    return isa_and_nonnull<CXXThisExpr>(E);
  const auto *Ref = dyn_cast_or_null<DeclRefExpr>(E);
  return Ref && Ref->getDecl() == Param;
}

bool HandleScan::isHandle(const Expr *E) const {
  E = plain(E);
  if (const auto *Member = dyn_cast_or_null<MemberExpr>(E))
    return nameOf(Member->getMemberDecl()) == Handle->getName() &&
           isRoot(Member->getBase());
  if (const auto *Member = dyn_cast_or_null<CXXDependentScopeMemberExpr>(E))
    return Member->getMember().isIdentifier() &&
           Member->getMember().getAsIdentifierInfo()->getName() ==
               Handle->getName() &&
           (Member->isImplicitAccess() ? !Param : isRoot(Member->getBase()));
  return false;
}

bool HandleScan::isAlias(const Expr *E) const {
  const auto *Ref = dyn_cast_or_null<DeclRefExpr>(plain(E));
  const auto *Var = Ref ? dyn_cast<VarDecl>(Ref->getDecl()) : nullptr;
  return Var && Aliases.contains(Var);
}

/// Anything in it but the handle, `done()` of it, and constants.
bool HandleScan::asksOthers(const Stmt *S) const {
  if (!S)
    return false;
  if (const auto *E = dyn_cast<Expr>(S)) {
    if (isHandle(E) || isAlias(E) || isRoot(E))
      return false;
    if (const auto *Member = dyn_cast<MemberExpr>(E))
      return !isa<CXXMethodDecl>(Member->getMemberDecl()) ||
             nameOf(Member->getMemberDecl()) == "promise" ||
             isRoot(Member->getBase()) || asksOthers(Member->getBase());
    if (const auto *Member = dyn_cast<CXXDependentScopeMemberExpr>(E)) {
      const IdentifierInfo *Id = Member->getMember().getAsIdentifierInfo();
      return !Id || !(Id->isStr("done") || Id->isStr("address")) ||
             Member->isImplicitAccess() || asksOthers(Member->getBase());
    }
    if (const auto *Ref = dyn_cast<DeclRefExpr>(E))
      return !isa<FunctionDecl>(Ref->getDecl()) ||
             !(Ref->getDecl()->isInStdNamespace() ||
               cast<FunctionDecl>(Ref->getDecl())->getBuiltinID());
    if (isa<CXXThisExpr, OverloadExpr, DependentScopeDeclRefExpr>(E))
      return true;
  }
  return llvm::any_of(S->children(),
                      [&](const Stmt *Child) { return asksOthers(Child); });
}

void HandleScan::mention(const Expr *E, As Use) {
  if (FirstMention.isInvalid())
    FirstMention = E->getBeginLoc();
  Copied |= Use == As::Value;
  Given |= Use == As::Argument;
  Overwritten |= Use == As::Target;
}

void HandleScan::scanMemberCall(const CallExpr *Call, const Expr *Object,
                                llvm::StringRef Name, const NamedDecl *Member,
                                As Use) {
  if (isHandle(Object) || (Name == "destroy" && isAlias(Object))) {
    const auto *Conversion = dyn_cast_or_null<CXXConversionDecl>(Member);
    AsksDone |= Name == "done";
    Resumes |= Name == "resume";
    if (Name == "destroy")
      Destroys = Call->getExprLoc();
    else if (Conversion && !Conversion->getConversionType()->isBooleanType())
      mention(Object, Use);
    else if (!Conversion && !llvm::is_contained(
                                {"done", "promise", "address", "resume"}, Name))
      mention(Object, As::Argument);
  } else if (isRoot(Object)) {
    if (FirstCall.isInvalid())
      FirstCall = Call->getExprLoc();
    if (const auto *Method = dyn_cast_or_null<CXXMethodDecl>(Member))
      Calls.push_back(Method);
    else
      Given = true;
  } else {
    // `std::exchange(handle_, {}).destroy()`
    bool Before = Given;
    Given = false;
    scan(Object, As::Argument);
    if (Given && Name == "destroy")
      Destroys = Call->getExprLoc();
    Given |= Before;
  }
  for (const Expr *Argument : Call->arguments())
    scan(Argument, As::Argument);
}

void HandleScan::scanCall(const CallExpr *Call, As Use) {
  const Expr *Callee = Call->getCallee()->IgnoreParenImpCasts();
  if (const auto *Operator = dyn_cast<CXXOperatorCallExpr>(Call)) {
    bool Assigns = Operator->getOperator() == OO_Equal;
    // In a template, `this == &other` may turn out to be an operator's call.
    if ((Operator->getOperator() == OO_EqualEqual ||
         Operator->getOperator() == OO_ExclaimEqual) &&
        llvm::any_of(Operator->arguments(), [](const Expr *Argument) {
          return isa<CXXThisExpr>(plain(Argument));
        }))
      ComparesThis = true;
    if (Operator->getOperator() == OO_Call && isHandle(Operator->getArg(0))) {
      Resumes = true;
      return;
    }
    for (unsigned I = 0; I < Operator->getNumArgs(); ++I)
      scan(Operator->getArg(I), Assigns && I == 0               ? As::Target
                                : Assigns                       ? As::Value
                                : isHandle(Operator->getArg(I)) ? As::Value
                                                                : As::Argument);
    return;
  }
  if (const auto *Member = dyn_cast<MemberExpr>(Callee))
    return scanMemberCall(Call, Member->getBase(),
                          nameOf(Member->getMemberDecl()),
                          Member->getMemberDecl(), Use);
  if (const auto *Member = dyn_cast<CXXDependentScopeMemberExpr>(Callee)) {
    const IdentifierInfo *Id = Member->getMember().getAsIdentifierInfo();
    if (!Member->isImplicitAccess())
      return scanMemberCall(Call, Member->getBase(),
                            Id ? Id->getName() : llvm::StringRef(), nullptr,
                            Use);
    Given |= !Param;
  }
  if (const auto *Member = dyn_cast<UnresolvedMemberExpr>(Callee)) {
    if (Member->isImplicitAccess() ? !Param : isRoot(Member->getBase())) {
      if (FirstCall.isInvalid())
        FirstCall = Call->getExprLoc();
      Given = true;
    }
  }
  llvm::StringRef Name = spelledName(Callee);
  if (Call->getNumArgs() == 1 &&
      llvm::is_contained(
          {"move", "forward", "addressof", "as_const", "__builtin_addressof"},
          Name))
    return scan(Call->getArg(0), Use);
  for (const Expr *Argument : Call->arguments()) {
    if (isHandle(Argument) && Name.contains("destroy"))
      Destroys = Call->getExprLoc();
    scan(Argument, As::Argument);
  }
}

void HandleScan::scan(const Stmt *S, As Use) {
  if (!S)
    return;
  if (const auto *E = dyn_cast<Expr>(S)) {
    if (isHandle(E))
      return mention(plain(E), Use);
    if (isRoot(E)) {
      Given |= Use == As::Argument;
      return;
    }
  }
  if (const auto *Call = dyn_cast<CallExpr>(S))
    return scanCall(Call, Use);
  if (const auto *Construct = dyn_cast<CXXConstructExpr>(S)) {
    for (const Expr *Argument : Construct->arguments())
      scan(Argument, isHandle(Argument) || movedOperand(Argument) ||
                             isCoroutineHandle(Construct->getType())
                         ? As::Value
                         : As::Argument);
    return;
  }
  if (const auto *Binary = dyn_cast<BinaryOperator>(S)) {
    if (Binary->isEqualityOp() && (isa<CXXThisExpr>(plain(Binary->getLHS())) ||
                                   isa<CXXThisExpr>(plain(Binary->getRHS()))))
      ComparesThis = true;
    scan(Binary->getLHS(), Binary->isAssignmentOp() ? As::Target : As::Value);
    return scan(Binary->getRHS(), As::Value);
  }
  if (const auto *Unary = dyn_cast<UnaryOperator>(S))
    return scan(Unary->getSubExpr(), Use);
  if (const auto *Lambda = dyn_cast<LambdaExpr>(S)) {
    for (const Expr *Init : Lambda->capture_inits())
      scan(Init, As::Argument);
    return scan(Lambda->getBody(), As::Argument);
  }
  if (const auto *Declaration = dyn_cast<DeclStmt>(S)) {
    for (const Decl *D : Declaration->decls())
      if (const auto *Var = dyn_cast<VarDecl>(D)) {
        bool Copied0 = std::exchange(Copied, false);
        bool Given0 = std::exchange(Given, false);
        scan(Var->getInit(), As::Value);
        if (Copied || Given)
          Aliases.insert(Var);
        Copied |= Copied0;
        Given |= Given0;
      }
    return;
  }
  if (const auto *If = dyn_cast<IfStmt>(S)) {
    auto Before = Destroys;
    scan(If->getInit(), As::Value);
    if (If->getConditionVariable())
      scan(If->getConditionVariableDeclStmt(), As::Value);
    bool Others = !If->isConstexpr() && asksOthers(If->getCond()) &&
                  !isa<CXXBoolLiteralExpr>(plain(If->getCond()));
    bool Compared = std::exchange(ComparesThis, false);
    scan(If->getCond(), As::Value);
    // `if (this != &other)` asks nothing about who owns.
    Others &= !ComparesThis;
    ComparesThis |= Compared;
    Destroys = {};
    scan(If->getThen(), Use);
    scan(If->getElse(), Use);
    bool Leaves = isa_and_nonnull<ReturnStmt>(If->getThen());
    if (const auto *Block = dyn_cast_or_null<CompoundStmt>(If->getThen()))
      Leaves |= llvm::any_of(Block->body(),
                             [](const Stmt *B) { return isa<ReturnStmt>(B); });
    if (Others && (Leaves || Destroys.isValid()))
      AsksOthers = true;
    if (Destroys.isInvalid())
      Destroys = Before;
    return;
  }
  bool PassesOn = isa<CastExpr, ParenExpr, FullExpr, MaterializeTemporaryExpr,
                      CXXBindTemporaryExpr, ConditionalOperator>(S);
  for (const Stmt *Child : S->children())
    scan(Child, PassesOn || Use == As::Argument ? Use : As::Value);
}

HandleScan::HandleScan(const FunctionDecl *Definition, const FieldDecl *Handle,
                       const ParmVarDecl *Param)
    : Handle(Handle), Param(Param) {
  if (const auto *Ctor = dyn_cast<CXXConstructorDecl>(Definition))
    for (const CXXCtorInitializer *Init : Ctor->inits())
      // A base knows nothing of this class's handle.
      if (!Init->isBaseInitializer())
        scan(Init->getInit(),
             Init->isDelegatingInitializer() ? As::Argument : As::Value);
  scan(writtenBody(Definition), As::Value);
}

} // namespace codrop
