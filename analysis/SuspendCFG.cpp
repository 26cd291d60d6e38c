// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What can be asked of a finished SuspendCFG, and how it is shown.

#include "analysis/SuspendCFG.h"
#include "clang/AST/ASTContext.h"
#include "clang/AST/RecursiveASTVisitor.h"
#include "clang/Lex/Lexer.h"

using namespace clang;

namespace codrop {

llvm::SmallVector<ObjectId, 8> SuspendCFG::alive(NodeId N) const {
  llvm::SmallVector<ObjectId, 8> Result;
  for (AliveId A = Nodes[N].Alive; A; A = AliveCells[A].Rest)
    Result.push_back(AliveCells[A].Top);
  std::reverse(Result.begin(), Result.end());
  return Result;
}

bool SuspendCFG::isAlive(ObjectId O, NodeId N) const {
  AliveId A = Nodes[N].Alive;
  while (A && AliveCells[A].Top > O)
    A = AliveCells[A].Rest;
  return A && AliveCells[A].Top == O;
}

std::optional<ObjectId> SuspendCFG::objectOf(const VarDecl *Var) const {
  auto It = ObjectOfVar.find(Var);
  if (It == ObjectOfVar.end())
    return std::nullopt;
  return It->second;
}

std::optional<NodeId> SuspendCFG::nodeOf(const Stmt *S) const {
  auto It = NodeOfStmt.find(S);
  if (It == NodeOfStmt.end())
    return std::nullopt;
  return It->second;
}

const Suspension &SuspendCFG::suspension(NodeId N) const {
  return Coro->Suspensions[Nodes[N].Suspension];
}

static llvm::StringRef edgeName(EdgeKind K) {
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

static std::string sourceOf(const Stmt *S, const ASTContext &Context) {
  const SourceManager &SM = Context.getSourceManager();
  std::string Text = Lexer::getSourceText(
                         SM.getExpansionRange(S->getSourceRange()), SM,
                         Context.getLangOpts())
                         .str();
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

void SuspendCFG::dump(llvm::raw_ostream &OS) const {
  const SourceManager &SM = Context->getSourceManager();
  auto objectName = [&](ObjectId O) {
    const Object &Obj = Objects[O];
    if (Obj.Var && Obj.Var->getIdentifier())
      return Obj.Var->getName().str();
    return "<" + Obj.Type.getAsString(Context->getPrintingPolicy()) + ">";
  };
  OS << Function->getQualifiedNameAsString() << ": ";
  if (Coro)
    OS << "coroutine of type "
       << Coro->TaskType.getAsString(Context->getPrintingPolicy())
       << (Coro->DestroyEdges ? ", destroy edges on" : ", destroy edges off");
  else
    OS << "plain function";
  OS << "\n";
  for (NodeId N = 0; N < Nodes.size(); ++N) {
    const Node &Here = Nodes[N];
    OS << "  n" << N << " ";
    switch (Here.Kind) {
    case NodeKind::Entry:
      OS << "entry";
      break;
    case NodeKind::Statement:
      OS << "do " << sourceOf(Here.S, *Context);
      break;
    case NodeKind::Branch:
      OS << "branch on " << sourceOf(Here.S, *Context);
      break;
    case NodeKind::Join:
      OS << "join";
      break;
    case NodeKind::Suspend: {
      const Suspension &Point = suspension(N);
      switch (Point.Kind) {
      case SuspensionKind::Initial:
        OS << "SUSPEND initially";
        break;
      case SuspensionKind::Final:
        OS << "SUSPEND finally";
        break;
      case SuspensionKind::Yield:
      case SuspensionKind::Await:
        OS << "SUSPEND " << sourceOf(Here.S, *Context);
        break;
      }
      break;
    }
    case NodeKind::ObjectEnd:
      OS << "destroy " << objectName(Here.Obj);
      break;
    case NodeKind::Dispatch:
      OS << "handlers of the try";
      break;
    case NodeKind::Exit:
      OS << "exit";
      break;
    case NodeKind::UnwindExit:
      OS << "exit by exception";
      break;
    case NodeKind::Destroyed:
      OS << "frame destroyed";
      break;
    }
    if (Here.S && Here.S->getBeginLoc().isValid())
      OS << "  @" << SM.getExpansionLineNumber(Here.S->getBeginLoc());
    if (Here.Kind == NodeKind::Suspend) {
      OS << "  alive:";
      for (ObjectId O : alive(N))
        OS << " " << objectName(O);
    }
    OS << "\n";
    for (const Edge &E : Here.Out) {
      OS << "      " << edgeName(E.Kind);
      if (E.Taken != Edge::Outcome::None)
        OS << (E.Taken == Edge::Outcome::True ? "true " : "false ");
      OS << "-> n" << E.To << "\n";
    }
  }
}

namespace {
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

std::string dumpSuspendCFG(ASTContext &Context, llvm::StringRef Name,
                           const Knowledge &Known, DestroyEdgePolicy Policy) {
  NamedFunctions Visitor(Name);
  Visitor.TraverseAST(Context);
  std::string Text;
  llvm::raw_string_ostream OS(Text);
  for (const FunctionDecl *FD : Visitor.Found) {
    std::optional<Coroutine> C = modelCoroutine(FD, Known, Policy);
    GaveUp Why;
    if (auto G = SuspendCFG::build(FD, C ? &*C : nullptr, Context, Why))
      G->dump(OS);
    else
      OS << FD->getQualifiedNameAsString() << ": gave up, because "
         << Why.Reason << "\n";
  }
  return Text;
}

} // namespace codrop
