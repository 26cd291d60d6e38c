// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The part of Summaries that finds how a function or a destructor reaches work
// that blocks its thread. A body is read without order: whatever it may call,
// it calls. What runs later or elsewhere is not in it: the bodies of lambdas
// that are handed on, and coroutines, which are only made when they are called.

#include "analysis/BlockingParts.h"
#include "analysis/Coroutine.h"
#include "analysis/Summaries.h"
#include "analysis/Syntax.h"
#include "clang/AST/DeclTemplate.h"
#include "clang/Basic/SourceManager.h"
#include "llvm/ADT/FoldingSet.h"

using namespace clang;

namespace codrop {

namespace {

/// "waits for the thread to end"
std::string why(const BlockingChain &Chain) {
  return Chain.Why.empty() ? "blocks the thread" : Chain.Why;
}

/// Puts a step in front that tells what is destroyed. A destructor that only
/// knowledge speaks of has no steps of its own.
void tellDestroyed(BlockingChain &Chain, SourceLocation Loc, std::string What) {
  if (Chain.Steps.empty())
    What += "; " + Chain.Callee + " " + why(Chain);
  Chain.Steps.insert(Chain.Steps.begin(), {Loc, std::move(What)});
}

BlockingChain knownDestructor(const BlockingDestructorFact &Fact) {
  BlockingChain Chain;
  Chain.Callee = "the destructor of '" + Fact.Name + "'";
  Chain.Why = Fact.Why;
  return Chain;
}

/// "sync_wait", and "sync_wait_t" of an object that is called.
std::string plainName(const FunctionDecl *F) {
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

unsigned identityOf(const Expr *E, const ASTContext &Context) {
  llvm::FoldingSetNodeID Id;
  stripped(E)->Profile(Id, Context, /*Canonical=*/true);
  return Id.ComputeHash();
}

const CXXRecordDecl *objectOf(const Expr *E) {
  const auto *Call = dyn_cast<CallExpr>(E);
  return Call ? objectClass(Call) : nullptr;
}

} // namespace

// --- Calls -------------------------------------------------------------------

// sync_wait(task), blockingWait(…), block_on(…): a name that many libraries
// give to the same thing. It takes something to await and gives what it gave.
bool Summaries::waitsForAwaitable(const Expr *E,
                                  const FunctionDecl *Callee) const {
  const auto *Call = dyn_cast<CallExpr>(E);
  if (!Call || !llvm::is_contained({"syncwait", "blockingwait", "blockon",
                                    "syncawait", "runsync", "waitsync"},
                                   plainName(Callee)))
    return false;
  return !Types.isAwaitable(Callee->getReturnType()) &&
         llvm::any_of(Call->arguments(), [&](const Expr *Arg) {
           return Types.isAwaitable(Arg->getType());
         });
}

std::optional<BlockingChain> Summaries::callBlocks(const Expr *Call,
                                                   const FunctionDecl *Callee,
                                                   unsigned Depth) {
  const CXXRecordDecl *Object = objectOf(Call);
  if (Known.isNonBlocking(Callee, Object))
    return std::nullopt;
  const ASTContext &Context = Types.context();
  auto blocks = [&](llvm::StringRef Name, std::string Why) {
    BlockingChain Chain;
    Name.consume_back("::operator()");
    Chain.Callee = ("'" + Name + "'").str();
    Chain.Why = std::move(Why);
    Chain.Steps.push_back(
        {Call->getExprLoc(), Chain.Callee + " " + why(Chain)});
    return Chain;
  };
  if (const BlockingFact *Fact = Known.blocking(Callee, Object)) {
    if ((Fact->Unless && holds(*Fact->Unless, Call, Context)) ||
        (Fact->OnlyIf && !holds(*Fact->OnlyIf, Call, Context)))
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
  if (Depth == 0)
    return std::nullopt;
  if (std::optional<BlockingChain> Chain = lambdaBlocks(Call, Callee, Depth))
    return Chain;
  // Calling a coroutine makes its frame; what it does later, it does elsewhere.
  const FunctionDecl *Definition = nullptr;
  if (!isReadable(Callee) || !Callee->hasBody(Definition) ||
      isCoroutine(Definition))
    return std::nullopt;
  const BlockingChain *Inner = mayBlock(Definition, Depth - 1);
  if (!Inner)
    return std::nullopt;
  BlockingChain Chain = *Inner;
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
  if (!Call || !Space || !Space->isStdNamespace() ||
      !llvm::is_contained({"foreach", "foreachn", "transform", "allof", "anyof",
                           "noneof", "countif", "findif", "removeif", "eraseif",
                           "accumulate", "generate", "invoke", "apply",
                           "visit"},
                          plainName(Callee)))
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
      if (const BlockingChain *Inner =
              isReadable(Body) ? mayBlock(Body, Depth - 1) : nullptr) {
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

// --- Bodies ------------------------------------------------------------------

std::optional<BlockingChain> Summaries::search(const FunctionDecl *FD,
                                               unsigned Depth) {
  const ASTContext &Context = Types.context();
  Runs Body = whatRuns(FD->getBody(), Context);
  // `if (f.wait_for(0s) == ready) f.get();` does not wait.
  llvm::DenseSet<unsigned> Asked;
  for (const Expr *E : Body.Calls)
    if (const FunctionDecl *Callee = calledFunction(E))
      if (const BlockingFact *Fact = Known.blocking(Callee, objectOf(E));
          Fact && Fact->Unless && calledObject(E) &&
          holds(*Fact->Unless, E, Context))
        Asked.insert(identityOf(calledObject(E), Context));
  for (const Expr *E : Body.Calls) {
    if (const auto *Delete = dyn_cast<CXXDeleteExpr>(E)) {
      QualType T = Delete->getDestroyedType();
      const CXXRecordDecl *RD = T.isNull() ? nullptr : T->getAsCXXRecordDecl();
      if (!RD || Depth == 0)
        continue;
      if (std::optional<BlockingChain> Chain =
              destructorBlocks(RD, Depth - 1)) {
        // A template that deletes what it was given only passes it on.
        const auto *Method = dyn_cast<CXXMethodDecl>(FD);
        bool PassesOn =
            Method && isa<ClassTemplateSpecializationDecl>(Method->getParent());
        Chain->Inner = PassesOn && !Known.blockingDestructor(RD) ? RD : nullptr;
        tellDestroyed(*Chain, E->getExprLoc(),
                      "a '" + RD->getNameAsString() + "' is deleted here");
        return Chain;
      }
      continue;
    }
    const FunctionDecl *Callee = calledFunction(E);
    if (!Callee)
      continue;
    if (!Asked.empty() && calledObject(E) &&
        Asked.contains(identityOf(calledObject(E), Context)))
      continue;
    if (std::optional<BlockingChain> Chain = callBlocks(E, Callee, Depth))
      return Chain;
  }
  for (const Expr *E : Body.Dropped) {
    E = stripped(E);
    if (const auto *Cast = dyn_cast<ExplicitCastExpr>(E);
        Cast && Cast->getCastKind() == CK_ToVoid)
      E = stripped(Cast->getSubExpr());
    const CXXRecordDecl *RD = E->getType()->getAsCXXRecordDecl();
    const BlockingDestructorFact *Fact =
        RD ? Known.blockingDestructor(RD) : nullptr;
    if (!Fact || Fact->AssignedFrom.empty() ||
        !givesBlocking(E, *Fact, Context))
      continue;
    BlockingChain Chain = knownDestructor(*Fact);
    tellDestroyed(Chain, E->getExprLoc(), "the result dies at once");
    return Chain;
  }
  for (const VarDecl *Var : Body.Locals) {
    const CXXRecordDecl *RD = Var->getType()->getAsCXXRecordDecl();
    if (!RD || Depth == 0)
      continue;
    std::optional<BlockingChain> Chain = destructorBlocks(RD, Depth - 1);
    if (!Chain && Var->getInit())
      if (const BlockingDestructorFact *Fact = Known.blockingDestructor(RD);
          Fact && !Fact->AssignedFrom.empty() &&
          givesBlocking(Var->getInit(), *Fact, Context))
        Chain = knownDestructor(*Fact);
    if (!Chain)
      continue;
    Chain->Inner = nullptr;
    tellDestroyed(*Chain, Var->getLocation(),
                  "local '" + Var->getNameAsString() + "' is destroyed");
    return Chain;
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
        Entry.Chain = partsBlock(Destructor->getParent(), Depth);
    Entry.Active = false;
    Entry.Depth = Depth + 1;
  }
  return Entry.Chain ? &*Entry.Chain : nullptr;
}

// --- Destructors -------------------------------------------------------------

std::optional<BlockingChain> Summaries::memberBlocks(const FieldDecl *Field,
                                                     const CXXRecordDecl *RD,
                                                     unsigned Depth) {
  const std::string Name = "member '" + Field->getNameAsString() + "'";
  llvm::SmallVector<Destroyed, 4> Classes;
  collectDestroyed(Field->getType(), Classes);
  for (auto [Class, IsDeleter] : Classes) {
    std::optional<BlockingChain> Chain;
    if (IsDeleter) {
      for (const CXXMethodDecl *Method : Class->methods())
        if (Method->getOverloadedOperator() == OO_Call && isReadable(Method))
          if (const BlockingChain *Inner = mayBlock(Method, Depth)) {
            Chain = *Inner;
            Chain->Inner = nullptr;
            break;
          }
    } else if (const BlockingDestructorFact *Fact =
                   Known.blockingDestructor(Class);
               Fact && !Fact->AssignedFrom.empty()) {
      if (const Expr *Source =
              blockingSource(RD, Field, *Fact, Types.context())) {
        Chain = knownDestructor(*Fact);
        tellDestroyed(*Chain, Field->getLocation(),
                      Name + " is destroyed with the object");
        Chain->Steps.insert(
            Chain->Steps.begin(),
            {Source->getExprLoc(), Name + " receives the result of '" +
                                       Fact->AssignedFrom + "' here"});
        return Chain;
      }
    } else if ((Chain = destructorBlocks(Class, Depth))) {
      Chain->Inner = Known.blockingDestructor(Class) ? nullptr : Class;
    }
    if (Chain) {
      tellDestroyed(*Chain, Field->getLocation(),
                    Name + " is destroyed with the object");
      return Chain;
    }
  }
  return std::nullopt;
}

std::optional<BlockingChain> Summaries::partsBlock(const CXXRecordDecl *RD,
                                                   unsigned Depth) {
  if (Depth == 0 || RD->isInStdNamespace() ||
      Types.context().getSourceManager().isInSystemHeader(RD->getLocation()) ||
      !ActiveRecords.insert(RD).second)
    return std::nullopt;
  std::optional<BlockingChain> Result;
  for (const FieldDecl *Field : RD->fields())
    if ((Result = memberBlocks(Field, RD, Depth - 1)))
      break;
  if (!Result)
    for (const CXXBaseSpecifier &Base : RD->bases())
      if (const CXXRecordDecl *Class = Base.getType()->getAsCXXRecordDecl())
        if ((Result = destructorBlocks(Class, Depth - 1))) {
          Result->Inner = Known.blockingDestructor(Class) ? nullptr : Class;
          tellDestroyed(*Result, Base.getBeginLoc(),
                        "base class '" + Class->getNameAsString() +
                            "' is destroyed with the object");
          break;
        }
  ActiveRecords.erase(RD);
  return Result;
}

std::optional<BlockingChain>
Summaries::destructorBlocks(const CXXRecordDecl *RD, unsigned Depth) {
  RD = RD->getDefinition();
  if (!RD || RD->isDependentContext())
    return std::nullopt;
  if (const BlockingDestructorFact *Fact = Known.blockingDestructor(RD);
      Fact && Fact->AssignedFrom.empty())
    return knownDestructor(*Fact);
  const CXXDestructorDecl *Destructor = RD->getDestructor();
  if (Destructor && !MoreBlocking.empty() &&
      llvm::is_contained(MoreBlocking, knowledgeName(Destructor))) {
    BlockingChain Chain;
    Chain.Callee = "'" + knowledgeName(Destructor) + "'";
    Chain.Why = "is configured as blocking";
    return Chain;
  }
  if (!Destructor || !isReadable(Destructor))
    return partsBlock(RD, Depth);
  if (Known.isNonBlocking(Destructor))
    return std::nullopt;
  const BlockingChain *Found = mayBlock(Destructor, Depth);
  return Found ? std::optional<BlockingChain>(*Found) : std::nullopt;
}

} // namespace codrop
