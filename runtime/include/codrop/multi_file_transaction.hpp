// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Several files of a directory that change together: all new contents are
// written beside them, a journal that names them is committed by a rename, and
// then each takes its place. After a crash recover() finishes what the journal
// tells, or removes what has none. POSIX.

#ifndef CODROP_MULTI_FILE_TRANSACTION_HPP
#define CODROP_MULTI_FILE_TRANSACTION_HPP

#include <codrop/detail/file.hpp>
#include <codrop/offload.hpp>

#include <cstddef>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace codrop {

namespace detail {

/// What a committed transaction has to do. Doing it again changes nothing.
class file_journal {
public:
  static constexpr std::string_view part_suffix = ".part";
  static constexpr std::string_view journal_suffix = ".journal";

  /// An empty `from` removes `to`.
  void add(const std::string &from, const std::string &to) {
    entries_.emplace_back(from, to);
  }
  /// Returns the name of the journal.
  std::string commit(const std::shared_ptr<const directory> &in) const {
    std::string text(header);
    for (const auto &[from, to] : entries_)
      text.append(from).append(1, '\0').append(to).append(1, '\0');
    const std::string sum = std::to_string(checksum(text));
    const std::string name = temporary_name(journal_suffix);
    temporary_file file(in, name, ".tmp", 0600);
    file.append(text);
    file.append(sum);
    file.sync();
    file.rename();
    return name;
  }
  static file_journal parse(std::string_view text,
                            const std::filesystem::path &path) {
    const auto corrupt = [&path]() {
      throw std::system_error(
          std::make_error_code(std::errc::illegal_byte_sequence),
          "not a journal, or damaged: '" + path.string() + "'");
    };
    const std::size_t end = text.rfind('\0');
    if (!text.starts_with(header) || end == std::string_view::npos)
      corrupt();
    const std::string_view body = text.substr(0, end + 1);
    if (std::to_string(checksum(body)) != text.substr(end + 1))
      corrupt();
    file_journal journal;
    for (std::size_t at = header.size(); at < body.size();) {
      const std::string_view from = word(body, at);
      const std::string_view to = word(body, at);
      // Whoever writes the journal decides what is renamed: only inside.
      if (!is_plain(to) ||
          (!from.empty() && !is_temporary_name(from, part_suffix)))
        corrupt();
      journal.add(std::string(from), std::string(to));
    }
    return journal;
  }
  void roll_forward(const directory &in, const std::string &name) const {
    for (const auto &[from, to] : entries_)
      if (from.empty())
        in.remove(to);
      else if (in.status(from))
        in.rename(from, to);
    in.sync();
    in.remove(name);
    in.sync();
  }
  /// Returns how many. The directory must be locked.
  static std::size_t roll_all_forward(const directory &in) {
    std::vector<std::string> names;
    in.for_each([&](const std::string &name) {
      if (is_temporary_name(name, journal_suffix))
        names.push_back(name);
    });
    for (const std::string &name : names)
      if (const std::optional<std::string> text = in.read(name))
        parse(*text, in.path() / name).roll_forward(in, name);
    return names.size();
  }

  static bool is_plain(std::string_view name) noexcept {
    return !name.empty() && name != "." && name != ".." &&
           name.find_first_of(std::string_view("/\0", 2)) ==
               std::string_view::npos;
  }

private:
  static constexpr std::string_view header{"codrop journal 1\n"};
  static std::string_view word(std::string_view text, std::size_t &at) {
    const std::size_t end = text.find('\0', at);
    if (end == std::string_view::npos)
      return {}; // An empty target is refused.
    const std::string_view result = text.substr(at, end - at);
    at = end + 1;
    return result;
  }
  std::vector<std::pair<std::string, std::string>> entries_;
};

/// Keeps other transactions and recoveries off, also those of other processes.
class directory_lock {
public:
  explicit directory_lock(const directory &in)
      : fd_(::openat(in.fd(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
    if (!fd_)
      throw_file_error(errno, "cannot open directory", in.path());
    while (::flock(fd_.get(), LOCK_EX) != 0)
      if (errno != EINTR)
        throw_file_error(errno, "cannot lock directory", in.path());
  }

private:
  descriptor fd_;
};

} // namespace detail

/// Changes several files of one directory, all or none. That holds after an
/// exception, after the process was killed and after a power failure, when
/// recover() has been called. While commit() runs, readers may see some files
/// new and others old, each of them whole.
///
/// Transactions of one directory commit one after the other, also those of
/// several processes, and finish what a killed one has begun.
///
/// Modes are kept as by atomic_file_writer. What is no regular file is refused,
/// symbolic links as well.
///
/// Exceptions: std::system_error with the path. Before is_committed() nothing
/// has changed; after it the rest is done by recover() or the next commit.
/// Cancellation: none, it blocks; see async_multi_file_transaction.
/// Destruction: without a commit everything stays as it was. Threading: one
/// thread at a time.
class multi_file_transaction {
public:
  explicit multi_file_transaction(const std::filesystem::path &directory)
      : directory_(std::make_shared<const detail::directory>(directory)) {}

