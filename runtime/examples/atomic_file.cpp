// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <codrop/asio_offload.hpp>
#include <codrop/atomic_file.hpp>

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

namespace {

namespace net = codrop::detail::net;

net::awaitable<std::string> describe(int account) {
  co_await net::post(net::use_awaitable);
  co_return "account " + std::to_string(account) + "\n";
}

// [example]
using offload = codrop::asio_offload<net::thread_pool::executor_type>;

// Whoever looks at the file, at any time, finds all old accounts or all new
// ones, also if this is cancelled between them or the power goes off.
net::awaitable<void> save(std::vector<int> accounts, std::filesystem::path to,
                          offload blocking) {
  codrop::async_atomic_file_writer file(blocking, to);
  for (const int account : accounts) {
    std::string line = co_await describe(account);
    co_await file.write(std::move(line));
  }
  co_await file.commit();
}
// [end]

TEST(Example, AtomicFile) {
  const std::filesystem::path path =
      std::filesystem::path(::testing::TempDir()) / "codrop_books.txt";
  net::thread_pool pool(1);
  net::io_context context;
  net::co_spawn(context, save({1, 2}, path, offload(pool.get_executor())),
                net::detached);
  context.run();
  std::ifstream file(path);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}),
            "account 1\naccount 2\n");
  std::filesystem::remove(path);
}

} // namespace
