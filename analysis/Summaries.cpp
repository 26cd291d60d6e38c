// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "analysis/Summaries.h"
#include "analysis/Coroutine.h"
#include "analysis/Syntax.h"
#include "clang/AST/DeclTemplate.h"
#include "clang/Basic/SourceManager.h"
#include "clang/Lex/Lexer.h"

using namespace clang;

namespace codrop {

bool Summaries::isReadable(const FunctionDecl *FD) const {
  const FunctionDecl *Definition = nullptr;
  if (!FD->hasBody(Definition) || Definition->isDependentContext())
    return false;
  const SourceManager &SM = Types.context().getSourceManager();
  return !SM.isInSystemHeader(Definition->getLocation());
}

// --- Arguments ---------------------------------------------------------------

static bool isZero(const Expr *E, const ASTContext &Context) {
  E = stripped(E);
  Expr::EvalResult Result;
  if (!E->isValueDependent() && E->getType()->isIntegralOrEnumerationType() &&
      E->EvaluateAsInt(Result, Context))
    return Result.Val.getInt().isZero();
  // A duration: seconds(0), 0s, duration::zero().
  if (const auto *Construct = dyn_cast<CXXConstructExpr>(E)) {
    unsigned Written = 0;
    for (const Expr *Arg : Construct->arguments())
      Written += !isa<CXXDefaultArgExpr>(Arg);
    return Written == 1 && isZero(Construct->getArg(0), Context);
  }
  if (const auto *List = dyn_cast<InitListExpr>(E))
    return List->getNumInits() == 0 ||
           (List->getNumInits() == 1 && isZero(List->getInit(0), Context));
  if (const auto *Literal = dyn_cast<UserDefinedLiteral>(E)) {
    if (Literal->getLiteralOperatorKind() == UserDefinedLiteral::LOK_Integer)
      return isZero(Literal->getCookedLiteral(), Context);
    // std::chrono's literals are raw templates: operator""s<'0'>().
    const FunctionDecl *Operator = Literal->getDirectCallee();
    const TemplateArgumentList *Args =
        Operator ? Operator->getTemplateSpecializationArgs() : nullptr;
    if (!Args)
      return false;
    llvm::SmallVector<TemplateArgument, 4> Digits;
    for (const TemplateArgument &Arg : Args->asArray())
      if (Arg.getKind() == TemplateArgument::Pack)
        llvm::append_range(Digits, Arg.pack_elements());
      else
        Digits.push_back(Arg);
    return llvm::all_of(Digits, [](const TemplateArgument &Digit) {
      return Digit.getKind() == TemplateArgument::Integral &&
             Digit.getAsIntegral() == '0';
    });
  }
  const FunctionDecl *Callee = calledFunction(E);
  return Callee && Callee->getIdentifier() && Callee->getName() == "zero";
}

/// \p Names: "LOCK_NB|LOCK_UN". A name counts as a whole word only.
static bool hasAnyWord(llvm::StringRef Text, llvm::StringRef Names) {
  auto isWordChar = [](char C) { return llvm::isAlnum(C) || C == '_'; };
  llvm::SmallVector<llvm::StringRef, 2> Wanted;
  Names.split(Wanted, '|', -1, /*KeepEmpty=*/false);
  while (!Text.empty()) {
    Text = Text.drop_until(isWordChar);
    llvm::StringRef Word = Text.take_while(isWordChar);
    if (llvm::is_contained(Wanted, Word))
      return true;
    Text = Text.drop_front(Word.size());
  }
  return false;
}

bool holds(const ArgumentPredicate &P, const Expr *Call,
           const ASTContext &Context) {
  llvm::ArrayRef<const Expr *> Args;
  llvm::SmallVector<const Expr *, 8> Storage;
  if (const auto *C = dyn_cast<CallExpr>(Call)) {
    unsigned First =
        isa<CXXOperatorCallExpr>(C) &&
                isa_and_nonnull<CXXMethodDecl>(C->getDirectCallee())
            ? 1
            : 0;
    for (unsigned I = First; I < C->getNumArgs(); ++I)
      Storage.push_back(C->getArg(I));
  } else if (const auto *C = dyn_cast<CXXConstructExpr>(Call)) {
    for (const Expr *Arg : C->arguments())
      Storage.push_back(Arg);
  }
  Args = Storage;
  const Expr *Arg = P.Argument >= 1 && P.Argument <= Args.size()
                        ? Args[P.Argument - 1]
                        : nullptr;
  bool Present = Arg && !isa<CXXDefaultArgExpr>(Arg);
  switch (P.Is) {
  case ArgumentPredicate::Kind::Present:
    return Present;
  case ArgumentPredicate::Kind::Zero:
    return Arg && isZero(Arg, Context);
  case ArgumentPredicate::Kind::Null:
    return Arg && stripped(Arg)->isNullPointerConstant(
                      const_cast<ASTContext &>(Context),
                      Expr::NPC_ValueDependentIsNotNull) != Expr::NPCK_NotNull;
  case ArgumentPredicate::Kind::Type: {
    if (!Present)
      return false;
    const CXXRecordDecl *RD =
        Arg->getType().getNonReferenceType()->getAsCXXRecordDecl();
    return RD && knowledgeName(RD) == P.Name;
  }
  case ArgumentPredicate::Kind::HasFlag: {
    if (!Present)
      return false;
    // Flags are macros or enumerators; both are seen in the source text.
    const SourceManager &SM = Context.getSourceManager();
    CharSourceRange Range =
        CharSourceRange::getTokenRange(SM.getSpellingLoc(Arg->getBeginLoc()),
                                       SM.getSpellingLoc(Arg->getEndLoc()));
    CharSourceRange Expansion = SM.getExpansionRange(Arg->getSourceRange());
    // Between the definitions of two macros stand those of others.
    if (SM.getFileID(Arg->getBeginLoc()) != SM.getFileID(Arg->getEndLoc()))
      Range = Expansion;
    for (CharSourceRange R : {Range, Expansion}) {
      bool Invalid = false;
      llvm::StringRef Text =
          Lexer::getSourceText(R, SM, Context.getLangOpts(), &Invalid);
      if (!Invalid && hasAnyWord(Text, P.Name))
        return true;
    }
    return false;
  }
  }
  return false;
}

// --- Parameters --------------------------------------------------------------

static bool mentions(const Stmt *S, const VarDecl *Var) {
  ParentTable Table(S);
  return llvm::any_of(Table.preorder(), [&](const Stmt *Inner) {
    const auto *Ref = dyn_cast<DeclRefExpr>(Inner);
    return Ref && Ref->getDecl() == Var;
  });
}

bool Summaries::closesObject(const CXXMethodDecl *Method,
                             llvm::ArrayRef<std::string> CloseNames) const {
  const FunctionDecl *Definition = nullptr;
  if (!Method || !Method->hasBody(Definition) || !isReadable(Definition))
    return false;
  ParentTable Table(writtenBody(Definition));
  return llvm::any_of(Table.preorder(), [&](const Stmt *S) {
    const auto *Call = dyn_cast<CXXMemberCallExpr>(S);
    const CXXMethodDecl *Callee = Call ? Call->getMethodDecl() : nullptr;
    return Callee && Callee->getIdentifier() &&
           isa<CXXThisExpr>(stripped(Call->getImplicitObjectArgument())) &&
           llvm::is_contained(CloseNames, Callee->getName());
  });
}

ParameterFate Summaries::parameterFate(const FunctionDecl *FD, unsigned Index,
                                       llvm::ArrayRef<std::string> CloseNames,
                                       unsigned Depth) const {
  const FunctionDecl *Definition = nullptr;
  if (!FD || !FD->hasBody(Definition) || !isReadable(Definition) ||
      Index >= Definition->getNumParams())
    return ParameterFate::Unknown;
  const ParmVarDecl *Param = Definition->getParamDecl(Index);
  // A constructor that mentions it before its body keeps it.
  if (const auto *Ctor = dyn_cast<CXXConstructorDecl>(Definition))
    for (const CXXCtorInitializer *Init : Ctor->inits())
      if (mentions(Init->getInit(), Param))
        return ParameterFate::Escapes;
  return nameFate(Param, Definition, CloseNames, Depth);
}

ParameterFate Summaries::nameFate(const ValueDecl *Name, const FunctionDecl *FD,
                                  llvm::ArrayRef<std::string> CloseNames,
                                  unsigned Depth) const {
  ParentTable Parents(writtenBody(FD));
  ParameterFate Fate = ParameterFate::OnlyUses;
  for (const Stmt *S : Parents.preorder()) {
    const auto *Ref = dyn_cast<DeclRefExpr>(S);
    if (!Ref || Ref->getDecl() != Name)
      continue;
    Use U = classifyUse(Ref, Parents);
    switch (U.Kind) {
    case UseKind::MemberCall:
      if (U.Callee && U.Callee->getIdentifier() &&
          llvm::is_contained(CloseNames, U.Callee->getName()))
        return ParameterFate::Closes;
      if (closesObject(dyn_cast_or_null<CXXMethodDecl>(U.Callee), CloseNames))
        return ParameterFate::Closes;
      break;
    case UseKind::Value:
    case UseKind::Condition:
    case UseKind::FieldAccess:
    case UseKind::PassedByConstReference:
      break;
    case UseKind::PassedByReference:
      switch (Depth > 0
                  ? parameterFate(U.Callee, U.Argument, CloseNames, Depth - 1)
                  : ParameterFate::Unknown) {
      case ParameterFate::Closes:
        return ParameterFate::Closes;
      case ParameterFate::OnlyUses:
        break;
      case ParameterFate::Escapes:
      case ParameterFate::Unknown:
        Fate = ParameterFate::Escapes;
        break;
      }
      break;
    case UseKind::Moved:
    case UseKind::Copied:
    case UseKind::Assigned:
    case UseKind::AddressTaken:
    case UseKind::ReferenceBound:
    case UseKind::Returned:
    case UseKind::Other:
      Fate = ParameterFate::Escapes;
      break;
    }
  }
  return Fate;
}

} // namespace codrop
