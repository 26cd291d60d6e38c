// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What each mention of a resource does to it: closes it, opens it, hands it on.
// The resource may be named directly, through a holder (optional, unique_ptr),
// as one of the elements of a local container, array, pair or variant, and
// through references, pointers, iterators and loop variables of the function.
// Of elements it is not told which is which: who closes one is taken to close
// all. On which path something happens is ResourceFlow's question.

#ifndef CODROP_ANALYSIS_RESOURCEUSES_H
#define CODROP_ANALYSIS_RESOURCEUSES_H

#include "analysis/ResourceValue.h"
#include "analysis/TUAnalysis.h"

namespace codrop {

/// What happens to the resource at a node.
enum class ResourceEvent {
  Nothing,
  Closes,
  DropsClose, ///< Its close is called and nobody awaits it.
  Opens,
  PutsToUse,
  LetsGo,  ///< Moved, stored, given away: no longer ours to close.
  Assigns, ///< Gets another value.
  Empties,
  Refills,
};

struct Happening {
  ResourceEvent What = ResourceEvent::Nothing;
  const clang::Expr *Site = nullptr;
  /// Assigns, Opens and Refills: the state after it.
  ResourceState Becomes = Open;
  /// Assigns nothing: `p = nullptr`.
  bool AssignsNothing = false;
  bool Unseen = false; ///< LetsGo to a function whose body is not visible.
};

/// \p RD is the standard library's: libstdc++'s iterators of vectors are of
/// __gnu_cxx.
bool isOfStandardLibrary(const clang::CXXRecordDecl *RD);

class ResourceUses {
public:
  ResourceUses(const FunctionAnalysis &F, TUAnalysis &TU,
               const FoundResource &R, ResourceFinder Find);

  /// Reads the mentions of \p Name, which \p Owner keeps alive, and of whatever
  /// refers to it.
  void read(const clang::ValueDecl *Name, const clang::VarDecl *Owner);
  /// `auto ec = co_await c.open(host);`, `co_await c.open(host, ec);`: \p Site
  /// opens it, when \p Await has succeeded.
  void opening(const clang::Expr *Site, const clang::Stmt *Await);
  void addOpen(const clang::Stmt *S) { Opens.push_back(S); }
  /// A condition that mentions \p Name may say that there is no resource.
  void addOutcome(const clang::ValueDecl *Name) { Outcomes.insert(Name); }

  const Happening *at(NodeId N) const {
    auto It = At.find(N);
    return It == At.end() ? nullptr : &It->second;
  }
  bool any(ResourceEvent What) const {
    return llvm::any_of(
        At, [&](const auto &Entry) { return Entry.second.What == What; });
  }
  /// \p S is a call that closes it, or one of its elements.
  bool isClose(const clang::Stmt *S) const {
    return llvm::any_of(At, [&](const auto &Entry) {
      return Entry.second.What == ResourceEvent::Closes &&
             Entry.second.Site == S;
    });
  }
  const clang::VarDecl *owner() const { return Owner; }
  /// What it is called: its name, and those of references to it.
  llvm::ArrayRef<const clang::ValueDecl *> names() const { return Names; }
  llvm::ArrayRef<NodeId> closes() const { return Closes; }
  llvm::ArrayRef<NodeId> mentions() const { return Mentions; }
  /// Whatever opens it, in any way.
  llvm::ArrayRef<const clang::Stmt *> opens() const { return Opens; }
  /// The awaits of opening calls: open only when they have succeeded.
  bool isOpeningAwait(const clang::Stmt *S) const {
    return OpeningAwaits.contains(S);
  }
  /// An opening call on it says that it comes closed.
  bool isOpenedByCall() const;
  /// Variables that hold the outcome of opening.
  const llvm::DenseSet<const clang::ValueDecl *> &outcomes() const {
    return Outcomes;
  }
  /// The conditions of loops that close each element, or give it away.
  llvm::ArrayRef<const clang::Expr *> closingLoops() const {
    return ClosingLoops;
  }

private:
  void readMention(NodeId N, const clang::DeclRefExpr *Ref);
  Happening happening(const clang::Expr *Named);
  std::optional<Happening> iteratorUse(const clang::Expr *Named);
  Happening memberCall(const clang::Expr *Site,
                       const clang::FunctionDecl *Callee, bool OnHolder);
  Happening groupCall(const clang::Expr *Site,
                      const clang::CXXMethodDecl *Method);
  Happening adding(const clang::Expr *Site);
  Happening passed(const Use &U);
  Happening assigned(const Use &U, const clang::Expr *Named);
  Happening bound(const Use &U, const clang::Expr *Named);
  Happening captured(const clang::LambdaExpr *Lambda, const clang::Expr *Named);
  Happening closing(const clang::Expr *Site);
  /// \p Var refers to it from now on.
  Happening calledBy(const clang::VarDecl *Var);
  void addName(const clang::ValueDecl *Name);
  bool isUsedByItsLibrary(const clang::FunctionDecl *Callee) const;
  bool closesInLambda(const clang::Expr *Call) const;
  /// \p S, or what a lambda in it does, calls a closing member of something.
  bool callsClose(const clang::Stmt *S) const;
  bool isGroup(clang::QualType T) const;

  const FunctionAnalysis &F;
  TUAnalysis &TU;
  const SuspendCFG &G;
  const Resource &R;
  const FoundResource Found;
  ResourceFinder Find;

  const clang::VarDecl *Owner = nullptr;
  llvm::SmallVector<const clang::ValueDecl *, 4> Names;
  llvm::DenseMap<NodeId, Happening> At;
  llvm::DenseSet<const clang::Stmt *> OpeningAwaits;
  llvm::SmallVector<const clang::Stmt *, 4> Opens;
  llvm::DenseSet<const clang::ValueDecl *> Outcomes;
  /// Variables that hold the task of a close.
  llvm::SmallVector<const clang::VarDecl *, 1> KeptTasks;
  llvm::SmallVector<NodeId, 4> Closes, Mentions;
  /// Loops over the elements, by the name of the element.
  llvm::SmallVector<
      std::pair<const clang::ValueDecl *, const clang::CXXForRangeStmt *>, 1>
      Loops;
  llvm::SmallVector<const clang::Expr *, 1> ClosingLoops;
};

} // namespace codrop

#endif // CODROP_ANALYSIS_RESOURCEUSES_H
