// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Asks Summaries how each destructor reaches blocking work, and tells the chain
// of calls. Coroutines are looked at only to know which classes live in their
// frames. What blocks is knowledge's to say.

#include "checks/BlockingDestructorCheck.h"
#include "clang/AST/DeclTemplate.h"
#include "clang/Basic/SourceManager.h"

using namespace clang;

namespace codrop {

namespace {

/// A member that only blocks because of what is assigned to it, and where.
struct BlockingMember {
  const FieldDecl *Field = nullptr;
  SourceLocation Assigned;
  const BlockingDestructorFact *Fact = nullptr;
};

/// The member that \p Target names, if it is one of `*this`.
const FieldDecl *ownMember(const Expr *Target) {
  const auto *Member = dyn_cast<MemberExpr>(stripped(Target));
  if (!Member || !isa<CXXThisExpr>(stripped(Member->getBase())))
    return nullptr;
  return dyn_cast<FieldDecl>(Member->getMemberDecl());
}

bool isCallOf(const Expr *E, llvm::StringRef Name) {
  const FunctionDecl *Callee = calledFunction(E);
  return Callee && knowledgeName(Callee) == Name;
}

/// A future that holds the result of std::async blocks when it dies; others
/// do not. The class's own functions show which it is.
std::optional<BlockingMember> findAssignedMember(const CXXRecordDecl *RD,
                                                 const Knowledge &Known) {
  llvm::DenseMap<const FieldDecl *, const BlockingDestructorFact *> Candidates;
  for (const FieldDecl *Field : RD->fields())
    if (const CXXRecordDecl *Class = Field->getType()->getAsCXXRecordDecl())
      if (const BlockingDestructorFact *Fact = Known.blockingDestructor(Class);
          Fact && !Fact->AssignedFrom.empty())
        Candidates[Field] = Fact;
  if (Candidates.empty())
    return std::nullopt;
  for (auto [Field, Fact] : Candidates)
    if (const Expr *Init = Field->getInClassInitializer();
        Init && isCallOf(Init, Fact->AssignedFrom))
      return BlockingMember{Field, Init->getExprLoc(), Fact};
  for (const CXXMethodDecl *Method : RD->methods()) {
    const FunctionDecl *Definition = nullptr;
    if (!Method->hasBody(Definition))
      continue;
    if (const auto *Constructor = dyn_cast<CXXConstructorDecl>(Definition))
      for (const CXXCtorInitializer *Init : Constructor->inits())
        if (Init->isMemberInitializer())
          if (auto It = Candidates.find(Init->getMember());
              It != Candidates.end() &&
              isCallOf(Init->getInit(), It->second->AssignedFrom))
            return BlockingMember{It->first, Init->getInit()->getExprLoc(),
                                  It->second};
    ParentTable Body(Definition->getBody());
    for (const Stmt *S : Body.preorder()) {
      const auto *Assign = dyn_cast<CXXOperatorCallExpr>(S);
      if (!Assign || !Assign->isAssignmentOp() || Assign->getNumArgs() != 2)
        continue;
      const FieldDecl *Field = ownMember(Assign->getArg(0));
      auto It = Field ? Candidates.find(Field) : Candidates.end();
      if (It != Candidates.end() &&
          isCallOf(Assign->getArg(1), It->second->AssignedFrom))
        return BlockingMember{Field, Assign->getExprLoc(), It->second};
    }
  }
  return std::nullopt;
}

/// How the destructor of \p RD reaches blocking work.
std::optional<BlockingChain> findBlocking(const CXXDestructorDecl *Destructor,
                                          TUAnalysis &TU, unsigned CallDepth) {
  if (const BlockingChain *Chain =
          TU.summaries().mayBlock(Destructor, CallDepth))
    return *Chain;
  if (std::optional<BlockingMember> Member =
          findAssignedMember(Destructor->getParent(), TU.knowledge())) {
    BlockingChain Chain;
    Chain.Callee = "destructor of '" + Member->Fact->Name + "'";
    Chain.Why = Member->Fact->Why;
    std::string Name = Member->Field->getNameAsString();
    Chain.Steps.push_back({Member->Assigned, "'" + Name +
                                                 "' receives the result of '" +
                                                 Member->Fact->AssignedFrom +
                                                 "' here"});
    Chain.Steps.push_back(
        {Member->Field->getLocation(),
         "the destructor of member '" + Name + "' " +
             (Chain.Why.empty() ? "blocks the thread" : Chain.Why)});
    return Chain;
  }
  return std::nullopt;
}

/// True if the class has to do with coroutines by itself: it has one as a
/// member, gives out awaitables or keeps them.
bool isCoroutineClass(const CXXRecordDecl *RD, const TypeModel &Types) {
  for (const CXXMethodDecl *Method : RD->methods())
    if (isCoroutine(Method) || Types.isAwaitable(Method->getReturnType()))
      return true;
  for (const FieldDecl *Field : RD->fields())
    if (Types.isAwaitable(Field->getType()))
      return true;
  return false;
}

} // namespace

BlockingDestructorCheck::BlockingDestructorCheck(
    llvm::StringRef Name, clang::tidy::ClangTidyContext *Context,
    std::shared_ptr<SharedAnalysis> Shared)
    : CodropCheck(Name, Context, std::move(Shared)),
      BlockingFunctions(
          listOption(option::blocking_destructor::BlockingFunctions,
                     option::blocking_destructor::BlockingFunctionsDefault)),
      CallDepth(Options.get(option::blocking_destructor::CallDepth, 8U)),
      OnlyCoroutineClasses(boolOption(
          option::blocking_destructor::OnlyCoroutineClasses,
          option::blocking_destructor::OnlyCoroutineClassesDefault)) {}

void BlockingDestructorCheck::storeOptions(
    clang::tidy::ClangTidyOptions::OptionMap &Opts) {
  CodropCheck::storeOptions(Opts);
  storeList(Opts, option::blocking_destructor::BlockingFunctions,
            BlockingFunctions);
  Options.store(Opts, option::blocking_destructor::CallDepth, CallDepth);
  Options.store(Opts, option::blocking_destructor::OnlyCoroutineClasses,
                OnlyCoroutineClasses);
}

void BlockingDestructorCheck::noteFrame(const SuspendCFG &G) {
  for (const Object &Obj : G.objects()) {
    if (Obj.Type->isReferenceType() || Obj.K == Object::Temporary)
      continue;
    // The object, what it holds by value and what it owns die with the frame.
    llvm::SmallVector<QualType, 8> Work{Obj.Type};
    for (size_t I = 0; I < Work.size() && I < 64; ++I) {
      const CXXRecordDecl *RD =
          Work[I]->getBaseElementTypeUnsafe()->getAsCXXRecordDecl();
      if (!RD || !(RD = RD->getDefinition()))
        continue;
      std::string Name = Obj.Var && Obj.Var->getIdentifier()
                             ? Obj.Var->getNameAsString()
                             : std::string();
      if (!Frames.try_emplace(RD, InFrame{G.function(), Obj.Loc, Name}).second)
        continue;
      if (const auto *Spec = dyn_cast<ClassTemplateSpecializationDecl>(RD);
          Spec && Spec->isInStdNamespace()) {
        // Views and shared owners do not end what they refer to.
        if (!Spec->getName().contains("view") && Spec->getName() != "span" &&
            !Spec->getName().contains("_ptr"))
          for (const TemplateArgument &Arg : Spec->getTemplateArgs().asArray())
            if (Arg.getKind() == TemplateArgument::Type)
              Work.push_back(Arg.getAsType());
        if (Spec->getName() == "unique_ptr")
          Work.push_back(Spec->getTemplateArgs()[0].getAsType());
        continue;
      }
      for (const FieldDecl *Field : RD->fields())
        if (!Field->getType()->isReferenceType())
          Work.push_back(Field->getType());
    }
  }
}

std::vector<Finding> BlockingDestructorCheck::find(const FunctionAnalysis &F,
                                                   TUAnalysis &TU) {
  if (!Configured) {
    for (const std::string &Name : BlockingFunctions)
      TU.summaries().addBlockingFunction(Name);
    Configured = true;
  }
  if (F.coroutine()) {
    SawCoroutine = true;
    noteFrame(*F.graph());
  }
  if (const auto *Destructor = dyn_cast<CXXDestructorDecl>(F.function()))
    Destructors.push_back(Destructor);
  return {};
}

std::vector<Finding> BlockingDestructorCheck::findAtEnd(TUAnalysis &TU) {
  std::vector<Finding> Findings;
  // Without a coroutine in sight a destructor that joins is nobody's hazard.
  if (SawCoroutine)
    for (const CXXDestructorDecl *Destructor : Destructors) {
      const CXXRecordDecl *RD = Destructor->getParent();
      auto Frame = Frames.find(RD);
      bool InFrame = Frame != Frames.end();
      if (OnlyCoroutineClasses && !InFrame && !isCoroutineClass(RD, TU.types()))
        continue;
      std::optional<BlockingChain> Chain =
          findBlocking(Destructor, TU, CallDepth);
      if (!Chain)
        continue;
      Finding Found;
      Found.Loc = Destructor->getLocation();
      std::string Reason = "'" + Chain->Callee + "' " +
                           (Chain->Why.empty() ? "blocks" : Chain->Why);
      if (llvm::StringRef(Chain->Callee).contains('\''))
        Reason = Chain->Callee + " " +
                 (Chain->Why.empty() ? "blocks" : Chain->Why);
      Found.Text = "destructor of '" + RD->getNameAsString() +
                   "' blocks the thread" +
                   (InFrame ? " that runs the coroutine" : "") + ": " + Reason;
      if (InFrame)
        Found.note(Frame->second.Loc,
                   (Frame->second.Name.empty()
                        ? std::string("an object of it")
                        : "'" + Frame->second.Name + "'") +
                       " lives in the frame of coroutine '" +
                       Frame->second.Coroutine->getNameAsString() + "'");
      for (const BlockingStep &Step : Chain->Steps)
        Found.note(Step.Loc, Step.What);
      Found.note(Destructor->getLocation(),
                 Chain->Instead.empty()
                     ? "do it in an awaited close before the object is "
                       "destroyed, or hand it to a codrop::cleanup_scope"
                     : "do it in an awaited close before the object is "
                       "destroyed, with " +
                           Chain->Instead);
      Findings.push_back(std::move(Found));
    }
  Frames.clear();
  Destructors.clear();
  SawCoroutine = false;
  Configured = false;
  return Findings;
}

} // namespace codrop
