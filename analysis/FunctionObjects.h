// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The objects of a function that have a lifetime in it: variables, parameters,
// and the temporaries that are really there (a prvalue that initializes
// something is that something). When each is alive is SuspendCFG's to say.

#ifndef CODROP_ANALYSIS_FUNCTIONOBJECTS_H
#define CODROP_ANALYSIS_FUNCTIONOBJECTS_H

#include "analysis/AliveSets.h"
#include "analysis/Syntax.h"
#include <optional>

namespace codrop {

/// Something with a lifetime in the function.
struct Object {
  enum Kind : uint8_t { Variable, Parameter, Temporary } K = Variable;
  const clang::VarDecl *Var = nullptr; ///< Null for a temporary.
  /// The temporary that the destructor call is bound to.
  const clang::CXXBindTemporaryExpr *Bind = nullptr;
  /// The expression whose value a temporary is: the await for what
  /// await_resume() returns, else Bind.
  const clang::Expr *Value = nullptr;
  /// The type that is destroyed: for a reference that extends a temporary's
  /// life, the temporary's.
  clang::QualType Type;
  /// The try statements whose try block the object lives in, innermost first.
  llvm::SmallVector<const clang::CXXTryStmt *, 1> Tries;
  clang::SourceLocation Loc;

  /// Its class has a destructor or might have one.
  bool isRecord() const {
    return Type->getBaseElementTypeUnsafe()->isRecordType();
  }
};

/// Ids ascend with the time of creation: parameters first, then as the
/// function's code makes them.
class FunctionObjects {
public:
  FunctionObjects() = default;
  FunctionObjects(const clang::FunctionDecl *FD, const ParentTable &Parents);

  llvm::ArrayRef<Object> all() const { return Objects; }
  const Object &operator[](ObjectId O) const { return Objects[O]; }
  std::optional<ObjectId> ofVariable(const clang::VarDecl *Var) const;
  std::optional<ObjectId>
  ofTemporary(const clang::CXXBindTemporaryExpr *Bind) const;
  /// The temporary in which an await's value lives, if it does in one.
  std::optional<ObjectId>
  ofAwait(const clang::CoroutineSuspendExpr *Suspend) const;

private:
  ObjectId add(Object O, const clang::Stmt *Where, const ParentTable &Parents);
  void addVariable(const clang::VarDecl *Var, const clang::Stmt *Where,
                   const ParentTable &Parents);
  void addTemporary(const clang::CXXBindTemporaryExpr *Bind,
                    const clang::Expr *Value, const ParentTable &Parents);

  std::vector<Object> Objects;
  llvm::DenseMap<const clang::VarDecl *, ObjectId> OfVariable;
  llvm::DenseMap<const clang::Expr *, ObjectId> OfTemporary;
};

} // namespace codrop

#endif // CODROP_ANALYSIS_FUNCTIONOBJECTS_H
