// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Cancellation that does not arrive, as facts about one coroutine: a token that
// it received and never uses, a call that takes one and is made without, or
// with another one, and loops that go on whatever the token says.

#ifndef CODROP_ANALYSIS_IGNOREDTOKENS_H
#define CODROP_ANALYSIS_IGNOREDTOKENS_H

#include "analysis/PathSearch.h"
#include "analysis/Tokens.h"

namespace codrop {

struct IgnoredToken {
  enum Kind {
    Unused,  ///< The parameter Token is never mentioned.
    Omitted, ///< Site is called without Token, which With would take.
    Default, ///< Site leaves a token parameter of its callee to its default.
    Other,   ///< Site is given Instead, the component's own token.
    /// Site is given a token of Instead, which nothing links to Token, or where
    /// there is none, to the one that the promise carries.
    CutOff,
    Loop,     ///< Site, a loop, has no way out and never looks at Token.
    LateLoop, ///< Token was last looked at before Site, a loop that awaits.
    Detached, ///< Site, a loop that nothing ends, in a coroutine nobody holds.
    Missed,   ///< Site waits for what a callback on Token signals, once.
  } K = Unused;
  Confidence Sure = Confidence::Definite;
  ScopeToken Token;
  const clang::Stmt *Site = nullptr;
  /// A suspension that shows it: where the function waits meanwhile.
  const clang::Stmt *Waits = nullptr;
  const clang::FunctionDecl *Callee = nullptr;
  /// The overload that takes a token, or the callee whose default is used.
  const clang::FunctionDecl *With = nullptr;
  /// Which of its parameters that is.
  unsigned At = 0;
  /// For Other the token that is passed, for CutOff the fresh source.
  const clang::ValueDecl *Instead = nullptr;
  /// For Other: the argument that comes from what the caller has given.
  const clang::ValueDecl *From = nullptr;
  /// For Detached: where it is started. For Missed: the callback.
  const clang::Expr *Started = nullptr;
};

/// What one coroutine does with the tokens it has.
struct TokenUse {
  ScopeToken Token;
  std::vector<TokenMention> Mentions;

  bool only(std::initializer_list<TokenMention::Kind> Kinds) const {
    return llvm::all_of(Mentions, [&](const TokenMention &M) {
      return llvm::is_contained(Kinds, M.K);
    });
  }
};

/// Everything of \p F, a coroutine with a graph.
std::vector<IgnoredToken> findIgnoredTokens(const FunctionAnalysis &F,
                                            TUAnalysis &TU);

// The parts of findIgnoredTokens().
void findUnusedTokens(const FunctionAnalysis &F, TUAnalysis &TU,
                      llvm::ArrayRef<TokenUse> Uses,
                      std::vector<IgnoredToken> &Out);
void findOmittedTokens(const FunctionAnalysis &F, TUAnalysis &TU,
                       const TokenModel &Model, llvm::ArrayRef<TokenUse> Uses,
                       std::vector<IgnoredToken> &Out);
void findWrongTokens(const FunctionAnalysis &F, TUAnalysis &TU,
                     const TokenModel &Model, llvm::ArrayRef<TokenUse> Uses,
                     std::vector<IgnoredToken> &Out);
void findBlindLoops(const FunctionAnalysis &F, TUAnalysis &TU,
                    const TokenModel &Model, llvm::ArrayRef<TokenUse> Uses,
                    std::vector<IgnoredToken> &Out);
void findMissedWakeups(const FunctionAnalysis &F, TUAnalysis &TU,
                       const TokenModel &Model, llvm::ArrayRef<TokenUse> Uses,
                       std::vector<IgnoredToken> &Out);

/// Ends something, by its name: stop, close, shutdown. What it waits for is
/// waited for after the component was told to stop.
bool soundsLikeClosing(llvm::StringRef Name);
/// The result of \p Call is awaited or returned, directly, by way of a
/// combinator or of a variable; nothing bounds the time of the wait.
bool isWaitedFor(const clang::CallExpr *Call, const FunctionAnalysis &F,
                 TUAnalysis &TU);

} // namespace codrop

#endif // CODROP_ANALYSIS_IGNOREDTOKENS_H
