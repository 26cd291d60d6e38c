// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "file_steps.hpp"

#include <codrop/atomic_file.hpp>
#include <codrop/testing.hpp>

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <utility>

namespace codrop {
namespace {

using testing::content;
using testing::put;
using testing::temporary_directory;

const std::string old_text = "old content";
// More than is gathered in memory, so that it is written in several steps.
const std::string new_text(200'000, 'n');

void replace(const std::filesystem::path &path) {
  atomic_file_writer file(path);
  file.write(std::string_view(new_text).substr(0, 10));
  file.write(std::string_view(new_text).substr(10, 65'000));
  file.write(std::string_view(new_text).substr(65'010, 1'000));
  file.write(std::string_view(new_text).substr(66'010));
  file.commit();
}

::mode_t mode_of(const std::filesystem::path &path) {
  struct stat status{};
  EXPECT_EQ(::stat(path.c_str(), &status), 0);
  return status.st_mode & 07777;
}

TEST(AtomicFile, ReplacesTheContent) {
  const temporary_directory in;
  put(in / "a", old_text);
  replace(in / "a");
  EXPECT_EQ(content(in / "a"), new_text);
  EXPECT_EQ(in.names().size(), 1u) << "no temporary file is left";
}

TEST(AtomicFile, MakesAFile) {
  const temporary_directory in;
  replace(in / "a");
  EXPECT_EQ(content(in / "a"), new_text);
  atomic_file_writer secret(in / "b", 0600);
  secret.commit();
  EXPECT_EQ(mode_of(in / "b"), 0600u);
  EXPECT_EQ(content(in / "b"), "");
}

TEST(AtomicFile, TheOldContentStaysWithoutACommit) {
  const temporary_directory in;
  put(in / "a", old_text);
  {
    atomic_file_writer file(in / "a");
    file.write(new_text);
    file.flush();
    EXPECT_EQ(in.names().size(), 2u);
    EXPECT_EQ(content(in / "a"), old_text);
  }
  EXPECT_EQ(content(in / "a"), old_text);
  EXPECT_EQ(in.names().size(), 1u);
  try {
    atomic_file_writer file(in / "a");
    file.write(new_text);
    throw std::runtime_error("no more content");
  } catch (const std::runtime_error &) {
  }
  EXPECT_EQ(content(in / "a"), old_text);
  EXPECT_EQ(in.names().size(), 1u);
}

TEST(AtomicFile, KeepsTheMode) {
  const temporary_directory in;
  for (const ::mode_t mode : {0600u, 0640u, 0755u, 0444u}) {
    put(in / "a", old_text);
    ASSERT_EQ(::chmod((in / "a").c_str(), mode), 0);
    replace(in / "a");
    EXPECT_EQ(mode_of(in / "a"), mode);
    std::filesystem::remove(in / "a");
  }
}

TEST(AtomicFile, ASymbolicLinkStays) {
  const temporary_directory in;
  std::filesystem::create_directory(in / "d");
  std::filesystem::create_symlink("d/b", in / "a");
  replace(in / "a");
  EXPECT_TRUE(std::filesystem::is_symlink(in / "a"));
  EXPECT_EQ(content(in / "d/b"), new_text);
  std::filesystem::create_symlink("loop", in / "loop");
  EXPECT_THROW(atomic_file_writer(in / "loop"), std::system_error);
}

TEST(AtomicFile, RefusesWhatIsNoFile) {
  const temporary_directory in;
  EXPECT_THROW(atomic_file_writer("/dev/null"), std::system_error);
  EXPECT_THROW(atomic_file_writer(in.path()), std::system_error);
  EXPECT_THROW(atomic_file_writer(in / ""), std::system_error);
  ASSERT_EQ(::mkfifo((in / "pipe").c_str(), 0600), 0);
  EXPECT_THROW(atomic_file_writer(in / "pipe"), std::system_error);
  EXPECT_EQ(in.names().size(), 1u);
}

TEST(AtomicFile, TellsThePathInErrors) {
  const temporary_directory in;
  try {
    atomic_file_writer(in / "none/a");
    FAIL();
  } catch (const std::system_error &error) {
    EXPECT_EQ(error.code(), std::errc::no_such_file_or_directory);
    EXPECT_NE(std::string(error.what()).find("none"), std::string::npos);
  }
}

TEST(AtomicFile, CommitsOnce) {
  const temporary_directory in;
  atomic_file_writer file(in / "a");
  file.commit();
  EXPECT_TRUE(file.is_committed());
  EXPECT_THROW(file.commit(), std::system_error);
  EXPECT_THROW(file.write("late"), std::system_error);
}

TEST(AtomicFile, MayBeMoved) {
  const temporary_directory in;
  atomic_file_writer file(in / "a");
  file.write("x");
  atomic_file_writer other = std::move(file);
  other.commit();
  EXPECT_EQ(content(in / "a"), "x");
}

TEST(AtomicFile, IsNotLedAstrayByAChangeOfDirectory) {
  const temporary_directory in;
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::create_directory(in / "d");
  std::filesystem::current_path(in / "d");
  atomic_file_writer file("a");
  file.write("x");
  std::filesystem::current_path(before);
  std::filesystem::rename(in / "d", in / "e");
  file.commit();
  EXPECT_EQ(content(in / "e/a"), "x");
}

TEST(AtomicFile, AFailedWriteCannotBeCommitted) {
  const temporary_directory in;
  put(in / "a", old_text);
  atomic_file_writer file(in / "a");
  detail::file_step_hook = [](const char *what) {
    if (std::string_view(what) == "write")
      detail::throw_file_error(ENOSPC, what, "here");
  };
  EXPECT_THROW(file.write(new_text), std::system_error);
  detail::file_step_hook = nullptr;
  EXPECT_THROW(file.commit(), std::system_error);
  EXPECT_EQ(content(in / "a"), old_text);
}

TEST(AtomicFile, SyncsTheFileBeforeTheRenameAndTheDirectoryAfter) {
  const temporary_directory in;
  std::vector<std::string> steps;
  detail::file_step_hook = [&](const char *what) { steps.emplace_back(what); };
  atomic_file_writer file(in / "a");
  file.write("x");
  file.commit();
  detail::file_step_hook = nullptr;
  EXPECT_EQ(steps,
            (std::vector<std::string>{"create", "write", "sync file", "rename",
                                      "sync directory", "end"}));
}

TEST(AtomicFile, IsWholeWhereverItFails) {
  const temporary_directory in;
  const int failures = testing::fail_everywhere(
      [&] { put(in / "a", old_text); }, [&] { replace(in / "a"); },
      [&](int at) {
        const std::string found = content(in / "a");
        EXPECT_TRUE(found == old_text || found == new_text) << "step " << at;
        EXPECT_EQ(in.names().size(), 1u) << "step " << at;
      });
  EXPECT_GE(failures, 7);
}

TEST(AtomicFile, IsWholeWhereverTheProcessIsKilled) {
  const temporary_directory in;
  bool was_old = false, was_new = false, left = false;
  const int kills = testing::kill_everywhere(
      [&] { put(in / "a", old_text); }, [&] { replace(in / "a"); },
      [&](int at) {
        const std::string found = content(in / "a");
        EXPECT_TRUE(found == old_text || found == new_text) << "step " << at;
        was_old = was_old || found == old_text;
        was_new = was_new || found == new_text;
        const std::size_t leftovers = in.names().size() - 1;
        left = left || leftovers != 0;
        EXPECT_EQ(remove_leftovers(in.path()), leftovers);
        EXPECT_EQ(in.names().size(), 1u);
      });
  EXPECT_GE(kills, 7);
  EXPECT_TRUE(was_old && was_new && left);
}

TEST(AtomicFile, LeavesTheTemporaryFilesOfTheLiving) {
  const temporary_directory in;
  put(in / ".codrop-0123456789abcdef.tmp", "left over");
  put(in / ".codrop-of-the-user.tmp", "not ours");
  put(in / "codrop.tmp", "not ours");
  atomic_file_writer file(in / "a");
  file.write(new_text);
  EXPECT_EQ(remove_leftovers(in.path()), 1u);
  EXPECT_EQ(in.names().size(), 3u);
  file.commit();
  EXPECT_EQ(content(in / "a"), new_text);
}

// Where the blocking calls would run elsewhere, the tests only suspend.
const auto offload =
    [](auto f) -> testing::task<std::invoke_result_t<decltype(f) &>> {
  co_await testing::yield();
  co_return f();
};
using offload_type = decltype(offload);

TEST(AtomicFile, IsWholeWhereverItsCoroutineIsInterrupted) {
  const temporary_directory in;
  put(in / "a", old_text);
  const std::size_t count = testing::interrupt_everywhere(
      [&](cancellation_token token) -> testing::task<> {
        async_atomic_file_writer<offload_type> file(offload, in / "a");
        co_await file.write(new_text.substr(0, 100'000));
        co_await testing::yield(token);
        co_await file.write(new_text.substr(100'000));
        co_await testing::yield(token);
        co_await file.commit();
      },
      [&](const testing::run_report &run) {
        const bool committed = run.end == testing::run_report::returned;
        EXPECT_EQ(content(in / "a"), committed ? new_text : old_text)
            << run.describe();
        EXPECT_EQ(in.names().size(), 1u) << run.describe();
        put(in / "a", old_text);
      });
  EXPECT_EQ(count, 5u);
}

TEST(AtomicFile, MayBeUsedWithoutAnotherThread) {
  const temporary_directory in;
  testing::run_once([&](cancellation_token) -> testing::task<> {
    async_atomic_file_writer<inline_offload> file(inline_offload(), in / "a");
    co_await file.write("x");
    co_await file.commit();
  });
  EXPECT_EQ(content(in / "a"), "x");
}

} // namespace
} // namespace codrop
