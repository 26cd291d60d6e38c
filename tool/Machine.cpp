// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Reads /proc and the cgroup files (version 2, then 1). Where there are none,
// as on macOS, the number of cores decides alone.

#include "tool/Machine.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Threading.h"
#include <algorithm>
#include <limits>
#include <optional>
#include <string>

using namespace llvm;

namespace codrop::tool {

static std::optional<std::string> readSmall(const Twine &File) {
  auto Buffer = MemoryBuffer::getFileAsStream(File);
  if (!Buffer)
    return std::nullopt;
  return (*Buffer)->getBuffer().trim().str();
}

static std::optional<uint64_t> readNumber(const Twine &File) {
  std::optional<std::string> Text = readSmall(File);
  uint64_t N;
  if (!Text || StringRef(*Text).getAsInteger(10, N))
    return std::nullopt; // "max"
  return N;
}

/// The folder of this process's own cgroup of version 2.
static std::string ownGroup() {
  std::string Text = readSmall("/proc/self/cgroup").value_or("");
  for (StringRef Line : split(Text, '\n'))
    if (Line.consume_front("0::"))
      return ("/sys/fs/cgroup" + Line).str();
  return "/sys/fs/cgroup";
}

unsigned usableCores() {
  // Respects the affinity mask.
  unsigned Cores = std::max(1u, hardware_concurrency().compute_thread_count());
  auto Limit = [&](uint64_t Quota, uint64_t Period) {
    if (Period != 0)
      Cores = std::min<uint64_t>(
          Cores, std::max<uint64_t>(1, (Quota + Period - 1) / Period));
  };
  for (const std::string &Folder :
       {ownGroup(), std::string("/sys/fs/cgroup")}) {
    std::string Text = readSmall(Folder + "/cpu.max").value_or("");
    auto [First, Second] = StringRef(Text).split(' ');
    uint64_t Quota, Period;
    if (!First.getAsInteger(10, Quota) && !Second.getAsInteger(10, Period))
      Limit(Quota, Period);
  }
  auto Quota = readNumber("/sys/fs/cgroup/cpu/cpu.cfs_quota_us");
  auto Period = readNumber("/sys/fs/cgroup/cpu/cpu.cfs_period_us");
  if (Quota && Period)
    Limit(*Quota, *Period);
  return Cores;
}

uint64_t usableMemory() {
  uint64_t Memory = std::numeric_limits<uint64_t>::max();
  std::string Info = readSmall("/proc/meminfo").value_or("");
  for (StringRef Line : split(Info, '\n')) {
    uint64_t KiB;
    if (Line.consume_front("MemAvailable:") && Line.consume_back("kB") &&
        !Line.trim().getAsInteger(10, KiB))
      Memory = KiB << 10;
  }
  auto Limit = [&](const Twine &Max, const Twine &Current) {
    auto Bytes = readNumber(Max), Used = readNumber(Current);
    if (Bytes && Used)
      Memory = std::min(Memory, *Bytes > *Used ? *Bytes - *Used : 0);
  };
  for (const std::string &Folder : {ownGroup(), std::string("/sys/fs/cgroup")})
    Limit(Folder + "/memory.max", Folder + "/memory.current");
  Limit("/sys/fs/cgroup/memory/memory.limit_in_bytes",
        "/sys/fs/cgroup/memory/memory.usage_in_bytes");
  return Memory;
}

unsigned defaultJobs() {
  uint64_t ByMemory = std::max<uint64_t>(1, usableMemory() >> 30);
  return std::min<uint64_t>(usableCores(), ByMemory);
}

} // namespace codrop::tool
