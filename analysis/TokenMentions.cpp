// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a function does with a token.

#include "analysis/Names.h"
#include "analysis/Tokens.h"

using namespace clang;

namespace codrop {

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

bool TokenModel::isMentioned(const ScopeToken &Token, const Stmt *S,
                             bool UnseenMay) const {
  bool Found = false;
  visitAll(S, [&](const Expr *E) {
    Found |= names(E, Token);
    const auto *Call = dyn_cast<CXXMemberCallExpr>(E);
    const CXXMethodDecl *Method = Call ? Call->getMethodDecl() : nullptr;
    if (Found || !Method || Token.From != ScopeToken::Member ||
        !isa<CXXThisExpr>(stripped(Call->getImplicitObjectArgument())))
      return;
    const FunctionDecl *Definition = nullptr;
    Found |=
        Method->hasBody(Definition)
            ? llvm::is_contained(TU.index().users(Token.named()), Definition)
            : UnseenMay;
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
      if (Cast->getCastKind() == CK_ToVoid) {
        M.K = TokenMention::Discarded;
        return M;
      }
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
  llvm::DenseSet<const Expr *> Asked;
  for (const TokenMention &M : Mentions)
    if (M.K == TokenMention::Check && M.Call)
      Asked.insert(M.Call);
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
      bool Holds = true;
      while (const auto *Not = dyn_cast<UnaryOperator>(E)) {
        if (Not->getOpcode() != UO_LNot)
          break;
        Holds = !Holds;
        E = stripped(Not->getSubExpr());
      }
      if (At.Kind == NodeKind::Branch && Asked.contains(E))
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
