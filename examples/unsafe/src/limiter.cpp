// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "limiter.hpp"

namespace ledgerd {

wakeup::wakeup(asio::any_io_executor executor)
    : timer_(executor, asio::steady_timer::time_point::max()) {}

asio::awaitable<void> wakeup::wait() {
  while (!fired_)
    co_await timer_.async_wait(as_result);
}

void wakeup::fire() {
  fired_ = true;
  timer_.cancel();
}

limiter::limiter(asio::any_io_executor executor, std::size_t permits)
    : executor_(std::move(executor)), free_(permits) {}

asio::awaitable<void> limiter::acquire() {
  if (free_ > 0) {
    --free_;
    co_return;
  }
  auto turn = std::make_shared<wakeup>(executor_);
  waiting_.push_back(turn);
  try {
    co_await turn->wait();
  } catch (...) {
    // The permit may have been handed over while the wait was being cancelled.
    if (turn->fired())
      release();
    else
      std::erase(waiting_, turn);
    throw;
  }
}

void limiter::release() {
  if (waiting_.empty()) {
    ++free_;
    return;
  }
  auto next = std::move(waiting_.front());
  waiting_.pop_front();
  next->fire();
}

asio::awaitable<limiter::permit> limiter::scoped_acquire() {
  co_await acquire();
  co_return permit(*this);
}

} // namespace ledgerd
