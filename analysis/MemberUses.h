// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the functions of a class do with its members, without regard to order:
// which they mention, close, or let go, themselves and through the functions of
// the class that they call. Lambdas written in a function belong to it. What is
// done to a part of a member (`impl_->conn`) is told of both.

#ifndef CODROP_ANALYSIS_MEMBERUSES_H
#define CODROP_ANALYSIS_MEMBERUSES_H

#include "analysis/Knowledge.h"
#include "analysis/Syntax.h"
#include <memory>

namespace codrop {

struct MemberUses {
  llvm::DenseSet<const clang::FieldDecl *> Mentioned;
  /// Handed to somebody, moved from, or its address given away.
  llvm::DenseSet<const clang::FieldDecl *> LetGo;
  /// Names of functions called on a member or on what it holds.
  llvm::DenseMap<const clang::FieldDecl *, llvm::DenseSet<llvm::StringRef>>
      Called;
  /// Given to a function of its own library that does not close it.
  llvm::DenseSet<const clang::FieldDecl *> PutToUse;
  /// A function that is not visible is called on it or on what it points to.
  llvm::DenseSet<const clang::FieldDecl *> Opaque;
  /// The object itself is handed to somebody, or a function of the class that
  /// is not visible is called.
  bool HandsOnThis = false;

  bool calls(const clang::FieldDecl *F,
             llvm::ArrayRef<std::string> Names) const {
    auto It = Called.find(F);
    return It != Called.end() && llvm::any_of(Names, [&](const std::string &N) {
             return It->second.contains(N);
           });
  }
  void add(const MemberUses &Other);
};

class MemberUseTable {
public:
  explicit MemberUseTable(const Knowledge &Known) : Known(Known) {}

  /// What \p FD, which must have a body, does with the members of its class.
  const MemberUses &of(const clang::FunctionDecl *FD);

private:
  const Knowledge &Known;
  llvm::DenseMap<const clang::FunctionDecl *, std::unique_ptr<MemberUses>> Read;
  unsigned Depth = 0;
};

/// The member of `*this` that \p E names, or names a part or an element of:
/// `conn_`, `*conn_`, `conns_[i]`, `conns_.at(k)`, `it->second` of a loop over
/// it is not followed. Null if it is none. \p Parts receives the members that
/// the expression names below it: `conn` of `impl_->conn`.
const clang::FieldDecl *
memberOf(const clang::Expr *E,
         llvm::SmallVectorImpl<const clang::FieldDecl *> *Parts = nullptr);

/// Calls \p Visit for \p Body and each lambda body in it.
void visitBodies(const clang::Stmt *Body,
                 llvm::function_ref<void(const ParentTable &)> Visit);

/// A visible function of \p RD, other than those, calls one of \p CloseNames on
/// its own object: `run()` that closes when it has ended, a constructor that
/// registers the close.
bool closesItself(const clang::CXXRecordDecl *RD,
                  llvm::ArrayRef<std::string> CloseNames);

} // namespace codrop

#endif // CODROP_ANALYSIS_MEMBERUSES_H
