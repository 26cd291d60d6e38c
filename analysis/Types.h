// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a type is to a coroutine: a task, an awaitable, a resource that needs an
// awaited close, a guard. Knowledge answers first; what it does not know is
// inferred from the class's shape, so that the checks are useful on a library
// nobody has described. Answers are cached by declaration.

#ifndef CODROP_ANALYSIS_TYPES_H
#define CODROP_ANALYSIS_TYPES_H

#include "analysis/Knowledge.h"
#include "clang/AST/ASTContext.h"
#include "llvm/ADT/DenseMap.h"

namespace codrop {

struct Resource {
  const clang::CXXRecordDecl *Record = nullptr;
  /// Closing members, the one to recommend first.
  std::vector<std::string> Close;
  /// Opening members; empty: open from birth.
  std::vector<std::string> Open;
  bool DefaultConstructedIsClosed = false;
  bool Inferred = false; ///< From the shape of the class.
  /// Known from a file about a library, which says more of the library than
  /// this.
  bool OfLibrary = false;
  /// A handle that may be copied: another copy may be the one that is closed.
  bool Copyable = false;
  /// After an error there is nothing left to close.
  bool NormalPathOnly = false;
  std::string Why;
};

/// A guard found in a type, directly or inside a holder.
struct Guard {
  const clang::CXXRecordDecl *Record = nullptr; ///< The guard's own class.
  const GuardFact *Fact = nullptr;
  /// The guard is inside an optional, unique_ptr, pair, struct ...
  bool Nested = false;
  /// Inside something that can be empty: an optional, a pointer, a container.
  bool MayBeAbsent = false;
};

/// Facts about a guard class that knowledge does not have; null if none.
using MoreGuards =
    llvm::function_ref<const GuardFact *(const clang::CXXRecordDecl *)>;

class TypeModel {
public:
  TypeModel(const Knowledge &Known, clang::ASTContext &Context)
      : Known(Known), Context(Context) {}

  /// A coroutine's return object: known, or with a promise_type.
  bool isTask(clang::QualType T) const;
  /// Something that co_await takes: a task, or with await_ready or operator
  /// co_await.
  bool isAwaitable(clang::QualType T) const;
  /// A lazy task as far as is known; eager ones run without being awaited.
  bool isEagerTask(clang::QualType T) const;
  /// A task that is known, or seen from its promise's initial_suspend, to start
  /// only when it is awaited.
  bool isLazyTask(clang::QualType T) const;
  /// A task that runs as soon as it is made and goes on when its object is
  /// destroyed, as far as that is known or can be seen.
  bool runsOnWhenDropped(clang::QualType T) const;
  /// The return object of a coroutine that runs by itself and that nobody can
  /// wait for: made to be dropped.
  bool isDetached(clang::QualType T) const;
  /// What awaiting \p T gives; null type if that can't be told.
  clang::QualType awaitResult(clang::QualType T) const;

  /// The resource that an object of type \p T is. \p Infer: also by shape.
  const Resource *resource(clang::QualType T, bool Infer) const;
  /// True if objects of class \p RD can be copied.
  static bool isCopyable(const clang::CXXRecordDecl *RD);
  /// What an optional, expected or unique_ptr of type \p T holds; else a null
  /// type. A unique_ptr with a deleter of its own is that deleter's to judge.
  static clang::QualType heldType(clang::QualType T);
  /// The guard in an object of type \p T: itself, or held by value, optional,
  /// smart pointer, pair, tuple, container or a local struct. \p More is asked
  /// first.
  std::optional<Guard> guard(clang::QualType T,
                             MoreGuards More = nullptr) const;
  /// What is known of the guard class \p RD, or can be told from its body: a
  /// class whose destructor unlocks a mutex that it refers to.
  const GuardFact *guardFact(const clang::CXXRecordDecl *RD) const;
  /// A mutex made for coroutines: known, or locking it gives an awaitable.
  bool isCoroutineMutex(const clang::CXXRecordDecl *RD) const;

  const Knowledge &knowledge() const { return Known; }
  clang::ASTContext &context() const { return Context; }

private:
  std::optional<Resource> inferResource(const clang::CXXRecordDecl *RD) const;
  std::optional<GuardFact> inferGuard(const clang::CXXRecordDecl *RD) const;

  const Knowledge &Known;
  clang::ASTContext &Context;
  mutable llvm::DenseMap<const clang::CXXRecordDecl *, bool> Awaitable, Task;
  mutable llvm::DenseMap<const clang::CXXRecordDecl *,
                         std::unique_ptr<Resource>>
      Resources[2];
  mutable llvm::DenseMap<const clang::CXXRecordDecl *,
                         std::unique_ptr<GuardFact>>
      Inferred;
};

/// The promise_type of the class \p Task; null if there is none to see.
const clang::CXXRecordDecl *promiseOf(const clang::CXXRecordDecl *Task);
/// \p Promise's \p Member, "initial_suspend" or "final_suspend", gives the
/// standard library's \p Awaiter, "suspend_always" or "suspend_never".
bool suspendsWith(const clang::CXXRecordDecl *Promise, llvm::StringRef Member,
                  llvm::StringRef Awaiter);

/// "Connection" or "net::Connection<T>": a type's name for messages.
std::string typeName(clang::QualType T, const clang::ASTContext &Context);

} // namespace codrop

#endif // CODROP_ANALYSIS_TYPES_H
