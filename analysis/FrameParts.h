// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What of a coroutine has to be in its frame: which variables, parameters,
// temporaries and awaiters, from where to where in the code. FrameSize.h says
// what is known of Clang's behaviour; FrameLayout makes a size of it.

#ifndef CODROP_ANALYSIS_FRAMEPARTS_H
#define CODROP_ANALYSIS_FRAMEPARTS_H

#include "analysis/FrameSize.h"
#include "clang/AST/ASTContext.h"

namespace codrop {

/// Above this size a class is an object in memory and no value.
inline constexpr uint64_t MaxValueSize = 16;

/// The coroutine may suspend there and go on after it.
inline bool isSuspendedIn(const Suspension &S) {
  return S.E && !S.NeverSuspends && S.Kind != SuspensionKind::Final;
}

/// An object of type \p T has a size that can be asked for. Code that is being
/// written, as an editor has it, is full of types that have none.
bool hasKnownSize(clang::QualType T);

class PartFinder {
public:
  PartFinder(const FunctionAnalysis &F, clang::ASTContext &Context)
      : F(F), G(*F.graph()), C(*F.coroutine()), Parents(G.parents()),
        Context(Context) {}

  std::optional<std::vector<FramePart>> run(GaveUp &Why);

private:
  /// How the optimizer keeps an object.
  enum class Storage : uint8_t { None, Value, Memory };

  void index();
  void addImplicit();
  void addVariable(ObjectId O);
  void addMaterialized(const clang::MaterializeTemporaryExpr *Temporary);
  void addArguments(const clang::Expr *Call);
  void addDropped(const Object &Temporary);
  void add(FramePart Part);
  /// False, with the reason noted, if an object of that type has no size.
  bool check(clang::QualType T);

  std::vector<UseTable::At> usesOf(const clang::VarDecl *Var) const;
  Storage storageOf(const Object &O, llvm::ArrayRef<UseTable::At> Uses) const;
  bool isUsedAfterSuspension(ObjectId O, llvm::ArrayRef<UseTable::At> Uses);
  bool isInSuspendingLoop(const clang::Stmt *S) const;
  const clang::Stmt *fullExpression(const clang::Expr *E) const;
  /// The statement whose end is that of the variables declared in \p Decls.
  const clang::Stmt *scopeOf(const clang::Stmt *Decls) const;
  unsigned begin(const clang::Stmt *S) const {
    return Positions.lookup(S).first;
  }
  unsigned end(const clang::Stmt *S) const {
    return Positions.lookup(S).second;
  }
  /// A class that is a pointer or two with a destructor: a task, a unique_ptr.
  bool isOwningValue(clang::QualType T) const;
  uint64_t sizeOf(clang::QualType T) const {
    return Context.getTypeSizeInChars(T).getQuantity();
  }

  const FunctionAnalysis &F;
  const SuspendCFG &G;
  const Coroutine &C;
  const ParentTable &Parents;
  clang::ASTContext &Context;
  std::vector<FramePart> Parts;
  GaveUp Trouble;
  /// From the first statement within to the one behind. 0 is the initial
  /// suspension, Behind the final one.
  llvm::DenseMap<const clang::Stmt *, std::pair<unsigned, unsigned>> Positions;
  unsigned Behind = 0;
  llvm::DenseMap<const clang::VarDecl *, const clang::Stmt *> DeclaredIn;
  /// By full expression: the suspensions in it.
  llvm::DenseMap<const clang::Stmt *, llvm::SmallVector<unsigned, 2>> AwaitsIn;
  llvm::DenseSet<const clang::Stmt *> SuspendingLoops;
  std::vector<NodeId> Suspends; ///< Initial and final suspend, too.
};

} // namespace codrop

#endif // CODROP_ANALYSIS_FRAMEPARTS_H
