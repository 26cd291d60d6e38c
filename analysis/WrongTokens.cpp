// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Calls that are given a token, but not the one that the caller cancels: the
// component's own, or that of a fresh source which nothing links to the
// caller's. A caller's token that is also used in other ways than to be asked
// or passed on may have been linked, and nothing is said.

#include "analysis/ClassShape.h"
#include "analysis/IgnoredTokens.h"
#include "analysis/Names.h"

using namespace clang;

namespace codrop {

/// The arguments of \p Call that its callee takes as tokens.
static llvm::SmallVector<const Expr *, 2>
tokenArguments(const CallExpr *Call, const TokenModel &Model) {
  llvm::SmallVector<const Expr *, 2> Out;
  const FunctionDecl *Callee = Call->getDirectCallee();
  unsigned First = isa<CXXOperatorCallExpr>(Call) && isa<CXXMethodDecl>(Callee);
  for (unsigned I = First; I < Call->getNumArgs(); ++I)
    if (I - First < Callee->getNumParams() &&
        !isa<CXXDefaultArgExpr>(Call->getArg(I)) &&
        Model.tokenOf(Callee->getParamDecl(I - First)->getType()))
      Out.push_back(Call->getArg(I));
  return Out;
}

/// Calls \p Visit for every variable that \p E names.
static void visitVariables(const Expr *E,
                           llvm::function_ref<void(const VarDecl *)> Visit) {
  llvm::SmallVector<const Stmt *, 16> Left = {E};
  while (!Left.empty()) {
    const Stmt *S = Left.pop_back_val();
    if (!S)
      continue;
    if (const auto *Ref = dyn_cast<DeclRefExpr>(S))
      if (const auto *Var = dyn_cast<VarDecl>(Ref->getDecl()))
        Visit(Var);
    llvm::append_range(Left, S->children());
  }
}

namespace {
class Finder {
public:
  Finder(const FunctionAnalysis &F, TUAnalysis &TU, const TokenModel &Model,
         llvm::ArrayRef<TokenUse> Uses, std::vector<IgnoredToken> &Out)
      : F(F), TU(TU), G(*F.graph()), Model(Model), Uses(Uses), Out(Out) {
    for (const TokenUse &U : Uses)
      if (U.Token.From == ScopeToken::Member)
        Members.push_back(U.Token);
  }

  void run() {
    for (const Stmt *S : G.parents().preorder()) {
      const auto *Call = dyn_cast<CallExpr>(S);
      if (!Call || !Call->getDirectCallee() ||
          soundsLikeClosing(nameOf(Call->getDirectCallee())) ||
          !TU.types().isAwaitable(Call->getType()))
        continue;
      auto Args = tokenArguments(Call, Model);
      if (Args.size() != 1 || !isWaitedFor(Call, F, TU))
        continue;
      if (!ownToken(Call, Args.front()))
        freshSource(Call, Args.front());
    }
  }

private:
  bool ownToken(const CallExpr *Call, const Expr *Arg);
  void freshSource(const CallExpr *Call, const Expr *Arg);
  const VarDecl *freshlyMade(const Expr *E, unsigned Depth) const;
  const VarDecl *contextOf(const CallExpr *Call, const Expr *Arg,
                           const CXXRecordDecl *Class) const;
  bool replacesImplicit(const CallExpr *Call, const CXXRecordDecl *Class) const;
  bool isMadeForCall(const VarDecl *Var) const;

