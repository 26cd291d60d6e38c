// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "metrics_reporter.hpp"

#include <fstream>

namespace ledgerd {

metrics_reporter::metrics_reporter(std::filesystem::path file,
                                   std::chrono::milliseconds every,
                                   std::vector<gauge> gauges)
    : file_(std::move(file)), every_(every), gauges_(std::move(gauges)),
      thread_([this](std::stop_token stop) { report(stop); }) {}

void metrics_reporter::report(std::stop_token stop) {
  const auto draft = std::filesystem::path(file_).concat(".new");
  while (!stop.stop_requested()) {
    {
      std::ofstream out(draft, std::ios::trunc);
      for (const auto &[name, read] : gauges_)
        out << name << ' ' << read() << '\n';
    }
    std::error_code ignored;
    std::filesystem::rename(draft, file_, ignored);
    std::this_thread::sleep_for(every_);
  }
}

} // namespace ledgerd