  /// Appends to the new content of the file `name` of the directory; the first
  /// call begins it empty.
  void write(const std::string &name, std::string_view data) {
    std::unique_ptr<detail::temporary_file> &file = slot(name);
    if (!file)
      file = std::make_unique<detail::temporary_file>(
          directory_, name, detail::file_journal::part_suffix, std::nullopt);
    file->append(data);
  }
  /// The file is going to be removed, instead of written.
  void remove(const std::string &name) {
    slot(name).reset();
    refuse_directory(name);
  }

  /// All files change. It waits for other transactions of the directory.
  void commit() {
    check_open(directory_->path());
    if (files_.empty())
      return;
    detail::file_journal journal;
    for (const auto &[name, file] : files_) {
      if (file)
        file->sync();
      journal.add(file ? file->name() : std::string(), name);
    }
    const detail::directory_lock lock(*directory_);
    detail::file_journal::roll_all_forward(*directory_);
    // What cannot be replaced must be found before the journal promises it.
    for (const auto &[target, file] : files_)
      refuse_directory(target);
    // The journal must not last longer than what it names.
    directory_->sync();
    const std::string name = journal.commit(directory_);
    committed_ = true;
    // From here on they belong to the journal.
    for (const auto &[target, file] : files_)
      if (file)
        file->release();
    directory_->sync();
    journal.roll_forward(*directory_, name);
    files_.clear();
    detail::file_step("end");
  }
  [[nodiscard]] bool is_committed() const noexcept { return committed_; }

private:
  void check_open(const std::filesystem::path &path) const {
    if (committed_)
      detail::throw_file_error(EBADF, "already committed, the transaction of",
                               path);
  }
  void refuse_directory(const std::string &name) const {
    const std::optional<struct stat> old = directory_->status(name);
    if (old && S_ISDIR(old->st_mode))
      detail::throw_file_error(EISDIR, "cannot replace",
                               directory_->path() / name);
  }
  std::unique_ptr<detail::temporary_file> &slot(const std::string &name) {
    check_open(directory_->path() / name);
    if (!detail::file_journal::is_plain(name))
      detail::throw_file_error(EINVAL, "not the name of a file in a directory",
                               name);
    return files_[name];
  }

  std::shared_ptr<const detail::directory> directory_;
  std::map<std::string, std::unique_ptr<detail::temporary_file>> files_;
  bool committed_ = false;
};

/// What recover() has found.
struct recovery {
  /// Transactions that were committed and are now finished.
  std::size_t rolled_forward = 0;
  /// New contents of transactions that were not committed, now removed.
  std::size_t removed = 0;
};

/// Finishes or takes back the transactions of processes that are no more. To be
/// called before the files are read. Transactions may be at work meanwhile; it
/// may be called again, and be killed itself.
///
/// Exceptions: std::system_error with the path, also for a journal that is
/// damaged, which is left as it is. Cancellation: none, it blocks. Destruction:
/// none. Threading: any.
inline recovery recover(const std::filesystem::path &directory) {
  const detail::directory in(directory);
  const detail::directory_lock lock(in);
  recovery result;
  result.rolled_forward = detail::file_journal::roll_all_forward(in);
  result.removed =
      detail::remove_unlocked(in, detail::file_journal::part_suffix);
  return result;
}

/// The same for coroutines: everything that blocks runs where `Offload` runs
/// it.
///
/// Exceptions: std::system_error with the path, from the await. Cancellation:
/// that of the offload function; where an await throws before the commit,
/// nothing has changed. Destruction: without a commit nothing changes. A call
/// that is under way goes on without the coroutine; all or none holds for it,
/// too. Threading: one call at a time.
template <class Offload>
class async_multi_file_transaction {
public:
  async_multi_file_transaction(Offload offload, std::filesystem::path directory)
      : transaction_(std::move(offload), std::move(directory)) {}

  [[nodiscard]] auto write(std::string name, std::string data) {
    return transaction_.call([name = std::move(name), data = std::move(data)](
                                 multi_file_transaction &transaction) {
      transaction.write(name, data);
    });
  }
  [[nodiscard]] auto remove(std::string name) {
    return transaction_.call(
        [name = std::move(name)](multi_file_transaction &transaction) {
          transaction.remove(name);
        });
  }
  [[nodiscard]] auto commit() {
    return transaction_.call(
        [](multi_file_transaction &transaction) { transaction.commit(); });
  }

private:
  offloaded<multi_file_transaction, Offload> transaction_;
};

} // namespace codrop

#endif // CODROP_MULTI_FILE_TRANSACTION_HPP
