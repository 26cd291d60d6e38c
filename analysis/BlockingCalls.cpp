// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The part of Summaries that says whether one call blocks: by knowledge, by
// what its name and operands are, or through the body that it runs. Coroutines
// are only made when they are called; what they do later, they do elsewhere.

#include "analysis/AwaitedValue.h"
#include "analysis/BlockingParts.h"
#include "analysis/Coroutine.h"
#include "analysis/Names.h"
#include "analysis/Summaries.h"
#include "analysis/Syntax.h"
#include "analysis/TestCode.h"
#include "clang/AST/DeclTemplate.h"
#include "clang/Basic/SourceManager.h"

using namespace clang;

namespace codrop {

/// "sync_wait", and "sync_wait_t" of an object that is called.
static std::string squeezedName(const FunctionDecl *F) {
  llvm::StringRef Name;
  if (F->getIdentifier())
    Name = F->getName();
  else if (const auto *Method = dyn_cast<CXXMethodDecl>(F);
           Method && Method->getOverloadedOperator() == OO_Call &&
           Method->getParent()->getIdentifier())
    Name = Method->getParent()->getName();
  Name.consume_back("_t");
  Name.consume_back("_fn");
  std::string Plain;
  for (char C : Name)
    if (C != '_')
      Plain += llvm::toLower(C);
  return Plain;
}

// sync_wait(task), blockingWait(…), block_on(…): a name that many libraries
// give to the same thing. It takes something to await and gives what it gave.
bool Summaries::waitsForAwaitable(const Expr *E,
                                  const FunctionDecl *Callee) const {
  const auto *Call = dyn_cast<CallExpr>(E);
  if (!Call || !llvm::is_contained({"syncwait", "blockingwait", "blockon",
                                    "syncawait", "runsync", "waitsync"},
                                   squeezedName(Callee)))
    return false;
  return !Types.isAwaitable(Callee->getReturnType()) &&
         llvm::any_of(Call->arguments(), [&](const Expr *Arg) {
           return Types.isAwaitable(Arg->getType());
         });
}

/// Taking a lock is not what is meant, however it is made: a spin lock that
/// sleeps in the end, say.
static bool takesLock(const FunctionDecl *Callee) {
  const auto *Method = dyn_cast<CXXMethodDecl>(Callee);
  if (!Method)
    return false;
  for (const std::string &Word : identifierWords(nameOf(Method->getParent())))
    if (llvm::is_contained({"mutex", "lock", "spinlock", "spin", "latch"},
                           Word))
      return nameOf(Method).starts_with("lock");
  return false;
}

// --- Virtual calls -----------------------------------------------------------

static bool isDispatched(const Expr *E, const CXXMethodDecl *Method) {
  const auto *Call = dyn_cast<CXXMemberCallExpr>(E);
  const auto *Member =
      Call ? dyn_cast<MemberExpr>(Call->getCallee()->IgnoreParens()) : nullptr;
  return Member && Method->isVirtual() && !Member->hasQualifier();
}

static void
collectOverriders(const DeclContext *Context,
                  llvm::function_ref<void(const CXXMethodDecl *)> Visit,
                  const SourceManager &SM) {
  for (const Decl *D : Context->decls()) {
    if (SM.isInSystemHeader(D->getLocation()))
      continue;
    if (const auto *Method = dyn_cast<CXXMethodDecl>(D))
      Visit(Method);
    if (const auto *Template = dyn_cast<ClassTemplateDecl>(D))
      for (const auto *Spec : Template->specializations())
        collectOverriders(Spec, Visit, SM);
    if (const auto *Inner = dyn_cast<DeclContext>(D);
        Inner && isa<NamespaceDecl, RecordDecl, LinkageSpecDecl>(D))
      collectOverriders(Inner, Visit, SM);
  }
}

llvm::ArrayRef<const CXXMethodDecl *>
Summaries::overriders(const CXXMethodDecl *Method) {
  if (!Overriders) {
    Overriders.emplace();
    const ASTContext &Context = Types.context();
    auto add = [&](const CXXMethodDecl *Overrider) {
      if (Overrider->getParent()->isDependentContext() ||
          !isReadable(Overrider))
        return;
      llvm::SmallVector<const CXXMethodDecl *, 4> Queue(
          Overrider->overridden_methods());
      for (size_t I = 0; I < Queue.size() && I < 64; ++I) {
        (*Overriders)[Queue[I]->getCanonicalDecl()].push_back(Overrider);
        llvm::append_range(Queue, Queue[I]->overridden_methods());
      }
    };
    collectOverriders(Context.getTranslationUnitDecl(), add,
                      Context.getSourceManager());
  }
  auto It = Overriders->find(Method->getCanonicalDecl());
  if (It == Overriders->end())
    return {};
  return It->second;
}

std::optional<BlockingChain>
Summaries::overrideBlocks(const Expr *Call, const CXXMethodDecl *Base,
                          unsigned Depth) {
  llvm::ArrayRef<const CXXMethodDecl *> All = overriders(Base);
  for (const CXXMethodDecl *Overrider : All) {
    const FunctionDecl *Definition = nullptr;
    if (!Overrider->hasBody(Definition) || isCoroutine(Definition) ||
        // A test's double says nothing of the real thing.
        isTestDouble(Overrider->getParent()) || Known.isNonBlocking(Overrider))
      continue;
    const BlockingChain *Inner = mayBlock(Definition, Depth - 1);
    if (!Inner)
      continue;
    BlockingChain Chain = *Inner;
    Chain.Inner = nullptr;
    Chain.MayBeOther |= All.size() > 1 || !Base->isPureVirtual();
    Chain.Steps.insert(Chain.Steps.begin(),
                       {Call->getExprLoc(),
                        "'" + Base->getNameAsString() +
                            "' is called here, which may be that of '" +
                            Overrider->getParent()->getNameAsString() + "'"});
    return Chain;
  }
  return std::nullopt;
}

// --- Calls -------------------------------------------------------------------

std::optional<BlockingChain> Summaries::callBlocks(const Expr *Call,
                                                   const FunctionDecl *Callee,
                                                   unsigned Depth) {
  const CXXRecordDecl *Object = calledObjectClass(Call);
  if (Known.isNonBlocking(Callee, Object))
    return std::nullopt;
  const ASTContext &Context = Types.context();
  auto blocks = [&](llvm::StringRef Name, std::string Why) {
    BlockingChain Chain;
    Name.consume_back("::operator()");
    // Of `inline constexpr blocking_wait_fn blockingWait;` users know the name
    // of the object.
    std::string OfObject;
    if (const auto *Operator = dyn_cast<CXXOperatorCallExpr>(Call))
      if (const auto *Ref =
              dyn_cast<DeclRefExpr>(stripped(Operator->getArg(0)));
          Ref && !Ref->getDecl()->isLocalExternDecl() &&
          Ref->getDecl()->hasLinkage()) {
        OfObject = knowledgeName(Ref->getDecl());
        Name = OfObject;
      }
    Chain.Callee = ("'" + Name + "'").str();
    Chain.Why = std::move(Why);
    Chain.Steps.push_back(
        {Call->getExprLoc(), Chain.Callee + " " + Chain.why()});
    return Chain;
  };
  if (const BlockingFact *Fact = Known.blocking(Callee, Object)) {
    if ((Fact->Unless && holds(*Fact->Unless, Call, Context)) ||
        (Fact->OnlyIf && !holds(*Fact->OnlyIf, Call, Context)))
      return std::nullopt;
    // `(co_await result.resolve()).get()`: it is there.
    if (const Expr *Waited = calledObject(Call);
        Waited && Types.isAwaitable(Waited->getType().getNonReferenceType()) &&
        isGivenByAwait(Waited))
      return std::nullopt;
    BlockingChain Chain = blocks(Fact->Name, Fact->Why);
    Chain.Instead = Fact->Instead;
    return Chain;
  }
  if (!MoreBlocking.empty() &&
      llvm::is_contained(MoreBlocking, knowledgeName(Callee)))
    return blocks(knowledgeName(Callee), "is configured as blocking");
  if (waitsForAwaitable(Call, Callee)) {
    BlockingChain Chain =
        blocks(knowledgeName(Callee), "waits for the awaitable");
    Chain.Instead = "co_await";
    return Chain;
  }
  // That a logger opens, rolls and writes its file is a choice made for the
  // whole program, and no news at each of its lines.
  if (Depth == 0 || takesLock(Callee) || soundsLikeLogging(Callee))
    return std::nullopt;
  if (std::optional<BlockingChain> Chain = lambdaBlocks(Call, Callee, Depth))
    return Chain;
  // Calling a coroutine makes its frame; what it does later, it does elsewhere.
  const FunctionDecl *Definition = nullptr;
  if (const auto *Method = dyn_cast<CXXMethodDecl>(Callee);
      Method && isDispatched(Call, Method))
    if (std::optional<BlockingChain> Chain =
            overrideBlocks(Call, Method, Depth))
      return Chain;
  if (!isReadable(Callee) || !Callee->hasBody(Definition) ||
      isCoroutine(Definition))
    return std::nullopt;
  const BlockingChain *Inner = mayBlock(Definition, Depth - 1);
  if (!Inner)
    return std::nullopt;
  BlockingChain Chain = *Inner;
  // A storage template that destroys what it holds, itself or through members
  // of its own, is as innocent as its user's type.
  const auto *Of = dyn_cast<CXXMethodDecl>(Callee);
  if (isa<CXXDestructorDecl>(Callee))
    Chain.Inner = Of->getParent();
  else if (!Of || !isa<ClassTemplateSpecializationDecl>(Of->getParent()))
    Chain.Inner = nullptr;
  std::string What = "'" + Callee->getNameAsString() + "' is called here";
  if (const auto *Method = dyn_cast<CXXMethodDecl>(Callee);
      Method && Method->getParent()->isLambda())
    What = "the lambda is called here";
  else if (isa<CXXConstructorDecl>(Callee))
    What = "a '" + Method->getParent()->getNameAsString() + "' is made here";
  Chain.Steps.insert(Chain.Steps.begin(), {Call->getExprLoc(), What});
  return Chain;
}

// std::for_each(threads.begin(), threads.end(), [](auto &t) { t.join(); })
std::optional<BlockingChain> Summaries::lambdaBlocks(const Expr *E,
                                                     const FunctionDecl *Callee,
                                                     unsigned Depth) {
  const auto *Call = dyn_cast<CallExpr>(E);
  const DeclContext *Space =
      Callee->getDeclContext()->getEnclosingNamespaceContext();
  while (Space && Space->isNamespace() && !Space->isStdNamespace())
    Space = Space->getParent();
  const OffloadFact *Offload = Known.offload(Callee);
  bool RunsHere = Offload && Offload->Runs == OffloadFact::Place::Here;
  bool InStd = Space && Space->isStdNamespace();
  if (!Call ||
      (!RunsHere &&
       !(InStd && llvm::is_contained(
                      {"foreach", "foreachn", "transform", "allof", "anyof",
                       "noneof", "countif", "findif", "removeif", "eraseif",
                       "accumulate", "generate", "invoke", "apply", "visit"},
                      squeezedName(Callee)))))
    return std::nullopt;
  for (const Expr *Arg : Call->arguments()) {
    const CXXRecordDecl *Closure =
        Arg->getType().getNonReferenceType()->getAsCXXRecordDecl();
    if (!Closure || !Closure->isLambda())
      continue;
    llvm::SmallVector<const FunctionDecl *, 2> Bodies;
    if (const FunctionTemplateDecl *Generic =
            Closure->getDependentLambdaCallOperator())
      llvm::append_range(Bodies, Generic->specializations());
    else
      Bodies.push_back(Closure->getLambdaCallOperator());
    for (const FunctionDecl *Body : Bodies)
      if (const BlockingChain *Inner = isReadable(Body) && !isCoroutine(Body)
                                           ? mayBlock(Body, Depth - 1)
                                           : nullptr) {
        BlockingChain Chain = *Inner;
        Chain.Steps.insert(Chain.Steps.begin(),
                           {Arg->getExprLoc(), "'" + Callee->getNameAsString() +
                                                   "' calls the lambda here"});
        return Chain;
      }
  }
  return std::nullopt;
}

std::optional<BlockingChain> Summaries::blocks(const Expr *Call,
                                               unsigned Depth) {
  const FunctionDecl *Callee = calledFunction(Call);
  return Callee ? callBlocks(Call, Callee, Depth) : std::nullopt;
}

} // namespace codrop
