// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A mock: names and meaning only, see test/mock/README.md.

#ifndef MOCK_SEASTAR_CORE_FSTREAM
#define MOCK_SEASTAR_CORE_FSTREAM

#include "seastar/core/file.hh"

namespace seastar {

input_stream<char> make_file_input_stream(file f, std::uint64_t offset = 0);
future<output_stream<char>> make_file_output_stream(file f) noexcept;

} // namespace seastar

#endif // MOCK_SEASTAR_CORE_FSTREAM
