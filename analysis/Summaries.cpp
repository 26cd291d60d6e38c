// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "analysis/Summaries.h"
#include "analysis/Coroutine.h"
#include "analysis/Syntax.h"
#include "clang/AST/DeclTemplate.h"
#include "clang/Basic/SourceManager.h"
#include "clang/Lex/Lexer.h"

using namespace clang;

namespace codrop {

bool Summaries::isReadable(const FunctionDecl *FD) const {
  const FunctionDecl *Definition = nullptr;
  if (!FD->hasBody(Definition) || Definition->isDependentContext())
    return false;
  const SourceManager &SM = Types.context().getSourceManager();
  return !SM.isInSystemHeader(Definition->getLocation());
}

// --- Blocking ----------------------------------------------------------------

static bool isZero(const Expr *E, const ASTContext &Context) {
  E = stripped(E);
  Expr::EvalResult Result;
  if (!E->isValueDependent() && E->getType()->isIntegralOrEnumerationType() &&
      E->EvaluateAsInt(Result, Context))
    return Result.Val.getInt().isZero();
  // A duration: seconds(0), 0s, duration::zero().
  if (const auto *Construct = dyn_cast<CXXConstructExpr>(E)) {
    unsigned Written = 0;
    for (const Expr *Arg : Construct->arguments())
      Written += !isa<CXXDefaultArgExpr>(Arg);
    return Written == 1 && isZero(Construct->getArg(0), Context);
  }
  if (const auto *List = dyn_cast<InitListExpr>(E))
    return List->getNumInits() == 0 ||
           (List->getNumInits() == 1 && isZero(List->getInit(0), Context));
  if (const auto *Literal = dyn_cast<UserDefinedLiteral>(E)) {
    if (Literal->getLiteralOperatorKind() == UserDefinedLiteral::LOK_Integer)
      return isZero(Literal->getCookedLiteral(), Context);
    // std::chrono's literals are raw templates: operator""s<'0'>().
    const FunctionDecl *Operator = Literal->getDirectCallee();
    const TemplateArgumentList *Args =
        Operator ? Operator->getTemplateSpecializationArgs() : nullptr;
    if (!Args)
      return false;
    llvm::SmallVector<TemplateArgument, 4> Digits;
    for (const TemplateArgument &Arg : Args->asArray())
      if (Arg.getKind() == TemplateArgument::Pack)
        llvm::append_range(Digits, Arg.pack_elements());
      else
        Digits.push_back(Arg);
    return llvm::all_of(Digits, [](const TemplateArgument &Digit) {
      return Digit.getKind() == TemplateArgument::Integral &&
             Digit.getAsIntegral() == '0';
    });
  }
  const FunctionDecl *Callee = calledFunction(E);
  return Callee && Callee->getIdentifier() && Callee->getName() == "zero";
}

bool holds(const ArgumentPredicate &P, const Expr *Call,
           const ASTContext &Context) {
  llvm::ArrayRef<const Expr *> Args;
  llvm::SmallVector<const Expr *, 8> Storage;
  if (const auto *C = dyn_cast<CallExpr>(Call)) {
    unsigned First =
        isa<CXXOperatorCallExpr>(C) &&
                isa_and_nonnull<CXXMethodDecl>(C->getDirectCallee())
            ? 1
            : 0;
    for (unsigned I = First; I < C->getNumArgs(); ++I)
      Storage.push_back(C->getArg(I));
  } else if (const auto *C = dyn_cast<CXXConstructExpr>(Call)) {
    for (const Expr *Arg : C->arguments())
      Storage.push_back(Arg);
  }
  Args = Storage;
  const Expr *Arg = P.Argument >= 1 && P.Argument <= Args.size()
                        ? Args[P.Argument - 1]
                        : nullptr;
  bool Present = Arg && !isa<CXXDefaultArgExpr>(Arg);
  switch (P.Is) {
  case ArgumentPredicate::Kind::Present:
    return Present;
  case ArgumentPredicate::Kind::Zero:
    return Arg && isZero(Arg, Context);
  case ArgumentPredicate::Kind::Null:
    return Arg && stripped(Arg)->isNullPointerConstant(
                      const_cast<ASTContext &>(Context),
                      Expr::NPC_ValueDependentIsNotNull) != Expr::NPCK_NotNull;
  case ArgumentPredicate::Kind::Type: {
    if (!Present)
      return false;
    const CXXRecordDecl *RD =
        Arg->getType().getNonReferenceType()->getAsCXXRecordDecl();
    return RD && knowledgeName(RD) == P.Name;
  }
  case ArgumentPredicate::Kind::HasFlag: {
    if (!Present)
      return false;
    // Flags are macros or enumerators; both are seen in the source text.
    const SourceManager &SM = Context.getSourceManager();
    CharSourceRange Range =
        CharSourceRange::getTokenRange(SM.getSpellingLoc(Arg->getBeginLoc()),
                                       SM.getSpellingLoc(Arg->getEndLoc()));
    CharSourceRange Expansion = SM.getExpansionRange(Arg->getSourceRange());
    for (CharSourceRange R : {Range, Expansion}) {
      bool Invalid = false;
      llvm::StringRef Text =
          Lexer::getSourceText(R, SM, Context.getLangOpts(), &Invalid);
      if (!Invalid && Text.contains(P.Name))
        return true;
    }
    return false;
  }
  }
  return false;
}

static const CXXRecordDecl *objectClass(const Expr *Call) {
  const Expr *Object = calledObject(Call);
  if (!Object)
    return nullptr;
  QualType T = Object->IgnoreImpCasts()->getType().getNonReferenceType();
  if (T->isPointerType())
    T = T->getPointeeType();
  return T->getAsCXXRecordDecl();
}

std::optional<BlockingChain> Summaries::callBlocks(const Expr *Call,
                                                   const FunctionDecl *Callee,
                                                   unsigned Depth) {
  const CXXRecordDecl *Object = objectClass(Call);
  if (Known.isNonBlocking(Callee, Object))
    return std::nullopt;
  const ASTContext &Context = Types.context();
  if (const BlockingFact *Fact = Known.blocking(Callee, Object)) {
    if ((Fact->Unless && holds(*Fact->Unless, Call, Context)) ||
        (Fact->OnlyIf && !holds(*Fact->OnlyIf, Call, Context)))
      return std::nullopt;
    BlockingChain Chain;
    Chain.Callee = Fact->Name;
    Chain.Why = Fact->Why;
    Chain.Instead = Fact->Instead;
    Chain.Steps.push_back(
        {Call->getExprLoc(),
         "'" + Fact->Name + "' " +
             (Fact->Why.empty() ? "blocks the thread" : Fact->Why)});
    return Chain;
  }
  if (!MoreBlocking.empty() &&
      llvm::is_contained(MoreBlocking, knowledgeName(Callee))) {
    BlockingChain Chain;
    Chain.Callee = knowledgeName(Callee);
    Chain.Why = "is configured as blocking";
    Chain.Steps.push_back({Call->getExprLoc(),
                           "'" + Chain.Callee + "' is configured as blocking"});
    return Chain;
  }
  // Calling a coroutine makes its frame; what it does later, it does elsewhere.
  if (Depth == 0 || !isReadable(Callee))
    return std::nullopt;
  const FunctionDecl *Definition = nullptr;
  Callee->hasBody(Definition);
  if (isCoroutine(Definition))
    return std::nullopt;
  const BlockingChain *Inner = mayBlock(Definition, Depth - 1);
  if (!Inner)
    return std::nullopt;
  BlockingChain Chain = *Inner;
  std::string Name = Callee->getNameAsString();
  if (isa<CXXConstructorDecl>(Callee))
    Name = cast<CXXConstructorDecl>(Callee)->getParent()->getNameAsString();
  Chain.Steps.insert(Chain.Steps.begin(),
                     {Call->getExprLoc(), "'" + Name + "' is called here"});
  return Chain;
}

/// Statements that run when \p Body runs: no lambda bodies, no unevaluated
/// operands.
static void collectRun(const Stmt *Body, const ASTContext &Context,
                       std::vector<const Expr *> &Calls,
                       std::vector<const VarDecl *> &Locals) {
  llvm::SmallVector<const Stmt *, 32> Work{Body};
  while (!Work.empty()) {
    const Stmt *S = Work.pop_back_val();
    if (!S || isa<UnaryExprOrTypeTraitExpr, CXXNoexceptExpr>(S))
      continue;
    if (isa<CallExpr, CXXConstructExpr, CXXDeleteExpr>(S))
      Calls.push_back(cast<Expr>(S));
    if (const auto *Decls = dyn_cast<DeclStmt>(S))
      for (const Decl *D : Decls->decls())
        if (const auto *Var = dyn_cast<VarDecl>(D);
            Var && !Var->isStaticLocal() && !Var->getType()->isReferenceType())
          Locals.push_back(Var);
    if (const auto *Lambda = dyn_cast<LambdaExpr>(S)) {
      for (const Expr *Init : Lambda->capture_inits())
        Work.push_back(Init);
      continue;
    }
    // The branch that `if constexpr` discards is not there at all.
    if (const auto *If = dyn_cast<IfStmt>(S); If && If->isConstexpr())
      if (std::optional<const Stmt *> Taken =
              If->getNondiscardedCase(Context)) {
        Work.push_back(*Taken);
        continue;
      }
    llvm::SmallVector<const Stmt *, 8> Children(S->child_begin(),
                                                S->child_end());
    for (const Stmt *Child : llvm::reverse(Children))
      Work.push_back(Child);
  }
}

std::optional<BlockingChain> Summaries::search(const FunctionDecl *FD,
                                               unsigned Depth) {
  std::vector<const Expr *> Calls;
  std::vector<const VarDecl *> Locals;
  collectRun(FD->getBody(), Types.context(), Calls, Locals);
  for (const Expr *E : Calls) {
    if (const auto *Delete = dyn_cast<CXXDeleteExpr>(E)) {
      QualType T = Delete->getDestroyedType();
      const CXXRecordDecl *RD = T.isNull() ? nullptr : T->getAsCXXRecordDecl();
      if (!RD || Depth == 0)
        continue;
      if (std::optional<BlockingChain> Chain =
              destructorBlocks(RD, Depth - 1)) {
        Chain->Steps.insert(Chain->Steps.begin(),
                            {E->getExprLoc(), "a '" + RD->getNameAsString() +
                                                  "' is deleted here"});
        return Chain;
      }
      continue;
    }
    const FunctionDecl *Callee = calledFunction(E);
    if (!Callee)
      continue;
    if (std::optional<BlockingChain> Chain = callBlocks(E, Callee, Depth))
      return Chain;
  }
  for (const VarDecl *Var : Locals) {
    const CXXRecordDecl *RD = Var->getType()->getAsCXXRecordDecl();
    if (!RD || Depth == 0)
      continue;
    if (std::optional<BlockingChain> Chain = destructorBlocks(RD, Depth - 1)) {
      Chain->Steps.insert(
          Chain->Steps.begin(),
          {Var->getLocation(),
           "local '" + Var->getNameAsString() + "' is destroyed"});
      return Chain;
    }
  }
  return std::nullopt;
}

const BlockingChain *Summaries::mayBlock(const FunctionDecl *FD,
                                         unsigned Depth) {
  const FunctionDecl *Definition = nullptr;
  if (!FD->hasBody(Definition))
    return nullptr;
  std::unique_ptr<Memo> &Slot = Blocking[Definition];
  if (!Slot)
    Slot = std::make_unique<Memo>();
  Memo &Entry = *Slot;
  if (Entry.Active)
    return nullptr; // Recursion: the outer visit finds what there is.
  if (!Entry.Chain && Entry.Depth < Depth + 1) {
    Entry.Active = true;
    Entry.Chain = search(Definition, Depth);
    if (!Entry.Chain)
      if (const auto *Destructor = dyn_cast<CXXDestructorDecl>(Definition))
        Entry.Chain = destructorBlocks(Destructor->getParent(), Depth,
                                       /*MembersOnly=*/true);
    Entry.Active = false;
    Entry.Depth = Depth + 1;
  }
  return Entry.Chain ? &*Entry.Chain : nullptr;
}

/// The class whose destructor runs when a member of type \p T is destroyed:
/// its own, or that of what it owns or holds.
static void destroyedClasses(QualType T,
                             llvm::SmallVectorImpl<const CXXRecordDecl *> &Out,
                             unsigned Depth = 0) {
  if (Depth > 4 || T->isReferenceType() || T->isPointerType())
    return;
  if (const auto *Array = T->getAsArrayTypeUnsafe())
    return destroyedClasses(Array->getElementType(), Out, Depth + 1);
  const CXXRecordDecl *RD = T->getAsCXXRecordDecl();
  if (!RD)
    return;
  Out.push_back(RD);
  const auto *Spec = dyn_cast<ClassTemplateSpecializationDecl>(RD);
  if (!Spec || !Spec->isInStdNamespace())
    return;
  llvm::StringRef Name = Spec->getName();
  if (!llvm::is_contained({"unique_ptr", "optional", "vector", "deque", "list",
                           "array", "map", "unordered_map", "pair", "tuple",
                           "variant", "set", "forward_list"},
                          Name))
    return;
  for (const TemplateArgument &Arg : Spec->getTemplateArgs().asArray()) {
    if (Arg.getKind() == TemplateArgument::Type)
      destroyedClasses(Arg.getAsType(), Out, Depth + 1);
    else if (Arg.getKind() == TemplateArgument::Pack)
      for (const TemplateArgument &Inner : Arg.pack_elements())
        if (Inner.getKind() == TemplateArgument::Type)
          destroyedClasses(Inner.getAsType(), Out, Depth + 1);
  }
}

std::optional<BlockingChain>
Summaries::destructorBlocks(const CXXRecordDecl *RD, unsigned Depth,
                            bool MembersOnly) {
  RD = RD->getDefinition();
  if (!RD || RD->isDependentContext())
    return std::nullopt;
  if (!MembersOnly) {
    if (const BlockingDestructorFact *Fact = Known.blockingDestructor(RD);
        Fact && Fact->AssignedFrom.empty()) {
      BlockingChain Chain;
      Chain.Callee = Fact->Name + "'s destructor";
      Chain.Why = Fact->Why;
      Chain.Steps.push_back(
          {RD->getLocation(),
           "the destructor of '" + Fact->Name + "' " +
               (Fact->Why.empty() ? "blocks the thread" : Fact->Why)});
      return Chain;
    }
    if (const CXXDestructorDecl *Destructor = RD->getDestructor();
        Destructor && isReadable(Destructor)) {
      const BlockingChain *Chain = mayBlock(Destructor, Depth);
      return Chain ? std::optional<BlockingChain>(*Chain) : std::nullopt;
    }
  }
  if (Depth == 0 || RD->isInStdNamespace() ||
      Types.context().getSourceManager().isInSystemHeader(RD->getLocation()) ||
      !ActiveRecords.insert(RD).second)
    return std::nullopt;
  std::optional<BlockingChain> Result;
  for (const FieldDecl *Field : RD->fields()) {
    llvm::SmallVector<const CXXRecordDecl *, 4> Classes;
    destroyedClasses(Field->getType(), Classes);
    for (const CXXRecordDecl *Class : Classes) {
      if ((Result = destructorBlocks(Class, Depth - 1))) {
        Result->Steps.insert(
            Result->Steps.begin(),
            {Field->getLocation(), "member '" + Field->getNameAsString() +
                                       "' is destroyed with the object"});
        break;
      }
    }
    if (Result)
      break;
  }
  if (!Result)
    for (const CXXBaseSpecifier &Base : RD->bases())
      if (const CXXRecordDecl *Class = Base.getType()->getAsCXXRecordDecl())
        if ((Result = destructorBlocks(Class, Depth - 1))) {
          Result->Steps.insert(
              Result->Steps.begin(),
              {Base.getBeginLoc(), "base class '" + Class->getNameAsString() +
                                       "' is destroyed with the object"});
          break;
        }
  ActiveRecords.erase(RD);
  return Result;
}

// --- Parameters --------------------------------------------------------------

static const Stmt *writtenBody(const FunctionDecl *Definition) {
  const Stmt *Body = Definition->getBody();
  if (const auto *Coroutine = dyn_cast_or_null<CoroutineBodyStmt>(Body))
    return Coroutine->getBody();
  return Body;
}

static bool mentions(const Stmt *S, const VarDecl *Var) {
  ParentTable Table(S);
  return llvm::any_of(Table.preorder(), [&](const Stmt *Inner) {
    const auto *Ref = dyn_cast<DeclRefExpr>(Inner);
    return Ref && Ref->getDecl() == Var;
  });
}

bool Summaries::closesObject(const CXXMethodDecl *Method,
                             llvm::ArrayRef<std::string> CloseNames) const {
  const FunctionDecl *Definition = nullptr;
  if (!Method || !Method->hasBody(Definition) || !isReadable(Definition))
    return false;
  ParentTable Table(writtenBody(Definition));
  return llvm::any_of(Table.preorder(), [&](const Stmt *S) {
    const auto *Call = dyn_cast<CXXMemberCallExpr>(S);
    const CXXMethodDecl *Callee = Call ? Call->getMethodDecl() : nullptr;
    return Callee && Callee->getIdentifier() &&
           isa<CXXThisExpr>(stripped(Call->getImplicitObjectArgument())) &&
           llvm::is_contained(CloseNames, Callee->getName());
  });
}

ParameterFate Summaries::parameterFate(const FunctionDecl *FD, unsigned Index,
                                       llvm::ArrayRef<std::string> CloseNames,
                                       unsigned Depth) const {
  const FunctionDecl *Definition = nullptr;
  if (!FD || !FD->hasBody(Definition) || !isReadable(Definition) ||
      Index >= Definition->getNumParams())
    return ParameterFate::Unknown;
  const ParmVarDecl *Param = Definition->getParamDecl(Index);
  // A constructor that mentions it before its body keeps it.
  if (const auto *Ctor = dyn_cast<CXXConstructorDecl>(Definition))
    for (const CXXCtorInitializer *Init : Ctor->inits())
      if (mentions(Init->getInit(), Param))
        return ParameterFate::Escapes;
  ParentTable Parents(writtenBody(Definition));
  ParameterFate Fate = ParameterFate::OnlyUses;
  for (const Stmt *S : Parents.preorder()) {
    const auto *Ref = dyn_cast<DeclRefExpr>(S);
    if (!Ref || Ref->getDecl() != Param)
      continue;
    Use U = classifyUse(Ref, Parents);
    switch (U.Kind) {
    case UseKind::MemberCall:
      if (U.Callee && U.Callee->getIdentifier() &&
          llvm::is_contained(CloseNames, U.Callee->getName()))
        return ParameterFate::Closes;
      if (closesObject(dyn_cast_or_null<CXXMethodDecl>(U.Callee), CloseNames))
        return ParameterFate::Closes;
      break;
    case UseKind::Value:
    case UseKind::Condition:
    case UseKind::FieldAccess:
    case UseKind::PassedByConstReference:
      break;
    case UseKind::PassedByReference:
      switch (Depth > 0
                  ? parameterFate(U.Callee, U.Argument, CloseNames, Depth - 1)
                  : ParameterFate::Unknown) {
      case ParameterFate::Closes:
        return ParameterFate::Closes;
      case ParameterFate::OnlyUses:
        break;
      case ParameterFate::Escapes:
      case ParameterFate::Unknown:
        Fate = ParameterFate::Escapes;
        break;
      }
      break;
    case UseKind::Moved:
    case UseKind::Copied:
    case UseKind::Assigned:
    case UseKind::AddressTaken:
    case UseKind::ReferenceBound:
    case UseKind::Returned:
    case UseKind::Other:
      Fate = ParameterFate::Escapes;
      break;
    }
  }
  return Fate;
}

} // namespace codrop
