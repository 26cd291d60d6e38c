// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Writes a few figures to a file at regular times, from a thread of its own, so
// that they are there even if the service hangs.

#ifndef LEDGERD_METRICS_REPORTER_HPP
#define LEDGERD_METRICS_REPORTER_HPP

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace ledgerd {

class metrics_reporter {
public:
  using gauge = std::pair<std::string, std::function<std::size_t()>>;

  metrics_reporter(std::filesystem::path file, std::chrono::milliseconds every,
                   std::vector<gauge> gauges);

private:
  void report(std::stop_token stop);

  std::filesystem::path file_;
  std::chrono::milliseconds every_;
  std::vector<gauge> gauges_;
  std::jthread thread_;
};

} // namespace ledgerd

#endif
