// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "analysis/PartialFile.h"
#include "analysis/DyingObject.h"
#include "analysis/Names.h"
#include "llvm/ADT/StringExtras.h"

using namespace clang;

namespace codrop {

namespace {

bool isAny(llvm::StringRef Word, llvm::ArrayRef<llvm::StringRef> Words) {
  return llvm::is_contained(Words, Word);
}

/// In the name of a file that may be there by half: one that is renamed or
/// thrown away, one that only grows, or no file at all.
bool mayBePartial(llvm::StringRef Word) {
  return isAny(Word, {"tmp",     "temp",    "temporary", "part",   "partial",
                      "new",     "staging", "scratch",   "swap",   "uuid",
                      "guid",    "unique",  "pid",       "log",    "logs",
                      "lock",    "fifo",    "pipe",      "sock",   "dev",
                      "proc",    "null",    "stdout",    "stderr", "wal",
                      "journal", "trace",   "tty",       "dump",   "incomplete",
                      "mkstemp", "backup",  "bak",       "debug"});
}

void addWords(llvm::StringRef Text, llvm::SmallVectorImpl<std::string> &Words) {
  llvm::SmallVector<llvm::StringRef, 8> Parts;
  std::string Plain = Text.str();
  for (char &C : Plain)
    if (!llvm::isAlnum(C))
      C = ' ';
  llvm::StringRef(Plain).split(Parts, ' ', -1, /*KeepEmpty=*/false);
  for (llvm::StringRef Part : Parts)
    llvm::append_range(Words, identifierWords(Part));
}

bool hasWord(const NamedDecl *D, llvm::ArrayRef<llvm::StringRef> Wanted) {
  return llvm::any_of(identifierWords(nameOf(D)), [&](llvm::StringRef Word) {
    return isAny(Word, Wanted);
  });
}

/// What a path is made from.
struct PathParts {
  llvm::SmallVector<std::string, 8> Words;
  const ParmVarDecl *Parameter = nullptr;
  bool Literal = false;
  bool Local = false; ///< Something that may be another one each time.
};

class PartialFileFinder {
public:
  PartialFileFinder(const FunctionAnalysis &F, TUAnalysis &TU)
      : F(F), TU(TU), G(*F.graph()) {}

  std::vector<PartialFile> run() {
    for (NodeId N = 0; N != G.size(); ++N) {
      const auto *E = dyn_cast_or_null<Expr>(G.node(N).S);
      if (!E || G.node(N).Kind != NodeKind::Statement)
        continue;
      const FileOpenFact *Fact = openOf(E);
      if (Fact && (!Fact->OnlyIf || holds(*Fact->OnlyIf, E, TU.context())) &&
          (!Fact->Unless || !holds(*Fact->Unless, E, TU.context())))
        opened(N, E, *Fact);
    }
    return std::move(Found);
  }

private:
  const FileOpenFact *openOf(const Expr *E) const {
    if (const auto *Construct = dyn_cast<CXXConstructExpr>(E))
      return TU.knowledge().fileOpen(Construct->getConstructor());
    if (const auto *Call = dyn_cast<CallExpr>(E))
      return TU.knowledge().fileOpen(Call->getDirectCallee(),
                                     objectClass(Call));
    return nullptr;
  }

  // --- The name of the file --------------------------------------------------

  const Expr *pathOf(const Expr *Open, const FileOpenFact &Fact,
                     const ValueDecl *Handle) const {
    llvm::SmallVector<const Expr *, 4> Args = argumentsOf(Open);
    if (Fact.Path == 0) {
      const auto *Var = dyn_cast_or_null<VarDecl>(Handle);
      return Var ? Var->getInit() : nullptr;
    }
    return Fact.Path <= Args.size() ? Args[Fact.Path - 1] : nullptr;
  }

  void readPath(const Stmt *S, PathParts &Parts, unsigned Depth = 0) const {
    ParentTable Below(S);
    for (const Stmt *Inner : Below.preorder()) {
      if (const auto *Literal = dyn_cast<StringLiteral>(Inner)) {
        Parts.Literal = true;
        if (Literal->getCharByteWidth() == 1)
          addWords(Literal->getString(), Parts.Words);
        continue;
      }
      if (const auto *Member = dyn_cast<MemberExpr>(Inner))
        addWords(nameOf(Member->getMemberDecl()), Parts.Words);
      const auto *Ref = dyn_cast<DeclRefExpr>(Inner);
      if (!Ref)
        continue;
      addWords(nameOf(Ref->getDecl()), Parts.Words);
      const auto *Var = dyn_cast<VarDecl>(Ref->getDecl());
      if (!Var || !Var->hasLocalStorage())
        continue;
      if (const auto *Parameter = dyn_cast<ParmVarDecl>(Var)) {
        Parts.Parameter = Parameter;
        Parts.Local = true;
        continue;
      }
      if (Depth < 3 && Var->getInit())
        readPath(Var->getInit(), Parts, Depth + 1);
      else
        Parts.Local = true;
      for (const UseTable::At &At : F.uses().of(Var))
        if ((At.What.Kind == UseKind::Assigned ||
             At.What.Kind == UseKind::MemberCall) &&
            At.What.Site && Depth < 3)
          readPath(At.What.Site, Parts, 3);
    }
  }

