// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What can happen to what refers into a container or owner: which classes hold
// elements, which calls take elements away or move them, and where the
// functions of a translation unit make such calls on a member or global.

#ifndef CODROP_ANALYSIS_CONTAINERS_H
#define CODROP_ANALYSIS_CONTAINERS_H

#include "analysis/TUAnalysis.h"

namespace codrop {

/// How an object holds what references, iterators and views lead to.
enum class Holds {
  Nothing,
  Contiguous, ///< vector, string, flat_map: growth moves the elements.
  Chunked,    ///< deque: growth keeps references, not iterators.
  Hashed,     ///< unordered_map: the same.
  Nodes,      ///< map, list: elements stay until they are erased.
  Pointee,    ///< unique_ptr, shared_ptr, optional, variant, a raw pointer.
  Parts,      ///< A class around one of these: replaced as a whole.
};

/// What an object of type \p T (or what it refers to) holds.
Holds holdsElements(clang::QualType T);
/// True for owners that may be copied and keep what they own alive.
bool isSharedOwnerType(clang::QualType T);
/// string_view, span and what else has a pointer to elements that others own.
bool isViewType(clang::QualType T);

/// What a change does to elements that are there.
enum class Change {
  None,
  Grows,   ///< Adds elements, which may move others.
  Removes, ///< Takes elements away, or replaces all of them.
};

struct FieldChange {
  const clang::FunctionDecl *In = nullptr;
  const clang::Expr *Site = nullptr;
  Change What = Change::None;
  /// It hits a single element, which may be another one.
  bool OneElement = false;
  /// For Pointee: it is empty afterwards.
  bool Empties = false;
};

/// Where members and variables of static storage are changed in a way that
/// invalidates what refers into them. What makes, ends or replaces the whole
/// object is left out: nobody else runs then.
class FieldChanges {
public:
  explicit FieldChanges(TUAnalysis &TU) : TU(TU) {}
  llvm::ArrayRef<FieldChange> of(const clang::ValueDecl *Held);

private:
  void collect(const clang::FunctionDecl *FD, const clang::ValueDecl *Held,
               std::vector<FieldChange> &Out);

  TUAnalysis &TU;
  llvm::DenseMap<const clang::ValueDecl *, std::vector<FieldChange>> Known;
};

/// True if \p What invalidates a reference or pointer to an element of what is
/// held so; with \p Iterator, an iterator.
bool invalidates(Change What, Holds How, bool Iterator);

} // namespace codrop

#endif // CODROP_ANALYSIS_CONTAINERS_H
