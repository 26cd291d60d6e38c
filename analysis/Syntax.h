// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Questions about how an expression stands in its function: what encloses it,
// what is done to the variable it names, what becomes of its result. Answers
// come from the shape of the code alone; order and paths are SuspendCFG's.

#ifndef CODROP_ANALYSIS_SYNTAX_H
#define CODROP_ANALYSIS_SYNTAX_H

#include "clang/AST/Decl.h"
#include "clang/AST/DeclCXX.h"
#include "clang/AST/ExprCXX.h"
#include "clang/AST/StmtCXX.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/SmallVector.h"

namespace codrop {

/// Parents of the statements of one function body. Unlike clang::ParentMap it
/// goes through an await the way the program does: the operand's parent is its
/// place in the awaiter expression, whose parent is the await; the
/// await_ready/await_suspend/await_resume calls that Clang synthesizes have no
/// place in it. Lambda bodies are functions of their own and left out.
class ParentTable {
public:
  explicit ParentTable(const clang::Stmt *Body);

  const clang::Stmt *parent(const clang::Stmt *S) const {
    return Places.lookup(S).Parent;
  }
  /// The variable that \p S is the initializer of, if it is one.
  const clang::VarDecl *initializedVariable(const clang::Stmt *S) const {
    return Initializers.lookup(S);
  }
  /// True if \p S is \p Ancestor or stands below it.
  bool isWithin(const clang::Stmt *S, const clang::Stmt *Ancestor) const;
  /// The innermost try statement whose *try block* (no handler) holds \p S.
  const clang::CXXTryStmt *enclosingTry(const clang::Stmt *S) const;
  /// The parent without parentheses, casts that change nothing, temporaries
  /// and cleanups. \p Child receives the last statement below it.
  const clang::Stmt *effectiveParent(const clang::Stmt *S,
                                     const clang::Stmt **Child = nullptr) const;
  /// True if \p S belongs to the calls that Clang synthesizes for an await.
  bool isAwaitMachinery(const clang::Stmt *S) const {
    return Machinery.contains(S);
  }
  /// All statements in pre-order, the awaits' machinery left out.
  llvm::ArrayRef<const clang::Stmt *> preorder() const { return Order; }
  /// The same in post-order: operands before what they are operands of.
  std::vector<const clang::Stmt *> postorder() const;

private:
  static constexpr unsigned NoIndex = ~0U;
  struct Place {
    const clang::Stmt *Parent = nullptr;
    unsigned Index = NoIndex; ///< In Order, if the statement is there.
  };

  void add(const clang::Stmt *Root);
  void addSubtrees();
  void addPromiseCall(const clang::CoreturnStmt *Return);
  void markMachinery(const clang::Stmt *S, const clang::Stmt *Common);

  llvm::DenseMap<const clang::Stmt *, Place> Places;
  llvm::DenseMap<const clang::Stmt *, const clang::VarDecl *> Initializers;
  llvm::DenseSet<const clang::Stmt *> Machinery;
  std::vector<const clang::Stmt *> Order;
  /// By index in Order: one past the last statement below it.
  std::vector<unsigned> Ends;
  /// By index in Order; empty if there is no try statement.
  std::vector<const clang::CXXTryStmt *> Tries;
};

/// What one mention of a variable does with it.
enum class UseKind {
  Value,      ///< Its value is read.
  MemberCall, ///< A member function is called on it (or on what it points to).
  Moved,      ///< Moved from (std::move, static_cast<T&&>, forward).
  Copied,     ///< Copied into another object.
  Assigned,   ///< Left side of an assignment.
  AddressTaken,      ///< &x
  ReferenceBound,    ///< A reference variable or member is bound to it.
  PassedByReference, ///< Argument for a parameter of type T& or T&&.
  PassedByConstReference,
  Returned,    ///< Operand of return or co_return.
  Condition,   ///< Tested as a boolean: if (x), !x, x && y, x == nullptr.
  FieldAccess, ///< x.field is mentioned; what happens to the field is not said.
  Other,
};

struct Use {
  UseKind Kind = UseKind::Other;
  const clang::DeclRefExpr *Ref = nullptr;
  const clang::VarDecl *Var = nullptr;
  /// The function called, for MemberCall and PassedBy...; may be null.
  const clang::FunctionDecl *Callee = nullptr;
  /// The call or other expression that uses it.
  const clang::Expr *Site = nullptr;
  /// 0-based index of the argument for PassedBy...
  unsigned Argument = 0;
  /// The use goes through `*x`, `x->` or `x.value()`.
  bool ThroughPointer = false;
};

/// What the mention \p Ref of a local variable or parameter does.
Use classifyUse(const clang::DeclRefExpr *Ref, const ParentTable &Parents);
/// The same for any expression that names an object: `s.lock`, `*p`.
Use classifyUse(const clang::Expr *Named, const ParentTable &Parents);

/// What becomes of the result of an expression.
enum class ResultUse {
  Awaited, ///< Operand of co_await (also through adaptors that return a task).
  Discarded, ///< Statement of its own, or cast to void, or assigned to ignore.
  Stored,    ///< Initializes or is assigned to something.
  Returned,
  Passed, ///< Argument of a call.
  Other,
};

struct ResultFate {
  ResultUse Use = ResultUse::Other;
  const clang::Stmt *Site = nullptr;   ///< The await, call, return …
  const clang::VarDecl *Var = nullptr; ///< For Stored into a new variable.
  bool CastToVoid = false;
};

ResultFate resultFate(const clang::Expr *E, const ParentTable &Parents);

/// The body as it is written: of a coroutine, without what the promise adds.
const clang::Stmt *writtenBody(const clang::FunctionDecl *Definition);
/// \p E without parentheses, implicit casts, temporaries and cleanups.
const clang::Expr *stripped(const clang::Expr *E);
/// The argument of std::move, std::forward or static_cast<T&&>, else null.
const clang::Expr *movedOperand(const clang::Expr *E);
/// The function that \p E calls, if it is a call of a known one.
const clang::FunctionDecl *calledFunction(const clang::Expr *E);
/// The object of a member call, operator call or pseudo call, without ->.
const clang::Expr *calledObject(const clang::Expr *E);
/// True for smart pointers, optional and iterators: `*x` and `x->` are there.
bool isPointerLike(clang::QualType T);

/// \p Loop is a `for` that macros make to declare a variable for a block, and
/// that ends itself: `for (bool once = true; once; once = false)`.
bool runsOnce(const clang::Stmt *Loop);

} // namespace codrop

#endif // CODROP_ANALYSIS_SYNTAX_H
