// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Asks Summaries how each destructor reaches blocking work, and tells the chain
// of calls. Coroutines are looked at only to know which classes live in their
// frames. What blocks is knowledge's to say.

#include "checks/BlockingDestructorCheck.h"
#include "analysis/BlockingParts.h"
#include "clang/AST/DeclTemplate.h"
#include "clang/ASTMatchers/ASTMatchFinder.h"
#include "clang/Basic/SourceManager.h"

using namespace clang;
using namespace clang::ast_matchers;

namespace codrop {

namespace {

/// How \p Destructor reaches blocking work.
std::optional<BlockingChain> findBlocking(const CXXDestructorDecl *Destructor,
                                          TUAnalysis &TU,
                                          BlockingOptions &Work) {
  if (TU.knowledge().isNonBlocking(Destructor))
    return std::nullopt;
  if (const BlockingChain *Chain =
          Work.summaries(TU).mayBlock(Destructor, Work.callDepth()))
    return *Chain;
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
      Work(listOption(option::blocking_destructor::BlockingFunctions,
                      option::blocking_destructor::BlockingFunctionsDefault),
           Options.get(option::blocking_destructor::CallDepth, 8U)),
      OnlyCoroutineClasses(boolOption(
          option::blocking_destructor::OnlyCoroutineClasses,
          option::blocking_destructor::OnlyCoroutineClassesDefault)) {}

namespace {
/// A class of the user's with a destructor that the compiler makes. A closure
/// has no name to speak of.
AST_MATCHER(CXXRecordDecl, hasImplicitDestructor) {
  if (!Node.isThisDeclarationADefinition() || Node.isLambda() ||
      Node.isImplicit() || !Node.hasDefinition() || Node.isDependentContext() ||
      Node.hasTrivialDestructor())
    return false;
  const CXXDestructorDecl *Destructor = Node.getDestructor();
  if (Destructor && Destructor->isUserProvided())
    return false;
  const SourceManager &SM = Finder->getASTContext().getSourceManager();
  return !SM.isInSystemHeader(SM.getExpansionLoc(Node.getLocation()));
}
} // namespace

void BlockingDestructorCheck::registerMatchers(MatchFinder *Finder) {
  CodropCheck::registerMatchers(Finder);
  Finder->addMatcher(cxxRecordDecl(hasImplicitDestructor()).bind("record"),
                     this);
}

void BlockingDestructorCheck::storeOptions(
    clang::tidy::ClangTidyOptions::OptionMap &Opts) {
  CodropCheck::storeOptions(Opts);
  storeList(Opts, option::blocking_destructor::BlockingFunctions,
            Work.functions());
  Options.store(Opts, option::blocking_destructor::CallDepth, Work.callDepth());
  Options.store(Opts, option::blocking_destructor::OnlyCoroutineClasses,
                OnlyCoroutineClasses);
}

void BlockingDestructorCheck::noteFrame(const SuspendCFG &G, bool Test) {
  for (const Object &Obj : G.objects()) {
    if (Obj.Type->isReferenceType())
      continue;
    std::string Name = Obj.Var && Obj.Var->getIdentifier()
                           ? Obj.Var->getNameAsString()
                           : std::string();
    // The object, what it holds by value and what it owns die with the frame.
    llvm::SmallVector<Destroyed, 8> Queue;
    collectDestroyed(Obj.Type, Queue);
    for (size_t I = 0; I < Queue.size() && I < 64; ++I) {
      const CXXRecordDecl *RD = Queue[I].Class->getDefinition();
      if (!RD || Queue[I].IsDeleter)
        continue;
      bool Part = I > 0;
      auto [It, New] = Frames.try_emplace(
          RD, InFrame{G.function(), Obj.Loc, Name, Part, Test});
      // An object is a better witness than a part of one, and production code
      // a better one than a test.
      if (!New && ((It->second.Part && !Part && It->second.Test == Test) ||
                   (It->second.Test && !Test))) {
        It->second = {G.function(), Obj.Loc, Name, Part, Test};
        continue;
      }
      if (!New || RD->isInStdNamespace())
        continue;
      for (const FieldDecl *Field : RD->fields())
        collectDestroyed(Field->getType(), Queue);
      for (const CXXBaseSpecifier &Base : RD->bases())
        collectDestroyed(Base.getType(), Queue);
    }
  }
}

std::vector<Finding> BlockingDestructorCheck::find(const FunctionAnalysis &F,
                                                   TUAnalysis &TU) {
  if (F.coroutine()) {
    SawCoroutine = true;
    noteFrame(*F.graph(), TU.tests().isInTestFile(F.function()->getLocation()));
  }
  if (const auto *Destructor = dyn_cast<CXXDestructorDecl>(F.function());
      Destructor && Destructor->isUserProvided())
    Destructors.push_back(Destructor);
  return {};
}

/// `Synchronized<Pool>` destroys what its user has put into it.
bool BlockingDestructorCheck::onlyCarries(const Blocking &B) const {
  const auto *Spec = dyn_cast<ClassTemplateSpecializationDecl>(B.Class);
  if (!Spec || Frames.contains(B.Class) || B.Chain.Steps.empty())
    return false;
  // A scope guard of a plain function runs what that function gave it.
  if (llvm::any_of(Spec->getTemplateArgs().asArray(),
                   [](const TemplateArgument &Arg) {
                     const CXXRecordDecl *RD =
                         Arg.getKind() == TemplateArgument::Type
                             ? Arg.getAsType()->getAsCXXRecordDecl()
                             : nullptr;
                     return RD && RD->isLambda();
                   }))
    return true;
  const CXXRecordDecl *Pattern =
      Spec->getSpecializedTemplate()->getTemplatedDecl()->getDefinition();
  return Pattern && llvm::any_of(Pattern->fields(), [&](const FieldDecl *F) {
           return F->getLocation() == B.Chain.Steps.front().Loc &&
                  F->getType()->getAs<TemplateTypeParmType>();
         });
}

Finding BlockingDestructorCheck::describe(const Blocking &Found) const {
  const CXXRecordDecl *RD = Found.Class;
  auto Frame = Frames.find(RD);
  bool InFrame = Frame != Frames.end();
  const BlockingChain &Chain = Found.Chain;
  Finding F;
  F.Loc = Found.Loc;
  F.Sure = Found.Chain.MayBeOther ? Confidence::Maybe : Found.Sure;
  F.Text = "destructor of '" + RD->getNameAsString() + "' blocks the thread" +
           (InFrame ? " that runs the coroutine" : "") + ": " + Chain.Callee +
           " " + (Chain.Why.empty() ? "blocks" : Chain.Why);
  if (InFrame) {
    const struct InFrame &Place = Frame->second;
    std::string What =
        Place.Name.empty() ? "a temporary of it" : "'" + Place.Name + "'";
    if (Place.Part)
      What =
          "it is part of " + (Place.Name.empty() ? "what" : What + ", which");
    std::string Coroutine = Place.Coroutine->getNameAsString();
    if (const auto *Method = dyn_cast<CXXMethodDecl>(Place.Coroutine);
        Method && Method->getParent()->isLambda())
      Coroutine = "";
    F.note(Place.Loc,
           What + " lives in the frame of " +
               (Coroutine.empty() ? "a coroutine lambda"
                                  : "coroutine '" + Coroutine + "'"));
  }
  for (const BlockingStep &Step : Chain.Steps)
    F.note(Step.Loc, Step.What);
  F.note(F.Loc, Chain.Instead.empty()
                    ? "do it in an awaited close before the object is "
                      "destroyed, or hand it to a codrop::cleanup_scope"
                    : "do it in an awaited close before the object is "
                      "destroyed, with " +
                          Chain.Instead);
  return F;
}

std::vector<Finding> BlockingDestructorCheck::findAtEnd(TUAnalysis &TU) {
  std::vector<Blocking> All;
  auto add = [&](const CXXRecordDecl *RD, SourceLocation Loc,
                 std::optional<BlockingChain> Chain) {
    // A test runs alone: what its fixture waits for keeps nobody else waiting.
    if (!Chain || TU.knowledge().isTest(RD))
      return;
    // What no coroutine of this file holds may be destroyed where blocking is
    // allowed, as the pool that main() owns.
    auto Frame = Frames.find(RD);
    bool InFrame = Frame != Frames.end();
    bool IsCoroutineClass = isCoroutineClass(RD, TU.types());
    bool NearCoroutines = (InFrame && !Frame->second.Test) ||
                          (IsCoroutineClass && !isTestDouble(RD));
    if (InFrame || IsCoroutineClass || !OnlyCoroutineClasses)
      All.push_back(
          {RD, Loc, std::move(*Chain),
           NearCoroutines ? Confidence::Definite : Confidence::Maybe});
  };
  // Without a coroutine in sight a destructor that joins is nobody's hazard.
  if (SawCoroutine) {
    for (const CXXDestructorDecl *Destructor : Destructors)
      add(Destructor->getParent(), Destructor->getLocation(),
          findBlocking(Destructor, TU, Work));
    for (const CXXRecordDecl *RD : Implicit)
      add(RD, RD->getLocation(),
          Work.summaries(TU).partsBlock(RD, Work.callDepth()));
  }
  // What only passes on the destructor of a member or base that has a finding
  // of its own is the same hazard again.
  llvm::DenseSet<const CXXRecordDecl *> Reported;
  for (const Blocking &B : All)
    Reported.insert(B.Class->getCanonicalDecl());
  llvm::erase_if(All, [&](const Blocking &B) {
    return onlyCarries(B) ||
           (B.Chain.Inner &&
            Reported.contains(B.Chain.Inner->getCanonicalDecl()));
  });
  // Of the instantiations of a template, the one in a frame speaks for all.
  std::vector<Finding> Findings;
  for (bool InFrame : {true, false})
    for (const Blocking &B : All)
      if (Frames.contains(B.Class) == InFrame)
        Findings.push_back(describe(B));
  Frames.clear();
  Destructors.clear();
  Implicit.clear();
  SawCoroutine = false;
  Work.endOfUnit();
  return Findings;
}

} // namespace codrop
