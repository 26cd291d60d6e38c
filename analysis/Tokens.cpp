// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "analysis/Tokens.h"
#include "analysis/ClassShape.h"
#include "analysis/Names.h"

using namespace clang;

namespace codrop {

std::string ScopeToken::name() const {
  std::string Result = D->getNameAsString();
  if (Inner)
    Result += "." + Inner->getNameAsString();
  return Result;
}

static bool speaksOfStop(llvm::StringRef Word) {
  for (llvm::StringRef Stem : {"cancel", "stop", "abort", "interrupt"})
    if (Word.starts_with(Stem))
      return true;
  return false;
}

/// `class CancelToken { bool is_cancelled() const; }`: named as a token, and
/// can be asked.
static bool looksLikeToken(const CXXRecordDecl *RD) {
  auto Words = identifierWords(nameOf(RD));
  if (Words.size() < 2 ||
      !llvm::is_contained({"token", "source", "signal"}, Words.back()) ||
      llvm::none_of(Words, [](llvm::StringRef W) { return speaksOfStop(W); }))
    return false;
  return RD->hasDefinition() &&
         llvm::any_of(RD->methods(), [](const CXXMethodDecl *Method) {
           auto Said = identifierWords(nameOf(Method));
           return Method->getReturnType()->isBooleanType() &&
                  Method->getNumParams() == 0 &&
                  llvm::any_of(Said, [](auto &W) { return speaksOfStop(W); });
         });
}

const CXXRecordDecl *TokenModel::tokenOf(QualType T) const {
  for (unsigned Depth = 0; Depth < 4 && !T.isNull(); ++Depth) {
    T = T.getNonReferenceType();
    if (T->isPointerType()) {
      T = T->getPointeeType();
      continue;
    }
    const CXXRecordDecl *RD = T->getAsCXXRecordDecl();
    if (!RD || RD->isLambda())
      return nullptr;
    RD = RD->getCanonicalDecl();
    if (TU.knowledge().isCancellationToken(RD))
      return RD;
    const auto *Spec = dyn_cast<ClassTemplateSpecializationDecl>(RD);
    if (!Spec) {
      auto [It, New] = Inferred.try_emplace(RD, false);
      if (New)
        It->second =
            looksLikeToken(RD->hasDefinition() ? RD->getDefinition() : RD);
      return It->second ? RD : nullptr;
    }
    auto Held = typeArguments(Spec);
    if (Held.empty() ||
        !(isPointerLike(T) || nameOf(Spec) == "reference_wrapper"))
      return nullptr;
    T = Held.front();
  }
  return nullptr;
}

bool TokenModel::gives(const CXXRecordDecl *Has,
                       const CXXRecordDecl *Wanted) const {
  if (Has == Wanted)
    return true;
  return Has->hasDefinition() &&
         llvm::any_of(Has->getDefinition()->methods(),
                      [&](const CXXMethodDecl *Method) {
                        return Method->getNumParams() == 0 &&
                               Method->getAccess() == AS_public &&
                               !isa<CXXConversionDecl>(Method) &&
                               tokenOf(Method->getReturnType()) == Wanted;
                      });
}

bool TokenModel::isSource(const CXXRecordDecl *RD) const {
  if (!RD->hasDefinition())
    return false;
  RD = RD->getDefinition();
  return !TypeModel::isCopyable(RD) ||
         llvm::any_of(RD->methods(), [&](const CXXMethodDecl *Method) {
           const CXXRecordDecl *Given = tokenOf(Method->getReturnType());
           return Method->getNumParams() == 0 && Given &&
                  Given != RD->getCanonicalDecl();
         });
}

// --- What is at hand ---------------------------------------------------------

const CXXRecordDecl *selfClass(const FunctionDecl *FD, TUAnalysis &TU) {
  for (unsigned Depth = 0; FD && Depth < 8; ++Depth) {
    const auto *Method = dyn_cast<CXXMethodDecl>(FD);
    if (!Method)
      return nullptr;
    if (!Method->getParent()->isLambda())
      return Method->isStatic() ? nullptr : Method->getParent();
    const LambdaExpr *Lambda = TU.index().lambda(FD);
    if (!Lambda)
      return nullptr;
    bool HasThis = Lambda->getCaptureDefault() != LCD_None;
    for (const LambdaCapture &C : Lambda->captures())
      HasThis |= C.capturesThis();
    if (!HasThis)
      return nullptr;
    FD = TU.index().enclosing(FD);
  }
  return nullptr;
}

void TokenModel::addParts(const ValueDecl *Whole, ScopeToken::Origin From,
                          std::vector<ScopeToken> &Out) const {
  const CXXRecordDecl *RD =
      Whole->getType().getNonReferenceType()->getAsCXXRecordDecl();
  const SourceManager &SM = TU.context().getSourceManager();
  if (!RD || !RD->hasDefinition() || SM.isInSystemHeader(RD->getLocation()))
    return;
  for (const FieldDecl *Inner : RD->getDefinition()->fields())
    if (Inner->getAccess() == AS_public && Inner->getIdentifier())
      if (const CXXRecordDecl *Class = tokenOf(Inner->getType()))
        Out.push_back({From, Whole, Inner, Class});
}

void TokenModel::addMembers(const CXXRecordDecl *RD,
                            std::vector<ScopeToken> &Out) const {
  if (!RD || !RD->hasDefinition())
    return;
  const CXXRecordDecl *Own = RD->getDefinition();
  anyInHierarchy(Own, [&](const CXXRecordDecl *R) {
    for (const FieldDecl *Field : R->fields()) {
      if (!Field->getIdentifier() ||
          (R != Own && Field->getAccess() == AS_private))
        continue;
      if (const CXXRecordDecl *Class = tokenOf(Field->getType())) {
        Out.push_back({ScopeToken::Member, Field, nullptr, Class});
        continue;
      }
      // A part of the object itself, not of a component that it refers to.
      if (Field->getType()->isRecordType())
        addParts(Field, ScopeToken::Member, Out);
    }
    return false;
  });
}

std::vector<ScopeToken> TokenModel::inScope(const FunctionAnalysis &F) const {
  std::vector<ScopeToken> Out;
  auto addParameters = [&](const FunctionDecl *FD, ScopeToken::Origin From) {
    for (const ParmVarDecl *P : FD->parameters())
      if (const CXXRecordDecl *Class = tokenOf(P->getType());
          Class && P->getIdentifier())
        Out.push_back({From, P, nullptr, Class});
  };
  const FunctionDecl *FD = F.function();
  addParameters(FD, ScopeToken::Parameter);
  const auto *Method = dyn_cast<CXXMethodDecl>(FD);
  for (const FunctionDecl *At = FD;
       Method && Method->getParent()->isLambda();) {
    const LambdaExpr *Lambda = TU.index().lambda(At);
    if (!Lambda)
      break;
    for (const LambdaCapture &C : Lambda->captures())
      if (C.capturesVariable())
        if (const CXXRecordDecl *Class = tokenOf(C.getCapturedVar()->getType()))
          if (llvm::none_of(Out, [&](const ScopeToken &T) {
                return T.D == C.getCapturedVar();
              }))
            Out.push_back(
                {ScopeToken::Capture, C.getCapturedVar(), nullptr, Class});
    At = Lambda->getCaptureDefault() == LCD_None ? nullptr
                                                 : TU.index().enclosing(At);
    if (!At)
      break;
    for (const ParmVarDecl *P : At->parameters())
      if (const CXXRecordDecl *Class = tokenOf(P->getType());
          Class && P->getIdentifier() &&
          llvm::none_of(Out, [&](const ScopeToken &T) { return T.D == P; }))
        Out.push_back({ScopeToken::Capture, P, nullptr, Class});
    Method = dyn_cast<CXXMethodDecl>(At);
  }
  for (const ParmVarDecl *P : FD->parameters())
    if (P->getIdentifier() && !tokenOf(P->getType()))
      addParts(P, ScopeToken::Part, Out);
  addMembers(selfClass(FD, TU), Out);
  return Out;
}

std::vector<ScopeToken> TokenModel::locals(const SuspendCFG &G) const {
  std::vector<ScopeToken> Out;
  for (const Object &O : G.objects()) {
    if (O.K != Object::Variable || !O.Var || !O.Var->getIdentifier())
      continue;
    const CXXRecordDecl *Class = tokenOf(O.Var->getType());
    if (!Class || O.Var->isStaticLocal())
      continue;
    bool Refers = O.Var->getType()->isReferenceType() ||
                  O.Var->getType()->isPointerType();
    const auto *Construct =
        O.Var->getInit()
            ? dyn_cast<CXXConstructExpr>(stripped(O.Var->getInit()))
            : nullptr;
    bool Empty =
        !O.Var->getInit() || (Construct && Construct->getNumArgs() == 0);
    if (Refers || (!isSource(Class) && !Empty))
      Out.push_back({ScopeToken::Local, O.Var, nullptr, Class});
  }
  return Out;
}

} // namespace codrop
