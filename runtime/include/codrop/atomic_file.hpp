// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A file that is replaced as a whole: a temporary file beside it, flush, fsync,
// rename, fsync of the directory. POSIX. For several files that belong together
// see <codrop/multi_file_transaction.hpp>.

#ifndef CODROP_ATOMIC_FILE_HPP
#define CODROP_ATOMIC_FILE_HPP

#include <codrop/annotations.hpp>
#include <codrop/detail/file.hpp>
#include <codrop/offload.hpp>

#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace codrop {

/// Writes the new content of a file. Under its name there is the old content
/// or the new one, whole, at any time: also after an exception, after the
/// process was killed, and after a power failure. Without commit() the old
/// content stays.
///
/// The mode of the old file is kept, and its owner where the system lets us;
/// access control lists, extended attributes and hard links are not. A symbolic
/// link stays, and what it leads to is replaced. What is no regular file is
/// refused. Of several writers of one file the last to commit wins.
///
/// Exceptions: std::system_error with the path. After a failed write no commit
/// is possible. Cancellation: none, it blocks; see async_atomic_file_writer.
/// Destruction: removes the temporary file, which is one system call. A process
/// that is killed leaves it behind: remove_leftovers(). Threading: one thread
/// at a time.
class atomic_file_writer {
public:
  /// `mode` is for a file that does not exist, instead of 0666 without the
  /// umask.
  explicit atomic_file_writer(const std::filesystem::path &path,
                              std::optional<::mode_t> mode = std::nullopt)
      : atomic_file_writer(resolved(path), mode, 0) {}

  /// Appends to the new content. Pieces are gathered in memory.
  void write(std::string_view data) { open_file().append(data); }
  void write(const void *data, std::size_t size) {
    write(std::string_view(static_cast<const char *>(data), size));
  }
  /// What is gathered goes to the temporary file.
  void flush() { open_file().flush(); }

  /// The new content takes the place of the old. When it returns that lasts
  /// over a power failure. Where it throws, is_committed() tells whether the
  /// new content is in place, though perhaps not for good.
  void commit() {
    detail::temporary_file &file = open_file();
    file.sync();
    file.rename();
    committed_ = true;
    const std::unique_ptr<detail::temporary_file> done = std::move(file_);
    directory_->sync();
    detail::file_step("end");
  }
  [[nodiscard]] bool is_committed() const noexcept { return committed_; }
  /// Gives up the new content.
  void rollback() noexcept { file_.reset(); }

private:
  atomic_file_writer(const std::filesystem::path &path,
                     std::optional<::mode_t> mode, int)
      : directory_(
            std::make_shared<const detail::directory>(path.parent_path())),
        path_(path), file_(std::make_unique<detail::temporary_file>(
                         directory_, path.filename().string(), suffix, mode)) {}
  static std::filesystem::path resolved(const std::filesystem::path &path) {
    std::filesystem::path real = detail::follow_links(path);
    if (!real.has_filename())
      detail::throw_file_error(EISDIR, "cannot replace", path);
    return real;
  }
  detail::temporary_file &open_file() {
    if (!file_)
      detail::throw_file_error(
          EBADF, "already committed or rolled back, the writer of", path_);
    return *file_;
  }

  friend std::size_t remove_leftovers(const std::filesystem::path &directory);
  static constexpr std::string_view suffix = ".tmp";

  std::shared_ptr<const detail::directory> directory_;
  std::filesystem::path path_;
  std::unique_ptr<detail::temporary_file> file_;
  bool committed_ = false;
};

/// Removes the temporary files of atomic_file_writer whose process is no more,
/// and returns how many. It knows them by their name, and that nobody holds a
/// lock on them, so writers may be at work in the directory.
///
/// Exceptions: std::system_error. Cancellation: none, it blocks. Destruction:
/// none. Threading: any.
inline std::size_t remove_leftovers(const std::filesystem::path &directory) {
  return detail::remove_unlocked(detail::directory(directory),
                                 atomic_file_writer::suffix);
}

/// The same for coroutines: everything that blocks runs where `Offload` runs
/// it, opening included, with the first call. Calls are awaited in turn:
///     codrop::async_atomic_file_writer file(offload, "config.json");
///     co_await file.write(text);
///     co_await file.commit();
///
/// Exceptions: std::system_error with the path, from the await. Cancellation:
/// that of the offload function; where an await throws without a commit, the
/// old content stays. Destruction: without a commit the old content stays. A
/// call that is under way goes on without the coroutine, so the file may have
/// the old content or the new one after a commit that nobody waited for.
/// Threading: one call at a time.
template <class Offload>
class async_atomic_file_writer {
public:
  async_atomic_file_writer(Offload offload, std::filesystem::path path,
                           std::optional<::mode_t> mode = std::nullopt)
      : writer_(std::move(offload), std::move(path), mode) {}

  [[nodiscard]] auto write(std::string data) {
    return writer_.call([data = std::move(data)](atomic_file_writer &writer) {
      writer.write(data);
    });
  }
  [[nodiscard]] auto commit() {
    return writer_.call([](atomic_file_writer &writer) { writer.commit(); });
  }

private:
  offloaded<atomic_file_writer, Offload> writer_;
};

} // namespace codrop

#endif // CODROP_ATOMIC_FILE_HPP
