// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A control flow graph that knows what a suspension is. Clang's CFG runs
// straight through a co_await; here each suspension point is a node with up to
// three ways out: resume, unwind (the await throws: through the destructors of
// what is alive to the enclosing handlers or out of the function) and destroy
// (the frame is destroyed while suspended: the destructors run, nothing else
// ever does). Calls that may throw unwind the same way. Which edges a question
// counts is the asker's choice (EdgeSet). The same graph serves functions that
// are no coroutines.
//
// Simplifications, with their direction: conditions are not evaluated (more
// paths than there are); asynchronous exceptions and signals do not exist
// (fewer); destructors do not throw (fewer).

#ifndef CODROP_ANALYSIS_SUSPENDCFG_H
#define CODROP_ANALYSIS_SUSPENDCFG_H

#include "analysis/Coroutine.h"
#include "analysis/FunctionObjects.h"
#include "llvm/ADT/BitVector.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/Support/raw_ostream.h"
#include <memory>
#include <string>
#include <vector>

namespace clang {
class ASTContext;
}

namespace codrop {

using NodeId = unsigned;

enum class NodeKind : uint8_t {
  Entry,
  Statement,  ///< An expression or statement is evaluated.
  Branch,     ///< A condition decides; the out-edges carry Taken.
  Join,       ///< Nothing happens (start of a basic block).
  Suspend,    ///< A suspension point that may really suspend.
  ObjectEnd,  ///< An object's lifetime ends, its destructor runs.
  Dispatch,   ///< An exception arrives at a try statement's handlers.
  Exit,       ///< Control leaves the function normally.
  UnwindExit, ///< An exception leaves the body.
  Destroyed,  ///< The frame was destroyed while suspended.
};

enum class EdgeKind : uint8_t {
  Normal,
  Resume,
  Unwind,     ///< The await threw.
  CallUnwind, ///< A call or construction threw.
  Throw,      ///< A throw expression, or a rethrow.
  Destroy,    ///< The suspended frame is destroyed.
};

/// A set of edge kinds, as a bit mask.
class EdgeSet {
public:
  constexpr EdgeSet() = default;
  constexpr EdgeSet(std::initializer_list<EdgeKind> Kinds) {
    for (EdgeKind K : Kinds)
      Bits |= bit(K);
  }
  constexpr bool contains(EdgeKind K) const { return Bits & bit(K); }
  constexpr EdgeSet with(EdgeKind K) const {
    EdgeSet S = *this;
    S.Bits |= bit(K);
    return S;
  }

private:
  static constexpr unsigned bit(EdgeKind K) { return 1U << unsigned(K); }
  unsigned Bits = 0;
};

/// What a reader of the code follows with a finger.
inline constexpr EdgeSet NormalEdges{EdgeKind::Normal, EdgeKind::Resume,
                                     EdgeKind::Throw};
/// And awaits that throw.
inline constexpr EdgeSet UnwindEdges = NormalEdges.with(EdgeKind::Unwind);
/// And frames that are destroyed while suspended.
inline constexpr EdgeSet AllSuspensionEdges =
    UnwindEdges.with(EdgeKind::Destroy);

struct Edge {
  NodeId To = 0;
  EdgeKind Kind = EdgeKind::Normal;
  /// For edges out of a Branch with two outcomes: whether the condition held.
  enum class Outcome : uint8_t { None, True, False } Taken = Outcome::None;
};

struct Node {
  NodeKind Kind = NodeKind::Statement;
  /// Index in Coroutine::Suspensions for Suspend nodes.
  unsigned Suspension = ~0U;
  /// For ObjectEnd.
  ObjectId Obj = ~0U;
  /// The statement evaluated, the condition of a branch, the try of a dispatch.
  const clang::Stmt *S = nullptr;
  /// The objects alive before the node.
  AliveId Alive = 0;
  llvm::SmallVector<Edge, 2> Out;
};

/// Why an analysis has no answer. Counted and shown by --statistics.
struct GaveUp {
  std::string Reason;
};

/// Counts what questions about one function cost, so that generated code of any
/// size costs seconds at most. A unit is about the visit of a node in a search,
/// a tenth of a microsecond. A check that runs out of units gives up on the
/// function; one that scans lists spends units for them.
class WorkMeter {
public:
  static constexpr uint64_t UnitsPerCheck = 8000000;

