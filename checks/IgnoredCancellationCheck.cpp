// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Finds the words for what analysis/IgnoredTokens finds.

#include "checks/IgnoredCancellationCheck.h"
#include "analysis/IgnoredTokens.h"
#include "checks/FixIts.h"

using namespace clang;

namespace codrop {

static std::string quoted(llvm::StringRef Name) {
  return ("'" + Name + "'").str();
}

static std::string nameIn(const FunctionDecl *FD) {
  return quoted(FD->getNameAsString());
}

/// The function, or the function object, that is called.
static std::string calleeOf(const IgnoredToken &Fact) {
  const auto *Operator = dyn_cast_or_null<CXXOperatorCallExpr>(Fact.Site);
  const auto *Object =
      Operator ? dyn_cast<DeclRefExpr>(stripped(Operator->getArg(0))) : nullptr;
  return Object ? quoted(Object->getDecl()->getNameAsString())
                : nameIn(Fact.Callee);
}

static void describeOmitted(const IgnoredToken &Fact, Finding &F) {
  const std::string Token = quoted(Fact.Token.name());
  F.Text = calleeOf(Fact) + " is called without " + Token +
           ", which would end the wait when it is cancelled";
  F.note(Fact.Token.named()->getLocation(),
         Fact.Token.From == ScopeToken::Member
             ? Token + " is a member of the object"
             : Token + " is at hand");
  if (Fact.K == IgnoredToken::Default)
    F.note(Fact.With->getLocation(), "the parameter for it has a default");
  else if (Fact.With->getDeclName() == Fact.Callee->getDeclName())
    F.note(Fact.With->getLocation(), "this overload takes it");
  else
    F.note(Fact.With->getLocation(), nameIn(Fact.With) + " takes it");
  F.note(F.Loc, "pass it on, so that whoever cancels need not wait for this");
}

/// The token as the argument that is missing, where it can be written there as
/// it is.
static std::vector<FixItHint> passOn(const IgnoredToken &Fact,
                                     const FunctionAnalysis &F,
                                     const ASTContext &Context) {
  if (Fact.With->getDeclName() != Fact.Callee->getDeclName())
    return {};
  QualType Wanted = Fact.With->getParamDecl(Fact.At)->getType();
  QualType Has = Fact.Token.named()->getType().getNonReferenceType();
  if (!Context.hasSameUnqualifiedType(Wanted.getNonReferenceType(), Has))
    return {};
  if (Wanted->isReferenceType() &&
      !Wanted.getNonReferenceType().isConstQualified()) {
    const auto *Method = dyn_cast<CXXMethodDecl>(F.function());
    if (Wanted->isRValueReferenceType() || Has.isConstQualified() ||
        Fact.Token.From == ScopeToken::Part || (Method && Method->isConst()))
      return {};
  }
  return FixWriter(F, Context)
      .given(cast<CallExpr>(Fact.Site), Fact.At, Fact.Token.name());
}

static void describeWrong(const IgnoredToken &Fact, Finding &F) {
  const std::string Instead = quoted(Fact.Instead->getNameAsString());
  if (!Fact.Token.D) {
    F.Text = calleeOf(Fact) + " puts the token of " + Instead +
             " in the place of the caller's";
    F.note(Fact.Instead->getLocation(),
           "the source is made here, and nothing links it to the token that "
           "the coroutine was given by whoever awaits it");
    F.note(F.Loc, "merge it with the coroutine's own token, or register a "
                  "callback on that which stops " +
                      Instead);
    return;
  }
  const std::string Token = quoted(Fact.Token.name());
  if (Fact.K == IgnoredToken::CutOff) {
    F.Text = calleeOf(Fact) + " is given the token of " + Instead +
             ", which a cancellation of " + Token + " does not reach";
    F.note(Fact.Token.D->getLocation(), "the caller cancels this");
    F.note(Fact.Instead->getLocation(),
           "the source is made here, and nothing links it to " + Token);
    F.note(F.Loc, "pass " + Token +
                      " on, or register a callback on it that "
                      "stops " +
                      Instead +
                      ", as a child of a codrop::cancellation_source does");
    return;
  }
  F.Text = calleeOf(Fact) + " is given " + Instead +
           ", the component's own token, and not the caller's";
  F.note(Fact.Token.D->getLocation(), Fact.From
                                          ? "the caller's is that of " + Token +
                                                ", which says how "
                                                "long to wait"
                                          : "the caller's is " + Token);
  F.note(F.Loc, "pass the caller's token, and let the component's own cancel "
                "it too");
}

static void describeLoop(const IgnoredToken &Fact, Finding &F) {
  SourceLocation Waits = Fact.Waits->getBeginLoc();
  if (Fact.K == IgnoredToken::Detached) {
    F.Text = "endless loop of a detached coroutine that nothing can stop";
    F.note(Fact.Started->getBeginLoc(), "it is started here and let go");
    F.note(Waits, "it suspends here; what this throws does not leave the loop");
    F.note(F.Loc, "give it a token, check it in the loop, and keep the task so "
                  "that it can be joined, as in a codrop::task_group");
    return;
  }
  const std::string Token = quoted(Fact.Token.name());
  if (Fact.K == IgnoredToken::Loop) {
    F.Text = "endless loop that suspends never looks at " + Token;
    F.note(Fact.Token.named()->getLocation(), Token + " is at hand");
  } else {
    F.Text = "loop that suspends does not look at " + Token +
             ", which is checked before it only";
    F.note(Fact.Token.named()->getLocation(), "the caller cancels this");
  }
  F.note(Waits, "it suspends here, each time round");
  F.note(F.Loc, "check it in the loop, or pass it on to what is awaited");
}

static void describeMissed(const IgnoredToken &Fact, Finding &F) {
  const std::string Token = quoted(Fact.Token.name());
  F.Text = calleeOf(Fact) + " may wait for ever after a stop: " + Token +
           " is not checked right before it";
  F.note(Fact.Started->getBeginLoc(),
         "when a stop is requested this signals, once, whoever waits then");
  F.note(Fact.Waits->getBeginLoc(),
         "a stop that is requested while it is suspended here wakes nobody");
  F.note(F.Loc, "check " + Token +
                    " just before the wait, or wait with a predicate that "
                    "does");
}

static Finding describe(const IgnoredToken &Fact, const ASTContext &Context) {
  Finding F;
  F.Sure = Fact.Sure;
  if (Fact.Site) {
    const auto *Call = dyn_cast<CallExpr>(Fact.Site);
    F.Loc = Call ? Call->getExprLoc() : Fact.Site->getBeginLoc();
    if (Call)
      F.Range = Call->getSourceRange();
  }
  switch (Fact.K) {
  case IgnoredToken::Unused:
    F.Loc = Fact.Token.D->getLocation();
    F.Text = "parameter " + quoted(Fact.Token.name()) + " of type '" +
             typeName(Fact.Token.D->getType().getNonReferenceType(), Context) +
             "' is never used in a coroutine that suspends";
    F.note(Fact.Waits->getBeginLoc(),
           "it waits here, and whoever cancels waits as well");
    F.note(F.Loc, "pass it on to what is awaited or check it between the "
                  "awaits; a parameter without a name says that it is ignored "
                  "on purpose");
    break;
  case IgnoredToken::Omitted:
  case IgnoredToken::Default:
    describeOmitted(Fact, F);
    break;
  case IgnoredToken::Other:
  case IgnoredToken::CutOff:
    describeWrong(Fact, F);
    break;
  case IgnoredToken::Loop:
  case IgnoredToken::LateLoop:
  case IgnoredToken::Detached:
    describeLoop(Fact, F);
    break;
  case IgnoredToken::Missed:
    describeMissed(Fact, F);
    break;
  }
  return F;
}

std::vector<Finding> IgnoredCancellationCheck::find(const FunctionAnalysis &F,
                                                    TUAnalysis &TU) {
  std::vector<Finding> Findings;
  for (const IgnoredToken &Fact : findIgnoredTokens(F, TU)) {
    Findings.push_back(describe(Fact, TU.context()));
    if (Fact.K == IgnoredToken::Omitted || Fact.K == IgnoredToken::Default)
      Findings.back().Fixes = passOn(Fact, F, TU.context());
  }
  return Findings;
}

} // namespace codrop
