// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <codrop/asio_offload.hpp>
#include <codrop/offload.hpp>

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <utility>

namespace {

namespace net = codrop::detail::net;

// A library whose calls block.
class dictionary {
public:
  void put(const std::string &key, int value) { all_[key] = value; }
  [[nodiscard]] int get(const std::string &key) const { return all_.at(key); }

private:
  std::map<std::string, int> all_;
};

// [example]
net::awaitable<int> ask(net::thread_pool &pool, std::string key) {
  codrop::asio_offload blocking(pool.get_executor());
  codrop::offloaded<dictionary, decltype(blocking)> words(blocking);
  // The function owns what it uses: it goes on if this coroutine is destroyed.
  auto put = [key](dictionary &d) { d.put(key, 3); };
  co_await words.call(std::move(put));
  auto get = [key](dictionary &d) { return d.get(key); };
  co_return co_await words.call(std::move(get));
}
// [end]

TEST(Example, Offload) {
  net::thread_pool pool(1);
  net::io_context context;
  int found = 0;
  net::co_spawn(context, ask(pool, "a"),
                [&found](std::exception_ptr, int value) { found = value; });
  context.run();
  EXPECT_EQ(found, 3);
}

} // namespace
