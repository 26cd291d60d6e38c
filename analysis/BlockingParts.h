// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a body and a class consist of, for the search for blocking work: the
// calls that run when a body runs, what is destroyed when a member is, and
// where a member gets a value from whose destructor blocks.

#ifndef CODROP_ANALYSIS_BLOCKINGPARTS_H
#define CODROP_ANALYSIS_BLOCKINGPARTS_H

#include "analysis/Knowledge.h"
#include "clang/AST/ASTContext.h"

namespace codrop {

/// What runs when a body runs.
struct Runs {
  std::vector<const clang::Expr *> Calls; ///< Also constructions and deletions.
  std::vector<const clang::VarDecl *> Locals;
  /// Expressions whose value dies where they stand.
  std::vector<const clang::Expr *> Dropped;
};

/// No lambda bodies, no unevaluated operands, no discarded branches, and of an
/// await only its operand.
Runs whatRuns(const clang::Stmt *Body, const clang::ASTContext &Context);

/// True if \p E is a call of the function whose results block when they die.
bool givesBlocking(const clang::Expr *E, const BlockingDestructorFact &Fact,
                   const clang::ASTContext &Context);

/// Where the class \p RD puts something that blocks into its member \p Field:
/// by an initializer, an assignment, or a call such as push_back.
const clang::Expr *blockingSource(const clang::CXXRecordDecl *RD,
                                  const clang::FieldDecl *Field,
                                  const BlockingDestructorFact &Fact,
                                  const clang::ASTContext &Context);

/// The class of the object that \p E calls a member of; null if it calls none.
const clang::CXXRecordDecl *calledObjectClass(const clang::Expr *E);

/// T of a std::unique_ptr<T> or std::shared_ptr<T>, else null.
const clang::CXXRecordDecl *pointedClass(clang::QualType T);

/// What the std::shared_ptr or std::unique_ptr \p Var is visibly the only owner
/// of: made by std::make_shared, or given to a unique_ptr by a call, and never
/// copied or handed on in \p Body. Null if it is not.
const clang::CXXRecordDecl *solelyOwned(const clang::VarDecl *Var,
                                        const clang::Stmt *Body);
/// The same for the private member \p Field, whose class's functions must all
/// be visible.
const clang::CXXRecordDecl *solelyOwned(const clang::FieldDecl *Field,
                                        const clang::CXXRecordDecl *RD);

struct Destroyed {
  const clang::CXXRecordDecl *Class = nullptr;
  /// A deleter is called in place of its destructor.
  bool IsDeleter = false;
};

/// The classes whose destructors run when a member of type \p T is destroyed:
/// its own, or those of what it owns or holds.
void collectDestroyed(clang::QualType T, llvm::SmallVectorImpl<Destroyed> &Out,
                      unsigned Depth = 0);

} // namespace codrop

#endif // CODROP_ANALYSIS_BLOCKINGPARTS_H
