// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What one member function does with a coroutine handle that is a member of
// its own object, or of the object of its class that it is given. Bodies of
// templates that nobody has instantiated are read as they are written: names
// count there, not declarations. Where on which path something happens is not
// asked, only whether it is there.

#ifndef CODROP_ANALYSIS_HANDLESCAN_H
#define CODROP_ANALYSIS_HANDLESCAN_H

#include "clang/AST/DeclCXX.h"
#include "clang/AST/ExprCXX.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/SmallVector.h"

namespace codrop {

/// \p T is a std::coroutine_handle.
bool isCoroutineHandle(clang::QualType T);

/// The definition of \p FD, or the template's that it would be made from.
const clang::FunctionDecl *visibleBody(const clang::FunctionDecl *FD);

struct HandleScan {
  /// Looks at \p Handle of the parameter \p Param, or of `this` if that is
  /// null, in the body and the member initializers of \p Definition.
  HandleScan(const clang::FunctionDecl *Definition,
             const clang::FieldDecl *Handle, const clang::ParmVarDecl *Param);

  bool Copied = false;      ///< Its value is read into something.
  bool Given = false;       ///< It, or its object, is given to a call.
  bool Overwritten = false; ///< Something is assigned to it.
  bool ComparesThis = false;
  clang::SourceLocation FirstMention;
  /// `handle.destroy()`, also of a local copy of it.
  clang::SourceLocation Destroys;
  /// Whether it is destroyed, or the function left, hangs on anything but the
  /// handle.
  bool AsksOthers = false;
  bool AsksDone = false; ///< `handle.done()`
  bool Resumes = false;  ///< `handle.resume()`, `handle()`
  /// Members of its object that are called.
  llvm::SmallVector<const clang::CXXMethodDecl *, 4> Calls;
  clang::SourceLocation FirstCall;

private:
  enum class As { Value, Argument, Target };
  bool isRoot(const clang::Expr *E) const;
  bool isHandle(const clang::Expr *E) const;
  bool isAlias(const clang::Expr *E) const;
  bool asksOthers(const clang::Stmt *Condition) const;
  void scan(const clang::Stmt *S, As Use);
  void scanCall(const clang::CallExpr *Call, As Use);
  void scanMemberCall(const clang::CallExpr *Call, const clang::Expr *Object,
                      llvm::StringRef Name, const clang::NamedDecl *Member,
                      As Use);
  void mention(const clang::Expr *E, As Use);

  const clang::FieldDecl *Handle;
  const clang::ParmVarDecl *Param;
  llvm::DenseSet<const clang::VarDecl *> Aliases;
};

} // namespace codrop

#endif // CODROP_ANALYSIS_HANDLESCAN_H
