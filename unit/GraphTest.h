// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The graph of one function of a test's code, and words for what tests ask of
// it: places by name, what is alive there, what is destroyed on the way out.

#ifndef CODROP_UNIT_GRAPHTEST_H
#define CODROP_UNIT_GRAPHTEST_H

#include "analysis/PathSearch.h"
#include "analysis/TUAnalysis.h"
#include "unit/Prelude.h"
#include "unit/TestAST.h"
#include "clang/AST/Expr.h"

namespace codrop::test {

inline std::shared_ptr<const Knowledge> noKnowledge() {
  return std::make_shared<Knowledge>();
}

/// The code, the coroutine or function `f` in it, and its graph.
class GraphTest {
public:
  explicit GraphTest(const std::string &Code, llvm::StringRef Name = "f",
                     DestroyEdgePolicy Policy = DestroyEdgePolicy::Always)
      : GraphTest(Code, Policy) {
    use(AST.function(Name));
  }

  GraphTest(const std::string &Code, std::shared_ptr<const Knowledge> Facts)
      : GraphTest(Code, DestroyEdgePolicy::Always, std::move(Facts)) {
    use(AST.function("f"));
  }

  /// The call operator of the lambda that initializes the variable \p Name.
  static GraphTest lambda(const std::string &Code, llvm::StringRef Name) {
    GraphTest T(Code, DestroyEdgePolicy::Always);
    T.use(T.AST.lambda(Name));
    return T;
  }
  static GraphTest instantiation(const std::string &Code,
                                 llvm::StringRef Name) {
    GraphTest T(Code, DestroyEdgePolicy::Always);
    T.use(T.AST.instantiation(Name));
    return T;
  }

  const SuspendCFG &graph() const { return *G; }
  const FunctionAnalysis &function() const { return *F; }
  TUAnalysis &tu() { return *TU; }
  TestAST &ast() { return AST; }

  /// The place `void("codrop_point_NAME")`.
  NodeId point(llvm::StringRef Name) const {
    for (NodeId N = 0; N < G->size(); ++N) {
      const auto *Cast = llvm::dyn_cast_or_null<clang::CastExpr>(G->node(N).S);
      if (!Cast || G->node(N).Kind != NodeKind::Statement)
        continue;
      const auto *Text = llvm::dyn_cast<clang::StringLiteral>(
          Cast->getSubExpr()->IgnoreParenImpCasts());
      if (Text && Text->getString() == "codrop_point_" + Name.str())
        return N;
    }
    ADD_FAILURE() << "there is no point " << Name.str();
    return 0;
  }

  /// The suspension at the await of what a call of \p Callee gives.
  NodeId suspension(llvm::StringRef Callee) const {
    for (NodeId N : G->suspendNodes()) {
      const clang::Expr *Operand = G->suspension(N).Operand;
      const clang::FunctionDecl *Called =
          Operand ? calledFunction(Operand) : nullptr;
      if (Called && Called->getNameAsString() == Callee)
        return N;
    }
    ADD_FAILURE() << "nothing suspends at a call of " << Callee.str();
    return 0;
  }

  /// The node of the call of \p Callee.
  NodeId call(llvm::StringRef Callee) const {
    for (NodeId N = 0; N < G->size(); ++N) {
      const auto *Call = llvm::dyn_cast_or_null<clang::CallExpr>(G->node(N).S);
      const clang::FunctionDecl *Called =
          Call ? Call->getDirectCallee() : nullptr;
      if (Called && Called->getNameAsString() == Callee)
        return N;
    }
    ADD_FAILURE() << "nothing calls " << Callee.str();
    return 0;
  }

  std::string name(ObjectId O) const {
    const Object &Obj = G->object(O);
    if (Obj.Var && Obj.Var->getIdentifier())
      return Obj.Var->getName().str();
    return "<" + Obj.Type.getAsString(AST.context().getPrintingPolicy()) + ">";
  }

  /// What is alive before \p N, oldest first: "x y <obj>".
  std::string alive(NodeId N) const {
    std::string Text;
    for (ObjectId O : G->alive(N))
      Text += (Text.empty() ? "" : " ") + name(O);
    return Text;
  }

  /// What is destroyed when \p N is left by an edge of \p Kind, and where that
  /// leads: "~y ~x handlers", "~x throws", "destroyed", "exit", or "goes on".
  /// "no" if there is no such edge.
  std::string leaving(NodeId N, EdgeKind Kind) const {
    std::string Text;
    for (const Edge &E : G->node(N).Out) {
      if (E.Kind != Kind)
        continue;
      if (!Text.empty())
        Text += " | ";
      NodeId At = E.To;
      for (; G->node(At).Kind == NodeKind::ObjectEnd;
           At = G->node(At).Out.front().To)
        Text += "~" + name(G->node(At).Obj) + " ";
      switch (G->node(At).Kind) {
      case NodeKind::Dispatch:
        Text += "handlers";
        break;
      case NodeKind::UnwindExit:
        Text += "throws";
        break;
      case NodeKind::Destroyed:
        Text += "destroyed";
        break;
      case NodeKind::Exit:
        Text += "exit";
        break;
      default:
        Text += "goes on";
      }
    }
    return Text.empty() ? "no" : Text;
  }
  std::string unwinding(NodeId N) const { return leaving(N, EdgeKind::Unwind); }
  std::string destroying(NodeId N) const {
    return leaving(N, EdgeKind::Destroy);
  }

  bool reaches(NodeId From, NodeId To, EdgeSet Edges = NormalEdges) const {
    return reachableFrom(*G, From, Edges)[To];
  }

private:
  GraphTest(const std::string &Code, DestroyEdgePolicy Policy,
            std::shared_ptr<const Knowledge> Facts = noKnowledge())
      : AST(Prelude + Code, {"-fcxx-exceptions", "-w"}),
        Known(std::move(Facts)) {
    AnalysisOptions Options;
    Options.DestroyEdges = Policy;
    TU = std::make_unique<TUAnalysis>(AST.context(), Options, Known);
  }

  void use(const clang::FunctionDecl *FD) {
    F = &TU->function(FD);
    G = F->graph();
    if (!G)
      ADD_FAILURE() << "there is no graph";
  }

  mutable TestAST AST;
  std::shared_ptr<const Knowledge> Known;
  std::unique_ptr<TUAnalysis> TU;
  const FunctionAnalysis *F = nullptr;
  const SuspendCFG *G = nullptr;
};

} // namespace codrop::test

#endif // CODROP_UNIT_GRAPHTEST_H
