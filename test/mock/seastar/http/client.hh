// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A mock: names and meaning only, see test/mock/README.md.

#ifndef MOCK_SEASTAR_HTTP_CLIENT
#define MOCK_SEASTAR_HTTP_CLIENT

#include "seastar/core/coroutine.hh"

namespace seastar::http {

struct request {};

class client {
public:
  explicit client(const char *address);
  client(client &&) noexcept;
  ~client();
  template <class Handler> future<> make_request(request rq, Handler handle);
  future<> close() noexcept;
};

} // namespace seastar::http

#endif // MOCK_SEASTAR_HTTP_CLIENT
