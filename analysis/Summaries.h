// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a function does to its caller, from its visible body: whether it may
// block and through which calls, and what becomes of a parameter. Only bodies
// of the user's own code are read (what a system header's function does is
// knowledge's to say), and the call graph is followed to a limited depth.

#ifndef CODROP_ANALYSIS_SUMMARIES_H
#define CODROP_ANALYSIS_SUMMARIES_H

#include "analysis/Types.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/PointerUnion.h"

namespace codrop {

/// One step of a chain of calls that ends in something that blocks.
struct BlockingStep {
  clang::SourceLocation Loc;
  /// "'stop' is called", "member 'worker_' is destroyed".
  std::string What;
};

struct BlockingChain {
  /// From the function asked about to the blocking call, at least one.
  std::vector<BlockingStep> Steps;
  /// "'std::thread::join'", "the destructor of 'std::jthread'".
  std::string Callee;
  std::string Why; ///< "waits for the thread to end"
  std::string Instead;
  /// One of several functions that a virtual call may lead to.
  bool MayBeOther = false;
  /// The chain starts with the destruction of a member or base of this class,
  /// and it is that class's own code or members that block.
  const clang::CXXRecordDecl *Inner = nullptr;

  /// Why, or what can be said without knowing it.
  std::string why() const { return Why.empty() ? "blocks the thread" : Why; }
};

/// What in a body blocks: a call or another expression, or the end of a local.
using BlockingSite =
    llvm::PointerUnion<const clang::Expr *, const clang::VarDecl *>;
/// Returns true to end the search.
using BlockingVisitor = llvm::function_ref<bool(BlockingSite, BlockingChain)>;

/// What a function does with the resource that a parameter refers to.
enum class ParameterFate {
  Unknown,  ///< No body to read: anything may happen.
  Closes,   ///< Calls a closing member on some path.
  Escapes,  ///< Stores, moves or passes it on.
  OnlyUses, ///< Neither.
};

/// True if the arguments of \p Call are as \p P says.
bool holds(const ArgumentPredicate &P, const clang::Expr *Call,
           const clang::ASTContext &Context);

class Summaries {
public:
  Summaries(const Knowledge &Known, const TypeModel &Types)
      : Known(Known), Types(Types) {}

  /// Functions that block in addition to the knowledge, by qualified name.
  void addBlockingFunction(llvm::StringRef Name) {
    MoreBlocking.push_back(Name.str());
  }

  /// How \p FD reaches blocking work, at most \p Depth calls deep; null if it
  /// doesn't as far as is visible.
  const BlockingChain *mayBlock(const clang::FunctionDecl *FD, unsigned Depth);
  /// The same for a call or construction, its arguments left out.
  std::optional<BlockingChain> blocks(const clang::Expr *Call, unsigned Depth);
  /// Calls \p Visit for what blocks when the body of \p FD runs, in the order
  /// of the code: calls first, then locals that die.
  void visitBlocking(const clang::FunctionDecl *FD, unsigned Depth,
                     BlockingVisitor Visit);
  /// The same for the destructor of \p RD, implicit or not.
  std::optional<BlockingChain> destructorBlocks(const clang::CXXRecordDecl *RD,
                                                unsigned Depth);

  /// What the destruction of the members and bases of \p RD does.
  std::optional<BlockingChain> partsBlock(const clang::CXXRecordDecl *RD,
                                          unsigned Depth);

  /// What \p FD, and what it calls up to \p Depth calls deep, does with its
  /// parameter \p Index.
  ParameterFate parameterFate(const clang::FunctionDecl *FD, unsigned Index,
                              llvm::ArrayRef<std::string> CloseNames,
                              unsigned Depth = 3) const;
  /// The same for whatever the body of \p FD, a definition, calls \p Name.
  ParameterFate nameFate(const clang::ValueDecl *Name,
                         const clang::FunctionDecl *FD,
                         llvm::ArrayRef<std::string> CloseNames,
                         unsigned Depth = 3) const;
  /// The visible body of \p Method calls one of \p CloseNames on its object.
  bool closesObject(const clang::CXXMethodDecl *Method,
                    llvm::ArrayRef<std::string> CloseNames) const;

private:
  std::optional<BlockingChain> search(const clang::FunctionDecl *FD,
                                      unsigned Depth);
  std::optional<BlockingChain> callBlocks(const clang::Expr *Call,
                                          const clang::FunctionDecl *Callee,
                                          unsigned Depth);
  std::optional<BlockingChain> overrideBlocks(const clang::Expr *Call,
                                              const clang::CXXMethodDecl *Base,
                                              unsigned Depth);
  std::optional<BlockingChain> deleteBlocks(const clang::CXXDeleteExpr *Delete,
                                            const clang::FunctionDecl *In,
                                            unsigned Depth);
  std::optional<BlockingChain> dropBlocks(const clang::Expr *E) const;
  std::optional<BlockingChain> localBlocks(const clang::VarDecl *Var,
                                           const clang::Stmt *Body,
                                           unsigned Depth);
  std::optional<BlockingChain> lambdaBlocks(const clang::Expr *Call,
                                            const clang::FunctionDecl *Callee,
                                            unsigned Depth);
  std::optional<BlockingChain> memberBlocks(const clang::FieldDecl *Field,
                                            const clang::CXXRecordDecl *RD,
                                            unsigned Depth);
  bool waitsForAwaitable(const clang::Expr *Call,
                         const clang::FunctionDecl *Callee) const;
  bool isReadable(const clang::FunctionDecl *FD) const;
  /// The definitions in the user's code that override \p Method, directly or
  /// not.
  llvm::ArrayRef<const clang::CXXMethodDecl *>
  overriders(const clang::CXXMethodDecl *Method);

  const Knowledge &Known;
  const TypeModel &Types;
  std::vector<std::string> MoreBlocking;
  struct Memo {
    unsigned Depth = 0;
    bool Active = false;
    std::optional<BlockingChain> Chain;
  };
  llvm::DenseMap<const clang::FunctionDecl *, std::unique_ptr<Memo>> Blocking;
  llvm::DenseSet<const clang::CXXRecordDecl *> ActiveRecords;
  /// Made on the first call of overriders().
  std::optional<
      llvm::DenseMap<const clang::CXXMethodDecl *,
                     llvm::SmallVector<const clang::CXXMethodDecl *, 2>>>
      Overriders;
};

} // namespace codrop

#endif // CODROP_ANALYSIS_SUMMARIES_H
