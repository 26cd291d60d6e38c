// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Where the functions, fields and globals of a translation unit are mentioned:
// who calls this coroutine, who else touches this member. One walk over the
// user's code (system headers are left out), made when first asked for. What
// is mentioned in other translation units is not known here.

#ifndef CODROP_ANALYSIS_CODEINDEX_H
#define CODROP_ANALYSIS_CODEINDEX_H

#include "clang/AST/Decl.h"
#include "clang/AST/Expr.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/SmallVector.h"
#include <vector>

namespace codrop {

/// A mention of a function.
struct CallSite {
  /// The function around it, or a lambda's call operator; null outside of
  /// functions (a default member initializer).
  const clang::FunctionDecl *In = nullptr;
  /// The call, or the expression that names the function.
  const clang::Expr *Site = nullptr;
  bool IsCall = false;
  /// Inside a loop of the function around it.
  bool InLoop = false;
};

// A template and its instantiations are one: declarations are told apart by
// where they are written.
class CodeIndex {
public:
  explicit CodeIndex(clang::ASTContext &Context);

  llvm::ArrayRef<CallSite> mentions(const clang::FunctionDecl *FD) const;
  /// The functions that mention a field or a variable of static storage.
  llvm::ArrayRef<const clang::FunctionDecl *>
  users(const clang::ValueDecl *D) const;
  /// The classes of the exceptions that are thrown, as written.
  llvm::ArrayRef<const clang::CXXRecordDecl *> thrown() const { return Thrown; }
  /// The lambda that \p CallOperator belongs to, if it was seen.
  const clang::LambdaExpr *
  lambda(const clang::FunctionDecl *CallOperator) const {
    return Lambdas.lookup(CallOperator);
  }
  /// The function that the lambda of \p CallOperator is written in.
  const clang::FunctionDecl *
  enclosing(const clang::FunctionDecl *CallOperator) const {
    return Enclosing.lookup(CallOperator);
  }

private:
  friend class IndexVisitor;
  llvm::DenseMap<unsigned, std::vector<CallSite>> Mentions;
  llvm::SmallVector<const clang::CXXRecordDecl *, 4> Thrown;
  llvm::DenseMap<unsigned, llvm::SmallVector<const clang::FunctionDecl *, 2>>
      Users;
  llvm::DenseMap<const clang::FunctionDecl *, const clang::LambdaExpr *>
      Lambdas;
  llvm::DenseMap<const clang::FunctionDecl *, const clang::FunctionDecl *>
      Enclosing;
};

} // namespace codrop

#endif // CODROP_ANALYSIS_CODEINDEX_H
