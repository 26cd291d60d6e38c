// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What one expression does to a guard: an initializer that makes it owning or
// empty, a mention that takes, gives back or hands it on, a condition that asks
// it. The guard may be the variable mentioned or something inside of it. Where
// on the paths of a function that happens is GuardFlow's.

#ifndef CODROP_ANALYSIS_GUARDUSE_H
#define CODROP_ANALYSIS_GUARDUSE_H

#include "analysis/TUAnalysis.h"

namespace codrop {

/// Says whether an object of a type is a guard or has one in it.
using FindGuard = llvm::function_ref<std::optional<Guard>(clang::QualType)>;

/// What a mention does to a guard.
enum class GuardEffect {
  Takes,   ///< It owns from here on.
  Gives,   ///< It owns no longer.
  Unknown, ///< Somebody else has it in his hands; it is not followed further.
};

class GuardUses {
public:
  GuardUses(const ParentTable &Parents, FindGuard Find)
      : Parents(Parents), Find(Find) {}

  /// True if \p Init makes something that owns nothing: default constructed,
  /// with a tag such as std::defer_lock, or from another empty one.
  bool makesEmpty(const clang::Expr *Init, const Guard &Held) const;
  /// What the mention \p Ref of the guard, or of what it is in, does; none if
  /// nothing. \p Site receives the expression that does it.
  std::optional<GuardEffect> effectOf(const clang::DeclRefExpr *Ref,
                                      const Guard &Held,
                                      const clang::Expr *&Site) const;

private:
  std::optional<GuardEffect> ofGuard(const Use &U, const Guard &Held) const;
  std::optional<GuardEffect> ofHolder(const Use &U, const Guard &Held) const;
  const clang::Expr *mentioned(const clang::DeclRefExpr *Ref) const;
  bool mayTouch(const clang::CXXMethodDecl *Method, const Guard &Held) const;
  bool holds(clang::QualType T, const Guard &Held) const;
  bool argumentsMakeEmpty(llvm::ArrayRef<const clang::Expr *> Arguments,
                          const Guard &Held) const;

  const ParentTable &Parents;
  FindGuard Find;
};

/// If \p Condition tests whether \p Var owns: true for "owns when the
/// condition holds", false for "owns when it does not".
std::optional<bool> testsOwnership(const clang::Expr *Condition,
                                   const clang::VarDecl *Var, const Guard &Held,
                                   const UseTable &Uses);

} // namespace codrop

#endif // CODROP_ANALYSIS_GUARDUSE_H
