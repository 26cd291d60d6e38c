// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <codrop/circuit_breaker.hpp>
#include <codrop/testing.hpp>

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

namespace {

// [example]
using codrop::testing::task; // Or that of any library.
using namespace std::chrono_literals;

struct exchange_rates {
  int asked = 0;
  task<double> ask(std::string) {
    ++asked;
    throw std::runtime_error("connection refused");
    co_return 1.0;
  }
};

class quotes {
public:
  explicit quotes(exchange_rates &rates) : rates_(rates) {}

  // The last known rate, when there is no other.
  task<double> rate(std::string currency) {
    auto ask = [&] { return rates_.ask(currency); };
    try {
      last_ = co_await breaker_.call(ask);
    } catch (const codrop::circuit_open &) {
    } catch (const std::runtime_error &) {
    }
    co_return last_;
  }

private:
  exchange_rates &rates_;
  codrop::circuit_breaker breaker_{
      {.failures = 3, .window = 10s, .open_for = 5s}};
  double last_ = 1.0;
};

TEST(Example, CircuitBreaker) {
  exchange_rates rates;
  quotes service(rates);
  codrop::testing::run_once([&](auto) -> task<> {
    for (int i = 0; i < 100; ++i)
      co_await service.rate("EUR");
  });
  EXPECT_EQ(rates.asked, 3) << "the other 97 did not wait for a dead server";
}
// [end]

} // namespace
