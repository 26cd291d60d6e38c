// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A mock: names and meaning only, see test/mock/README.md.

#ifndef MOCK_SEASTAR_CORE_FILE
#define MOCK_SEASTAR_CORE_FILE

#include "seastar/core/iostream.hh"
#include <cstdint>

namespace seastar {

enum class open_flags { ro, wo, rw, create, truncate };
inline open_flags operator|(open_flags a, open_flags) { return a; }

class file {
public:
  file() noexcept;
  file(const file &x);
  file(file &&x) noexcept;
  file &operator=(const file &x) noexcept;
  file &operator=(file &&x) noexcept;
  ~file();
  explicit operator bool() const noexcept;
  future<std::size_t> dma_read(std::uint64_t pos, char *buffer,
                               std::size_t len) noexcept;
  future<std::size_t> dma_write(std::uint64_t pos, const char *buffer,
                                std::size_t len) noexcept;
  future<> flush() noexcept;
  future<> truncate(std::uint64_t length) noexcept;
  future<std::uint64_t> size() const noexcept;
  future<> close() noexcept;
};

future<file> open_file_dma(const char *name, open_flags flags) noexcept;
future<> rename_file(const char *from, const char *to) noexcept;
template <class Func>
future<> with_file(future<file> file_fut, Func func) noexcept;
template <class Func>
future<> with_file_close_on_failure(future<file> file_fut, Func func) noexcept;

} // namespace seastar

#endif // MOCK_SEASTAR_CORE_FILE
