// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Temporary files that belong to a living process: named so that they are
// recognized, locked as long as somebody writes them. POSIX.

#ifndef CODROP_DETAIL_FILE_HPP
#define CODROP_DETAIL_FILE_HPP

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#if defined(CODROP_TEST_FILE_STEPS)
#include <functional>
#endif

namespace codrop::detail {

// Tests kill the process, or throw, before each thing done to the file system.
#if defined(CODROP_TEST_FILE_STEPS)
inline std::function<void(const char *)> file_step_hook;
inline void file_step(const char *what) {
  if (file_step_hook)
    file_step_hook(what);
}
#else
inline void file_step(const char *) noexcept {}
#endif

[[noreturn]] inline void throw_file_error(int error, const char *what,
                                          const std::filesystem::path &path) {
  throw std::system_error(error, std::generic_category(),
                          std::string(what) + " '" + path.string() + "'");
}

class descriptor {
public:
  explicit descriptor(int fd = -1) noexcept : fd_(fd) {}
  descriptor(descriptor &&other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  descriptor &operator=(descriptor &&other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~descriptor() {
    if (fd_ >= 0)
      ::close(fd_);
  }
  [[nodiscard]] int get() const noexcept { return fd_; }
  explicit operator bool() const noexcept { return fd_ >= 0; }

private:
  int fd_;
};

inline int sync_descriptor(int fd) noexcept {
#if defined(F_FULLFSYNC)
  // fsync of this system does not reach the medium.
  if (::fcntl(fd, F_FULLFSYNC) == 0)
    return 0;
#endif
  return ::fsync(fd);
}

/// All is done relative to an open directory: neither chdir nor a rename of the
/// directory changes where files go.
class directory {
public:
  explicit directory(std::filesystem::path path)
      : path_(path.empty() ? std::filesystem::path(".") : std::move(path)),
        fd_(::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
    if (!fd_)
      throw_file_error(errno, "cannot open directory", path_);
  }

  [[nodiscard]] int fd() const noexcept { return fd_.get(); }
  [[nodiscard]] const std::filesystem::path &path() const noexcept {
    return path_;
  }

  void sync() const {
    file_step("sync directory");
    // Some network file systems do not know it for directories.
    if (sync_descriptor(fd()) != 0 && errno != EINVAL)
      throw_file_error(errno, "cannot sync directory", path_);
  }
  void rename(const std::string &from, const std::string &to) const {
    file_step("rename");
    if (::renameat(fd(), from.c_str(), fd(), to.c_str()) != 0)
      throw_file_error(errno, "cannot rename a temporary file to", path_ / to);
  }
  /// False if there was none.
  bool remove(const std::string &name) const {
    file_step("remove");
    if (::unlinkat(fd(), name.c_str(), 0) == 0)
      return true;
    if (errno != ENOENT)
      throw_file_error(errno, "cannot remove", path_ / name);
    return false;
  }
  /// Nothing if there is none.
  [[nodiscard]] std::optional<struct stat>
  status(const std::string &name) const {
    struct stat result{};
    if (::fstatat(fd(), name.c_str(), &result, AT_SYMLINK_NOFOLLOW) == 0)
      return result;
    if (errno != ENOENT)
      throw_file_error(errno, "cannot look at", path_ / name);
    return std::nullopt;
  }
  /// Nothing if there is none.
  [[nodiscard]] std::optional<std::string> read(const std::string &name) const {
    const descriptor file(
        ::openat(fd(), name.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (!file) {
      if (errno == ENOENT)
        return std::nullopt;
      throw_file_error(errno, "cannot open", path_ / name);
    }
    std::string text;
    char part[16 * 1024];
    for (;;) {
      const ::ssize_t n = ::read(file.get(), part, sizeof part);
      if (n == 0)
        return text;
      if (n > 0)
        text.append(part, static_cast<std::size_t>(n));
      else if (errno != EINTR)
        throw_file_error(errno, "cannot read", path_ / name);
    }
  }

  /// Calls `f(name)` for what is in it.
  template <class F>
  void for_each(F &&f) const {
    struct closer {
      void operator()(DIR *d) const noexcept { ::closedir(d); }
    };
    const int fd = ::openat(fd_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const std::unique_ptr<DIR, closer> stream(fd < 0 ? nullptr
                                                     : ::fdopendir(fd));
    if (!stream) {
      const int error = errno;
      if (fd >= 0)
        ::close(fd);
      throw_file_error(error, "cannot list directory", path_);
    }
    for (;;) {
      errno = 0;
      const dirent *const entry = ::readdir(stream.get());
      if (entry == nullptr && errno != 0)
        throw_file_error(errno, "cannot list directory", path_);
      if (entry == nullptr)
        return;
      f(std::string(entry->d_name));
    }
  }

private:
  std::filesystem::path path_;
  descriptor fd_;
};

inline constexpr std::string_view temporary_prefix = ".codrop-";

/// ".codrop-0123456789abcdef" and the suffix.
inline std::string temporary_name(std::string_view suffix) {
  std::random_device random;
  char digits[17];
  std::snprintf(digits, sizeof digits, "%08x%08x", random(), random());
  return std::string(temporary_prefix) + digits + std::string(suffix);
}

inline bool is_temporary_name(std::string_view name,
                              std::string_view suffix) noexcept {
  if (name.size() != temporary_prefix.size() + 16 + suffix.size() ||
      !name.starts_with(temporary_prefix) || !name.ends_with(suffix))
    return false;
  return name.substr(temporary_prefix.size(), 16)
             .find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

/// Removes what is named so and locked by nobody. Returns how many.
inline std::size_t remove_unlocked(const directory &in,
                                   std::string_view suffix) {
  std::size_t count = 0;
  in.for_each([&](const std::string &name) {
    if (!is_temporary_name(name, suffix))
      return;
    const descriptor file(::openat(
        in.fd(), name.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    if (file && ::flock(file.get(), LOCK_EX | LOCK_NB) == 0 && in.remove(name))
      ++count;
  });
  return count;
}

/// A file that is going to be `target`. Removed by the destructor unless it
/// has been renamed or released.
class temporary_file {
public:
  temporary_file(std::shared_ptr<const directory> in, std::string target,
                 std::string_view suffix, std::optional<::mode_t> mode)
      : in_(std::move(in)), target_(std::move(target)) {
    const std::optional<struct stat> old = in_->status(target_);
    if (old && S_ISDIR(old->st_mode))
      throw_file_error(EISDIR, "cannot replace", path());
    if (old && !S_ISREG(old->st_mode))
      throw_file_error(EINVAL, "cannot replace what is no regular file",
                       path());
    // What others may not read they may not read while it is written, either.
    create(suffix, old ? 0600 : mode.value_or(0666));
    try {
      if (old)
        keep_owner_and_mode(*old);
      buffer_.reserve(buffer_size);
    } catch (...) {
      ::unlinkat(in_->fd(), name_.c_str(), 0);
      throw;
    }
  }
  temporary_file(const temporary_file &) = delete;
  temporary_file &operator=(const temporary_file &) = delete;
  ~temporary_file() {
    if (!name_.empty())
      ::unlinkat(in_->fd(), name_.c_str(), 0);
  }

  void append(std::string_view data) {
    check();
    if (buffer_.size() + data.size() > buffer_size)
      flush();
    if (data.size() >= buffer_size)
      write_out(data);
    else
      buffer_.append(data);
  }
  void flush() {
    check();
    write_out(buffer_);
    buffer_.clear();
  }
  void sync() {
    flush();
    failed_ = EIO; // Until it is done; what fails here is not tried again.
    file_step("sync file");
    if (sync_descriptor(fd_.get()) != 0) {
      failed_ = errno;
      throw_file_error(failed_, "cannot sync the new content of", path());
    }
    failed_ = 0;
  }
  void rename() {
    in_->rename(name_, target_);
    name_.clear();
  }
  /// It stays when this is destroyed.
  void release() noexcept { name_.clear(); }

  [[nodiscard]] const directory &where() const noexcept { return *in_; }
  [[nodiscard]] const std::string &name() const noexcept { return name_; }
  [[nodiscard]] const std::string &target() const noexcept { return target_; }
  [[nodiscard]] std::filesystem::path path() const {
    return in_->path() / target_;
  }

private:
  static constexpr std::size_t buffer_size = 64 * 1024;

  void check() const {
    if (failed_ != 0)
      throw_file_error(failed_, "the new content is not whole of", path());
  }
  void create(std::string_view suffix, ::mode_t mode) {
    for (int attempt = 0;; ++attempt) {
      std::string name = temporary_name(suffix);
      file_step("create");
      fd_ = descriptor(
          ::openat(in_->fd(), name.c_str(),
                   O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode));
      if (!fd_ && (errno != EEXIST || attempt == 100))
        throw_file_error(errno, "cannot make a temporary file for", path());
      if (!fd_)
        continue;
      name_ = std::move(name);
      // A sweeper may have been quicker, and may have removed it.
      struct stat status{};
      if (::flock(fd_.get(), LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK)
        if (::fstat(fd_.get(), &status) != 0 || status.st_nlink != 0)
          return;
      ::unlinkat(in_->fd(), name_.c_str(), 0);
      name_.clear();
    }
  }
  void keep_owner_and_mode(const struct stat &old) {
    ::mode_t mode = old.st_mode & 07777;
    struct stat now{};
    if (::fstat(fd_.get(), &now) != 0)
      throw_file_error(errno, "cannot look at the new content of", path());
    if (now.st_uid != old.st_uid || now.st_gid != old.st_gid)
      // Who may not give files away gets no rights of the old owner.
      if (::fchown(fd_.get(), old.st_uid, old.st_gid) != 0)
        mode &= 0777;
    if (::fchmod(fd_.get(), mode) != 0)
      throw_file_error(errno, "cannot keep the mode of", path());
  }
  void write_out(std::string_view data) {
    // What is written in part must not be written again, nor committed.
    failed_ = EIO;
    while (!data.empty()) {
      file_step("write");
      const ::ssize_t n = ::write(fd_.get(), data.data(), data.size());
      if (n >= 0) {
        data.remove_prefix(static_cast<std::size_t>(n));
      } else if (errno != EINTR) {
        failed_ = errno;
        throw_file_error(failed_, "cannot write the new content of", path());
      }
    }
    failed_ = 0;
  }

  std::shared_ptr<const directory> in_;
  std::string target_;
  std::string name_;
  descriptor fd_;
  std::string buffer_;
  int failed_ = 0;
};

/// Where a chain of symbolic links leads; its end need not exist.
inline std::filesystem::path follow_links(std::filesystem::path path) {
  std::error_code ignored;
  for (int depth = 0; std::filesystem::is_symlink(path, ignored); ++depth) {
    if (depth == 40)
      throw_file_error(ELOOP, "cannot follow", path);
    path = path.parent_path() / std::filesystem::read_symlink(path);
  }
  return path;
}

inline std::uint64_t checksum(std::string_view data) noexcept {
  std::uint64_t hash = 14695981039346656037u;
  for (const char c : data)
    hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
  return hash;
}

} // namespace codrop::detail

#endif // CODROP_DETAIL_FILE_HPP
