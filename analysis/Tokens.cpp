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
      const CXXRecordDecl *Part = Field->getType()->getAsCXXRecordDecl();
      const SourceManager &SM = TU.context().getSourceManager();
      if (!Part || !Part->hasDefinition() ||
          SM.isInSystemHeader(Part->getLocation()))
        continue;
      for (const FieldDecl *Inner : Part->getDefinition()->fields())
        if (Inner->getAccess() == AS_public && Inner->getIdentifier())
          if (const CXXRecordDecl *Class = tokenOf(Inner->getType()))
            Out.push_back({ScopeToken::Member, Field, Inner, Class});
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

// --- What is done with it ----------------------------------------------------

/// Calls \p Visit for every expression below \p S, closures included.
static void visitAll(const Stmt *S,
                     llvm::function_ref<void(const Expr *)> Visit) {
  llvm::SmallVector<const Stmt *, 32> Left = {S};
  while (!Left.empty()) {
    const Stmt *At = Left.pop_back_val();
    if (!At)
      continue;
    if (const auto *E = dyn_cast<Expr>(At))
      Visit(E);
    if (const auto *Lambda = dyn_cast<LambdaExpr>(At)) {
      Left.push_back(Lambda->getBody());
      for (const Expr *Init : Lambda->capture_inits())
        Left.push_back(Init);
      continue;
    }
    for (const Stmt *Child : At->children())
      Left.push_back(Child);
  }
}

static bool names(const Expr *E, const ScopeToken &Token) {
  if (const auto *Ref = dyn_cast<DeclRefExpr>(E))
    return Ref->getDecl() == Token.D;
  const auto *Member = dyn_cast<MemberExpr>(E);
  return Member && Member->getMemberDecl() == Token.named();
}

bool TokenModel::isMentioned(const ScopeToken &Token, const Stmt *S) const {
  bool Found = false;
  visitAll(S, [&](const Expr *E) {
    Found |= names(E, Token);
    const auto *Call = dyn_cast<CXXMemberCallExpr>(E);
    const CXXMethodDecl *Method = Call ? Call->getMethodDecl() : nullptr;
    if (Found || !Method || Token.From != ScopeToken::Member ||
        !isa<CXXThisExpr>(stripped(Call->getImplicitObjectArgument())))
      return;
    const FunctionDecl *Definition = nullptr;
    // What can't be seen may well ask it.
    Found |= !Method->hasBody(Definition) ||
             llvm::is_contained(TU.index().users(Token.named()), Definition);
  });
  return Found;
}

TokenMention TokenModel::mentionAt(const Expr *Named,
                                   const ParentTable &Parents) const {
  TokenMention M;
  M.Named = Named;
  const Expr *At = Named;
  for (unsigned Depth = 0; Depth < 12; ++Depth) {
    const Stmt *Child = At;
    const Stmt *P = Parents.effectiveParent(At, &Child);
    if (!P || Parents.initializedVariable(Child))
      return M;
    if (const auto *Unary = dyn_cast<UnaryOperator>(P)) {
      if (Unary->getOpcode() == UO_LNot) {
        M.K = TokenMention::Check;
        return M;
      }
      At = Unary;
      continue;
    }
    if (const auto *Member = dyn_cast<MemberExpr>(P)) {
      At = Member;
      continue;
    }
    if (const auto *Cast = dyn_cast<CastExpr>(P)) {
      if (Cast->getCastKind() == CK_PointerToBoolean ||
          Cast->getType()->isBooleanType()) {
        M.K = TokenMention::Check;
        return M;
      }
      At = Cast;
      continue;
    }
    if (const auto *Call = dyn_cast<CallExpr>(P)) {
      const auto *MemberCall = dyn_cast<CXXMemberCallExpr>(Call);
      const auto *Operator = dyn_cast<CXXOperatorCallExpr>(Call);
      bool OnIt = MemberCall ? stripped(MemberCall->getCallee()) == stripped(At)
                             : Operator && Operator->getArg(0) == Child;
      if (movedOperand(Call)) {
        At = Call;
        continue;
      }
      if (OnIt) {
        if (tokenOf(Call->getType())) {
          At = Call;
          continue;
        }
        const auto *Method =
            dyn_cast_or_null<CXXMethodDecl>(Call->getDirectCallee());
        QualType T = Call->getType();
        M.Call = Call;
        if (Method && Call->getNumArgs() == (Operator ? 1u : 0u) &&
            (T->isBooleanType() || T->isVoidType()))
          M.K = Method->isConst() || isa<CXXConversionDecl>(Method)
                    ? TokenMention::Check
                    : TokenMention::Request;
        // `std::stop_source::request_stop()` is const, as a handle's may be.
        if (Method && M.K == TokenMention::Check &&
            identifierWords(nameOf(Method)).size() &&
            identifierWords(nameOf(Method)).front() == "request")
          M.K = TokenMention::Request;
        return M;
      }
      if (TU.types().isAwaitable(Call->getType())) {
        M.K = TokenMention::Forward;
        M.Call = Call;
      }
      return M;
    }
    const auto *Construct = dyn_cast<CXXConstructExpr>(P);
    if (!Construct || !tokenOf(Construct->getType()))
      return M;
    At = Construct;
  }
  return M;
}

