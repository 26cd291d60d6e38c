// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "file_steps.hpp"

#include <codrop/atomic_file.hpp>
#include <codrop/multi_file_transaction.hpp>
#include <codrop/testing.hpp>

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace codrop {
namespace {

using testing::content;
using testing::put;
using testing::temporary_directory;

const std::string big(100'000, 'n');

struct files {
  temporary_directory in;

  void prepare() const {
    put(in / "a", "old a");
    put(in / "b", "old b");
    put(in / "c", "old c");
    std::filesystem::remove(in / "d");
  }
  void change() const {
    multi_file_transaction transaction(in.path());
    transaction.write("a", "new a");
    transaction.write("b", big);
    transaction.write("b", big);
    transaction.remove("c");
    transaction.write("d", "new d");
    transaction.commit();
  }
  [[nodiscard]] bool is_old() const {
    return content(in / "a") == "old a" && content(in / "b") == "old b" &&
           content(in / "c") == "old c" && in.names().size() == 3;
  }
  [[nodiscard]] bool is_new() const {
    return content(in / "a") == "new a" && content(in / "b") == big + big &&
           content(in / "d") == "new d" && in.names().size() == 3;
  }
  [[nodiscard]] bool each_is_whole() const {
    const std::string a = content(in / "a"), b = content(in / "b");
    return (a == "old a" || a == "new a") && (b == "old b" || b == big + big);
  }
};

TEST(MultiFileTransaction, ChangesAll) {
  const files all;
  all.prepare();
  all.change();
  EXPECT_TRUE(all.is_new());
}

TEST(MultiFileTransaction, NothingChangesWithoutACommit) {
  const files all;
  all.prepare();
  {
    multi_file_transaction transaction(all.in.path());
    transaction.write("a", "new a");
    transaction.remove("c");
    EXPECT_FALSE(transaction.is_committed());
  }
  EXPECT_TRUE(all.is_old());
  multi_file_transaction(all.in.path()).commit();
  EXPECT_TRUE(all.is_old());
}

TEST(MultiFileTransaction, TakesTheLastThatIsSaidOfAFile) {
  const files all;
  multi_file_transaction transaction(all.in.path());
  transaction.write("a", "1");
  transaction.remove("a");
  transaction.write("a", "2");
  transaction.write("b", "3");
  transaction.remove("b");
  transaction.commit();
  EXPECT_EQ(content(all.in / "a"), "2");
  EXPECT_EQ(all.in.names().size(), 1u);
  EXPECT_THROW(transaction.write("a", "late"), std::system_error);
  EXPECT_THROW(transaction.commit(), std::system_error);
}

TEST(MultiFileTransaction, StaysInItsDirectory) {
  const files all;
  multi_file_transaction transaction(all.in.path());
  for (const char *name : {"", ".", "..", "../a", "/etc/a", "d/a"})
    EXPECT_THROW(transaction.write(name, "x"), std::system_error) << name;
  std::filesystem::create_directory(all.in / "d");
  EXPECT_THROW(transaction.write("d", "x"), std::system_error);
  EXPECT_THROW(transaction.remove("d"), std::system_error);
}

TEST(MultiFileTransaction, FindsADirectoryInTheWayBeforeItPromises) {
  const files all;
  multi_file_transaction transaction(all.in.path());
  transaction.write("a", "x");
  transaction.write("b", "x");
  std::filesystem::create_directory(all.in / "b");
  EXPECT_THROW(transaction.commit(), std::system_error);
  EXPECT_FALSE(transaction.is_committed());
  EXPECT_FALSE(std::filesystem::exists(all.in / "a"));
}

TEST(MultiFileTransaction, IsAllOrNoneWhereverItFails) {
  const files all;
  bool was_old = false, was_new = false;
  const int failures = testing::fail_everywhere(
      [&] { all.prepare(); }, [&] { all.change(); },
      [&](int at) {
        EXPECT_TRUE(all.each_is_whole()) << "step " << at;
        recover(all.in.path());
        EXPECT_NE(all.is_old(), all.is_new()) << "step " << at;
        was_old = was_old || all.is_old();
        was_new = was_new || all.is_new();
      });
  EXPECT_GE(failures, 15);
  EXPECT_TRUE(was_old && was_new);
}

TEST(MultiFileTransaction, IsAllOrNoneWhereverTheProcessIsKilled) {
  const files all;
  bool forward = false, back = false;
  const int kills = testing::kill_everywhere(
      [&] { all.prepare(); }, [&] { all.change(); },
      [&](int at) {
        EXPECT_TRUE(all.each_is_whole()) << "step " << at;
        // It must not take what a journal still needs.
        remove_leftovers(all.in.path());
        const recovery found = recover(all.in.path());
        forward = forward || found.rolled_forward != 0;
        back = back || found.removed != 0;
        EXPECT_NE(all.is_old(), all.is_new()) << "step " << at;
        const recovery again = recover(all.in.path());
        EXPECT_EQ(again.rolled_forward + again.removed, 0u);
      });
  EXPECT_GE(kills, 15);
  EXPECT_TRUE(forward && back);
}

// Leaves a journal whose files have not been renamed.
void die_after_the_commit(const files &all) {
  const ::pid_t child = ::fork();
  if (child == 0) {
    int renames = 0;
    detail::file_step_hook = [&](const char *what) {
      if (std::string_view(what) == "rename" && ++renames == 3)
        ::raise(SIGKILL);
    };
    all.change();
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_TRUE(WIFSIGNALED(status));
}

TEST(MultiFileTransaction, RecoveryMayBeKilled) {
  const files all;
  const int kills = testing::kill_everywhere(
      [&] {
        recover(all.in.path());
        all.prepare();
        die_after_the_commit(all);
      },
      [&] { recover(all.in.path()); },
      [&](int at) {
        EXPECT_TRUE(all.each_is_whole()) << "step " << at;
        recover(all.in.path());
        EXPECT_TRUE(all.is_new()) << "step " << at;
      });
  EXPECT_GE(kills, 5);
}

TEST(MultiFileTransaction, TheNextOneFinishesWhatAKilledOneHasBegun) {
  const files all;
  all.prepare();
  die_after_the_commit(all);
  multi_file_transaction next(all.in.path());
  next.write("a", "next a");
  next.commit();
  EXPECT_EQ(recover(all.in.path()).rolled_forward, 0u);
  EXPECT_EQ(content(all.in / "a"), "next a");
  EXPECT_EQ(content(all.in / "b"), big + big);
}

TEST(MultiFileTransaction, RecoveryLeavesTheLiving) {
  const files all;
  all.prepare();
  multi_file_transaction transaction(all.in.path());
  transaction.write("a", "new a");
  EXPECT_EQ(recover(all.in.path()).removed, 0u);
  transaction.commit();
  EXPECT_EQ(content(all.in / "a"), "new a");
}

TEST(MultiFileTransaction, RefusesADamagedJournal) {
  const files all;
  all.prepare();
  die_after_the_commit(all);
  std::string journal;
  for (const std::string &name : all.in.names())
    if (name.ends_with(".journal"))
      journal = name;
  ASSERT_FALSE(journal.empty());
  const std::string text = content(all.in / journal);
  for (std::size_t at = 0; at < text.size(); ++at) {
    std::string damaged = text;
    damaged[at] = static_cast<char>(damaged[at] ^ 1);
    put(all.in / journal, damaged);
    EXPECT_THROW(recover(all.in.path()), std::system_error) << at;
    put(all.in / journal, text.substr(0, at));
    EXPECT_THROW(recover(all.in.path()), std::system_error) << at;
  }
  EXPECT_TRUE(all.each_is_whole());
  put(all.in / journal, text);
  EXPECT_EQ(recover(all.in.path()).rolled_forward, 1u);
  EXPECT_TRUE(all.is_new());
}

TEST(MultiFileTransaction, RefusesAJournalThatLeadsOutside) {
  const files all;
  std::string text("codrop journal 1\n");
  text.append(".codrop-0123456789abcdef.part").append(1, '\0');
  text.append("../outside").append(1, '\0');
  text += std::to_string(detail::checksum(text));
  put(all.in / ".codrop-0123456789abcdef.journal", text);
  EXPECT_THROW(recover(all.in.path()), std::system_error);
}

const auto offload =
    [](auto f) -> testing::task<std::invoke_result_t<decltype(f) &>> {
  co_await testing::yield();
  co_return f();
};

TEST(MultiFileTransaction, IsAllOrNoneWhereverItsCoroutineIsInterrupted) {
  const files all;
  all.prepare();
  testing::interrupt_everywhere(
      [&](cancellation_token token) -> testing::task<> {
        async_multi_file_transaction<decltype(offload)> transaction(
            offload, all.in.path());
        co_await transaction.write("a", "new a");
        co_await testing::yield(token);
        co_await transaction.write("b", big + big);
        co_await transaction.remove("c");
        co_await testing::yield(token);
        co_await transaction.write("d", "new d");
        co_await transaction.commit();
      },
      [&](const testing::run_report &run) {
        const bool committed = run.end == testing::run_report::returned;
        EXPECT_EQ(all.is_new(), committed) << run.describe();
        EXPECT_EQ(all.is_old(), !committed) << run.describe();
        all.prepare();
      });
}

} // namespace
} // namespace codrop
