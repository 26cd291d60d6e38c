// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A mock: names and meaning only, see test/mock/README.md.

#ifndef MOCK_SEASTAR_NET_API
#define MOCK_SEASTAR_NET_API

#include "seastar/core/iostream.hh"

namespace seastar {

class connected_socket {
public:
  connected_socket() noexcept;
  connected_socket(connected_socket &&) noexcept;
  connected_socket &operator=(connected_socket &&) noexcept;
  ~connected_socket();
  input_stream<char> input();
  output_stream<char> output();
  void shutdown_input();
  void shutdown_output();
};

future<connected_socket> connect(const char *address);

} // namespace seastar

#endif // MOCK_SEASTAR_NET_API