  /// A caller says which file it is: does one name a file that must be whole?
  bool calledForWhole(const ParmVarDecl *Parameter) const {
    bool Any = false;
    for (const CallSite &At : TU.index().mentions(F.function())) {
      const auto *Call = dyn_cast_or_null<CallExpr>(At.Site);
      if (!At.IsCall || !Call)
        return false;
      llvm::SmallVector<const Expr *, 4> Args = argumentsOf(Call);
      unsigned Index = Parameter->getFunctionScopeIndex();
      if (Index >= Args.size())
        return false;
      PathParts Parts;
      readPath(Args[Index], Parts);
      if (llvm::any_of(Parts.Words, mayBePartial))
        return false;
      if (At.In && At.In->getBody() && tidies(writtenBody(At.In)))
        return false;
      Any |= Parts.Literal;
    }
    return Any;
  }

  /// The file is renamed when it is done, or removed when it is not.
  static bool tidies(const Stmt *Body) {
    ParentTable Below(Body);
    return llvm::any_of(Below.preorder(), [](const Stmt *S) {
      const auto *Call = dyn_cast<CallExpr>(S);
      return Call &&
             hasWord(Call->getDirectCallee(),
                     {"rename", "remove", "unlink", "replace", "link",
                      "exchange", "move", "commit"}) &&
             !Call->isCallToStdMove() && !isStdExchange(Call);
    });
  }
  static bool isStdExchange(const CallExpr *Call) {
    return nameOf(Call->getDirectCallee()) == "exchange" &&
           Call->getNumArgs() == 2 && !isa<CXXMemberCallExpr>(Call);
  }

  // --- The file --------------------------------------------------------------

  /// The variable or member that the opened file is in.
  const ValueDecl *handleOf(const Expr *Open) const {
    if (isa<CXXMemberCallExpr>(Open))
      return named(calledObject(Open));
    const ParentTable &Parents = G.parents();
    const Stmt *Child = Open;
    for (const Stmt *P = Open; P; Child = P, P = Parents.parent(P)) {
      if (const VarDecl *Var = Parents.initializedVariable(P))
        return Var;
      const auto *Binary = dyn_cast<BinaryOperator>(P);
      if (Binary && Binary->getOpcode() == BO_Assign && Child != P &&
          Binary->getRHS() == Child)
        return named(Binary->getLHS());
      if (const auto *Call = dyn_cast<CXXOperatorCallExpr>(P);
          Call && Call->getOperator() == OO_Equal)
        return named(Call->getArg(0));
      if (!isa<Expr>(P))
        return nullptr;
    }
    return nullptr;
  }

  static const ValueDecl *named(const Expr *E) {
    E = E ? stripped(E) : nullptr;
    if (const auto *Ref = dyn_cast_or_null<DeclRefExpr>(E))
      return Ref->getDecl();
    const auto *Member = dyn_cast_or_null<MemberExpr>(E);
    return Member ? Member->getMemberDecl() : nullptr;
  }

  static bool mentions(const Stmt *S,
                       const llvm::DenseSet<const ValueDecl *> &Handles) {
    ParentTable Below(S);
    return llvm::any_of(Below.preorder(), [&](const Stmt *Inner) {
      const auto *E = dyn_cast<Expr>(Inner);
      return E && (isa<DeclRefExpr>(E) || isa<MemberExpr>(E)) &&
             Handles.contains(named(E));
    });
  }

  /// The file, and what was made from it: a stream over a file, a descriptor.
  llvm::DenseSet<const ValueDecl *> handles(const ValueDecl *Handle) const {
    llvm::DenseSet<const ValueDecl *> Result{Handle};
    for (unsigned Round = 0; Round < 2; ++Round)
      for (const Stmt *S : G.parents().preorder()) {
        const auto *Declaration = dyn_cast<DeclStmt>(S);
        if (!Declaration)
          continue;
        for (const Decl *D : Declaration->decls())
          if (const auto *Var = dyn_cast<VarDecl>(D);
              Var && Var->getInit() && !Var->getType()->isBooleanType() &&
              mentions(Var->getInit(), Result))
            Result.insert(Var);
      }
    return Result;
  }

