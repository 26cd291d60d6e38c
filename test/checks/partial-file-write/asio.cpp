// RUN: %check partial-file-write %s --no-notes -pthread -DASIO_HAS_CO_AWAIT -DASIO_HAS_STD_COROUTINE -DASIO_HAS_FILE -DASIO_HAS_IO_URING
// REQUIRES: asio, liburing

#include <asio.hpp>

using asio::awaitable;
using asio::stream_file;
using asio::use_awaitable;

awaitable<void> bad_stream_file(asio::const_buffer data) {
  stream_file file(co_await asio::this_coro::executor, "state",
  // expected-warning@-1 {{the file of 'file' is emptied in place and written across suspensions}}
                   stream_file::write_only | stream_file::create |
                       stream_file::truncate);
  co_await asio::async_write(file, data, use_awaitable);
}

awaitable<void> ok_appends(asio::const_buffer data) {
  stream_file file(co_await asio::this_coro::executor, "state",
                   stream_file::write_only | stream_file::create |
                       stream_file::append);
  co_await asio::async_write(file, data, use_awaitable);
}