std::vector<TokenMention>
TokenModel::mentions(const ScopeToken &Token, const FunctionAnalysis &F) const {
  std::vector<TokenMention> Out;
  const ParentTable &Parents = F.graph()->parents();
  for (const Stmt *S : Parents.preorder()) {
    if (const auto *Lambda = dyn_cast<LambdaExpr>(S)) {
      if (isMentioned(Token, Lambda))
        Out.push_back({TokenMention::Elsewhere, Lambda, nullptr});
      continue;
    }
    const auto *E = dyn_cast<Expr>(S);
    if (E && names(E, Token))
      Out.push_back(mentionAt(E, Parents));
  }
  return Out;
}

llvm::BitVector
TokenModel::beforeRequest(const ScopeToken &Token, const SuspendCFG &G,
                          llvm::ArrayRef<TokenMention> Mentions) const {
  llvm::DenseMap<const Expr *, TokenMention::Kind> Asked;
  for (const TokenMention &M : Mentions)
    if (M.Call)
      Asked[M.Call] = M.K;
  llvm::BitVector Seen(G.size());
  llvm::SmallVector<NodeId, 32> Left = {G.entry()};
  while (!Left.empty()) {
    NodeId N = Left.pop_back_val();
    if (Seen.test(N))
      continue;
    Seen.set(N);
    const Node &At = G.node(N);
    std::optional<Edge::Outcome> Requested;
    if (const auto *E = dyn_cast_or_null<Expr>(At.S)) {
      E = stripped(E);
      if (At.Kind == NodeKind::Statement && Asked.contains(E) &&
          Asked.lookup(E) == TokenMention::Request)
        continue;
      bool Holds = true;
      while (const auto *Not = dyn_cast<UnaryOperator>(E)) {
        if (Not->getOpcode() != UO_LNot)
          break;
        Holds = !Holds;
        E = stripped(Not->getSubExpr());
      }
      if (At.Kind == NodeKind::Branch && Asked.contains(E) &&
          Asked.lookup(E) == TokenMention::Check)
        Requested = Holds ? Edge::Outcome::True : Edge::Outcome::False;
    }
    for (const Edge &E : At.Out)
      if (!Requested || E.Taken != *Requested)
        Left.push_back(E.To);
  }
  return Seen;
}

const ScopeToken *TokenModel::passed(const Expr *E,
                                     llvm::ArrayRef<ScopeToken> Tokens) const {
  const ScopeToken *Found = nullptr;
  visitAll(E, [&](const Expr *Part) {
    for (const ScopeToken &Token : Tokens)
      if (!Found && names(Part, Token))
        Found = &Token;
  });
  return Found;
}

} // namespace codrop
