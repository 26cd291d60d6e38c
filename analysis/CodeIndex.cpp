// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "analysis/CodeIndex.h"
#include "clang/AST/ASTContext.h"
#include "clang/AST/DynamicRecursiveASTVisitor.h"
#include "clang/AST/ExprCXX.h"
#include "clang/Basic/SourceManager.h"

using namespace clang;

namespace codrop {

// A member is called through its declaration in the class, which may be written
// elsewhere than the definition.
static unsigned keyOf(const Decl *D) {
  return D->getCanonicalDecl()->getLocation().getRawEncoding();
}

class IndexVisitor : public ConstDynamicRecursiveASTVisitor {
public:
  explicit IndexVisitor(CodeIndex &Index) : Index(Index) {
    ShouldVisitTemplateInstantiations = true;
  }

  bool TraverseDecl(const Decl *D) override {
    const auto *FD = dyn_cast_or_null<FunctionDecl>(D);
    if (!FD || !FD->doesThisDeclarationHaveABody())
      return ConstDynamicRecursiveASTVisitor::TraverseDecl(D);
    Inside Restore(*this, FD);
    return ConstDynamicRecursiveASTVisitor::TraverseDecl(D);
  }
  bool TraverseLambdaExpr(const LambdaExpr *E) override {
    for (const Expr *Init : E->capture_inits())
      if (Init && !TraverseStmt(Init))
        return false;
    const CXXMethodDecl *Operator = E->getCallOperator();
    Index.Lambdas[Operator] = E;
    Index.Enclosing[Operator] = Function;
    Inside Restore(*this, Operator);
    return TraverseStmt(E->getBody());
  }

  bool TraverseForStmt(const ForStmt *S) override {
    Loop Restore(*this);
    return ConstDynamicRecursiveASTVisitor::TraverseForStmt(S);
  }
  bool TraverseWhileStmt(const WhileStmt *S) override {
    Loop Restore(*this);
    return ConstDynamicRecursiveASTVisitor::TraverseWhileStmt(S);
  }
  bool TraverseDoStmt(const DoStmt *S) override {
    Loop Restore(*this);
    return ConstDynamicRecursiveASTVisitor::TraverseDoStmt(S);
  }
  bool TraverseCXXForRangeStmt(const CXXForRangeStmt *S) override {
    Loop Restore(*this);
    return ConstDynamicRecursiveASTVisitor::TraverseCXXForRangeStmt(S);
  }

  bool VisitCallExpr(const CallExpr *E) override {
    const FunctionDecl *Callee = E->getDirectCallee();
    if (!Callee)
      return true;
    Called.insert(E->getCallee()->IgnoreParenImpCasts());
    Index.Mentions[keyOf(Callee)].push_back({Function, E, true, Loops > 0});
    return true;
  }
  bool VisitCXXThrowExpr(const CXXThrowExpr *E) override {
    const CXXRecordDecl *RD =
        E->getSubExpr() ? E->getSubExpr()->getType()->getAsCXXRecordDecl()
                        : nullptr;
    RD = RD ? RD->getDefinition() : nullptr;
    if (RD && !llvm::is_contained(Index.Thrown, RD))
      Index.Thrown.push_back(RD);
    return true;
  }
  bool VisitMemberExpr(const MemberExpr *E) override {
    mention(E, E->getMemberDecl());
    return true;
  }
  bool VisitDeclRefExpr(const DeclRefExpr *E) override {
    mention(E, E->getDecl());
    return true;
  }

private:
  struct Inside {
    Inside(IndexVisitor &V, const FunctionDecl *FD)
        : V(V), Function(V.Function), Loops(V.Loops) {
      V.Function = FD;
      V.Loops = 0;
    }
    ~Inside() {
      V.Function = Function;
      V.Loops = Loops;
    }
    IndexVisitor &V;
    const FunctionDecl *Function;
    unsigned Loops;
  };
  struct Loop {
    explicit Loop(IndexVisitor &V) : V(V) { ++V.Loops; }
    ~Loop() { --V.Loops; }
    IndexVisitor &V;
  };

  void mention(const Expr *E, const ValueDecl *D) {
    if (const auto *FD = dyn_cast<FunctionDecl>(D)) {
      if (!Called.contains(E))
        Index.Mentions[keyOf(FD)].push_back({Function, E, false, Loops > 0});
      return;
    }
    const auto *Var = dyn_cast<VarDecl>(D);
    if (!isa<FieldDecl>(D) && !(Var && Var->hasGlobalStorage()))
      return;
    auto &Users = Index.Users[keyOf(D)];
    if (Function && !llvm::is_contained(Users, Function))
      Users.push_back(Function);
  }

  CodeIndex &Index;
  const FunctionDecl *Function = nullptr;
  unsigned Loops = 0;
  /// The callees' own expressions: they are no mentions besides the call.
  llvm::DenseSet<const Expr *> Called;
};

CodeIndex::CodeIndex(ASTContext &Context) {
  const SourceManager &SM = Context.getSourceManager();
  IndexVisitor Visitor(*this);
  for (const Decl *D : Context.getTranslationUnitDecl()->decls())
    if (!SM.isInSystemHeader(SM.getExpansionLoc(D->getLocation())))
      Visitor.TraverseDecl(D);
}

llvm::ArrayRef<CallSite> CodeIndex::mentions(const FunctionDecl *FD) const {
  auto It = Mentions.find(keyOf(FD));
  if (It == Mentions.end())
    return {};
  return It->second;
}

llvm::ArrayRef<const FunctionDecl *>
CodeIndex::users(const ValueDecl *D) const {
  auto It = Users.find(keyOf(D));
  if (It == Users.end())
    return {};
  return It->second;
}

} // namespace codrop