  const FunctionAnalysis &F;
  TUAnalysis &TU;
  const SuspendCFG &G;
  const TokenModel &Model;
  llvm::ArrayRef<TokenUse> Uses;
  std::vector<IgnoredToken> &Out;
  std::vector<ScopeToken> Members;
};
} // namespace

/// Made from a parameter, or one: what the caller has given this call.
bool Finder::isMadeForCall(const VarDecl *Var) const {
  if (isa<ParmVarDecl>(Var))
    return true;
  bool Found = false;
  if (Var->isLocalVarDecl() && Var->getInit())
    visitVariables(Var->getInit(), [&](const VarDecl *Part) {
      Found |= isa<ParmVarDecl>(Part);
    });
  return Found;
}

/// Another argument comes from an object that this call was given, and that
/// has a token of its own: `sleep(permit.delay, as_)` with a permit that the
/// caller's retry budget has given.
const VarDecl *Finder::contextOf(const CallExpr *Call, const Expr *Arg,
                                 const CXXRecordDecl *Class) const {
  llvm::SmallVector<const VarDecl *, 8> Left;
  llvm::SmallPtrSet<const VarDecl *, 8> Seen;
  auto add = [&](const Expr *E) {
    visitVariables(E, [&](const VarDecl *Var) {
      if (Seen.insert(Var).second)
        Left.push_back(Var);
    });
  };
  for (const Expr *Other : Call->arguments())
    if (Other != Arg)
      add(Other);
  while (!Left.empty() && Seen.size() < 32) {
    const VarDecl *Var = Left.pop_back_val();
    const CXXRecordDecl *RD =
        Var->getType().getNonReferenceType()->getAsCXXRecordDecl();
    if (RD && !Model.tokenOf(Var->getType()) && Model.gives(RD, Class) &&
        isMadeForCall(Var))
      return Var;
    if (Var->isLocalVarDecl() && Var->getInit())
      add(Var->getInit());
  }
  return nullptr;
}

/// The promise carries a token, which whoever awaits hands down, and \p Call
/// puts another in its place: it takes a token and what is to be awaited with
/// it. Awaiting something that gives a token is how one asks for one's own.
bool Finder::replacesImplicit(const CallExpr *Call,
                              const CXXRecordDecl *Class) const {
  const CXXRecordDecl *Promise = F.coroutine()->Promise;
  const FunctionDecl *Callee = Call->getDirectCallee();
  // A member function hands the task to its object, which has its own ways.
  if (isa<CXXMemberCallExpr>(Call) || Call->getNumArgs() == 0 ||
      Callee->getNumParams() != 2 ||
      !Model.tokenOf(Callee->getParamDecl(0)->getType()) ||
      TU.isInTest(F.function()))
    return false;
  if (!Promise || !anyInHierarchy(Promise, [&](const CXXRecordDecl *R) {
        return llvm::any_of(R->fields(), [&](const FieldDecl *Field) {
          const CXXRecordDecl *Own = Model.tokenOf(Field->getType());
          return Own && Model.gives(Class, Own);
        });
      }))
    return false;
  if (llvm::none_of(Call->arguments(), [&](const Expr *Arg) {
        return TU.types().isTask(Arg->getType());
      }))
    return false;
  return llvm::none_of(G.parents().preorder(), [&](const Stmt *S) {
    const auto *Await = dyn_cast<CoawaitExpr>(S);
    return Await && Model.tokenOf(Await->getType());
  });
}

bool Finder::ownToken(const CallExpr *Call, const Expr *Arg) {
  const ScopeToken *Own = Model.passed(Arg, Members);
  if (!Own)
    return false;
  IgnoredToken Fact;
  Fact.K = IgnoredToken::Other;
  Fact.Sure = Confidence::Maybe;
  Fact.Site = Call;
  Fact.Callee = Call->getDirectCallee();
  Fact.Instead = Own->D;
  for (const TokenUse &U : Uses)
    if (U.Token.isCallers() && !U.Mentions.empty() &&
        (Model.gives(U.Token.Class, Own->Class) ||
         Model.gives(Own->Class, U.Token.Class)) &&
        !Model.passed(Arg, U.Token) &&
        U.only({TokenMention::Check, TokenMention::Forward})) {
      Fact.Token = U.Token;
      Out.push_back(Fact);
      return true;
    }
  if (const VarDecl *Context = contextOf(Call, Arg, Own->Class)) {
    Fact.Token = {ScopeToken::Parameter, Context, nullptr, Own->Class};
    Fact.From = Context;
    Out.push_back(Fact);
  }
  return true;
}

/// The source that \p E gives the token of, and nothing else: `source`,
/// `source.get_token()`, `token` that was made from that. Made here, and not
/// from another.
const VarDecl *Finder::freshlyMade(const Expr *E, unsigned Depth) const {
  const VarDecl *Var = nullptr;
  bool Others = false;
  visitVariables(E, [&](const VarDecl *Named) {
    Others |= Var && Var != Named;
    Var = Named;
  });
  if (!Var || Others || Var->getDeclContext() != F.function() ||
      !Var->isLocalVarDecl() || Var->isStaticLocal() || !Var->getInit() ||
      Var->getType()->isReferenceType() || Var->getType()->isPointerType())
    return nullptr;
  const CXXRecordDecl *Class = Model.tokenOf(Var->getType());
  if (!Class)
    return nullptr;
  if (!Model.isSource(Class))
    return Depth ? freshlyMade(Var->getInit(), Depth - 1) : nullptr;
  const auto *Made = dyn_cast<CXXConstructExpr>(stripped(Var->getInit()));
  bool Empty = Made && llvm::all_of(Made->arguments(), [](const Expr *Arg) {
                 return isa<CXXDefaultArgExpr>(Arg);
               });
  return Empty ? Var : nullptr;
}

void Finder::freshSource(const CallExpr *Call, const Expr *Arg) {
  const VarDecl *Source = freshlyMade(Arg, 2);
  if (!Source)
    return;
  const CXXRecordDecl *Class = Model.tokenOf(Source->getType());
  for (const TokenUse &U : Uses) {
    if (!U.Token.isCallers() || U.Token.D == Source ||
        !(Model.gives(Class, U.Token.Class) ||
          Model.gives(U.Token.Class, Class)) ||
        !U.only({TokenMention::Check, TokenMention::Forward}))
      continue;
    if (llvm::any_of(Out, [&](const IgnoredToken &Told) {
          return Told.K == IgnoredToken::CutOff && Told.Instead == Source;
        }))
      return;
    IgnoredToken Fact;
    Fact.K = IgnoredToken::CutOff;
    Fact.Token = U.Token;
    Fact.Site = Call;
    Fact.Callee = Call->getDirectCallee();
    Fact.Instead = Source;
    if (U.Token.From != ScopeToken::Parameter)
      Fact.Sure = Confidence::Maybe;
    Out.push_back(Fact);
    return;
  }
  if (llvm::none_of(Uses,
                    [](const TokenUse &U) { return U.Token.isCallers(); }) &&
      replacesImplicit(Call, Class)) {
    IgnoredToken Fact;
    Fact.K = IgnoredToken::CutOff;
    Fact.Sure = Confidence::Maybe;
    Fact.Site = Call;
    Fact.Callee = Call->getDirectCallee();
    Fact.Instead = Source;
    Out.push_back(Fact);
  }
}

void findWrongTokens(const FunctionAnalysis &F, TUAnalysis &TU,
                     const TokenModel &Model, llvm::ArrayRef<TokenUse> Uses,
                     std::vector<IgnoredToken> &Out) {
  Finder(F, TU, Model, Uses, Out).run();
}

} // namespace codrop
