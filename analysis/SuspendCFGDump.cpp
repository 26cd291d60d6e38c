// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// How a SuspendCFG is shown to a person: in the order in which control flows,
// numbered in that order, with source lines. An edge is written where control
// does not simply go on to the next line.

#include "analysis/SuspendCFG.h"
#include "clang/AST/ASTContext.h"
#include "clang/AST/RecursiveASTVisitor.h"
#include "clang/Lex/Lexer.h"
#include "llvm/Support/Format.h"

using namespace clang;

namespace codrop {

namespace {

llvm::StringRef edgeName(EdgeKind K) {
  switch (K) {
  case EdgeKind::Normal:
    return "";
  case EdgeKind::Resume:
    return "resume ";
  case EdgeKind::Unwind:
    return "unwind ";
  case EdgeKind::CallUnwind:
    return "call-unwind ";
  case EdgeKind::Throw:
    return "throw ";
  case EdgeKind::Destroy:
    return "destroy ";
  }
  return "";
}

/// Plain continuations first, what leaves last.
unsigned rank(const Edge &E) {
  switch (E.Kind) {
  case EdgeKind::Normal:
  case EdgeKind::Resume:
    return E.Taken == Edge::Outcome::False ? 1 : 0;
  case EdgeKind::Throw:
    return 2;
  case EdgeKind::CallUnwind:
  case EdgeKind::Unwind:
    return 3;
  case EdgeKind::Destroy:
    return 4;
  }
  return 4;
}

class Dumper {
public:
  Dumper(const SuspendCFG &G, ASTContext &Context, bool All)
      : G(G), Context(Context), All(All) {}

  void print(llvm::raw_ostream &OS);

private:
  bool isShown(NodeId N) const;
  NodeId shown(NodeId N) const;
  llvm::SmallVector<Edge, 4> edges(NodeId N) const;
  void order();
  std::string nameOf(ObjectId O) const;
  std::string sourceOf(const Stmt *S) const;
  std::string textOf(NodeId N) const;

