// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "analysis/HandleOwnership.h"
#include "analysis/ClassShape.h"
#include "analysis/HandleScan.h"
#include "analysis/Names.h"
#include "clang/AST/DeclTemplate.h"
#include "clang/AST/RecursiveASTVisitor.h"
#include "clang/Basic/SourceManager.h"

using namespace clang;

namespace codrop {

namespace {

/// Where the frame is destroyed when the object dies.
struct Destruction {
  SourceLocation Loc;
  bool AsksOthers = false;
};

/// \p Definition, and the members of the object that it calls.
void followDestruction(const FunctionDecl *Definition, const FieldDecl *Handle,
                       Destruction &Found, unsigned Depth) {
  HandleScan Scan(Definition, Handle, nullptr);
  Found.AsksOthers |= Scan.AsksOthers;
  if (Found.Loc.isInvalid())
    Found.Loc = Scan.Destroys;
  if (Depth > 0)
    for (const CXXMethodDecl *Callee : Scan.Calls)
      if (const FunctionDecl *Body = visibleBody(Callee))
        followDestruction(Body, Handle, Found, Depth - 1);
}

Destruction destructionOf(const CXXRecordDecl *RD, const FieldDecl *Handle) {
  Destruction Found;
  const CXXDestructorDecl *Destructor = RD->getDestructor();
  if (Destructor && Destructor->isUserProvided())
    if (const FunctionDecl *Body = visibleBody(Destructor))
      followDestruction(Body, Handle, Found, 2);
  return Found;
}

/// Nobody outside of what is visible here can copy it, or would: an awaiter is
/// made where it is awaited, and stays there.
bool isOnlyUsedHere(const CXXRecordDecl *RD) {
  if (RD->isLocalClass() || RD->isInAnonymousNamespace() ||
      !RD->lookup(&RD->getASTContext().Idents.get("await_suspend")).empty())
    return true;
  for (const DeclContext *D = RD; isa<CXXRecordDecl>(D); D = D->getParent())
    if (cast<CXXRecordDecl>(D)->getAccess() == AS_private ||
        cast<CXXRecordDecl>(D)->getAccess() == AS_protected)
      return true;
  return false;
}

/// Who destroys or takes a handle in the user's code, by promise.
struct HandleTraffic {
  /// A handle that says nothing of its promise is destroyed somewhere.
  bool AnyDestroyed = false;
  llvm::DenseSet<const CXXRecordDecl *> Destroyed;
  /// `from_promise` calls outside of get_return_object.
  llvm::DenseSet<const CXXRecordDecl *> Taken;
  llvm::DenseSet<const CXXRecordDecl *> TakenAtStart;
};

class TrafficVisitor : public RecursiveASTVisitor<TrafficVisitor> {
public:
  TrafficVisitor(HandleTraffic &Traffic, const SourceManager &SM)
      : Traffic(Traffic), SM(SM) {}
  bool shouldVisitTemplateInstantiations() const { return true; }
  bool shouldVisitImplicitCode() const { return true; }

  bool TraverseDecl(Decl *D) {
    if (!D || (isa<FunctionDecl, CXXRecordDecl, NamespaceDecl>(D) &&
               SM.isInSystemHeader(D->getLocation())))
      return true;
    return RecursiveASTVisitor::TraverseDecl(D);
  }
  bool TraverseFunctionDecl(FunctionDecl *FD) {
    const FunctionDecl *Around = std::exchange(Function, FD);
    bool Result = RecursiveASTVisitor::TraverseFunctionDecl(FD);
    Function = Around;
    return Result;
  }
  bool TraverseCXXMethodDecl(CXXMethodDecl *FD) {
    const FunctionDecl *Around = std::exchange(Function, FD);
    bool Result = RecursiveASTVisitor::TraverseCXXMethodDecl(FD);
    Function = Around;
    return Result;
  }
  bool VisitMemberExpr(MemberExpr *E) {
    note(E->getMemberDecl());
    return true;
  }
  bool VisitDeclRefExpr(DeclRefExpr *E) {
    note(E->getDecl());
    return true;
  }

private:
  void note(const ValueDecl *D) {
    const auto *Method = dyn_cast<CXXMethodDecl>(D);
    if (!Method || !Method->getParent()->isInStdNamespace() ||
        nameOf(Method->getParent()) != "coroutine_handle")
      return;
    const CXXRecordDecl *Promise = nullptr;
    if (const auto *Spec =
            dyn_cast<ClassTemplateSpecializationDecl>(Method->getParent()))
      for (QualType T : typeArguments(Spec))
        Promise = classOf(T);
    if (nameOf(Method) == "destroy") {
      if (Promise)
        Traffic.Destroyed.insert(Promise);
      else
        Traffic.AnyDestroyed = true;
    } else if (nameOf(Method) == "from_promise" && Promise) {
      bool AtStart = nameOf(Function) == "get_return_object";
      (AtStart ? Traffic.TakenAtStart : Traffic.Taken).insert(Promise);
    }
  }

