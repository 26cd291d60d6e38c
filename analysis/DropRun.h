// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a destructor does when a frame is dropped, and what it does when an
// exception passes: its body and the functions it calls are gone through with
// the conditions on std::uncaught_exceptions() and on flags that are as the
// constructor left them decided. Everything else may go either way. What of it
// is a commit is CommitGuard's to say.

#ifndef CODROP_ANALYSIS_DROPRUN_H
#define CODROP_ANALYSIS_DROPRUN_H

#include "clang/AST/DeclCXX.h"
#include "clang/AST/ExprCXX.h"
#include "clang/AST/StmtCXX.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/SmallVector.h"
#include <optional>
#include <vector>

namespace codrop {

/// Something that a destructor does: a call, an assignment, the destruction of
/// a member.
struct DropAct {
  const clang::Expr *E = nullptr;           ///< Null for a member's end.
  const clang::FieldDecl *Member = nullptr; ///< For a member's end.
  const clang::FunctionDecl *Callee = nullptr;
  /// Only under a condition on a flag that somebody else than the constructor
  /// sets.
  bool Armed = false;
  /// The call is itself the object of another one.
  bool GivesObject = false;
  /// The calls that lead to it from the destructor.
  llvm::SmallVector<
      std::pair<clang::SourceLocation, const clang::FunctionDecl *>, 2>
      Way;
};

class DropRun {
public:
  enum Mode { Dropped, Unwinding };

  DropRun(const clang::CXXDestructorDecl *Destructor, Mode M);

  llvm::ArrayRef<DropAct> acts() const { return Acts; }
  /// Where it asks for exceptions first; invalid if it doesn't.
  clang::SourceLocation asks() const { return Asks; }

private:
  enum class Truth { False, True, Unknown };
  struct Flow {
    bool Continues = true;
    bool Armed = false; ///< What follows runs only if a flag says so.
  };

  Flow run(const clang::Stmt *S, bool Armed);
  void evaluate(const clang::Expr *E, bool Armed, bool IsObject = false);
  void enter(const clang::Expr *Call, const clang::FunctionDecl *Callee,
             bool Armed);
  Truth truth(const clang::Expr *E, unsigned Depth = 0);
  Truth compare(const clang::BinaryOperator *E, unsigned Depth);
  bool countsExceptions(const clang::Expr *E, unsigned Depth = 0);
  bool asksFlag(const clang::Expr *Condition);
  bool isSetElsewhere(const clang::FieldDecl *Flag);

  Mode M;
  clang::ASTContext &Context;
  std::vector<DropAct> Acts;
  clang::SourceLocation Asks;
  llvm::SmallVector<
      std::pair<clang::SourceLocation, const clang::FunctionDecl *>, 4>
      Way;
  llvm::DenseMap<const clang::FieldDecl *, bool> SetElsewhere;
  unsigned Budget = 2000;
};

/// "commit" or "publish" if \p Callee is named as doing that; else empty.
llvm::StringRef commitVerb(const clang::FunctionDecl *Callee);
/// std::uncaught_exceptions(), or what wraps it under its name.
bool asksForExceptions(const clang::FunctionDecl *FD);
/// The field of the object itself that \p E names, or null.
const clang::FieldDecl *ownField(const clang::Expr *E);
/// True if \p Method sets a field of its class.
bool setsField(const clang::CXXMethodDecl *Method,
               const clang::FieldDecl *Field = nullptr);

} // namespace codrop

#endif // CODROP_ANALYSIS_DROPRUN_H
