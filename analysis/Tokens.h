// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Cancellation tokens: which types are one, which a function has at hand, and
// what it does with each: looks at it, passes it on, or lets it go where this
// can't be told. What ought to have been done is for others to say.

#ifndef CODROP_ANALYSIS_TOKENS_H
#define CODROP_ANALYSIS_TOKENS_H

#include "analysis/TUAnalysis.h"

namespace codrop {

/// A token, or a source that gives one, that a function can name.
struct ScopeToken {
  /// Part: a public field of a parameter, `options.stop`.
  enum Origin { Parameter, Capture, Local, Part, Member } From = Parameter;
  const clang::ValueDecl *D = nullptr; ///< The variable or field.
  /// The field of D that is the token: `data_.abort`.
  const clang::FieldDecl *Inner = nullptr;
  const clang::CXXRecordDecl *Class = nullptr;

  /// What a mention of it names.
  const clang::ValueDecl *named() const { return Inner ? Inner : D; }
  std::string name() const;
  /// The caller's, not the component's.
  bool isCallers() const { return From == Parameter || From == Capture; }
};

struct TokenMention {
  enum Kind {
    Check,     ///< Asked whether a stop was requested; tested for null.
    Request,   ///< Told to stop: `source.request_stop()`.
    Forward,   ///< An argument of a call that gives something to await.
    Elsewhere, ///< Anything else: a callback, a lambda, a variable, a member.
    Discarded  ///< `(void)token;`
  } K = Elsewhere;
  const clang::Expr *Named = nullptr;
  const clang::CallExpr *Call = nullptr; ///< For Check, Request and Forward.
};

class TokenModel {
public:
  explicit TokenModel(TUAnalysis &TU) : TU(TU) {}

  /// The token class behind \p T: itself, or behind a reference, pointer,
  /// optional or wrapper. Null if it is none.
  const clang::CXXRecordDecl *tokenOf(clang::QualType T) const;
  /// A \p Has is a \p Wanted, or a source of such: stop_source, stop_token.
  bool gives(const clang::CXXRecordDecl *Has,
             const clang::CXXRecordDecl *Wanted) const;
  /// Others can be stopped through it: gives tokens, or can't be copied.
  bool isSource(const clang::CXXRecordDecl *RD) const;

  /// What \p F can name besides its locals, the caller's first.
  std::vector<ScopeToken> inScope(const FunctionAnalysis &F) const;
  /// Tokens among the locals that are not made there.
  std::vector<ScopeToken> locals(const SuspendCFG &G) const;

  /// Every mention in the body of \p F, closures included.
  std::vector<TokenMention> mentions(const ScopeToken &Token,
                                     const FunctionAnalysis &F) const;
  /// Somewhere in \p S, closures included, or in the member functions that it
  /// calls on its own object; of those whose body is not seen, \p UnseenMay.
  bool isMentioned(const ScopeToken &Token, const clang::Stmt *S,
                   bool UnseenMay = true) const;
  /// The nodes that are reached before it is known that a stop was requested.
  llvm::BitVector beforeRequest(const ScopeToken &Token, const SuspendCFG &G,
                                llvm::ArrayRef<TokenMention> Mentions) const;
  /// The token at hand that the argument \p E is made from.
  const ScopeToken *passed(const clang::Expr *E,
                           llvm::ArrayRef<ScopeToken> Tokens) const;

private:
  TokenMention mentionAt(const clang::Expr *Named,
                         const ParentTable &Parents) const;
  void addMembers(const clang::CXXRecordDecl *RD,
                  std::vector<ScopeToken> &Out) const;
  void addParts(const clang::ValueDecl *Whole, ScopeToken::Origin From,
                std::vector<ScopeToken> &Out) const;

  TUAnalysis &TU;
  mutable llvm::DenseMap<const clang::CXXRecordDecl *, bool> Inferred;
};

/// The class whose members the code of \p FD can name: its own, or for a
/// lambda that of the function around it.
const clang::CXXRecordDecl *selfClass(const clang::FunctionDecl *FD,
                                      TUAnalysis &TU);

} // namespace codrop

#endif // CODROP_ANALYSIS_TOKENS_H
