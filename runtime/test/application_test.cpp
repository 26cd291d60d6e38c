// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Order, deadlines, failures and signals, and that nothing of a worker is left.
#include <codrop/application.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace codrop {
namespace {

namespace net = codrop::detail::net;
using namespace std::chrono_literals;
using strings = std::vector<std::string>;

net::awaitable<void> pause(std::chrono::milliseconds time) {
  net::steady_timer timer(co_await net::this_coro::executor, time);
  co_await timer.async_wait(net::use_awaitable);
}

net::awaitable<void> until_stopped(cancellation_token token) {
  const auto stopped = [token](cancellation_token) {
    return token.cancelled();
  };
  co_await as_asio(stopped);
}

// Logs when it begins and ends, and takes a while to end.
auto logged(strings &log, std::string name) {
  return [&log, name](cancellation_token token) -> net::awaitable<void> {
    log.push_back("+" + name);
    co_await net::this_coro::throw_if_cancelled(false);
    co_await until_stopped(token);
    co_await net::this_coro::reset_cancellation_state();
    co_await pause(2ms);
    log.push_back("-" + name);
  };
}

// Counts those that are there.
struct counted {
  explicit counted(int &n) : count(&n) { ++n; }
  counted(const counted &) = delete;
  counted &operator=(const counted &) = delete;
  ~counted() { --*count; }
  int *count;
};

auto stubborn(int &alive) {
  return [&alive](cancellation_token) -> net::awaitable<void> {
    const counted here(alive);
    co_await net::this_coro::throw_if_cancelled(false);
    co_await net::this_coro::reset_cancellation_state(
        net::disable_cancellation());
    for (;;)
      co_await pause(1h);
  };
}

auto stops(application &app) {
  return [&app](cancellation_token) -> net::awaitable<void> {
    co_await pause(1ms);
    app.stop();
  };
}

TEST(Application, StartsByDependencyAndStopsInReverse) {
  strings log;
  application app;
  app.add("http", logged(log, "http"), {.after = {"ledger", "cache"}});
  app.add("ledger", logged(log, "ledger"), {.after = {"database"}});
  app.add("cache", logged(log, "cache"));
  app.add("database", logged(log, "database"));
  app.add("stop", stops(app), {.after = {"http"}});
  const auto report = app.run();
  EXPECT_EQ(report.exit_code(), 0) << report.describe();
  EXPECT_EQ(report.why, application_report::stopped);
  ASSERT_EQ(log.size(), 8u);
  EXPECT_EQ(strings(log.begin(), log.begin() + 4),
            (strings{"+database", "+ledger", "+cache", "+http"}));
  const auto at = [&](const char *what) {
    return std::find(log.begin(), log.end(), what) - log.begin();
  };
  EXPECT_LT(at("-http"), at("-ledger"));
  EXPECT_LT(at("-http"), at("-cache"));
  EXPECT_LT(at("-ledger"), at("-database"));
  EXPECT_EQ(report.workers.front().name, "database");
}

TEST(Application, EndsWhenAllWorkersHave) {
  application app({.signals = {}});
  int ran = 0;
  app.add("once", [&](cancellation_token) -> net::awaitable<void> {
    ++ran;
    co_return;
  });
  const auto report = app.run();
  EXPECT_EQ(ran, 1);
  EXPECT_EQ(report.why, application_report::completed);
  EXPECT_EQ(report.exit_code(), 0);
  EXPECT_EQ(report.find("once")->end, worker_report::completed);
  EXPECT_EQ(report.find("other"), nullptr);
  EXPECT_EQ(application().run().exit_code(), 0) << "no workers at all";
}

TEST(Application, AWorkerMayTellWhenItHasStarted) {
  strings log;
  application app;
  app.add("database",
          [&](cancellation_token token,
              application::started_signal started) -> net::awaitable<void> {
            co_await pause(5ms);
            log.emplace_back("database is there");
            started();
            co_await until_stopped(token);
          });
  app.add("http",
          [&](cancellation_token) -> net::awaitable<void> {
            log.emplace_back("http begins");
            app.stop();
            co_return;
          },
          {.after = {"database"}});
  const auto report = app.run();
  EXPECT_EQ(log, (strings{"database is there", "http begins"}));
  EXPECT_EQ(report.exit_code(), 0) << report.describe();
}

TEST(Application, StopBeforeRunStartsNothing) {
  strings log;
  application app;
  app.add("a", logged(log, "a"));
  app.stop();
  const auto report = app.run();
  EXPECT_TRUE(log.empty());
  EXPECT_EQ(report.find("a")->end, worker_report::not_started);
  EXPECT_THROW(app.run(), std::logic_error);
  EXPECT_THROW(app.add("b", logged(log, "b")), std::logic_error);
}

TEST(Application, StopFromAnotherThread) {
  strings log;
  application app;
  app.add("a", logged(log, "a"));
  std::thread other([&] {
    std::this_thread::sleep_for(5ms);
    app.stop();
  });
  EXPECT_EQ(app.run().exit_code(), 0);
  other.join();
}

TEST(Application, CancellationReachesAWorkerByTokenAndByAsio) {
  application app;
  bool by_token = false;
  app.add("token", [&](cancellation_token token) -> net::awaitable<void> {
    co_await net::this_coro::throw_if_cancelled(false);
    co_await until_stopped(token);
    by_token = token.is_requested();
  });
  app.add("asio",
          [](cancellation_token) -> net::awaitable<void> { return pause(1h); });
  app.add("stop", stops(app));
  const auto report = app.run();
  EXPECT_TRUE(by_token);
  EXPECT_EQ(report.find("token")->end, worker_report::completed);
  EXPECT_EQ(report.find("asio")->end, worker_report::cancelled);
  EXPECT_EQ(report.exit_code(), 0) << report.describe();
}

TEST(Application, TellsWhichWorkerIsLateAndStopsTheOthers) {
  strings log, told;
  int alive = 0;
  application app(
      {.tell = [&](const std::string &line) { told.push_back(line); }});
  app.add("database", logged(log, "database"));
  app.add("late", stubborn(alive),
          {.after = {"database"}, .stop_within = 20ms});
  app.add("stop", stops(app));
  const auto before = std::chrono::steady_clock::now();
  const auto report = app.run();
  EXPECT_EQ(alive, 0) << "its frame is gone when run returns";
  EXPECT_EQ(log, (strings{"+database", "-database"}))
      << "what it depends on is stopped, too";
  EXPECT_LT(std::chrono::steady_clock::now() - before, 5s);
  const worker_report &late = *report.find("late");
  EXPECT_EQ(late.end, worker_report::abandoned);
  EXPECT_TRUE(late.late);
  EXPECT_GE(late.stopping, 20ms);
  EXPECT_FALSE(report.timed_out);
  EXPECT_EQ(report.exit_code(), 2);
  EXPECT_NE(report.describe().find("late: abandoned, asked to stop "),
            std::string::npos);
  EXPECT_TRUE(std::any_of(told.begin(), told.end(), [](const auto &line) {
    return line.find("worker late: late, asked to stop ") == 0;
  }));
}

TEST(Application, ALateWorkerThatEndsBeforeTheOthersIsNotAbandoned) {
  strings log;
  application app;
  const auto slow = [&log](std::chrono::milliseconds time) {
    return [&log, time](cancellation_token token) -> net::awaitable<void> {
      co_await net::this_coro::throw_if_cancelled(false);
      co_await until_stopped(token);
      co_await net::this_coro::reset_cancellation_state();
      co_await pause(time);
      log.emplace_back("ended");
    };
  };
  app.add("late", slow(30ms), {.stop_within = 1ms});
  app.add("longer", slow(100ms));
  app.add("stop", stops(app));
  const auto report = app.run();
  EXPECT_TRUE(report.find("late")->late);
  EXPECT_EQ(report.find("late")->end, worker_report::completed);
  EXPECT_EQ(report.exit_code(), 0);
  EXPECT_EQ(log.size(), 2u);
}

TEST(Application, TheDeadlineForAllEndsTheRest) {
  int alive = 0;
  strings log;
  application app({.stop_within = 20ms});
  cancellation_token kept;
  app.add("database", [&](cancellation_token token) -> net::awaitable<void> {
    const counted here(alive);
    kept = token;
    co_await until_stopped(token);
  });
  app.add("late", stubborn(alive), {.after = {"database"}, .stop_within = 1h});
  app.add("stop", stops(app));
  const auto report = app.run();
  EXPECT_TRUE(report.timed_out);
  EXPECT_EQ(alive, 0);
  EXPECT_EQ(report.find("late")->end, worker_report::abandoned);
  EXPECT_FALSE(report.find("late")->late) << "its own deadline had not passed";
  EXPECT_EQ(report.find("database")->end, worker_report::abandoned)
      << "its turn never came";
  EXPECT_TRUE(kept.is_requested()) << "but its token is requested";
  EXPECT_EQ(report.exit_code(), 2);
}

TEST(Application, AFailureStopsTheOthersAndIsReported) {
  strings log;
  application app;
  app.add("database", logged(log, "database"));
  app.add("ledger",
          [](cancellation_token) -> net::awaitable<void> {
            co_await pause(1ms);
            throw std::runtime_error("books do not balance");
          },
          {.after = {"database"}});
  const auto report = app.run();
  EXPECT_EQ(log, (strings{"+database", "-database"}));
  EXPECT_EQ(report.why, application_report::failure);
  EXPECT_EQ(report.exit_code(), 1);
  EXPECT_NE(report.describe().find("ledger: failed: books do not balance"),
            std::string::npos)
      << report.describe();
}

TEST(Application, AFailureMayBeOneThatTheOthersSurvive) {
  strings log;
  application app;
  app.add("metrics",
          [](cancellation_token) -> net::awaitable<void> {
            throw std::runtime_error("no");
            co_return;
          },
          {.on_failure = worker_policy::go_on});
  app.add("ledger", logged(log, "ledger"));
  app.add("stop", stops(app));
  const auto report = app.run();
  EXPECT_EQ(report.why, application_report::stopped);
  EXPECT_EQ(log, (strings{"+ledger", "-ledger"}));
  EXPECT_EQ(report.exit_code(), 1);
}

TEST(Application, WhatDependsOnAFailureIsNotStarted) {
  strings log;
  application app;
  app.add("database",
          [](cancellation_token,
             application::started_signal) -> net::awaitable<void> {
            throw std::runtime_error("no");
            co_return;
          },
          {.on_failure = worker_policy::go_on});
  app.add("ledger", logged(log, "ledger"), {.after = {"database"}});
  const auto report = app.run();
  EXPECT_TRUE(log.empty());
  EXPECT_EQ(report.find("ledger")->end, worker_report::not_started);
}

TEST(Application, AFailureWhileStoppingIsReported) {
  application app;
  app.add("flush", [](cancellation_token token) -> net::awaitable<void> {
    co_await net::this_coro::throw_if_cancelled(false);
    co_await until_stopped(token);
    throw std::runtime_error("disk full");
  });
  app.add("stop", stops(app));
  const auto report = app.run();
  EXPECT_EQ(report.why, application_report::stopped);
  EXPECT_EQ(report.find("flush")->end, worker_report::failed);
  EXPECT_EQ(report.exit_code(), 1);
}

TEST(Application, ACancellationThatNobodyAskedForIsAFailure) {
  application app;
  app.add("odd", [](cancellation_token) -> net::awaitable<void> {
    throw operation_cancelled();
    co_return;
  });
  EXPECT_EQ(app.run().find("odd")->end, worker_report::failed);
}

TEST(Application, AWorkerMayStopTheApplicationByItsEnd) {
  strings log;
  application app;
  app.add("server", logged(log, "server"));
  app.add("job", [](cancellation_token) -> net::awaitable<void> { co_return; },
          {.on_completion = worker_policy::stop});
  EXPECT_EQ(app.run().exit_code(), 0);
  EXPECT_EQ(log, (strings{"+server", "-server"}));
}

TEST(Application, AHandlerThatThrowsStopsInOrder) {
  strings log;
  application app;
  app.add("server", logged(log, "server"));
  app.add("job", [](cancellation_token) -> net::awaitable<void> {
    co_await pause(1ms);
    net::post(co_await net::this_coro::executor,
              [] { throw std::runtime_error("stray"); });
  });
  const auto report = app.run();
  EXPECT_EQ(log, (strings{"+server", "-server"}));
  EXPECT_EQ(report.exit_code(), 1);
  EXPECT_NE(report.describe().find("stray"), std::string::npos);
}

TEST(Application, StopsOnASignal) {
  strings log;
  application app;
  app.add("server", logged(log, "server"));
  app.add("killer",
          [](cancellation_token) -> net::awaitable<void> {
            std::raise(SIGTERM);
            co_return;
          },
          {.after = {"server"}});
  const auto report = app.run();
  EXPECT_EQ(report.why, application_report::signalled);
  EXPECT_EQ(report.signal, SIGTERM);
  EXPECT_EQ(report.exit_code(), 0) << report.describe();
  EXPECT_EQ(log, (strings{"+server", "-server"}));
}

TEST(Application, ASecondSignalEndsAtOnce) {
  int alive = 0;
  application app;
  app.add("late", stubborn(alive), {.stop_within = 1h});
  app.add("killer", [](cancellation_token token) -> net::awaitable<void> {
    std::raise(SIGINT);
    co_await net::this_coro::throw_if_cancelled(false);
    co_await until_stopped(token);
    std::raise(SIGINT);
  });
  const auto before = std::chrono::steady_clock::now();
  const auto report = app.run();
  EXPECT_LT(std::chrono::steady_clock::now() - before, 10s);
  EXPECT_TRUE(report.forced);
  EXPECT_EQ(report.exit_code(), 128 + SIGINT);
  EXPECT_EQ(alive, 0);
}

TEST(Application, UnknownNamesAndCirclesAreErrors) {
  strings log;
  const auto message = [&](auto &&prepare) -> std::string {
    application app;
    try {
      prepare(app);
      app.run();
    } catch (const std::invalid_argument &e) {
      return e.what();
    }
    return "";
  };
  EXPECT_EQ(message([&](application &app) {
              app.add("a", logged(log, "a"), {.after = {"b"}});
            }),
            "codrop::application: worker 'a' is after 'b', which does not "
            "exist");
  EXPECT_EQ(message([&](application &app) {
              app.add("x", logged(log, "x"), {.after = {"a"}});
              app.add("a", logged(log, "a"), {.after = {"b"}});
              app.add("b", logged(log, "b"), {.after = {"a"}});
            }),
            "codrop::application: workers in a circle: 'a' after 'b' after "
            "'a'");
  EXPECT_EQ(message([&](application &app) {
              app.add("a", logged(log, "a"));
              app.add("a", logged(log, "a"));
            }),
            "codrop::application: two workers named 'a'");
  EXPECT_TRUE(log.empty());
}

TEST(Application, StoppedAnywhereKeepsTheOrder) {
  // Stopped after each of the first handlers of a run.
  for (int at = 0; at < 12; ++at) {
    strings log;
    application app;
    app.add("database", logged(log, "database"));
    app.add("ledger", logged(log, "ledger"), {.after = {"database"}});
    app.add("http", logged(log, "http"), {.after = {"ledger"}});
    app.add("stop", [&](cancellation_token) -> net::awaitable<void> {
      for (int i = 0; i < at; ++i)
        co_await net::post(net::use_awaitable);
      app.stop();
    });
    const auto report = app.run();
    EXPECT_EQ(report.exit_code(), 0) << report.describe();
    strings expected(log.begin(),
                     log.begin() + static_cast<std::ptrdiff_t>(log.size() / 2));
    for (auto i = expected.size(); i-- > 0;)
      expected.push_back("-" + expected[i].substr(1));
    EXPECT_EQ(log, expected) << "stopped after handler " << at;
  }
}

TEST(Application, TakesWorkersThatOnlyMove) {
  application app;
  int seen = 0;
  auto worker = [&seen, p = std::make_unique<int>(3)](
                    cancellation_token) -> net::awaitable<void> {
    seen = *p;
    co_return;
  };
  app.add("a", std::move(worker));
  app.run();
  EXPECT_EQ(seen, 3);
}

TEST(Application, TimersOfTheCallerMayOutliveRun) {
  application app;
  int alive = 0;
  net::steady_timer timer(app.executor(), 1h);
  app.add("late",
          [&](cancellation_token) -> net::awaitable<void> {
            const counted here(alive);
            co_await net::this_coro::throw_if_cancelled(false);
            for (;;) {
              try {
                co_await timer.async_wait(net::use_awaitable);
              } catch (const std::exception &) {
                timer.expires_after(1h);
              }
            }
          },
          {.stop_within = 5ms});
  app.add("stop", stops(app));
  EXPECT_EQ(app.run().exit_code(), 2);
  EXPECT_EQ(alive, 0);
}

} // namespace
} // namespace codrop
