// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The part of ResourceUses that says what a call does to a resource: a member
// of the resource's own, of what holds it, of the container that it is in, or a
// function that it is given to.

#include "analysis/Names.h"
#include "analysis/ResourceUses.h"
#include "clang/AST/ASTContext.h"

using namespace clang;

namespace codrop {

using Event = ResourceEvent;

static bool contains(const std::vector<std::string> &Names,
                     llvm::StringRef Name) {
  return llvm::is_contained(Names, Name);
}

// --- Members -----------------------------------------------------------------

Happening ResourceUses::memberCall(const Expr *Site, const FunctionDecl *Callee,
                                   bool OnHolder) {
  const auto *Method = dyn_cast_or_null<CXXMethodDecl>(Callee);
  llvm::StringRef Name = nameOf(Callee);
  if (OnHolder) {
    if (Name == "release" || Name == "swap")
      return {Event::LetsGo, Site};
    if (Name != "reset" && Name != "emplace")
      return {};
    const auto *Call = cast<CallExpr>(Site);
    bool Refills =
        Name == "emplace" ||
        (Call->getNumArgs() > 0 && !isa<CXXDefaultArgExpr>(Call->getArg(0)) &&
         !isEmptyValue(Call->getArg(0), true));
    if (Refills)
      Opens.push_back(Site);
    return {Refills ? Event::Refills : Event::Empties, Site,
            stateWhenConstructed(R)};
  }
  if (contains(R.Close, Name) || (Callee && TU.knowledge().closer(Callee)))
    return closing(Site);
  if (contains(R.Open, Name)) {
    ResultFate Fate = resultFate(Site, G.parents());
    bool Awaited = Fate.Use == ResultUse::Awaited;
    opening(Site, Awaited ? Fate.Site : nullptr);
    if (!Awaited)
      return {Event::Opens, Site};
    OpeningAwaits.insert(Fate.Site);
    return {};
  }
  if (R.Inferred && runsToItsEnd(Name)) {
    bool Runs = !TU.types().isAwaitable(Site->getType()) ||
                resultFate(Site, G.parents()).Use == ResultUse::Awaited;
    return {Runs ? Event::Closes : Event::PutsToUse, Site};
  }
  if ((R.Inferred && namesAnEnd(Name)) ||
      TU.summaries().closesObject(Method, R.Close))
    return closing(Site);
  if (Name == "release" || Name == "detach" || Name == "swap")
    return {Event::LetsGo, Site};
  return {putsToUse(Method) ? Event::PutsToUse : Event::Nothing, Site};
}

/// Members of containers and the like that give out an element, or an iterator
/// to one.
static bool givesElement(const CXXMethodDecl *Method) {
  if (Method->getOverloadedOperator() == OO_Subscript ||
      Method->getOverloadedOperator() == OO_Arrow ||
      Method->getOverloadedOperator() == OO_Star)
    return true;
  return llvm::is_contained({"at", "front", "back", "top", "get", "value",
                             "data", "begin", "end", "cbegin", "cend", "rbegin",
                             "rend", "find", "lower_bound", "upper_bound",
                             "try_emplace", "emplace_back", "emplace_front"},
                            nameOf(Method));
}

// `all.push_back(co_await connect())`, `by_name.emplace(key, host, port)`: it
// is in there when the call has been made, and the value tells what it is.
Happening ResourceUses::adding(const Expr *Site) {
  const auto *Call = cast<CallExpr>(Site);
  Opens.push_back(Site);
  Happening Added{Event::Opens, Site, stateWhenConstructed(R)};
  unsigned Written = 0;
  for (const Expr *Arg : Call->arguments()) {
    if (isa<CXXDefaultArgExpr>(Arg))
      continue;
    ++Written;
    FoundResource Inner = findResource(Arg->getType(), Find);
    if (Inner.What == &R && !Arg->getType()->isPointerType())
      Added.Becomes = Inner.Part
                          ? stateOfParts(Arg, Arg->getType(), Inner, Find)
                          : stateOfValue(Arg, R, Inner.Indirect);
  }
  if (Written == 0)
    Added.Becomes = stateOfValue(nullptr, R, Found.Indirect);
  return Added;
}

Happening ResourceUses::groupCall(const Expr *Site,
                                  const CXXMethodDecl *Method) {
  llvm::StringRef Name = nameOf(Method);
  Happening Result;
  if (llvm::is_contained({"push_back", "emplace_back", "push_front",
                          "emplace_front", "push", "insert", "try_emplace",
                          "insert_or_assign"},
                         Name)) {
    Result = adding(Site);
  } else if (Name == "emplace") {
    // A variant's: it says what it holds from now on.
    bool OfVariant = nameOf(Method).size() && !isContainer(Site->getType()) &&
                     Site->isLValue();
    Result = adding(Site);
    if (OfVariant) {
      bool Holds = findResource(Site->getType(), Find).What != nullptr;
      Result.What = Holds ? Event::Refills : Event::Empties;
    }
  } else if (llvm::is_contained({"clear", "erase", "pop_back", "pop_front",
                                 "pop", "resize", "assign"},
                                Name)) {
    return {Event::Empties, Site};
  } else if (llvm::is_contained(
                 {"swap", "merge", "splice", "extract", "release"}, Name)) {
    return {Event::LetsGo, Site};
  }
  if (givesElement(Method)) {
    Happening OfElement = happening(Site);
    if (Result.What == Event::Nothing || OfElement.What == Event::LetsGo)
      return OfElement;
  }
  return Result;
}

// --- Handing on --------------------------------------------------------------

static const NamespaceDecl *outermostNamespace(const Decl *D) {
  const NamespaceDecl *Result = nullptr;
  for (const DeclContext *C = D->getDeclContext(); C; C = C->getParent())
    if (const auto *Namespace = dyn_cast<NamespaceDecl>(C))
      Result = Namespace->getFirstDecl();
  return Result;
}

bool isOfStandardLibrary(const CXXRecordDecl *RD) {
  const NamespaceDecl *Space = outermostNamespace(RD);
  return RD->isInStdNamespace() || (Space && Space->getName() == "__gnu_cxx");
}

// `seastar::copy(in, out)`: which functions of a library close what they are
// given is part of what is known about it.
bool ResourceUses::isUsedByItsLibrary(const FunctionDecl *Callee) const {
  const NamespaceDecl *Library = outermostNamespace(Callee);
  return R.OfLibrary && R.Record && Library && !isa<CXXMethodDecl>(Callee) &&
         Library == outermostNamespace(R.Record);
}

bool ResourceUses::callsClose(const Stmt *S) const {
  llvm::SmallVector<const Stmt *, 16> Work{S};
  while (!Work.empty()) {
    const Stmt *Current = Work.pop_back_val();
    if (!Current)
      continue;
    DeclarationName Name;
    if (const auto *Member = dyn_cast<MemberExpr>(Current))
      Name = Member->getMemberDecl()->getDeclName();
    else if (const auto *Member =
                 dyn_cast<CXXDependentScopeMemberExpr>(Current))
      Name = Member->getMember();
    else if (const auto *Member = dyn_cast<UnresolvedMemberExpr>(Current))
      Name = Member->getMemberName();
    if (Name.isIdentifier() && Name.getAsIdentifierInfo() &&
        contains(R.Close, Name.getAsIdentifierInfo()->getName()))
      return true;
    if (const auto *Lambda = dyn_cast<LambdaExpr>(Current))
      Work.push_back(Lambda->getBody());
    Work.append(Current->child_begin(), Current->child_end());
  }
  return false;
}

// `parallel_for_each(all, [](auto &c) { return c.close(); })`
bool ResourceUses::closesInLambda(const Expr *Site) const {
  auto closes = [&](const Expr *Arg) {
    const auto *Lambda = dyn_cast<LambdaExpr>(stripped(Arg));
    return Lambda && callsClose(Lambda->getBody());
  };
  if (const auto *Call = dyn_cast<CallExpr>(Site))
    return llvm::any_of(Call->arguments(), closes);
  const auto *Construct = dyn_cast<CXXConstructExpr>(Site);
  return Construct && llvm::any_of(Construct->arguments(), closes);
}

Happening ResourceUses::passed(const Use &U) {
  if (closesInLambda(U.Site))
    return {Event::Closes, U.Site};
  if (!U.Callee || U.Callee->isInStdNamespace())
    return {Event::LetsGo, U.Site};
  const auto *Ctor = dyn_cast<CXXConstructorDecl>(U.Callee);
  if (TU.knowledge().closer(U.Callee) ||
      (Ctor && TU.knowledge().closerType(Ctor->getParent())))
    return {Event::Closes, U.Site};
  switch (TU.summaries().parameterFate(U.Callee, U.Argument, R.Close)) {
  case ParameterFate::OnlyUses:
    return {U.Kind == UseKind::PassedByReference ? Event::PutsToUse
                                                 : Event::Nothing,
            U.Site};
  case ParameterFate::Closes:
    return closing(U.Site);
  case ParameterFate::Escapes:
    break;
  case ParameterFate::Unknown:
    if (isUsedByItsLibrary(U.Callee))
      return {Event::PutsToUse, U.Site};
    return {Event::LetsGo, U.Site, Open, false, Ctor == nullptr};
  }
  return {Event::LetsGo, U.Site};
}

} // namespace codrop