  /// \p Call writes to one of \p Handles.
  static bool writes(const CallExpr *Call,
                     const llvm::DenseSet<const ValueDecl *> &Handles) {
    const FunctionDecl *Callee = Call->getDirectCallee();
    if (const auto *Operator = dyn_cast<CXXOperatorCallExpr>(Call)) {
      if (Operator->getOperator() != OO_LessLess)
        return false;
      const Expr *Left = Operator->getArg(0);
      while (const auto *Inner = dyn_cast<CXXOperatorCallExpr>(stripped(Left)))
        Left = Inner->getArg(0);
      return Handles.contains(named(Left));
    }
    if (!hasWord(Callee, {"write",  "print",  "printf", "println",  "fprintf",
                          "fwrite", "fputs",  "fputc",  "vfprintf", "put",
                          "puts",   "pwrite", "writev", "save",     "serialize",
                          "store",  "encode", "export", "append",   "format"}))
      return false;
    const Expr *Object = calledObject(Call);
    return (Object && mentions(Object, Handles)) ||
           llvm::any_of(argumentsOf(Call), [&](const Expr *Arg) {
             return mentions(Arg, Handles);
           });
  }

  static bool closes(const CallExpr *Call,
                     const llvm::DenseSet<const ValueDecl *> &Handles) {
    return hasWord(Call->getDirectCallee(), {"close", "fclose"}) &&
           mentions(Call, Handles);
  }

  void opened(NodeId At, const Expr *Open, const FileOpenFact &Fact) {
    const ValueDecl *Handle = handleOf(Open);
    const Expr *Name = Handle ? pathOf(Open, Fact, Handle) : nullptr;
    if (!Name || TU.isInTest(F.function()) || tidies(writtenBody(F.function())))
      return;
    PathParts Parts;
    readPath(Name, Parts);
    addWords(nameOf(Handle), Parts.Words);
    addWords(nameOf(F.function()), Parts.Words);
    if (const auto *Method = dyn_cast<CXXMethodDecl>(F.function()))
      addWords(nameOf(Method->getParent()), Parts.Words);
    if (llvm::any_of(Parts.Words, mayBePartial))
      return;
    if (Parts.Parameter && !Parts.Literal && !calledForWhole(Parts.Parameter))
      return;
    llvm::DenseSet<const ValueDecl *> Handles = handles(Handle);
    std::optional<Path> Way = way(At, Open, Handles);
    if (!Way)
      return;
    PartialFile P;
    P.Open = Open;
    P.Handle = Handle->getNameAsString();
    P.Write = cast<Expr>(G.node(Way->Nodes.back()).S);
    for (NodeId N : Way->Nodes)
      if (G.node(N).Kind == NodeKind::Suspend && N != openAwait(Open) &&
          !P.Suspends)
        P.Suspends = G.suspension(N).E;
    // The name may be another one each time, or one that is renamed elsewhere.
    P.Sure = !Parts.Literal || Parts.Local || !P.Suspends
                 ? Confidence::Maybe
                 : Confidence::Definite;
    Found.push_back(P);
  }

  /// The suspension at which \p Open itself is awaited, if it is.
  std::optional<NodeId> openAwait(const Expr *Open) const {
    for (NodeId N : G.suspendNodes()) {
      const Suspension &Point = G.suspension(N);
      if (Point.Operand && G.parents().isWithin(Open, Point.E))
        return N;
    }
    return std::nullopt;
  }

  /// From where it is opened, over a suspension, to where it is written; or to
  /// where the write is what is awaited.
  std::optional<Path> way(NodeId At, const Expr *Open,
                          const llvm::DenseSet<const ValueDecl *> &Handles) {
    std::optional<NodeId> Opening = openAwait(Open);
    PathQuery Q;
    Q.Start = At;
    auto Visit = [&](NodeId N, PathState Suspended) {
      const Node &Here = G.node(N);
      if (N == At)
        return PathStep::stop(); // Opened again.
      if (Here.Kind == NodeKind::Suspend)
        return PathStep::go(Suspended || N != Opening);
      if (Here.Kind == NodeKind::ObjectEnd &&
          Handles.contains(G.object(Here.Obj).Var))
        return PathStep::stop();
      const auto *Call = dyn_cast_or_null<CallExpr>(Here.S);
      if (!Call || Here.Kind != NodeKind::Statement)
        return PathStep::go(Suspended);
      if (writes(Call, Handles) &&
          (Suspended || TU.types().isAwaitable(Call->getType())))
        return PathStep::found();
      if (closes(Call, Handles))
        return PathStep::stop();
      return PathStep::go(Suspended);
    };
    Q.Visit = Visit;
    return findPath(G, Q);
  }

  const FunctionAnalysis &F;
  TUAnalysis &TU;
  const SuspendCFG &G;
  std::vector<PartialFile> Found;
};

} // namespace

std::vector<PartialFile> findPartialFiles(const FunctionAnalysis &F,
                                          TUAnalysis &TU) {
  return PartialFileFinder(F, TU).run();
}

} // namespace codrop
