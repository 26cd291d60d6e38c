// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// How DanglingTask looks at one function. What is returned or started is in
// DanglingTask.cpp, what is kept in DanglingKept.cpp, and the coroutines that
// nobody can wait for in DanglingDetached.cpp. Private to these.

#ifndef CODROP_ANALYSIS_DANGLINGFINDER_H
#define CODROP_ANALYSIS_DANGLINGFINDER_H

#include "analysis/DanglingTask.h"

namespace codrop {

class DanglingFinder {
public:
  DanglingFinder(const FunctionAnalysis &F, TUAnalysis &TU,
                 const DanglingOptions &What)
      : F(F), TU(TU), FD(F.function()), Starts(TU, What.DetachingFunctions),
        Parents(writtenBody(F.function())) {}

  std::vector<DanglingTask> run();

private:
  void returned();
  void started();
  void kept();
  void stored();
  void order();
  void called();
  void parameters();
  void object();
  void callback();

  DyingRefs ofFrame() const;
  const clang::CXXRecordDecl *sharedClass() const;
  void add(DanglingTask::Kind K, clang::SourceLocation Where, TaskBorrow Uses);
  bool isWaitedFor(const clang::Expr *Start, const DyingPart &Part) const;
  bool spinsAt(NodeId N) const;
  llvm::SmallPtrSet<const clang::ValueDecl *, 8>
  mentionedIn(const clang::Stmt *Root) const;
  bool
  waitsFor(const Suspension &Point,
           const llvm::SmallPtrSetImpl<const clang::ValueDecl *> &Given) const;
  bool
  settles(const clang::CallExpr *Call,
          const llvm::SmallPtrSetImpl<const clang::ValueDecl *> &Given) const;
  bool keepsObject(const clang::CXXRecordDecl *Class) const;
  enum class Lifetime { Short, Long, Unknown };
  Lifetime lifetimeOf(const clang::Expr *Arg, const CallSite &Call) const;

  const FunctionAnalysis &F;
  TUAnalysis &TU;
  const clang::FunctionDecl *FD;
  TaskStarts Starts;
  ParentTable Parents;
  std::vector<DanglingTask> Found;
};

/// A variable whose object dies with the function, other than a pointer.
bool isLocalObject(const clang::VarDecl *Var);

} // namespace codrop

#endif // CODROP_ANALYSIS_DANGLINGFINDER_H
