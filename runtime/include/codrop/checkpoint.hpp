// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a computation leaves behind to go on from, and where it is kept. POSIX.

#ifndef CODROP_CHECKPOINT_HPP
#define CODROP_CHECKPOINT_HPP

#include <codrop/atomic_file.hpp>

#include <charconv>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>

namespace codrop {

/// A checkpoint that cannot be gone on from.
class checkpoint_error : public std::runtime_error {
public:
  enum reason {
    corrupt, ///< Damaged, or no checkpoint at all.
    foreign, ///< Of another computation, or another version of it.
  };
  checkpoint_error(reason why, const std::string &what)
      : std::runtime_error(what), why_(why) {}
  [[nodiscard]] reason why() const noexcept { return why_; }

private:
  reason why_;
};

/// Where the checkpoint of one computation is kept. A store has these three
/// members, which may block, and are called one at a time.
template <class Store>
concept checkpoint_store = requires(Store &store, const std::string &data) {
  { store.load() } -> std::convertible_to<std::optional<std::string>>;
  store.save(data);
  store.clear();
};

/// Keeps it in memory: for tests, and for a computation that is resumed within
/// the process.
///
/// Exceptions: std::bad_alloc. Cancellation: none. Destruction: the checkpoint
/// is gone. Threading: one thread at a time.
class memory_checkpoint_store {
public:
  [[nodiscard]] std::optional<std::string> load() const { return data_; }
  void save(const std::string &data) {
    data_ = data;
    ++saves_;
  }
  void clear() noexcept { data_.reset(); }
  [[nodiscard]] std::size_t saves() const noexcept { return saves_; }

private:
  std::optional<std::string> data_;
  std::size_t saves_ = 0;
};

/// Keeps it in a file, by atomic_file_writer: after a kill or a power failure
/// there is the last checkpoint or the one before, whole.
///
/// Exceptions: std::system_error with the path. Cancellation: none, it blocks.
/// Destruction: the checkpoint stays. Threading: one thread at a time.
class file_checkpoint_store {
public:
  explicit file_checkpoint_store(std::filesystem::path path)
      : path_(std::move(path)) {}

  [[nodiscard]] std::optional<std::string> load() const {
    const std::filesystem::path real = detail::follow_links(path_);
    return detail::directory(real.parent_path()).read(real.filename().string());
  }
  void save(const std::string &data) {
    atomic_file_writer file(path_);
    file.write(data);
    file.commit();
  }
  void clear() {
    const std::filesystem::path real = detail::follow_links(path_);
    const detail::directory in(real.parent_path());
    if (in.remove(real.filename().string()))
      in.sync();
  }

private:
  std::filesystem::path path_;
};

/// How a state becomes bytes and comes back: trivially copyable ones as they
/// lie in memory, which is for the same program on the same machine. Specialize
/// it, or give the state `std::string encode() const` and
/// `static State decode(std::string_view)`, which throws what it cannot read.
template <class State>
struct checkpoint_codec {
  static std::string encode(const State &state) {
    if constexpr (requires {
                    { state.encode() } -> std::convertible_to<std::string>;
                  }) {
      return state.encode();
    } else {
      static_assert(std::is_trivially_copyable_v<State>,
                    "specialize codrop::checkpoint_codec for the state");
      return {reinterpret_cast<const char *>(std::addressof(state)),
              sizeof state};
    }
  }
  static State decode(std::string_view data) {
    if constexpr (requires {
                    { State::decode(data) } -> std::convertible_to<State>;
                  }) {
      return State::decode(data);
    } else {
      State state{};
      if (data.size() != sizeof state)
        throw checkpoint_error(checkpoint_error::foreign,
                               "a checkpoint of a state of another size");
      std::memcpy(std::addressof(state), data.data(), sizeof state);
      return state;
    }
  }
};

template <>
struct checkpoint_codec<std::string> {
  static std::string encode(const std::string &state) { return state; }
  static std::string decode(std::string_view data) { return std::string(data); }
};

namespace detail {

struct checkpoint {
  std::uint64_t steps = 0;
  bool done = false;
  std::string state;

  // codrop checkpoint 1 <sum>\n<id size> <steps> <done>\n<id><state>
  static constexpr std::string_view magic{"codrop checkpoint 1 "};

  [[nodiscard]] std::string encode(std::string_view id) const {
    std::string body = std::to_string(id.size()) + ' ' + std::to_string(steps) +
                       ' ' + (done ? '1' : '0') + '\n';
    body.append(id).append(state);
    std::string text(magic);
    text += std::to_string(checksum(body)) + '\n';
    return text + body;
  }
  static checkpoint decode(std::string_view text, std::string_view id) {
    if (!text.starts_with(magic))
      corrupt();
    text.remove_prefix(magic.size());
    const std::uint64_t sum = number(text, '\n');
    if (checksum(text) != sum)
      corrupt();
    checkpoint result;
    const std::uint64_t size = number(text, ' ');
    result.steps = number(text, ' ');
    result.done = number(text, '\n') != 0;
    if (size > text.size())
      corrupt();
    const std::string_view found =
        text.substr(0, static_cast<std::size_t>(size));
    if (found != id)
      throw checkpoint_error(checkpoint_error::foreign,
                             "the checkpoint is of '" + std::string(found) +
                                 "', not of '" + std::string(id) + "'");
    result.state = text.substr(static_cast<std::size_t>(size));
    return result;
  }

private:
  [[noreturn]] static void corrupt() {
    throw checkpoint_error(checkpoint_error::corrupt,
                           "the checkpoint is damaged, or is none");
  }
  static std::uint64_t number(std::string_view &text, char end) {
    std::uint64_t value = 0;
    const auto [at, error] =
        std::from_chars(text.data(), text.data() + text.size(), value);
    const auto length = static_cast<std::size_t>(at - text.data());
    if (error != std::errc() || length == text.size() || *at != end)
      corrupt();
    text.remove_prefix(length + 1);
    return value;
  }
};

} // namespace detail

} // namespace codrop

#endif // CODROP_CHECKPOINT_HPP
