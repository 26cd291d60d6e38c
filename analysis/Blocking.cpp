// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The part of Summaries that finds how a function or a destructor reaches work
// that blocks its thread. A body is read without order: whatever it may call,
// it calls. What runs later or elsewhere is not in it: the bodies of lambdas
// that are handed on. What a single call does is BlockingCalls.cpp's to say.

#include "analysis/BlockingParts.h"
#include "analysis/Summaries.h"
#include "analysis/Syntax.h"
#include "clang/AST/DeclTemplate.h"
#include "clang/Basic/SourceManager.h"
#include "llvm/ADT/FoldingSet.h"

using namespace clang;

namespace codrop {

namespace {

/// Puts a step in front that tells what is destroyed. A destructor that only
/// knowledge speaks of has no steps of its own.
void tellDestroyed(BlockingChain &Chain, SourceLocation Loc, std::string What) {
  if (Chain.Steps.empty())
    What += "; " + Chain.Callee + " " + Chain.why();
  Chain.Steps.insert(Chain.Steps.begin(), {Loc, std::move(What)});
}

BlockingChain knownDestructor(const BlockingDestructorFact &Fact) {
  BlockingChain Chain;
  Chain.Callee = "the destructor of '" + Fact.Name + "'";
  Chain.Why = Fact.Why;
  return Chain;
}

unsigned identityOf(const Expr *E, const ASTContext &Context) {
  llvm::FoldingSetNodeID Id;
  stripped(E)->Profile(Id, Context, /*Canonical=*/true);
  return Id.ComputeHash();
}

} // namespace

// --- Bodies ------------------------------------------------------------------

// Ends as soon as Visit says true.
void Summaries::visitBlocking(const FunctionDecl *FD, unsigned Depth,
                              BlockingVisitor Visit) {
  const ASTContext &Context = Types.context();
  Runs Body = whatRuns(FD->getBody(), Context);
  const auto *Method = dyn_cast<CXXMethodDecl>(FD);
  const bool IsOfTemplate =
      Method && isa<ClassTemplateSpecializationDecl>(Method->getParent());
  // `if (f.wait_for(0s) == ready) f.get();` does not wait.
  llvm::DenseSet<unsigned> Asked;
  for (const Expr *E : Body.Calls)
    if (const FunctionDecl *Callee = calledFunction(E))
      if (const BlockingFact *Fact =
              Known.blocking(Callee, calledObjectClass(E));
          Fact && Fact->Unless && calledObject(E) &&
          holds(*Fact->Unless, E, Context))
        Asked.insert(identityOf(calledObject(E), Context));
  for (const Expr *E : Body.Calls) {
    if (const auto *Delete = dyn_cast<CXXDeleteExpr>(E)) {
      if (std::optional<BlockingChain> Chain = deleteBlocks(Delete, FD, Depth))
        if (Visit(E, std::move(*Chain)))
          return;
      continue;
    }
    const FunctionDecl *Callee = calledFunction(E);
    if (!Callee)
      continue;
    if (!Asked.empty() && calledObject(E) &&
        Asked.contains(identityOf(calledObject(E), Context)))
      continue;
    if (std::optional<BlockingChain> Chain = callBlocks(E, Callee, Depth)) {
      if (!IsOfTemplate)
        Chain->Inner = nullptr;
      if (Visit(E, std::move(*Chain)))
        return;
    }
  }
  for (const Expr *E : Body.Dropped)
    if (std::optional<BlockingChain> Chain = dropBlocks(E))
      if (Visit(E, std::move(*Chain)))
        return;
  for (const VarDecl *Var : Body.Locals)
    if (std::optional<BlockingChain> Chain =
            localBlocks(Var, FD->getBody(), Depth))
      if (Visit(Var, std::move(*Chain)))
        return;
}

std::optional<BlockingChain>
Summaries::deleteBlocks(const CXXDeleteExpr *Delete, const FunctionDecl *In,
                        unsigned Depth) {
  QualType T = Delete->getDestroyedType();
  const CXXRecordDecl *RD = T.isNull() ? nullptr : T->getAsCXXRecordDecl();
  if (!RD || Depth == 0)
    return std::nullopt;
  std::optional<BlockingChain> Chain = destructorBlocks(RD, Depth - 1);
  if (!Chain)
    return std::nullopt;
  // A template that deletes what it was given only passes it on.
  const auto *Method = dyn_cast<CXXMethodDecl>(In);
  bool PassesOn =
      Method && isa<ClassTemplateSpecializationDecl>(Method->getParent());
  Chain->Inner = PassesOn && !Known.blockingDestructor(RD) ? RD : nullptr;
  tellDestroyed(*Chain, Delete->getExprLoc(),
                "a '" + RD->getNameAsString() + "' is deleted here");
  return Chain;
}

std::optional<BlockingChain> Summaries::dropBlocks(const Expr *E) const {
  E = stripped(E);
  if (const auto *Cast = dyn_cast<ExplicitCastExpr>(E);
      Cast && Cast->getCastKind() == CK_ToVoid)
    E = stripped(Cast->getSubExpr());
  const CXXRecordDecl *RD = E->getType()->getAsCXXRecordDecl();
  const BlockingDestructorFact *Fact =
      RD ? Known.blockingDestructor(RD) : nullptr;
  if (!Fact || Fact->AssignedFrom.empty() ||
      !givesBlocking(E, *Fact, Types.context()))
    return std::nullopt;
  BlockingChain Chain = knownDestructor(*Fact);
  tellDestroyed(Chain, E->getExprLoc(), "the result dies at once");
  return Chain;
}

std::optional<BlockingChain>
Summaries::localBlocks(const VarDecl *Var, const Stmt *Body, unsigned Depth) {
  const CXXRecordDecl *RD = Var->getType()->getAsCXXRecordDecl();
  if (!RD || Depth == 0)
    return std::nullopt;
  // The only owner of what a shared_ptr points to destroys it.
  if (const CXXRecordDecl *Owned = solelyOwned(Var, Body))
    RD = Owned;
  std::optional<BlockingChain> Chain = destructorBlocks(RD, Depth - 1);
  if (!Chain && Var->getInit())
    if (const BlockingDestructorFact *Fact = Known.blockingDestructor(RD);
        Fact && !Fact->AssignedFrom.empty() &&
        givesBlocking(Var->getInit(), *Fact, Types.context()))
      Chain = knownDestructor(*Fact);
  if (!Chain)
    return std::nullopt;
  Chain->Inner = nullptr;
  tellDestroyed(*Chain, Var->getLocation(),
                "local '" + Var->getNameAsString() + "' is destroyed");
  return Chain;
}

std::optional<BlockingChain> Summaries::search(const FunctionDecl *FD,
                                               unsigned Depth) {
  std::optional<BlockingChain> First;
  visitBlocking(FD, Depth, [&](BlockingSite, BlockingChain Chain) {
    First = std::move(Chain);
    return true;
  });
  return First;
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
  if (const CXXRecordDecl *Owned = solelyOwned(Field, RD))
    Classes.push_back({Owned, false});
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