  const SuspendCFG &G;
  ASTContext &Context;
  bool All;
  std::vector<NodeId> Order;
  llvm::DenseMap<NodeId, unsigned> Number;
};

bool Dumper::isShown(NodeId N) const {
  const Node &Here = G.node(N);
  if (All || Here.Out.size() != 1 || Here.Out.front().Kind != EdgeKind::Normal)
    return true;
  if (Here.Kind == NodeKind::Join)
    return false;
  return Here.Kind != NodeKind::Statement ||
         !isa<DeclRefExpr, ImplicitCastExpr, CXXBindTemporaryExpr>(Here.S);
}

NodeId Dumper::shown(NodeId N) const {
  llvm::DenseSet<NodeId> Seen; // `for (;;);` has nothing to show.
  while (!isShown(N) && Seen.insert(N).second)
    N = G.node(N).Out.front().To;
  return N;
}

llvm::SmallVector<Edge, 4> Dumper::edges(NodeId N) const {
  llvm::SmallVector<Edge, 4> Result;
  for (Edge E : G.node(N).Out) {
    E.To = shown(E.To);
    Result.push_back(E);
  }
  llvm::stable_sort(
      Result, [](const Edge &A, const Edge &B) { return rank(A) < rank(B); });
  return Result;
}

// Reverse post-order, the plain continuation visited last so that it comes
// next. Iterative, because generated functions are long.
void Dumper::order() {
  struct Frame {
    NodeId N;
    llvm::SmallVector<Edge, 4> Edges;
  };
  llvm::BitVector Seen(G.size());
  std::vector<Frame> Stack;
  auto enter = [&](NodeId N) {
    if (Seen.test(N))
      return;
    Seen.set(N);
    Stack.push_back({N, edges(N)});
  };
  enter(G.entry());
  while (!Stack.empty()) {
    Frame &Top = Stack.back();
    if (Top.Edges.empty()) {
      Order.push_back(Top.N);
      Stack.pop_back();
    } else {
      enter(Top.Edges.pop_back_val().To);
    }
  }
  std::reverse(Order.begin(), Order.end());
  for (unsigned I = 0; I < Order.size(); ++I)
    Number[Order[I]] = I;
}

std::string Dumper::nameOf(ObjectId O) const {
  const Object &Obj = G.object(O);
  if (Obj.Var && Obj.Var->getIdentifier())
    return Obj.Var->getName().str();
  if (const auto *Bindings = dyn_cast_or_null<DecompositionDecl>(Obj.Var)) {
    std::string Text = "[";
    for (const BindingDecl *Binding : Bindings->bindings())
      Text += (Text.size() > 1 ? ", " : "") + Binding->getNameAsString();
    return Text + "]";
  }
  return "<" + Obj.Type.getAsString(Context.getPrintingPolicy()) + ">";
}

std::string Dumper::sourceOf(const Stmt *S) const {
  const SourceManager &SM = Context.getSourceManager();
  llvm::StringRef Text = Lexer::getSourceText(
      SM.getExpansionRange(S->getSourceRange()), SM, Context.getLangOpts());
  std::string Line;
  for (char C : Text) {
    bool Space = C == '\n' || C == ' ' || C == '\t';
    if (!Space)
      Line += C;
    else if (!Line.empty() && Line.back() != ' ')
      Line += ' ';
    if (Line.size() > 60)
      return Line + "...";
  }
  return Line;
}

/// `return_value` and `return_void`, of which the source shows the co_return.
static const CXXMethodDecl *promiseCall(const Stmt *S) {
  const auto *Call = dyn_cast<CXXMemberCallExpr>(S);
  const auto *Ref =
      Call ? dyn_cast<DeclRefExpr>(stripped(Call->getImplicitObjectArgument()))
           : nullptr;
  const auto *Var = Ref ? dyn_cast<VarDecl>(Ref->getDecl()) : nullptr;
  return Var && Var->isImplicit() ? Call->getMethodDecl() : nullptr;
}

std::string Dumper::textOf(NodeId N) const {
  const Node &Here = G.node(N);
  switch (Here.Kind) {
  case NodeKind::Entry:
    return "entry";
  case NodeKind::Statement:
    if (const CXXMethodDecl *Method = promiseCall(Here.S))
      return "promise." + Method->getNameAsString() + "()";
    return sourceOf(Here.S);
  case NodeKind::Branch:
    return "if " + sourceOf(Here.S);
  case NodeKind::Join:
    return "join";
  case NodeKind::Suspend: {
    std::string Text;
    switch (G.suspension(N).Kind) {
    case SuspensionKind::Initial:
      Text = "SUSPEND initially";
      break;
    case SuspensionKind::Final:
      Text = "SUSPEND finally";
      break;
    case SuspensionKind::Yield:
    case SuspensionKind::Await:
      Text = "SUSPEND " + sourceOf(Here.S);
      break;
    }
    std::string Alive;
    for (ObjectId O : G.alive(N))
      Alive += (Alive.empty() ? "" : ", ") + nameOf(O);
    return Text + (Alive.empty() ? "" : "  alive: " + Alive);
  }
  case NodeKind::ObjectEnd:
    return "destroy " + nameOf(Here.Obj);
  case NodeKind::Dispatch:
    return "handlers";
  case NodeKind::Exit:
    return "exit";
  case NodeKind::UnwindExit:
    return "exit by exception";
  case NodeKind::Destroyed:
    return "frame destroyed";
  }
  return "";
}

void Dumper::print(llvm::raw_ostream &OS) {
  order();
  const SourceManager &SM = Context.getSourceManager();
  const FunctionDecl *FD = G.function();
  FD->getNameForDiagnostic(OS, Context.getPrintingPolicy(), /*Qualified=*/true);
  OS << ": ";
  if (const Coroutine *C = G.coroutine())
    OS << "coroutine of type "
       << C->TaskType.getAsString(Context.getPrintingPolicy())
       << (C->DestroyEdges        ? ", destroy edges on"
           : C->DestroyedAtYields ? ", destroy edges at co_yield"
                                  : ", destroy edges off");
  else
    OS << "plain function";
  OS << " (line " << SM.getExpansionLineNumber(FD->getLocation()) << ")\n";
  for (unsigned I = 0; I < Order.size(); ++I) {
    const Stmt *S = G.node(Order[I]).S;
    // Clang gives the implicit awaits the place of the coroutine's brace.
    if (S && S->getBeginLoc().isValid())
      OS << llvm::format_decimal(SM.getExpansionLineNumber(S->getBeginLoc()),
                                 5);
    else
      OS << "     ";
    OS << "  " << llvm::left_justify("n" + std::to_string(I), 5)
       << textOf(Order[I]) << "\n";
    std::string Ways;
    bool Elsewhere = false;
    for (const Edge &E : edges(Order[I])) {
      bool IsNext = E.Kind == EdgeKind::Normal &&
                    E.Taken == Edge::Outcome::None &&
                    Number.lookup(E.To) == I + 1;
      Elsewhere |= !IsNext;
      Ways += Ways.empty() ? "" : ", ";
      Ways += edgeName(E.Kind);
      if (E.Taken != Edge::Outcome::None)
        Ways += E.Taken == Edge::Outcome::True ? "yes " : "no ";
      Ways += IsNext ? "next" : "-> n" + std::to_string(Number.lookup(E.To));
    }
    if (Elsewhere)
      OS << "              " << Ways << "\n";
  }
}

class NamedFunctions : public RecursiveASTVisitor<NamedFunctions> {
public:
  explicit NamedFunctions(llvm::StringRef Name) : Name(Name) {}
  bool shouldVisitTemplateInstantiations() const { return true; }
  bool shouldVisitImplicitCode() const { return true; }
  bool VisitFunctionDecl(FunctionDecl *FD) {
    if (FD->doesThisDeclarationHaveABody() && !FD->isDependentContext() &&
        (FD->getNameAsString() == Name ||
         FD->getQualifiedNameAsString() == Name))
      Found.push_back(FD);
    return true;
  }
  std::vector<const FunctionDecl *> Found;

private:
  llvm::StringRef Name;
};

} // namespace

void SuspendCFG::dump(llvm::raw_ostream &OS, bool All) const {
  Dumper(*this, *Context, All).print(OS);
}

std::string dumpSuspendCFG(ASTContext &Context, llvm::StringRef Name,
                           const Knowledge &Known, DestroyEdgePolicy Policy,
                           bool All) {
  NamedFunctions Visitor(Name);
  Visitor.TraverseAST(Context);
  std::string Text;
  llvm::raw_string_ostream OS(Text);
  for (const FunctionDecl *FD : Visitor.Found) {
    std::optional<Coroutine> C = modelCoroutine(FD, Known, Policy);
    GaveUp Why;
    if (auto G = SuspendCFG::build(FD, C ? &*C : nullptr, Context, Why, &Known))
      G->dump(OS, All);
    else
      OS << FD->getQualifiedNameAsString() << ": gave up, because "
         << Why.Reason << "\n";
  }
  return Text;
}

} // namespace codrop