  /// Each check has units of its own, whatever others have used.
  void restart() { Left = UnitsPerCheck; }
  /// False if none is left.
  bool spend(uint64_t Units = 1) {
    Spent += Units;
    Left -= std::min(Left, Units);
    return Left != 0;
  }
  bool isUsedUp() const { return Left == 0; }
  uint64_t spent() const { return Spent; }

private:
  uint64_t Left = UnitsPerCheck;
  uint64_t Spent = 0;
};

class SuspendCFG {
public:
  /// The graph of \p FD. \p C is its coroutine model, or null for a plain
  /// function. On failure null, with \p Why filled.
  static std::unique_ptr<SuspendCFG> build(const clang::FunctionDecl *FD,
                                           const Coroutine *C,
                                           clang::ASTContext &Context,
                                           GaveUp &Why,
                                           const Knowledge *Known = nullptr);

  const clang::FunctionDecl *function() const { return Function; }
  const Coroutine *coroutine() const { return Coro; }
  const ParentTable &parents() const { return *Parents; }

  NodeId entry() const { return 0; }
  NodeId exit() const { return ExitNode; }
  NodeId unwindExit() const { return UnwindExitNode; }
  NodeId destroyed() const { return DestroyedNode; }
  unsigned size() const { return Nodes.size(); }
  const Node &node(NodeId N) const { return Nodes[N]; }
  llvm::ArrayRef<Node> nodes() const { return Nodes; }
  llvm::ArrayRef<Object> objects() const { return Objects.all(); }
  const Object &object(ObjectId O) const { return Objects[O]; }

  /// The objects alive before \p N, oldest first.
  llvm::SmallVector<ObjectId, 8> alive(NodeId N) const {
    return Sets.members(Nodes[N].Alive);
  }
  bool isAlive(ObjectId O, NodeId N) const {
    return Sets.contains(Nodes[N].Alive, O);
  }
  /// The object of a variable or parameter, if it is one of this function.
  std::optional<ObjectId> objectOf(const clang::VarDecl *Var) const {
    return Objects.ofVariable(Var);
  }
  /// The node after which \p O is alive: its declaration, after the
  /// initializer, or the expression that makes a temporary. None for parameters
  /// and for what is never reached.
  std::optional<NodeId> birthOf(ObjectId O) const;
  /// The node at which \p S is evaluated, if it has one of its own.
  std::optional<NodeId> nodeOf(const clang::Stmt *S) const;
  /// The suspension that node \p N is.
  const Suspension &suspension(NodeId N) const;
  /// All Suspend nodes that suspend inside the body, in source order.
  llvm::ArrayRef<NodeId> suspendNodes() const { return SuspendNodes; }

  WorkMeter &work() const { return Work; }

  /// In flow order, for people: without what only reads or names something,
  /// unless \p All.
  void dump(llvm::raw_ostream &OS, bool All = false) const;

private:
  friend class SuspendCFGBuilder;
  SuspendCFG() = default;

  const clang::FunctionDecl *Function = nullptr;
  const Coroutine *Coro = nullptr;
  clang::ASTContext *Context = nullptr;
  std::unique_ptr<ParentTable> Parents;
  std::vector<Node> Nodes;
  FunctionObjects Objects;
  AliveSets Sets;
  llvm::DenseMap<const clang::Stmt *, NodeId> NodeOfStmt;
  llvm::DenseMap<ObjectId, NodeId> BirthOf;
  std::vector<NodeId> SuspendNodes;
  mutable WorkMeter Work;
  NodeId ExitNode = 0, UnwindExitNode = 0, DestroyedNode = 0;
};

/// The dump of every function in \p Context called \p Name (qualified or not),
/// for `codrop debug cfg`; empty if there is none.
std::string dumpSuspendCFG(clang::ASTContext &Context, llvm::StringRef Name,
                           const Knowledge &Known, DestroyEdgePolicy Policy,
                           bool All = false);

} // namespace codrop

#endif // CODROP_ANALYSIS_SUSPENDCFG_H
