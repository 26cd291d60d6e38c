// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Whether an operation that goes on after its caller has left uses what the
// caller had: through captures of a lambda, reference and pointer parameters,
// the object of a member coroutine, or continuations. Visible bodies are read;
// an invisible one is taken to copy what it needs before it suspends.

#ifndef CODROP_ANALYSIS_ABANDONEDBORROW_H
#define CODROP_ANALYSIS_ABANDONEDBORROW_H

#include "analysis/Abandoned.h"

namespace codrop {

/// None, too, if the operation is told to end after the race.
std::optional<Abandoned> findBorrow(const Race &R, const RacedOperand &Operand,
                                    const FunctionAnalysis &F, TUAnalysis &TU);

/// \p Var is an object of the function's frame.
bool diesWithCaller(const clang::VarDecl *Var, const SuspendCFG &G);
/// \p FD if it is the call operator of a lambda, else null.
const clang::CXXMethodDecl *lambdaOperator(const clang::FunctionDecl *FD);
/// The visible body of \p FD if it is a coroutine, else null.
const clang::FunctionDecl *coroutineOf(const clang::FunctionDecl *FD);

} // namespace codrop

#endif // CODROP_ANALYSIS_ABANDONEDBORROW_H
