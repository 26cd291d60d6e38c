// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The commands, one file each. Every one prints its own errors and returns an
// exit code.

#ifndef CODROP_TOOL_COMMANDS_COMMANDS_H
#define CODROP_TOOL_COMMANDS_COMMANDS_H

#include "tool/Arguments.h"
#include "tool/Settings.h"

namespace codrop::tool {

int lintCommand(const Settings &S);
int explainCommand(const Settings &S, const Arguments &A);
int rulesCommand(const Settings &S);
int filesCommand(const Settings &S);
int configCommand(const Settings &S, const Arguments &A);
int debugCommand(const Settings &S, const Arguments &A);

} // namespace codrop::tool

#endif // CODROP_TOOL_COMMANDS_COMMANDS_H
