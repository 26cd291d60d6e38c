// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Calls that could take a token and are made without one: an overload with the
// same parameters and a token besides, or a parameter that is left to its
// default. Of a member token it is asked whether something else ends the wait.

#include "analysis/ClassShape.h"
#include "analysis/IgnoredTokens.h"
#include "analysis/Names.h"

using namespace clang;

namespace codrop {

/// The declaration to compare parameters on: a template's own, whose types are
/// the same for every overload that spells them the same.
static const FunctionDecl *patternOf(const FunctionDecl *FD) {
  const FunctionTemplateDecl *Template = FD->getPrimaryTemplate();
  return Template ? Template->getTemplatedDecl() : FD;
}

static const FunctionDecl *functionOf(const NamedDecl *D) {
  if (const auto *Shadow = dyn_cast<UsingShadowDecl>(D))
    D = Shadow->getTargetDecl();
  if (const auto *Template = dyn_cast<FunctionTemplateDecl>(D))
    return Template->getTemplatedDecl();
  return dyn_cast<FunctionDecl>(D);
}

/// Whoever may call \p Callee may call \p FD.
static bool isUsable(const FunctionDecl *FD, const FunctionDecl *Callee) {
  return !FD->isDeleted() && !FD->hasAttr<DeprecatedAttr>() &&
         !FD->hasAttr<UnavailableAttr>() &&
         (FD->getAccess() == AS_public || FD->getAccess() == AS_none ||
          FD->getAccess() == Callee->getAccess());
}

namespace {
/// A function that could have been called, and which of its parameters is the
/// token.
struct Overload {
  const FunctionDecl *FD = nullptr;
  unsigned At = 0;
  const CXXRecordDecl *Class = nullptr;
  bool OtherName = false;
};
} // namespace

/// True if \p With takes what \p Callee was given, the first \p Given
/// parameters, and one token. \p ByType: or only as many.
static std::optional<Overload> takesToken(const FunctionDecl *With,
                                          const FunctionDecl *Callee,
                                          unsigned Given, bool ByType,
                                          const TokenModel &Model) {
  std::optional<Overload> Found;
  for (unsigned I = 0; I < With->getNumParams(); ++I)
    if (const CXXRecordDecl *Class =
            Model.tokenOf(With->getParamDecl(I)->getType())) {
      if (Found)
        return std::nullopt;
      Found = Overload{With, I, Class, !ByType};
    }
  if (!Found || With->getNumParams() < Given + 1 || With->isVariadic())
    return std::nullopt;
  const ASTContext &Context = With->getASTContext();
  unsigned Theirs = 0;
  for (unsigned I = 0; I < With->getNumParams(); ++I) {
    const ParmVarDecl *P = With->getParamDecl(I);
    if (I == Found->At)
      continue;
    if (Theirs >= Given) {
      if (!P->hasDefaultArg())
        return std::nullopt;
    } else if (ByType &&
               !Context.hasSameUnqualifiedType(
                   P->getType(), Callee->getParamDecl(Theirs)->getType())) {
      return std::nullopt;
    }
    ++Theirs;
  }
  return Found;
}

/// `sleep` and `sleep_abortable`: names that differ by such a word only.
static llvm::SmallVector<std::string, 8> namesWithToken(llvm::StringRef Name) {
  llvm::SmallVector<std::string, 8> Out;
  for (llvm::StringRef Word : {"abortable", "cancellable", "cancelable",
                               "stoppable", "interruptible"}) {
    Out.push_back((Name + "_" + Word).str());
    Out.push_back((Word + "_" + Name).str());
    Out.push_back((Name + Word.substr(0, 1).upper() + Word.substr(1)).str());
  }
  return Out;
}

static std::optional<Overload> findOverload(const CallExpr *Call,
                                            const FunctionAnalysis &F,
                                            const TokenModel &Model) {
  const FunctionDecl *Callee = Call->getDirectCallee();
  if (!Callee || !Callee->getIdentifier() || Callee->isVariadic())
    return std::nullopt;
  Callee = patternOf(Callee);
  if (Callee->getNumParams() != 0 &&
      Callee->getParamDecl(Callee->getNumParams() - 1)->isParameterPack())
    return std::nullopt;
  unsigned Given = 0;
  for (const Expr *Arg : Call->arguments())
    Given += !isa<CXXDefaultArgExpr>(Arg);
  if (Given > Callee->getNumParams())
    return std::nullopt;
  for (unsigned I = 0; I < Callee->getNumParams(); ++I)
    if (Model.tokenOf(Callee->getParamDecl(I)->getType()))
      return std::nullopt;
  ASTContext &Context = Callee->getASTContext();
  const DeclContext *Where = Callee->getDeclContext()->getRedeclContext();
  if (!isa<NamespaceDecl, TranslationUnitDecl, CXXRecordDecl>(Where))
    return std::nullopt;
  const FunctionDecl *Self = patternOf(F.function());
  auto search = [&](DeclarationName Name,
                    bool ByType) -> std::optional<Overload> {
    for (const NamedDecl *D : Where->lookup(Name)) {
      const FunctionDecl *With = functionOf(D);
      // The overload with the token may well be made from the one without.
      if (!With || !isUsable(With, Callee) ||
          With->getLocation() == Self->getLocation())
        continue;
      const auto *Method = dyn_cast<CXXMethodDecl>(With);
      if (Method && isa<CXXMethodDecl>(Callee) &&
          Method->isStatic() != cast<CXXMethodDecl>(Callee)->isStatic())
        continue;
      if (auto Found = takesToken(With, Callee, Given, ByType, Model))
        return Found;
    }
    return std::nullopt;
  };
  if (auto Found = search(Callee->getDeclName(), true))
    return Found;
  for (const std::string &Name : namesWithToken(Callee->getName()))
    if (auto Found = search(&Context.Idents.get(Name), false))
      return Found;
  return std::nullopt;
}

/// The parameter of the callee for a token, left to its default.
static std::optional<Overload> findDefault(const CallExpr *Call,
                                           const TokenModel &Model) {
  const FunctionDecl *Callee = Call->getDirectCallee();
  if (!Callee)
    return std::nullopt;
  std::optional<Overload> Found;
  unsigned First = isa<CXXOperatorCallExpr>(Call) && isa<CXXMethodDecl>(Callee);
  for (unsigned I = First; I < Call->getNumArgs(); ++I) {
    unsigned Param = I - First;
    if (Param >= Callee->getNumParams())
      break;
    const CXXRecordDecl *Class =
        Model.tokenOf(Callee->getParamDecl(Param)->getType());
    if (Class && !isa<CXXDefaultArgExpr>(Call->getArg(I)))
      return std::nullopt;
    if (Class)
      Found = Overload{Callee, Param, Class, false};
  }
  return Found;
}

// --- Waits that end all the same ---------------------------------------------

/// A duration that is written in the code, in seconds.
static std::optional<double> constantSeconds(const Expr *E,
                                             const ASTContext &Context) {
  const Expr *Value = E;
  if (const auto *Made = dyn_cast<MaterializeTemporaryExpr>(Value))
    Value = Made->getSubExpr();
  const auto *Spec = dyn_cast_or_null<ClassTemplateSpecializationDecl>(
      Value->getType().getNonReferenceType()->getAsCXXRecordDecl());
  if (!Spec || nameOf(Spec) != "duration" || Value->isValueDependent() ||
      Value->isGLValue())
    return std::nullopt;
  auto Types = typeArguments(Spec);
  const auto *Period = Types.size() < 2
                           ? nullptr
                           : dyn_cast_or_null<ClassTemplateSpecializationDecl>(
                                 Types[1]->getAsCXXRecordDecl());
  if (!Period || Period->getTemplateArgs().size() < 2)
    return std::nullopt;
  Expr::EvalResult Result;
  if (!Value->EvaluateAsConstantExpr(Result, Context) ||
      !Result.Val.isStruct() || Result.Val.getStructNumFields() != 1)
    return std::nullopt;
  const APValue &Count = Result.Val.getStructField(0);
  double Number = Count.isInt()     ? double(Count.getInt().getExtValue())
                  : Count.isFloat() ? Count.getFloat().convertToDouble()
                                    : -1;
  auto number = [&](unsigned I) {
    const TemplateArgument &Arg = Period->getTemplateArgs()[I];
    return Arg.getKind() == TemplateArgument::Integral
               ? double(Arg.getAsIntegral().getExtValue())
               : 0;
  };
  if (Number < 0 || number(1) == 0)
    return std::nullopt;
  return Number * number(0) / number(1);
}

/// Waits so short that nobody who cancels would notice.
static bool isShort(const CallExpr *Call, const ASTContext &Context) {
  return llvm::any_of(Call->arguments(), [&](const Expr *Arg) {
    std::optional<double> Seconds = constantSeconds(Arg, Context);
    return Seconds && *Seconds <= 0.1;
  });
}

/// What is waited on: `sem_` of `sem_.wait()`, `get_units(sem_, 1)`.
static const MemberExpr *waitedOn(const CallExpr *Call) {
  const Expr *Object = calledObject(Call);
  if (!Object || isa<CXXThisExpr>(stripped(Object)))
    Object = Call->getNumArgs() ? Call->getArg(0) : nullptr;
  const auto *Member =
      Object ? dyn_cast<MemberExpr>(stripped(Object)) : nullptr;
  return Member && isa<FieldDecl>(Member->getMemberDecl()) ? Member : nullptr;
}

/// A lock that the object takes on its own state, one unit of it: the others
/// hold it for as long as their own waits, and those can be cancelled.
static bool isOwnLock(const CallExpr *Call, const MemberExpr *On,
                      TUAnalysis &TU) {
  if (!On || !isa<CXXThisExpr>(stripped(On->getBase())))
    return false;
  const FunctionDecl *Callee = Call->getDirectCallee();
  auto Words = identifierWords(nameOf(Callee));
  if (!TU.knowledge().pairAcquire(Callee, objectClass(Call)) &&
      llvm::none_of(Words, [](llvm::StringRef Word) {
        return llvm::is_contained({"lock", "units", "acquire", "permit"}, Word);
      }))
    return false;
  return llvm::all_of(Call->arguments(), [&](const Expr *Arg) {
    Expr::EvalResult Count;
    return isa<CXXDefaultArgExpr>(Arg) || stripped(Arg) == On ||
           (Arg->getType()->isIntegerType() &&
            Arg->EvaluateAsInt(Count, TU.context()) && Count.Val.getInt() == 1);
  });
}

/// Somewhere the field is broken, closed or aborted, which ends every wait.
static bool isEndedOtherwise(const ValueDecl *Field, TUAnalysis &TU) {
  for (const FunctionDecl *User : TU.index().users(Field)) {
    const Stmt *Body = User->hasBody() ? User->getBody() : nullptr;
    llvm::SmallVector<const Stmt *, 32> Left = {Body};
    while (!Left.empty()) {
      const Stmt *S = Left.pop_back_val();
      if (!S)
        continue;
      if (const auto *Call = dyn_cast<CXXMemberCallExpr>(S)) {
        const auto *Member =
            dyn_cast<MemberExpr>(stripped(Call->getImplicitObjectArgument()));
        if (Member && Call->getMethodDecl() &&
            Member->getMemberDecl()->getLocation() == Field->getLocation() &&
            soundsLikeClosing(nameOf(Call->getMethodDecl())))
          return true;
      }
      llvm::append_range(Left, S->children());
    }
  }
  return false;
}

void findOmittedTokens(const FunctionAnalysis &F, TUAnalysis &TU,
                       const TokenModel &Model, llvm::ArrayRef<TokenUse> Uses,
                       std::vector<IgnoredToken> &Out) {
  if (Uses.empty())
    return;
  const SuspendCFG &G = *F.graph();
  std::vector<llvm::BitVector> Before(Uses.size());
  for (const Stmt *S : G.parents().preorder()) {
    const auto *Call = dyn_cast<CallExpr>(S);
    // What closes is called in order to be done to its end.
    if (!Call || !Call->getDirectCallee() ||
        soundsLikeClosing(nameOf(Call->getDirectCallee())) ||
        !TU.types().isAwaitable(Call->getType()))
      continue;
    std::optional<Overload> Left = findDefault(Call, Model);
    std::optional<Overload> Found = Left ? Left : findOverload(Call, F, Model);
    if (!Found || isShort(Call, TU.context()) || !isWaitedFor(Call, F, TU))
      continue;
    std::optional<NodeId> At = G.nodeOf(Call);
    for (size_t I = 0; I < Uses.size(); ++I) {
      const ScopeToken &Token = Uses[I].Token;
      if (!Model.gives(Token.Class, Found->Class))
        continue;
      if (Token.From == ScopeToken::Local) {
        auto Obj = G.objectOf(cast<VarDecl>(Token.D));
        if (!Obj || !At || !G.isAlive(*Obj, *At))
          continue;
      }
      // A token that is never used is told as such.
      if (Token.From == ScopeToken::Parameter && Uses[I].Mentions.empty())
        break;
      if (Before[I].empty())
        Before[I] = Model.beforeRequest(Token, G, Uses[I].Mentions);
      if (At && !Before[I].test(*At))
        break;
      const MemberExpr *On = waitedOn(Call);
      bool OwnLock = isOwnLock(Call, On, TU);
      if (!Token.isCallers() && On &&
          (OwnLock || isEndedOtherwise(On->getMemberDecl(), TU)))
        break;
      IgnoredToken Fact;
      Fact.K = Left ? IgnoredToken::Default : IgnoredToken::Omitted;
      Fact.Token = Token;
      Fact.Site = Call;
      Fact.Callee = Call->getDirectCallee();
      Fact.With = Found->FD;
      Fact.At = Found->At;
      if (!Token.isCallers() || Found->OtherName || OwnLock)
        Fact.Sure = Confidence::Maybe;
      Out.push_back(Fact);
      break;
    }
  }
}

} // namespace codrop