  HandleTraffic &Traffic;
  const SourceManager &SM;
  const FunctionDecl *Function = nullptr;
};

class OwnerJudge {
public:
  OwnerJudge(const CXXRecordDecl *RD, TUAnalysis &TU,
             std::optional<HandleTraffic> &Traffic)
      : RD(RD), TU(TU), Traffic(Traffic) {}

  std::vector<HandleFault> run();

private:
  void judgeCopies(const FieldDecl *Handle, SourceLocation Destroys);
  void judgeMoves(const FieldDecl *Handle, SourceLocation Destroys);
  void judgeMove(const CXXMethodDecl *Move, const FieldDecl *Handle,
                 SourceLocation Destroys);
  void judgeEnd(const FieldDecl *Handle, SourceLocation Destroys);
  void judgeLeak(llvm::ArrayRef<const FieldDecl *> Handles);
  bool mayEscape(const FieldDecl *Handle);
  bool isWrittenElsewhere(const FieldDecl *Handle);
  HandleFault &add(HandleFault::Kind K, const FieldDecl *Handle,
                   const CXXMethodDecl *Member, SourceLocation Destroys) {
    Faults.push_back({K, RD, Handle, Member, Destroys, {}});
    return Faults.back();
  }

  const CXXRecordDecl *RD;
  TUAnalysis &TU;
  /// Made when first needed.
  std::optional<HandleTraffic> &Traffic;
  std::vector<HandleFault> Faults;
};

void OwnerJudge::judgeCopies(const FieldDecl *Handle, SourceLocation Destroys) {
  // What nobody copies and nobody else can is right as it is.
  auto counts = [&](const CXXMethodDecl *Member) {
    return !isOnlyUsedHere(RD) || (Member && Member->isUsed());
  };
  const CXXConstructorDecl *Copy = nullptr;
  for (const CXXConstructorDecl *Ctor : RD->ctors())
    if (Ctor->isCopyConstructor())
      Copy = Ctor;
  bool Copies = false;
  if (!Copy)
    Copies = RD->needsImplicitCopyConstructor() &&
             !RD->defaultedCopyConstructorIsDeleted();
  else if (!Copy->isUserProvided())
    Copies = !Copy->isDeleted();
  else if (const FunctionDecl *Body = visibleBody(Copy)) {
    HandleScan Scan(Body, Handle, Body->getParamDecl(0));
    const auto *Block = dyn_cast_or_null<CompoundStmt>(Body->getBody());
    Copies = Scan.Copied && !Scan.Given && Block && Block->body_empty();
  }
  if (Copies && counts(Copy)) {
    const CXXMethodDecl *Written = Copy && !Copy->isImplicit() ? Copy : nullptr;
    add(HandleFault::CopyConstructed, Handle, Written, Destroys).Sure =
        Confidence::Maybe;
    return;
  }
  const CXXMethodDecl *Assign = nullptr;
  for (const CXXMethodDecl *Method : RD->methods())
    if (Method->isCopyAssignmentOperator())
      Assign = Method;
  bool Assigns = Assign ? !Assign->isUserProvided() && !Assign->isDeleted()
                        : RD->needsImplicitCopyAssignment() &&
                              RD->hasSimpleCopyAssignment();
  if (Assigns && counts(Assign))
    add(HandleFault::CopyAssigned, Handle,
        Assign && !Assign->isImplicit() ? Assign : nullptr, Destroys)
        .Sure = Confidence::Maybe;
}

void OwnerJudge::judgeMove(const CXXMethodDecl *Move, const FieldDecl *Handle,
                           SourceLocation Destroys) {
  if (Move->isDeleted() || Move->isImplicit())
    return;
  if (!Move->isUserProvided()) {
    add(HandleFault::MoveDefaulted, Handle, Move, Destroys);
    return;
  }
  const FunctionDecl *Body = visibleBody(Move);
  if (!Body || Body->getNumParams() == 0)
    return;
  HandleScan Source(Body, Handle, Body->getParamDecl(0));
  if (Source.Copied && !Source.Given && !Source.Overwritten &&
      Source.Calls.empty()) {
    add(HandleFault::MoveKeepsSource, Handle, Move, Destroys);
    return;
  }
  if (isa<CXXConstructorDecl>(Move))
    return;
  HandleScan Own(Body, Handle, nullptr);
  bool Takes = Source.Copied || Source.Given;
  if (Own.Overwritten && Takes && Source.Calls.empty() && !Own.Given &&
      !Own.Copied && Own.Calls.empty() && Own.Destroys.isInvalid()) {
    add(HandleFault::AssignLeaksOld, Handle, Move, Destroys);
    return;
  }
  const SourceManager &SM = TU.context().getSourceManager();
  if (Own.Destroys.isValid() && Own.Overwritten && !Own.ComparesThis &&
      !Source.ComparesThis && Source.FirstMention.isValid() &&
      SM.isBeforeInTranslationUnit(Own.Destroys, Source.FirstMention)) {
    HandleFault &Fault =
        add(HandleFault::AssignToSelf, Handle, Move, Own.Destroys);
    Fault.Reads = Source.FirstMention;
    Fault.Sure = Confidence::Maybe;
  }
}

void OwnerJudge::judgeMoves(const FieldDecl *Handle, SourceLocation Destroys) {
  for (const CXXConstructorDecl *Ctor : RD->ctors())
    if (Ctor->isMoveConstructor())
      judgeMove(Ctor, Handle, Destroys);
  for (const CXXMethodDecl *Method : RD->methods())
    if (Method->isMoveAssignmentOperator())
      judgeMove(Method, Handle, Destroys);
}

/// The promise of the coroutine that \p Handle refers to.
const CXXRecordDecl *promiseBehind(const FieldDecl *Handle,
                                   const CXXRecordDecl *Owner) {
  const auto *Spec = dyn_cast_or_null<ClassTemplateSpecializationDecl>(
      Handle->getType()->getAsCXXRecordDecl());
  if (Spec)
    for (QualType T : typeArguments(Spec))
      if (const CXXRecordDecl *Promise = classOf(T))
        return Promise;
  return promiseOf(Owner);
}

const FunctionDecl *memberNamed(const CXXRecordDecl *RD, llvm::StringRef Name) {
  const FunctionDecl *Found = nullptr;
  anyInHierarchy(RD, [&](const CXXRecordDecl *R) {
    for (const NamedDecl *D : R->lookup(&R->getASTContext().Idents.get(Name))) {
      if (const auto *Template = dyn_cast<FunctionTemplateDecl>(D))
        D = Template->getTemplatedDecl();
      if ((Found = dyn_cast<FunctionDecl>(D)))
        return true;
    }
    return false;
  });
  return Found;
}

/// Somebody besides the constructors, the destructor and the assignments sets
/// the handle: perhaps when the coroutine has ended.
bool OwnerJudge::isWrittenElsewhere(const FieldDecl *Handle) {
  for (const FunctionDecl *User : TU.index().users(Handle)) {
    const auto *Method = dyn_cast<CXXMethodDecl>(User);
    if (!Method ||
        Method->getParent()->getCanonicalDecl() != RD->getCanonicalDecl())
      return true;
  }
  for (const CXXMethodDecl *Method : RD->methods()) {
    if (isa<CXXConstructorDecl, CXXDestructorDecl>(Method) ||
        Method->isCopyAssignmentOperator() ||
        Method->isMoveAssignmentOperator())
      continue;
    const FunctionDecl *Body = visibleBody(Method);
    if (!Body)
      continue;
    HandleScan Scan(Body, Handle, nullptr);
    if (Scan.Overwritten || Scan.Given)
      return true;
  }
  return false;
}

void OwnerJudge::judgeEnd(const FieldDecl *Handle, SourceLocation Destroys) {
  const CXXRecordDecl *Promise = promiseBehind(Handle, RD);
  if (!suspendsWith(Promise, "final_suspend", "suspend_never") ||
      isWrittenElsewhere(Handle))
    return;
  HandleFault &Fault = add(HandleFault::EndsItself, Handle, nullptr, Destroys);
  if (const FunctionDecl *Final = memberNamed(Promise, "final_suspend"))
    Fault.Reads = Final->getLocation();
}

// --- Leaks -------------------------------------------------------------------

bool allVisible(const CXXRecordDecl *RD) {
  return llvm::all_of(RD->methods(), [](const CXXMethodDecl *Method) {
    return Method->isImplicit() || Method->isDeleted() ||
           Method->isDefaulted() || visibleBody(Method);
  });
}

/// The handle is read into something, given to somebody, or seen from outside.
bool OwnerJudge::mayEscape(const FieldDecl *Handle) {
  for (const FunctionDecl *User : TU.index().users(Handle)) {
    const auto *Method = dyn_cast<CXXMethodDecl>(User);
    if (!Method ||
        Method->getParent()->getCanonicalDecl() != RD->getCanonicalDecl())
      return true;
  }
  return llvm::any_of(RD->methods(), [&](const CXXMethodDecl *Method) {
    const FunctionDecl *Body = visibleBody(Method);
    if (!Body)
      return false;
    HandleScan Scan(Body, Handle, nullptr);
    return Scan.Copied || Scan.Given || Scan.Destroys.isValid();
  });
}

/// A coroutine that stays suspended at its end, which nobody destroys as far as
/// all who might are visible.
void OwnerJudge::judgeLeak(llvm::ArrayRef<const FieldDecl *> Handles) {
  const CXXRecordDecl *Promise = promiseOf(RD);
  // A class finds itself under its own name.
  if (!Promise || Promise == RD || Handles.size() > 1 || RD->hasFriends() ||
      !suspendsWith(Promise, "final_suspend", "suspend_always") ||
      !allVisible(RD) || !allVisible(Promise))
    return;
  if (!Handles.empty() && mayEscape(Handles.front()))
    return;
  if (!Traffic) {
    Traffic.emplace();
    TrafficVisitor(*Traffic, TU.context().getSourceManager())
        .TraverseDecl(TU.context().getTranslationUnitDecl());
  }
  if (Traffic->AnyDestroyed || Traffic->Destroyed.contains(Promise) ||
      Traffic->Taken.contains(Promise) ||
      Traffic->TakenAtStart.contains(Promise) != !Handles.empty())
    return;
  const FunctionDecl *Final = memberNamed(Promise, "final_suspend");
  add(Handles.empty() ? HandleFault::HandleNeverTaken
                      : HandleFault::NeverDestroyed,
      Handles.empty() ? nullptr : Handles.front(), nullptr,
      Final ? Final->getLocation() : SourceLocation())
      .Sure = Confidence::Maybe;
}

std::vector<HandleFault> OwnerJudge::run() {
  llvm::SmallVector<const FieldDecl *, 2> Handles;
  bool Owned = false;
  for (const FieldDecl *Field : RD->fields()) {
    if (!isCoroutineHandle(Field->getType()) || nameOf(Field).empty())
      continue;
    Handles.push_back(Field);
    Destruction Dies = destructionOf(RD, Field);
    if (Dies.Loc.isInvalid())
      continue;
    Owned = true;
    if (Dies.AsksOthers)
      continue;
    judgeCopies(Field, Dies.Loc);
    judgeMoves(Field, Dies.Loc);
    judgeEnd(Field, Dies.Loc);
  }
  if (!Owned)
    judgeLeak(Handles);
  return std::move(Faults);
}

} // namespace

std::vector<HandleFault>
findHandleFaults(llvm::ArrayRef<const CXXRecordDecl *> Classes,
                 TUAnalysis &TU) {
  std::vector<HandleFault> Faults;
  std::optional<HandleTraffic> Traffic;
  for (const CXXRecordDecl *RD : Classes)
    for (HandleFault &Fault : OwnerJudge(RD, TU, Traffic).run())
      Faults.push_back(std::move(Fault));
  return Faults;
}

} // namespace codrop
