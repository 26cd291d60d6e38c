// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A mock: names and meaning only, see test/mock/README.md.

#ifndef MOCK_SEASTAR_CORE_IOSTREAM
#define MOCK_SEASTAR_CORE_IOSTREAM

#include "seastar/core/coroutine.hh"
#include <cstddef>

namespace seastar {

template <class CharType> class temporary_buffer {
public:
  temporary_buffer() noexcept = default;
  temporary_buffer(temporary_buffer &&) noexcept;
  temporary_buffer &operator=(temporary_buffer &&) noexcept;
  ~temporary_buffer();
  const CharType *get() const;
  std::size_t size() const;
  bool empty() const;
};

class data_source {
public:
  data_source() noexcept = default;
  data_source(data_source &&) noexcept = default;
  data_source &operator=(data_source &&) noexcept = default;
  future<temporary_buffer<char>> get() noexcept;
  future<> close() noexcept;
};

class data_sink {
public:
  data_sink() noexcept = default;
  data_sink(data_sink &&) noexcept = default;
  data_sink &operator=(data_sink &&) noexcept = default;
  future<> put(temporary_buffer<char> data) noexcept;
  future<> flush() noexcept;
  future<> close() noexcept;
};

template <class CharType> class input_stream final {
public:
  input_stream() noexcept = default;
  explicit input_stream(data_source source) noexcept;
  input_stream(input_stream &&) noexcept;
  input_stream &operator=(input_stream &&) noexcept;
  ~input_stream();
  future<temporary_buffer<CharType>> read() noexcept;
  future<temporary_buffer<CharType>> read_exactly(std::size_t n) noexcept;
  bool eof() const noexcept;
  future<> skip(std::size_t n) noexcept;
  future<> close() noexcept;
  data_source detach() &&;
};

template <class CharType> class output_stream final {
public:
  output_stream() noexcept = default;
  explicit output_stream(data_sink sink) noexcept;
  output_stream(output_stream &&) noexcept;
  output_stream &operator=(output_stream &&) noexcept;
  ~output_stream();
  future<> write(const CharType *buf) noexcept;
  future<> write(const CharType *buf, std::size_t n) noexcept;
  future<> flush() noexcept;
  future<> close() noexcept;
  data_sink detach() &&;
};

template <class CharType>
future<> copy(input_stream<CharType> &, output_stream<CharType> &);

} // namespace seastar

#endif // MOCK_SEASTAR_CORE_IOSTREAM
