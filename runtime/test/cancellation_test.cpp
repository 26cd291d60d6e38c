// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// threads
#include <codrop/asio.hpp>
#include <codrop/cancellation.hpp>
#include <codrop/testing.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

namespace codrop {
namespace {

TEST(Cancellation, IsRequestedOnce) {
  const cancellation_source source;
  const cancellation_token token = source.token();
  EXPECT_FALSE(token.is_requested());
  EXPECT_NO_THROW(token.throw_if_requested());
  EXPECT_TRUE(source.request());
  EXPECT_FALSE(source.request());
  EXPECT_TRUE(token.is_requested());
  EXPECT_THROW(token.throw_if_requested(), operation_cancelled);
}

TEST(Cancellation, ADefaultTokenNeverIs) {
  const cancellation_token token;
  EXPECT_FALSE(token.can_be_requested());
  EXPECT_FALSE(token.is_requested());
}

TEST(Cancellation, ATokenOutlivesItsSource) {
  cancellation_token token;
  {
    const cancellation_source source;
    token = source.token();
  }
  EXPECT_FALSE(token.is_requested());
}

TEST(Cancellation, AChildFollowsItsParent) {
  const cancellation_source parent;
  const cancellation_source child(parent.token());
  const cancellation_source grandchild(child.token());
  parent.request();
  EXPECT_TRUE(child.is_requested());
  EXPECT_TRUE(grandchild.is_requested());
}

TEST(Cancellation, AParentDoesNotFollowItsChild) {
  const cancellation_source parent;
  const cancellation_source child(parent.token());
  child.request();
  EXPECT_FALSE(parent.is_requested());
}

TEST(Cancellation, AChildOfACancelledParentIsCancelled) {
  const cancellation_source parent;
  parent.request();
  EXPECT_TRUE(cancellation_source(parent.token()).is_requested());
}

TEST(Cancellation, CallsBackOnce) {
  const cancellation_source source;
  int calls = 0;
  const cancellation_callback callback(source.token(), [&] { ++calls; });
  source.request();
  source.request();
  EXPECT_EQ(calls, 1);
  const cancellation_callback late(source.token(), [&] { ++calls; });
  EXPECT_EQ(calls, 2);
}

TEST(Cancellation, CallsBackInTheOrderOfRegistration) {
  const cancellation_source source;
  std::vector<int> order;
  const cancellation_callback first(source.token(),
                                    [&] { order.push_back(1); });
  {
    const cancellation_callback gone(source.token(),
                                     [&] { order.push_back(2); });
  }
  const cancellation_callback last(source.token(), [&] { order.push_back(3); });
  source.request();
  EXPECT_EQ(order, (std::vector<int>{1, 3}));
}

TEST(Cancellation, ACallbackThatIsGoneIsNotCalled) {
  const cancellation_source source;
  int calls = 0;
  {
    const cancellation_callback callback(source.token(), [&] { ++calls; });
  }
  source.request();
  EXPECT_EQ(calls, 0);
}

TEST(Cancellation, ACallbackMayDestroyItself) {
  const cancellation_source source;
  struct drop {
    std::unique_ptr<cancellation_callback<drop>> &self;
    void operator()() const noexcept { self.reset(); }
  };
  std::unique_ptr<cancellation_callback<drop>> callback;
  callback = std::make_unique<cancellation_callback<drop>>(source.token(),
                                                           drop{callback});
  source.request();
  EXPECT_EQ(callback, nullptr);
}

TEST(Cancellation, ACallbackMayDestroyTheSource) {
  auto source = std::make_unique<cancellation_source>();
  const cancellation_callback callback(source->token(),
                                       [&] { source.reset(); });
  source->request();
  EXPECT_EQ(source, nullptr);
}

TEST(Cancellation, CallbacksRaceWithTheRequest) {
  for (int round = 0; round < 200; ++round) {
    const cancellation_source source;
    std::atomic<int> calls = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 3; ++i)
      threads.emplace_back([&] {
        for (int j = 0; j < 20; ++j) {
          const cancellation_source child(source.token());
          const cancellation_callback callback(child.token(), [&] { ++calls; });
        }
      });
    source.request();
    for (std::thread &thread : threads)
      thread.join();
  }
}

TEST(Cancellation, CanBeAwaited) {
  testing::interrupt_everywhere(
      [](cancellation_token token) -> testing::task<> {
        const cancellation_source own(token);
        using here_type = environment<testing::task<>>;
        here_type here(co_await here_type::here());
        const auto beside = here.start(
            [own](cancellation_token) -> testing::task<> {
              co_await testing::yield();
              own.request();
            },
            {}, [](outcome<void>) {});
        beside->begin();
        co_await own.token().cancelled();
        EXPECT_TRUE(own.is_requested());
        // The request has resumed this coroutine from within the other one.
        co_await testing::yield();
      },
      [](const testing::run_report &run) {
        // What was thrown into never gets to the request.
        if (run.how != testing::interruption::fail)
          EXPECT_NE(run.end, testing::run_report::stuck) << run.describe();
      });
}

#if defined(__cpp_lib_jthread)
TEST(Cancellation, FollowsAStopToken) {
  std::stop_source foreign;
  const linked_source<std::stop_token> link(foreign.get_token());
  EXPECT_FALSE(link.token().is_requested());
  foreign.request_stop();
  EXPECT_TRUE(link.token().is_requested());
}

TEST(Cancellation, IsFollowedByAStopToken) {
  const cancellation_source source;
  const linked_stop_source link(source.token());
  source.request();
  EXPECT_TRUE(link.token().stop_requested());
}
#endif

TEST(Cancellation, FollowsASlotOfAsio) {
  detail::net::cancellation_signal signal;
  const linked_source<detail::net::cancellation_slot> link(signal.slot());
  signal.emit(detail::net::cancellation_type::terminal);
  EXPECT_TRUE(link.token().is_requested());
}

TEST(Cancellation, FollowsTheStateOfACoroutineOfAsio) {
  namespace net = detail::net;
  net::io_context context;
  net::cancellation_signal signal;
  bool followed = false, known = false;
  const auto waits = [](cancellation_token token) -> net::awaitable<void> {
    const auto stopped = [&](cancellation_token) { return token.cancelled(); };
    co_await as_asio(stopped);
  };
  const auto caller = [&]() -> net::awaitable<void> {
    co_await net::this_coro::throw_if_cancelled(false);
    using link_type = linked_source<net::cancellation_state>;
    const link_type link(co_await net::this_coro::cancellation_state);
    co_await net::co_spawn(context, waits(link.token()),
                           net::bind_cancellation_slot(net::cancellation_slot(),
                                                       net::use_awaitable));
    followed = link.token().is_requested();
    const link_type late(co_await net::this_coro::cancellation_state);
    known = late.token().is_requested();
  };
  net::co_spawn(context, caller(),
                net::bind_cancellation_slot(signal.slot(), net::detached));
  context.poll();
  EXPECT_FALSE(followed);
  signal.emit(net::cancellation_type::terminal);
  context.restart();
  context.poll();
  EXPECT_TRUE(followed) << "while it was suspended";
  EXPECT_TRUE(known) << "after it was cancelled";
}

TEST(Cancellation, IsEmittedToASlotOfAsio) {
  const cancellation_source source;
  detail::net::io_context context;
  linked_signal link(source.token(), context.get_executor());
  bool emitted = false;
  link.slot().assign([&](detail::net::cancellation_type type) {
    emitted = type == detail::net::cancellation_type::terminal;
  });
  source.request();
  EXPECT_FALSE(emitted) << "it belongs to the executor";
  context.run();
  EXPECT_TRUE(emitted);
}

} // namespace
} // namespace codrop
