// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "checks/FixIts.h"
#include "analysis/Names.h"
#include "clang/AST/ASTContext.h"
#include "clang/AST/DeclTemplate.h"
#include "clang/AST/TypeLoc.h"
#include "clang/Basic/SourceManager.h"
#include "clang/Lex/Lexer.h"

using namespace clang;

namespace codrop {

/// True if \p FD, or what it stands in, was made from a template.
static bool isInstantiated(const FunctionDecl *FD) {
  for (const DeclContext *DC = FD; DC; DC = DC->getParent()) {
    if (const auto *Function = dyn_cast<FunctionDecl>(DC))
      if (Function->isTemplateInstantiation())
        return true;
    if (isa<ClassTemplateSpecializationDecl>(DC))
      return true;
  }
  return false;
}

FixWriter::FixWriter(const FunctionAnalysis &F, const ASTContext &Context)
    : F(F), Context(Context), Written(!isInstantiated(F.function())) {}

bool FixWriter::isPlain(const Stmt *S) const {
  return Written && S && S->getBeginLoc().isFileID() &&
         S->getEndLoc().isFileID();
}

/// What may stand between an expression and the block that it is a statement
/// of.
static bool isOnlyAdded(const Stmt *S) {
  return isa<ExprWithCleanups, CXXBindTemporaryExpr, MaterializeTemporaryExpr,
             CastExpr, ParenExpr>(S);
}

/// True if \p E, with whatever the compiler adds, is a statement of a block.
bool FixWriter::isStatement(const Expr *E) const {
  const Stmt *Parent = F.graph()->parents().parent(E);
  while (Parent && isOnlyAdded(Parent))
    Parent = F.graph()->parents().parent(Parent);
  return isa_and_nonnull<CompoundStmt>(Parent);
}

/// A handler is the one place in a coroutine that has no co_await.
bool FixWriter::mayAwait(const Expr *E) const {
  if (!F.coroutine())
    return false;
  for (const Stmt *S = E; S; S = F.graph()->parents().parent(S))
    if (isa<CXXCatchStmt>(S))
      return false;
  return true;
}

std::string FixWriter::freeName(llvm::StringRef Wanted) {
  for (const ParmVarDecl *Parameter : F.function()->parameters())
    Taken.insert(nameOf(Parameter));
  for (const Stmt *S : F.graph()->parents().preorder()) {
    if (const auto *Decls = dyn_cast<DeclStmt>(S))
      for (const Decl *D : Decls->decls())
        if (const auto *Named = dyn_cast<NamedDecl>(D))
          Taken.insert(nameOf(Named));
    if (const auto *Ref = dyn_cast<DeclRefExpr>(S))
      Taken.insert(nameOf(Ref->getDecl()));
    if (const auto *Member = dyn_cast<MemberExpr>(S))
      Taken.insert(nameOf(Member->getMemberDecl()));
  }
  std::string Name = Wanted.str();
  for (unsigned N = 2; Taken.contains(Name); ++N)
    Name = (Wanted + llvm::Twine(N)).str();
  Taken.insert(Name);
  return Name;
}

FixWriter::Fixes FixWriter::given(const CallExpr *Call, unsigned At,
                                  llvm::StringRef Argument) const {
  if (!isPlain(Call) || isa<CXXOperatorCallExpr>(Call))
    return {};
  unsigned Written = 0;
  for (const Expr *Arg : Call->arguments())
    Written += !isa<CXXDefaultArgExpr>(Arg);
  if (At > Written)
    return {};
  if (At < Written)
    return {FixItHint::CreateInsertion(Call->getArg(At)->getBeginLoc(),
                                       (Argument + ", ").str())};
  return {FixItHint::CreateInsertion(Call->getRParenLoc(),
                                     ((Written ? ", " : "") + Argument).str())};
}

SourceLocation FixWriter::afterSemicolon(const Stmt *S) const {
  const SourceManager &SM = Context.getSourceManager();
  const LangOptions &Options = Context.getLangOpts();
  std::optional<Token> Next = Lexer::findNextToken(S->getEndLoc(), SM, Options);
  return Next && Next->is(tok::semi) ? Next->getEndLoc() : SourceLocation();
}

FixWriter::Fixes FixWriter::awaited(const Expr *Task) const {
  // An operator may bind less tightly than co_await.
  if (!isPlain(Task) || !isa<CallExpr>(Task) ||
      isa<CXXOperatorCallExpr>(Task) || !mayAwait(Task))
    return {};
  const VarDecl *Var = F.graph()->parents().initializedVariable(Task);
  for (const Stmt *S = Task; !Var && isa_and_nonnull<Expr>(S);) {
    S = F.graph()->parents().parent(S);
    Var = S ? F.graph()->parents().initializedVariable(S) : nullptr;
  }
  bool Deduced = Var && Var->getTypeSourceInfo() &&
                 isa<AutoType>(Var->getTypeSourceInfo()->getType());
  if (Var ? !Deduced : !isStatement(Task))
    return {};
  return {FixItHint::CreateInsertion(Task->getBeginLoc(), "co_await ")};
}

FixWriter::Fixes FixWriter::named(const Expr *Statement, bool Await) {
  if (!isPlain(Statement) || !isStatement(Statement) ||
      (Await && !mayAwait(Statement)))
    return {};
  return {FixItHint::CreateInsertion(Statement->getBeginLoc(),
                                     "auto " + freeName("guard") + " = " +
                                         (Await ? "co_await " : ""))};
}

FixWriter::Fixes FixWriter::declared(const VarDecl *Var) {
  auto Paren = Var->getTypeSourceInfo()->getTypeLoc().getAs<ParenTypeLoc>();
  if (!Written || Paren.isNull() || !Paren.getLParenLoc().isFileID())
    return {};
  return {FixItHint::CreateInsertion(Paren.getLParenLoc(),
                                     " " + freeName("guard"))};
}

/// True if codrop::scope_exit has been declared.
static bool hasScopeExit(const ASTContext &Context) {
  const TranslationUnitDecl *TU = Context.getTranslationUnitDecl();
  for (const NamedDecl *Space : TU->lookup(&Context.Idents.get("codrop")))
    if (const auto *Namespace = dyn_cast<NamespaceDecl>(Space))
      if (!Namespace->lookup(&Context.Idents.get("scope_exit")).empty())
        return true;
  return false;
}

FixWriter::Fixes FixWriter::scopeExit(const Expr *Acquire,
                                      const Expr *Release) {
  const ParentTable &Parents = F.graph()->parents();
  auto inBlock =
      [&](const Stmt *S) -> std::pair<const CompoundStmt *, const Stmt *> {
    // From the operand of an await to the await.
    ResultFate Fate = resultFate(cast<Expr>(S), Parents);
    if (Fate.Use == ResultUse::Awaited)
      S = Fate.Site;
    while (const Stmt *Parent = Parents.parent(S)) {
      if (const auto *Block = dyn_cast<CompoundStmt>(Parent))
        return {Block, S};
      if (!isOnlyAdded(Parent))
        return {};
      S = Parent;
    }
    return {};
  };
  auto [Block, Taken] = inBlock(Acquire);
  auto [SameBlock, Given] = inBlock(Release);
  // Moved to the end of the block, it must have stood there.
  if (!Block || Block != SameBlock || Block->body_back() != Given ||
      isa<CoroutineSuspendExpr>(stripped(cast<Expr>(Given))) ||
      !isPlain(Taken) || !isPlain(Given) || !hasScopeExit(Context))
    return {};
  const SourceManager &SM = Context.getSourceManager();
  SourceLocation AfterTaken = afterSemicolon(Taken),
                 AfterGiven = afterSemicolon(Given);
  if (AfterTaken.isInvalid() || AfterGiven.isInvalid())
    return {};
  llvm::StringRef Text = Lexer::getSourceText(
      CharSourceRange::getCharRange(Given->getBeginLoc(), AfterGiven), SM,
      Context.getLangOpts());
  llvm::StringRef Indent =
      Lexer::getIndentationForLine(Taken->getBeginLoc(), SM);
  // The whole line goes, if there is nothing else on it.
  SourceLocation From = Given->getBeginLoc();
  unsigned Column = SM.getSpellingColumnNumber(From) - 1;
  if (Lexer::getIndentationForLine(From, SM).size() == Column)
    From = From.getLocWithOffset(-static_cast<int>(Column) - 1);
  return {FixItHint::CreateInsertion(
              AfterTaken, ("\n" + Indent + "codrop::scope_exit " +
                           freeName("give_back") + "([&] { " + Text + " });")
                              .str()),
          FixItHint::CreateRemoval(
              CharSourceRange::getCharRange(From, AfterGiven))};
}

} // namespace codrop
