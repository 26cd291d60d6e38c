// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Kills a process before each thing that it does to the file system, or lets
// that fail. To be included first.

#ifndef CODROP_TEST_FILE_STEPS_HPP
#define CODROP_TEST_FILE_STEPS_HPP

#define CODROP_TEST_FILE_STEPS
#include <codrop/detail/file.hpp>

#include <gtest/gtest.h>

#include <cerrno>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <system_error>
#include <vector>

#include <sys/wait.h>
#include <unistd.h>

namespace codrop::testing {

class temporary_directory {
public:
  temporary_directory() {
    std::string name =
        (std::filesystem::temp_directory_path() / "codrop-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr)
      throw std::system_error(errno, std::generic_category(), "mkdtemp");
    path_ = name;
  }
  temporary_directory(const temporary_directory &) = delete;
  temporary_directory &operator=(const temporary_directory &) = delete;
  ~temporary_directory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  [[nodiscard]] const std::filesystem::path &path() const noexcept {
    return path_;
  }
  std::filesystem::path operator/(const std::string &name) const {
    return path_ / name;
  }
  [[nodiscard]] std::vector<std::string> names() const {
    std::vector<std::string> all;
    for (const auto &entry : std::filesystem::directory_iterator(path_))
      all.push_back(entry.path().filename().string());
    return all;
  }

private:
  std::filesystem::path path_;
};

inline std::string content(const std::filesystem::path &path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline void put(const std::filesystem::path &path, const std::string &text) {
  std::ofstream(path, std::ios::binary) << text;
}

/// Runs `work()` in a child process again and again, killed before its first,
/// second, … step; calls `prepare()` before and `check(step)` after each, and
/// ends with a run that was not killed. Returns the number of kills.
template <class Prepare, class Work, class Check>
int kill_everywhere(Prepare &&prepare, Work &&work, Check &&check) {
  for (int at = 1; at < 1000; ++at) {
    prepare();
    const ::pid_t child = ::fork();
    if (child == 0) {
      int steps = 0;
      detail::file_step_hook = [&steps, at](const char *) {
        if (++steps == at)
          ::raise(SIGKILL);
      };
      try {
        work();
      } catch (...) {
        ::_exit(1);
      }
      ::_exit(0);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    check(at);
    if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL) {
      EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0)
          << "the child has failed";
      return at - 1;
    }
  }
  return -1;
}

/// The same within this process: the step throws ENOSPC.
template <class Prepare, class Work, class Check>
int fail_everywhere(Prepare &&prepare, Work &&work, Check &&check) {
  for (int at = 1; at < 1000; ++at) {
    prepare();
    int steps = 0;
    bool failed = false;
    detail::file_step_hook = [&](const char *what) {
      if (++steps == at) {
        failed = true;
        detail::throw_file_error(ENOSPC, what, "here");
      }
    };
    try {
      work();
    } catch (const std::system_error &error) {
      EXPECT_EQ(error.code(), std::errc::no_space_on_device);
    }
    detail::file_step_hook = nullptr;
    check(at);
    if (!failed)
      return at - 1;
  }
  return -1;
}

} // namespace codrop::testing

#endif // CODROP_TEST_FILE_STEPS_HPP
