// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The part of MemberCloser.h that knows continuations: what is closed in a
// `then` is not closed when what that waits for fails.

#include "analysis/MemberCloser.h"
#include "analysis/Names.h"

using namespace clang;

namespace codrop {

/// The continuation of what \p Lambda is given to is skipped when that fails:
/// the `then` in `out_.close().then([this] { return in_.close(); })`.
static const CXXMemberCallExpr *skippingCall(const LambdaExpr *Lambda,
                                             const ParentTable &Parents) {
  const Stmt *Child = Lambda;
  const Stmt *P = Parents.effectiveParent(Lambda, &Child);
  while (isa_and_nonnull<CXXConstructExpr, MaterializeTemporaryExpr>(P))
    P = Parents.effectiveParent(P, &Child);
  const auto *Call = dyn_cast_or_null<CXXMemberCallExpr>(P);
  return Call && llvm::is_contained({"then", "then_unpack", "thenValue"},
                                    nameOf(Call->getMethodDecl()))
             ? Call
             : nullptr;
}

/// What \p Then waits for is a call on one of \p Members, and no handler stands
/// between.
static bool waitsForMember(const CXXMemberCallExpr *Then,
                           llvm::ArrayRef<OwnedMember> Members) {
  const Expr *E = stripped(Then->getImplicitObjectArgument());
  for (unsigned Steps = 0; Steps < 16; ++Steps) {
    if (const Expr *Moved = movedOperand(E))
      E = stripped(Moved);
    const auto *Call = dyn_cast<CXXMemberCallExpr>(E);
    if (!Call)
      return false;
    llvm::StringRef Name = nameOf(Call->getMethodDecl());
    if (Name.starts_with("handle_exception") || Name == "then_wrapped" ||
        Name.starts_with("thenError") || Name == "thenTry" ||
        Name == "or_terminate")
      return false;
    const Expr *Object = stripped(Call->getImplicitObjectArgument());
    if (isa<CXXThisExpr>(Object) ||
        llvm::any_of(Members,
                     [&](const OwnedMember &O) { return names(Object, O); }))
      return true;
    E = Object;
  }
  return false;
}

void findSkippedOnFailure(const CXXRecordDecl *RD, const OwnedMember &O,
                          llvm::ArrayRef<OwnedMember> Members,
                          const FunctionDecl *Closer,
                          std::vector<UnclosedMember> &Found) {
  const CXXMemberCallExpr *Skips = nullptr;
  const Expr *Close = nullptr;
  bool Elsewhere = false;
  // Bodies, and the continuation that each is skipped by.
  llvm::SmallVector<std::pair<const Stmt *, const CXXMemberCallExpr *>, 4> Work{
      {writtenBody(Closer), nullptr}};
  while (!Work.empty()) {
    auto [Body, Then] = Work.pop_back_val();
    if (!Body)
      continue;
    ParentTable Parents(Body);
    for (const Stmt *S : Parents.preorder()) {
      if (const auto *Lambda = dyn_cast<LambdaExpr>(S)) {
        const CXXMemberCallExpr *By = skippingCall(Lambda, Parents);
        if (!By || !waitsForMember(By, Members))
          By = Then;
        Work.push_back({Lambda->getCallOperator()->hasBody()
                            ? writtenBody(Lambda->getCallOperator())
                            : nullptr,
                        By});
        continue;
      }
      const auto *E = dyn_cast<Expr>(S);
      const auto *Call = dyn_cast<CXXMemberCallExpr>(S);
      if (E && !Call && isa<MemberExpr>(E) && names(E, O)) {
        // Given to somebody: that closes it as well.
        Use U = classifyUse(E, Parents);
        Elsewhere |= U.Kind == UseKind::PassedByReference ||
                     U.Kind == UseKind::AddressTaken ||
                     U.Kind == UseKind::Moved;
      }
      if (!Call || !names(Call->getImplicitObjectArgument(), O) ||
          !llvm::is_contained(O.R.What->Close,
                              nameOf(Call->getMethodDecl()).str()))
        continue;
      Elsewhere |= Then == nullptr;
      Skips = Then;
      Close = Call;
    }
  }
  if (Elsewhere || !Skips)
    return;
  UnclosedMember U;
  U.K = UnclosedMember::SkippedOnFailure;
  U.Class = RD;
  U.Member = O.Field;
  U.What = O.R.What;
  U.Closer = Closer;
  U.Site = Skips->getExprLoc();
  U.Close = Close->getExprLoc();
  Found.push_back(U);
}

} // namespace codrop
