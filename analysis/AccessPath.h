// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Names for places in memory, as the code spells them: `this->a.b`, `*param`,
// `accounts_[id].balance`, a global, a capture. Two expressions with the same
// path name the same place; aliases made by references (`auto &u = *user;`)
// and by iterators of a look-up (`it->second`) are resolved to what they stand
// for. And what each node of a SuspendCFG reads and writes, by path.
//
// Simplifications: different roots never overlap, and elements with different
// keys are different places (both can only cause false negatives).

#ifndef CODROP_ANALYSIS_ACCESSPATH_H
#define CODROP_ANALYSIS_ACCESSPATH_H

#include "analysis/SuspendCFG.h"
#include <compare>
#include <unordered_map>

namespace codrop {

struct PathPart {
  enum Kind : uint8_t { Field, Deref, Element } K = Field;
  const clang::FieldDecl *F = nullptr;
  /// For Element: a hash of the key expression; equal keys, equal hashes.
  unsigned Key = 0;

  friend auto operator<=>(const PathPart &, const PathPart &) = default;
};

struct AccessPath {
  enum RootKind : uint8_t { This, Variable } Root = This;
  const clang::VarDecl *Var = nullptr;
  llvm::SmallVector<PathPart, 4> Parts;

  bool operator==(const AccessPath &) const = default;
  size_t hash() const;
  /// True if this is \p Other or a place inside it.
  bool startsWith(const AccessPath &Other) const;
  /// "this->conn_", "from.balance", for messages.
  std::string str() const;
  /// The last field named, if any.
  const clang::FieldDecl *lastField() const;
};

enum class AccessKind : uint8_t {
  Read,
  Write,     ///< Overwritten, the old value does not matter.
  ReadWrite, ///< x += 1, ++x: reads the value that is there now.
  Mutate,    ///< Changed by a call; what is written is not known.
};

struct Access {
  NodeId At = 0;
  AccessKind Kind = AccessKind::Read;
  AccessPath Place;
  const clang::Expr *Site = nullptr;
  /// What is assigned, for Write and compound assignments.
  const clang::Expr *Value = nullptr;
  clang::BinaryOperatorKind Op = clang::BO_Assign; ///< Of the assignment.
};

/// Resolves expressions of one function to paths.
class PathResolver {
public:
  explicit PathResolver(const SuspendCFG &G, clang::ASTContext &Context);

  std::optional<AccessPath> resolve(const clang::Expr *E) const;
  /// The element of \p Container under \p Key.
  std::optional<AccessPath> resolveElement(const clang::Expr *Container,
                                           const clang::Expr *Key) const;

private:
  std::optional<AccessPath> resolveVariable(const clang::VarDecl *Var,
                                            unsigned Depth) const;
  std::optional<AccessPath> resolve(const clang::Expr *E, unsigned Depth) const;
  std::optional<AccessPath> resolveIterator(const clang::Expr *E,
                                            unsigned Depth) const;
  unsigned keyOf(const clang::Expr *Key) const;

  clang::ASTContext &Context;
  /// Variables assigned after their initialization; no alias can be trusted.
  llvm::DenseSet<const clang::VarDecl *> Reassigned;
};

/// Everything that a function reads and writes, in node order.
class AccessTable {
public:
  AccessTable(const SuspendCFG &G, clang::ASTContext &Context);

  llvm::ArrayRef<Access> all() const { return Accesses; }
  /// The accesses of one node.
  llvm::ArrayRef<Access> at(NodeId N) const;
  /// The indices in all() of the accesses to exactly \p Place, ascending.
  llvm::ArrayRef<unsigned> samePlace(const AccessPath &Place) const;
  const PathResolver &resolver() const { return Resolver; }

private:
  PathResolver Resolver;
  std::vector<Access> Accesses;
  std::vector<std::pair<unsigned, unsigned>> Range; // by node: first, count
  /// By a hash of the place; places that share a hash are told apart.
  std::unordered_multimap<size_t, std::vector<unsigned>> ByPlace;
};

/// Why other coroutines may see a place, or that they can't.
enum class Sharing {
  Local,   ///< Only this coroutine's frame.
  Member,  ///< A member of the object the coroutine belongs to.
  Global,  ///< A global, static or thread-local variable.
  Pointee, ///< Reached through a reference, pointer or shared owner.
  Capture, ///< A variable of the enclosing function, captured by reference.
};

Sharing sharingOf(const AccessPath &P, const SuspendCFG &G);

} // namespace codrop

#endif // CODROP_ANALYSIS_ACCESSPATH_H
