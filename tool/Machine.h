// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What this machine, or the container that it pretends to be, has to offer.

#ifndef CODROP_TOOL_MACHINE_H
#define CODROP_TOOL_MACHINE_H

#include <cstdint>

namespace codrop::tool {

/// Cores that this process may use: affinity and the cgroup's quota.
unsigned usableCores();
/// Bytes of memory that are still to be had: the system's and the cgroup's.
uint64_t usableMemory();
/// How many workers to run at a time; one takes about a gigabyte at its peak.
unsigned defaultJobs();

} // namespace codrop::tool

#endif // CODROP_TOOL_MACHINE_H
