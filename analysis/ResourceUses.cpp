// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "analysis/ResourceUses.h"
#include "analysis/Names.h"
#include "clang/AST/ASTContext.h"

using namespace clang;

namespace codrop {

using Event = ResourceEvent;

static bool contains(const std::vector<std::string> &Names,
                     llvm::StringRef Name) {
  return llvm::is_contained(Names, Name);
}

ResourceUses::ResourceUses(const FunctionAnalysis &F, TUAnalysis &TU,
                           const FoundResource &R, ResourceFinder Find)
    : F(F), TU(TU), G(*F.graph()), R(*R.What), Found(R), Find(Find) {}

bool ResourceUses::isOpenedByCall() const {
  return llvm::any_of(Opens, [&](const Stmt *S) {
    const auto *Call = dyn_cast<CXXMemberCallExpr>(S);
    return isa<CoroutineSuspendExpr>(S) ||
           (Call && contains(R.Open, nameOf(Call->getMethodDecl())));
  });
}

bool ResourceUses::isGroup(QualType T) const {
  return findResource(T, Find).Part;
}

// --- Opening and closing -----------------------------------------------------

Happening ResourceUses::closing(const Expr *Site) {
  CloseFate Fate = fateOfClose(Site, TU.types(), G.parents());
  if (Fate.Is == CloseFate::Done)
    return {Event::Closes, Site};
  if (Fate.Is == CloseFate::Kept)
    KeptTasks.push_back(Fate.KeptIn);
  return {Event::DropsClose, Site};
}

void ResourceUses::opening(const Expr *Site, const Stmt *Await) {
  Opens.push_back(Await ? Await : Site);
  if (Await)
    if (const VarDecl *Outcome = resultFate(cast<Expr>(Await), G.parents()).Var;
        Outcome && Outcome != Owner)
      Outcomes.insert(Outcome);
  ParentTable Table(Site);
  for (const Stmt *S : Table.preorder()) {
    const auto *Ref = dyn_cast<DeclRefExpr>(S);
    const auto *Var = Ref ? dyn_cast<VarDecl>(Ref->getDecl()) : nullptr;
    if (!Var || Var == Owner || !Var->hasLocalStorage())
      continue;
    const CXXRecordDecl *RD = Var->getType()->getAsCXXRecordDecl();
    if (RD && RD->getIdentifier() && RD->getName().contains("error"))
      Outcomes.insert(Var);
  }
}

// --- Values
// -------------------------------------------------------------------

Happening ResourceUses::assigned(const Use &U, const Expr *Named) {
  QualType T = Named->getType().getNonReferenceType();
  // Another value for the pointer or iterator that refers to it.
  if (!findResource(T, Find).What && !U.ThroughPointer)
    return {Event::LetsGo, U.Site};
  bool Whole = !Found.Part || isGroup(T);
  const Expr *Value = nullptr;
  if (const auto *Call = dyn_cast<CXXOperatorCallExpr>(U.Site))
    Value = Call->getNumArgs() > 1 ? Call->getArg(1) : nullptr;
  else if (const auto *Binary = dyn_cast<BinaryOperator>(U.Site))
    Value = Binary->getRHS();
  Opens.push_back(U.Site);
  Happening Result{Whole ? Event::Assigns : Event::Opens, U.Site, Closed};
  if (!Value)
    return Result;
  bool OnHeld = Found.Indirect && U.ThroughPointer;
  if (Found.Part && isGroup(T))
    Result.Becomes = stateOfParts(Value, T, Found, Find);
  else
    Result.Becomes = stateOfValue(Value, R, Found.Indirect && !OnHeld);
  Result.AssignsNothing = isEmptyValue(Value, Found.Indirect || Found.Part);
  return Result;
}

/// What the lambda calls the thing that \p Named names.
static const ValueDecl *nameInside(const LambdaExpr *Lambda, const Expr *Named,
                                   const ParentTable &Parents) {
  auto Init = Lambda->capture_init_begin();
  for (const LambdaCapture &Capture : Lambda->captures()) {
    if (*Init && Parents.isWithin(Named, *Init) && Capture.capturesVariable())
      return Capture.getCapturedVar();
    ++Init;
  }
  return nullptr;
}

// `[&] { return c.close(); }` closes it sooner or later, `[&c] { c.flush(); }`
// never does.
Happening ResourceUses::captured(const LambdaExpr *Lambda, const Expr *Named) {
  const ValueDecl *Name = nameInside(Lambda, Named, G.parents());
  if (callsClose(Lambda->getBody()))
    return {Event::Closes, Lambda};
  bool OnlyUses = Name && !Found.Part &&
                  TU.summaries().nameFate(Name, Lambda->getCallOperator(),
                                          R.Close) == ParameterFate::OnlyUses;
  return {OnlyUses ? Event::PutsToUse : Event::LetsGo, Lambda};
}

// --- References --------------------------------------------------------------

void ResourceUses::addName(const ValueDecl *Name) {
  if (!llvm::is_contained(Names, Name))
    Names.push_back(Name);
}

Happening ResourceUses::calledBy(const VarDecl *Var) {
  if (!Var || !Var->hasLocalStorage())
    return {Event::LetsGo};
  auto bind = [&](const VarDecl *Name) {
    const auto *Bindings = dyn_cast<DecompositionDecl>(Name);
    if (!Bindings) {
      addName(Name);
      return;
    }
    for (const BindingDecl *Binding : Bindings->bindings())
      if (findResource(Binding->getType(), Find).What)
        addName(Binding);
  };
  const Stmt *Decl = G.parents().parent(Var->getInit());
  const auto *Range = dyn_cast_or_null<CXXForRangeStmt>(
      Decl ? G.parents().parent(Decl) : nullptr);
  if (!Range || Range->getRangeInit() != Var->getInit()) {
    bind(Var);
    // An iterator or pointer may say that there is nothing.
    if (!Var->getType()->isReferenceType())
      Outcomes.insert(Var);
    return {};
  }
  const VarDecl *Element = Range->getLoopVariable();
  unsigned Known = Names.size();
  if (Element->getType()->isReferenceType() ||
      Element->getType()->isPointerType())
    bind(Element);
  for (const ValueDecl *Name : llvm::drop_begin(Names, Known))
    Loops.push_back({Name, Range});
  return {};
}

Happening ResourceUses::bound(const Use &U, const Expr *Named) {
  if (const auto *Lambda = dyn_cast<LambdaExpr>(U.Site))
    return captured(Lambda, Named);
  const Stmt *Child = U.Site;
  if (U.Kind == UseKind::AddressTaken) {
    if (!isa<UnaryOperator, CallExpr>(U.Site))
      return {Event::LetsGo, U.Site};
    const Stmt *P = G.parents().effectiveParent(U.Site, &Child);
    // `std::get_if<connection>(&v)`
    if (const auto *Call = dyn_cast_or_null<CallExpr>(P))
      if (Call->getDirectCallee() &&
          Call->getDirectCallee()->isInStdNamespace() &&
          nameOf(Call->getDirectCallee()) == "get_if")
        return findResource(referredType(Call->getType()), Find).What
                   ? happening(Call)
                   : Happening();
  }
  const VarDecl *Var = G.parents().initializedVariable(Child);
  bool Refers =
      Var && (U.Kind != UseKind::Copied || Var->getType()->isPointerType() ||
              (isPointerLike(Var->getType()) &&
               !findResource(Var->getType(), Find).What));
  if (!Refers)
    return {Event::LetsGo, U.Site};
  Happening Result = calledBy(Var);
  Result.Site = U.Site;
  return Result;
}

// --- Mentions ----------------------------------------------------------------

/// `all[i]` of an array.
static const Expr *subscripted(const Expr *Named, const ParentTable &Parents) {
  if (!Named->getType()->isArrayType())
    return nullptr;
  const Stmt *P = Parents.effectiveParent(Named);
  const auto *Decay = dyn_cast_or_null<CastExpr>(P);
  if (!Decay || Decay->getCastKind() != CK_ArrayToPointerDecay)
    return nullptr;
  return dyn_cast_or_null<ArraySubscriptExpr>(Parents.effectiveParent(Decay));
}

// `all.erase(it)`, `auto next = it;`: what the container itself gets changes
// nothing by itself; who else gets an iterator may do anything.
std::optional<Happening> ResourceUses::iteratorUse(const Expr *Named) {
  QualType T = Named->getType().getNonReferenceType();
  if (!Found.Part || !T->isRecordType() || findResource(T, Find).What ||
      !isPointerLike(T))
    return std::nullopt;
  const Stmt *Child = Named;
  const Stmt *P = G.parents().effectiveParent(Named, &Child);
  while (isa_and_nonnull<CXXConstructExpr, ImplicitCastExpr>(P) &&
         !G.parents().initializedVariable(Child))
    P = G.parents().effectiveParent(P, &Child);
  if (const VarDecl *Var = G.parents().initializedVariable(Child))
    return calledBy(Var);
  const auto *Call = dyn_cast_or_null<CallExpr>(P);
  if (!Call || Child == Call->getCallee() || isa<CXXOperatorCallExpr>(Call))
    return std::nullopt;
  if (const Expr *Object = calledObject(Call);
      Object && isContainer(Object->getType()))
    return Happening();
  if (closesInLambda(Call))
    return Happening{Event::Closes, Call};
  return Happening{Event::LetsGo, Call};
}

Happening ResourceUses::happening(const Expr *Named) {
  if (const Expr *Element = subscripted(Named, G.parents()))
    return happening(Element);
  if (std::optional<Happening> OfIterator = iteratorUse(Named))
    return *OfIterator;
  Use U = classifyUse(Named, G.parents());
  switch (U.Kind) {
  case UseKind::MemberCall: {
    const auto *Method = dyn_cast_or_null<CXXMethodDecl>(U.Callee);
    const CXXRecordDecl *Of = Method ? Method->getParent() : nullptr;
    bool OfStd = Of && isOfStandardLibrary(Of);
    bool OfHolder = OfStd && Of->getIdentifier() &&
                    llvm::is_contained({"optional", "unique_ptr", "expected"},
                                       Of->getName());
    if (Found.Part && OfStd && !OfHolder)
      return groupCall(U.Site, Method);
    if (Found.Part && Of && !OfHolder && R.Record && R.Record != Of &&
        !R.Record->isDerivedFrom(Of))
      return {Method->isConst() ? Event::Nothing : Event::LetsGo, U.Site};
    return memberCall(U.Site, U.Callee, Found.Indirect && OfStd);
  }
  case UseKind::Moved: {
    // `co_await std::move(c).close()`
    const Stmt *P = G.parents().effectiveParent(U.Site);
    if (const auto *Member = dyn_cast_or_null<MemberExpr>(P))
      if (const auto *Call = dyn_cast_or_null<CXXMemberCallExpr>(
              G.parents().effectiveParent(Member)))
        if (contains(R.Close, nameOf(Call->getMethodDecl())))
          return closing(Call);
    return {Event::LetsGo, U.Site};
  }
  case UseKind::Assigned:
    if (U.ThroughPointer && !Found.Indirect && !Found.Part)
      return {Event::LetsGo, U.Site};
    return assigned(U, Named);
  case UseKind::PassedByReference:
  case UseKind::PassedByConstReference: {
    // `std::get<0>(both)`, `std::as_const(all)`
    llvm::StringRef Name = nameOf(U.Callee);
    if (Found.Part && U.Callee && U.Callee->isInStdNamespace()) {
      if (Name == "get" && isa<CallExpr>(U.Site))
        return findResource(U.Site->getType(), Find).What ? happening(U.Site)
                                                          : Happening();
    }
    if (U.Kind == UseKind::PassedByReference)
      return passed(U);
    // A copy, or the pointee of a const unique_ptr, can still be closed.
    return R.Copyable || (Found.Indirect && !U.ThroughPointer) ||
                   closesInLambda(U.Site)
               ? passed(U)
               : Happening();
  }
  case UseKind::FieldAccess: {
    const auto *Member = cast<MemberExpr>(U.Site);
    // `both.first`, `it->second`
    if (Found.Part) {
      if (findResource(Member->getType(), Find).What == &R)
        return happening(Member);
      if (!findResource(Named->getType(), Find).isDirect())
        return {};
    }
    const Stmt *P = G.parents().effectiveParent(U.Site);
    bool TakenOut = isa_and_nonnull<Expr>(P) && movedOperand(cast<Expr>(P));
    return {TakenOut ? Event::LetsGo : Event::Nothing, U.Site};
  }
  case UseKind::Value:
  case UseKind::Condition:
    return {};
  case UseKind::Other: {
    // `(void)c;` changes nothing; what else is not understood lets it go.
    const Stmt *P = G.parents().effectiveParent(Named);
    const auto *Cast = dyn_cast_or_null<CastExpr>(P);
    bool Ignored =
        !P || !isa<Expr>(P) || (Cast && Cast->getCastKind() == CK_ToVoid);
    return {Ignored ? Event::Nothing : Event::LetsGo, U.Site};
  }
  case UseKind::ReferenceBound:
  case UseKind::AddressTaken:
  case UseKind::Copied:
    return bound(U, Named);
  case UseKind::Returned:
    return {Event::LetsGo, U.Site};
  }
  return {};
}

void ResourceUses::readMention(NodeId N, const DeclRefExpr *Ref) {
  Mentions.push_back(N);
  Happening Found = happening(Ref);
  // The right side of an assignment, and the arguments of what opens it or adds
  // an element, may still suspend and throw.
  if (Found.What == Event::Assigns || Found.What == Event::Refills ||
      Found.What == Event::Opens)
    N = G.nodeOf(Found.Site).value_or(N);
  At[N] = Found;
  if (Found.What == Event::Closes)
    Closes.push_back(N);
}

void ResourceUses::read(const ValueDecl *Name, const VarDecl *Keeper) {
  Owner = Keeper;
  addName(Name);
  // References to it are added while the mentions are read.
  for (size_t I = 0; I < Names.size() && I < 32; ++I)
    for (const UseTable::At &Mention : F.uses().of(Names[I]))
      if (Mention.What.Ref)
        readMention(Mention.Node, Mention.What.Ref);
  for (auto [Element, Range] : Loops)
    for (const UseTable::At &Mention : F.uses().of(Element))
      if (const Happening *Here = at(Mention.Node);
          Here && (Here->What == Event::Closes || Here->What == Event::LetsGo))
        ClosingLoops.push_back(Range->getCond());
  // `co_await copy(in, out); co_await out.close();`: who closes it afterwards
  // has not handed it over.
  for (auto &[N, Here] : At)
    if (Here.Unseen) {
      llvm::BitVector Reach = reachableFrom(G, N, NormalEdges);
      if (llvm::any_of(Closes, [&](NodeId C) { return Reach[C]; }))
        Here.What = Event::PutsToUse;
    }
  // `auto closing = c.close(); … co_await closing;`
  for (const VarDecl *Task : KeptTasks)
    for (const UseTable::At &Mention : F.uses().of(Task)) {
      if (Mention.What.Kind == UseKind::Other)
        continue;
      At[Mention.Node] = {Event::Closes, Mention.What.Site};
      Closes.push_back(Mention.Node);
    }
}

} // namespace codrop
