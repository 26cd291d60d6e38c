// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// How cancellation reaches the code of a translation unit: the exceptions that
// tell of it, the tokens that carry the request, and where the code asks for
// one. Knowledge answers first; names say the rest, for types that nobody has
// described. What becomes of a cancellation is for others to decide.

#ifndef CODROP_ANALYSIS_CANCELLATION_H
#define CODROP_ANALYSIS_CANCELLATION_H

#include "analysis/TUAnalysis.h"

namespace codrop {

/// An exception of the translation unit that tells of a cancellation.
struct CancellationException {
  const clang::CXXRecordDecl *Class = nullptr;
  std::string Name;
  const CancellationExceptionFact *Known = nullptr; ///< Null: by its name.

  bool byAnyAwait() const { return Known && Known->ByAnyAwait; }
  bool carriesAnyError() const { return Known && Known->AnyError; }
};

/// What a handler does with one of them.
enum class Takes {
  Not,
  Named, ///< The handler names it, or a part of it.
  Base,  ///< As std::exception and its kin, which most failures derive from.
  All,   ///< `catch (...)`
};

class Cancellation {
public:
  explicit Cancellation(TUAnalysis &TU);

  /// What the awaits of \p C may throw when it or what it awaits is cancelled.
  /// \p WithOwn: of a library that nobody knows, too.
  llvm::SmallVector<const CancellationException *, 4>
  thrownIn(const Coroutine &C, bool WithOwn = true) const;
  /// The exceptions that waits throw in a function with such parameters, and
  /// the parameters.
  llvm::SmallVector<
      std::pair<const CancellationException *, const clang::ParmVarDecl *>, 1>
  thrownOnFiber(const clang::FunctionDecl *FD) const;
  /// \p FD may have such a parameter: cheap, by the name of its class.
  static bool mayBeOnFiber(const clang::FunctionDecl *FD);

  static Takes takes(const clang::CXXCatchStmt *Handler,
                     const CancellationException &What);
  /// The class named by \p Handler is called as what tells of a cancellation.
  static bool soundsCancelled(const clang::CXXCatchStmt *Handler);

  /// A token, a stop source, a gate; also behind a pointer or in an optional.
  bool isToken(clang::QualType T, unsigned Depth = 3) const;
  /// \p FD has a token: a parameter, a member of its class, of what it has
  /// captured or of one of these.
  bool hasTokenInReach(const clang::FunctionDecl *FD) const;
  /// \p S names a token, or something called as a request to stop is, or calls
  /// a function that visibly does.
  bool asksForStop(const clang::Stmt *S, unsigned Depth = 1) const;
  /// \p Call is given a token, or called on one.
  bool givesToken(const clang::Expr *Call) const;

private:
  bool holdsToken(const clang::CXXRecordDecl *RD, unsigned Depth) const;

  TUAnalysis &TU;
  const Knowledge &Known;
  std::vector<CancellationException> Exceptions;
  /// Those of nobody's library; read when first asked for.
  mutable std::optional<std::vector<CancellationException>> Own;
  mutable llvm::DenseMap<const clang::CXXRecordDecl *, bool> Tokens;
};

/// The function that an await's operand calls, as written: `f` in
/// `co_await f(x).via(e)`.
const clang::FunctionDecl *awaitedFunction(const clang::Expr *Operand,
                                           const TypeModel &Types);
/// Closing, stopping, giving back: what is done whether or not something fails.
bool soundsLikeCleanup(const clang::FunctionDecl *FD);
/// A sleep, a timer, a wait for something that others do.
bool soundsLikeWaiting(const clang::FunctionDecl *FD);

} // namespace codrop

#endif // CODROP_ANALYSIS_CANCELLATION_H
