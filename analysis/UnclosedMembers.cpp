// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "analysis/UnclosedMembers.h"
#include "analysis/Names.h"
#include "analysis/ResourceValue.h"
#include "clang/AST/DeclTemplate.h"
#include "clang/Basic/SourceManager.h"

using namespace clang;

namespace codrop {

namespace {

class Finder {
public:
  Finder(const CXXRecordDecl *RD, TUAnalysis &TU, MemberUseTable &Table,
         bool Infer, EdgeSet Edges)
      : RD(RD), TU(TU), Table(Table), Infer(Infer), Edges(Edges) {}

  std::vector<UnclosedMember> run();

private:
  void readFields();
  void readParts(const FieldDecl *Outer);
  bool readMethods();
  void readBases();
  bool mayBeOpened(const OwnedMember &O) const;
  bool isClosedSomewhere(const OwnedMember &O) const;
  bool isOthersToClose(const OwnedMember &O, const MemberUses &Closer) const;
  bool isLeftAlone(const OwnedMember &O, const MemberUses &Closer) const;
  void closedNowhere();
  void forgotten();
  void forgottenBases();
  UnclosedMember &add(UnclosedMember::Kind K, const OwnedMember &O,
                      const FunctionDecl *Closer = nullptr);

  const CXXRecordDecl *RD;
  TUAnalysis &TU;
  MemberUseTable &Table;
  bool Infer;
  EdgeSet Edges;
  std::vector<OwnedMember> Members;
  /// Bodies of the class's functions, constructors among them.
  std::vector<const FunctionDecl *> Bodies;
  std::vector<const FunctionDecl *> Closers;
  /// Base classes with a close of their own, which closes something.
  llvm::SmallVector<const CXXRecordDecl *, 1> Bases;
  /// Functions that could close a member and are not visible.
  bool Unseen = false;
  MemberUses All;
  std::vector<UnclosedMember> Found;
};

UnclosedMember &Finder::add(UnclosedMember::Kind K, const OwnedMember &O,
                            const FunctionDecl *Closer) {
  UnclosedMember U;
  U.K = K;
  U.Class = RD;
  U.Member = O.Field;
  U.What = O.R.What;
  U.Closer = Closer;
  Found.push_back(U);
  return Found.back();
}

/// Calls \p Visit for the definitions of the functions of \p RD that are
/// written out. True if one that could close a member is not visible.
static bool visitMethods(
    const CXXRecordDecl *RD,
    llvm::function_ref<void(const CXXMethodDecl *, const FunctionDecl *)>
        Visit) {
  bool Unseen = false;
  auto read = [&](const FunctionDecl *FD) {
    const FunctionDecl *Definition = nullptr;
    if (FD->isImplicit() || FD->isDeleted() || FD->isDefaulted())
      return;
    const auto *Method = cast<CXXMethodDecl>(FD);
    if (FD->hasBody(Definition) && !Definition->isDependentContext())
      Visit(Method, Definition);
    else
      Unseen |= !Method->isConst() && !Method->isStatic() &&
                !isa<CXXConstructorDecl, CXXDestructorDecl>(Method);
  };
  for (const Decl *D : RD->decls()) {
    if (const auto *Method = dyn_cast<CXXMethodDecl>(D))
      read(Method);
    // A member template is seen as far as it is instantiated.
    if (const auto *Template = dyn_cast<FunctionTemplateDecl>(D)) {
      Unseen |= Template->specializations().empty();
      for (const FunctionDecl *Spec : Template->specializations())
        read(Spec);
    }
  }
  return Unseen;
}

/// The functions by which \p RD is a resource itself.
static llvm::SmallVector<const FunctionDecl *, 2>
closersOf(const CXXRecordDecl *RD, const TypeModel &Types, bool Infer) {
  llvm::SmallVector<const FunctionDecl *, 2> Result;
  const Resource *Own =
      Types.resource(Types.context().getCanonicalTagType(RD), Infer);
  if (Own)
    visitMethods(
        RD, [&](const CXXMethodDecl *Method, const FunctionDecl *Definition) {
          if (llvm::is_contained(Own->Close, nameOf(Method).str()) &&
              !Method->isStatic())
            Result.push_back(Definition);
        });
  return Result;
}

void Finder::readFields() {
  for (const FieldDecl *Field : RD->fields())
    if (std::optional<OwnedResource> R =
            ownedResource(Field->getType(), TU.types(), Infer))
      Members.push_back({Field, *R});
    else
      readParts(Field);
  // What a base class keeps and leaves to those who derive from it.
  for (const CXXBaseSpecifier &Base : RD->bases()) {
    const CXXRecordDecl *Of = Base.getType()->getAsCXXRecordDecl();
    if (!Of || !Of->hasDefinition())
      continue;
    MemberUses OfBase;
    bool UnseenOfBase = visitMethods(
        Of->getDefinition(), [&](const CXXMethodDecl *, const FunctionDecl *D) {
          OfBase.add(Table.of(D));
        });
    for (const FieldDecl *Field : Of->getDefinition()->fields()) {
      std::optional<OwnedResource> R =
          ownedResource(Field->getType(), TU.types(), Infer);
      if (R && Field->getAccess() == AS_protected && !UnseenOfBase &&
          !OfBase.HandsOnThis && !OfBase.LetGo.contains(Field) &&
          !OfBase.calls(Field, R->What->Close))
        Members.push_back({Field, *R});
    }
  }
}

/// `struct impl { connection a; connection b; }; std::unique_ptr<impl> impl_;`:
/// what a struct that closes nothing keeps for the class.
void Finder::readParts(const FieldDecl *Outer) {
  QualType T = Outer->getType();
  if (QualType Held = TypeModel::heldType(T); !Held.isNull())
    T = Held;
  const CXXRecordDecl *Struct = T->getAsCXXRecordDecl();
  Struct = Struct ? Struct->getDefinition() : nullptr;
  if (!Struct || Struct->getNumBases() > 0 || Struct->isUnion() ||
      Struct->isLambda() || isa<ClassTemplateSpecializationDecl>(Struct) ||
      (Struct->getDeclContext() != RD && !isPlainAggregate(T)) ||
      TU.context().getSourceManager().isInSystemHeader(Struct->getLocation()))
    return;
  MemberUses Own;
  visitMethods(Struct, [&](const CXXMethodDecl *, const FunctionDecl *D) {
    Own.add(Table.of(D));
  });
  for (const FieldDecl *Field : Struct->fields())
    if (std::optional<OwnedResource> R =
            ownedResource(Field->getType(), TU.types(), Infer);
        R && Field->getAccess() == AS_public && !Own.HandsOnThis &&
        !Own.LetGo.contains(Field) && !Own.calls(Field, R->What->Close))
      Members.push_back({Field, *R, Outer});
}

/// False if there is nothing to judge: the class is only declared here.
bool Finder::readMethods() {
  Unseen =
      visitMethods(RD, [&](const CXXMethodDecl *, const FunctionDecl *Body) {
        Bodies.push_back(Body);
        All.add(Table.of(Body));
      });
  auto Own = closersOf(RD, TU.types(), Infer);
  Closers.assign(Own.begin(), Own.end());
  return !Bodies.empty();
}

/// The resources of \p Base that its own close takes care of.
static llvm::SmallVector<const FieldDecl *, 4>
closedByBase(const CXXRecordDecl *Base, TUAnalysis &TU, MemberUseTable &Table,
             bool Infer) {
  llvm::SmallVector<const FieldDecl *, 4> Result;
  for (const FunctionDecl *Closer : closersOf(Base, TU.types(), Infer))
    for (const FieldDecl *Field : Base->fields())
      if (std::optional<OwnedResource> R =
              ownedResource(Field->getType(), TU.types(), Infer);
          R && Table.of(Closer).calls(Field, R->What->Close))
        Result.push_back(Field);
  return Result;
}

void Finder::readBases() {
  for (const CXXBaseSpecifier &Base : RD->bases()) {
    const CXXRecordDecl *Of = Base.getType()->getAsCXXRecordDecl();
    Of = Of ? Of->getDefinition() : nullptr;
    if (Of && !closedByBase(Of, TU, Table, Infer).empty())
      Bases.push_back(Of);
  }
}

/// Something makes it open: it is born so, or one of the functions opens it.
bool Finder::mayBeOpened(const OwnedMember &O) const {
  const Resource &R = *O.R.What;
  if (O.R.How != OwnedResource::Itself)
    return true; // Whatever is put into the holder.
  if (R.Open.empty())
    return true;
  if (All.calls(O.Field, R.Open) || All.LetGo.contains(O.Field) ||
      All.PutToUse.contains(O.Field))
    return true;
  // A factory's value, or constructor arguments for one that can be made open.
  if (!R.DefaultConstructedIsClosed)
    return false;
  for (const FunctionDecl *Body : Bodies)
    if (const auto *Ctor = dyn_cast<CXXConstructorDecl>(Body))
      for (const CXXCtorInitializer *Init : Ctor->inits())
        if (Init->getMember() == O.Field && Init->isWritten())
          if (const auto *Construct =
                  dyn_cast<CXXConstructExpr>(stripped(Init->getInit()));
              !Construct || Construct->getNumArgs() > 0)
            return true;
  return false;
}

bool Finder::isClosedSomewhere(const OwnedMember &O) const {
  const Resource &R = *O.R.What;
  return All.HandsOnThis || (R.Record && closesItself(R.Record, R.Close)) ||
         All.LetGo.contains(O.Field) || All.calls(O.Field, R.Close) ||
         (O.Outer &&
          (All.LetGo.contains(O.Outer) || All.Opaque.contains(O.Outer)));
}

static AccessSpecifier accessOf(const OwnedMember &O) {
  return O.Outer ? O.Outer->getAccess() : O.Field->getAccess();
}

void Finder::closedNowhere() {
  // Somebody else may close it, or a function that is not in sight.
  if (Unseen || RD->hasFriends() || RD->isLambda())
    return;
  for (const OwnedMember &O : Members)
    if (accessOf(O) == AS_private && !isClosedSomewhere(O) && mayBeOpened(O))
      add(UnclosedMember::ClosedNowhere, O);
}

/// A derived class closes what is protected; the user closes what is public,
/// unless the close takes care of other members.
bool Finder::isOthersToClose(const OwnedMember &O,
                             const MemberUses &Closer) const {
  if (accessOf(O) == AS_protected)
    return O.Field->getParent() == RD && !RD->isEffectivelyFinal();
  return accessOf(O) == AS_public &&
         llvm::none_of(Members, [&](const OwnedMember &Other) {
           return Closer.calls(Other.Field, Other.R.What->Close);
         });
}

/// The close does nothing with it that could be an end: it does not mention it,
/// or only uses it.
bool Finder::isLeftAlone(const OwnedMember &O, const MemberUses &Closer) const {
  if (!Closer.Mentioned.contains(O.Field))
    return !O.Outer || !Closer.Opaque.contains(O.Outer);
  auto Called = Closer.Called.find(O.Field);
  return Called != Closer.Called.end() &&
         llvm::all_of(Called->second, [](llvm::StringRef Name) {
           return llvm::is_contained(
               {"flush", "write", "read", "send", "put", "sync"}, Name);
         });
}

void Finder::forgotten() {
  for (const OwnedMember &O : Members) {
    if (!mayBeOpened(O) || isClosedSomewhere(O) || Unseen)
      continue;
    for (const FunctionDecl *Closer : Closers) {
      const MemberUses &Uses = Table.of(Closer);
      if (Uses.HandsOnThis || !isLeftAlone(O, Uses) || isOthersToClose(O, Uses))
        continue;
      add(UnclosedMember::Forgotten, O, Closer);
      break;
    }
  }
}

void Finder::forgottenBases() {
  if (Unseen || All.HandsOnThis)
    return;
  for (const CXXRecordDecl *Base : Bases)
    for (const FunctionDecl *OfBase : closersOf(Base, TU.types(), Infer))
      for (const FunctionDecl *Closer : Closers) {
        if (nameOf(Closer) != nameOf(OfBase) ||
            llvm::any_of(closedByBase(Base, TU, Table, Infer),
                         [&](const FieldDecl *Field) {
                           return All.Mentioned.contains(Field);
                         }))
          continue;
        UnclosedMember &U = add(UnclosedMember::ForgottenBase, {}, Closer);
        U.Base = Base;
        U.Site = OfBase->getLocation();
      }
}

std::vector<UnclosedMember> Finder::run() {
  readFields();
  readBases();
  if ((Members.empty() && Bases.empty()) || !readMethods())
    return {};
  if (Closers.empty())
    closedNowhere();
  else
    forgotten();
  forgottenBases();
  for (const FunctionDecl *Closer : Closers)
    findInCloser(RD, Members, Bases, Closer, TU, Table, Edges, Found);
  return std::move(Found);
}

} // namespace

std::vector<UnclosedMember> findUnclosedMembers(const CXXRecordDecl *RD,
                                                TUAnalysis &TU,
                                                MemberUseTable &Uses,
                                                bool Infer, EdgeSet Edges) {
  return Finder(RD, TU, Uses, Infer, Edges).run();
}

} // namespace codrop
