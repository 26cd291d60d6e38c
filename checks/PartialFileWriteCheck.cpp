// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The words for files that are there by half while a coroutine is suspended.
// PartialFile decides which these are.

#include "checks/PartialFileWriteCheck.h"
#include "analysis/PartialFile.h"

using namespace clang;

namespace codrop {

static Finding describe(const PartialFile &P) {
  Finding F;
  F.Loc = P.Open->getExprLoc();
  F.Sure = P.Sure;
  F.Text = "the file of '" + P.Handle +
           "' is emptied in place and written across suspensions";
  F.note(P.Open->getExprLoc(), "the old content is gone from here on");
  if (P.Suspends)
    F.note(P.Suspends->getExprLoc(),
           "suspends here; who reads it meanwhile, or after the coroutine has "
           "ended here, finds a part of it");
  F.note(P.Write->getExprLoc(),
         P.Suspends ? "written here" : "written here, one part after another");
  F.note(P.Open->getExprLoc(),
         "write to a temporary file beside it and rename that when it is "
         "whole, as codrop::atomic_file_writer does");
  return F;
}

std::vector<Finding> PartialFileWriteCheck::find(const FunctionAnalysis &F,
                                                 TUAnalysis &TU) {
  std::vector<Finding> Result;
  for (const PartialFile &P : findPartialFiles(F, TU))
    Result.push_back(describe(P));
  return Result;
}

} // namespace codrop
