// RUN: %check unawaited-close %s -Werror=return-type --no-notes

#include "seastar/core/coroutine.hh"
#include "seastar/core/file.hh"
#include "seastar/core/fstream.hh"
#include "seastar/core/gate.hh"
#include "seastar/core/iostream.hh"
#include "seastar/core/sharded.hh"
#include "seastar/core/sleep.hh"
#include "seastar/coroutine/all.hh"
#include "seastar/coroutine/as_future.hh"
#include "seastar/coroutine/exception.hh"
#include "seastar/coroutine/maybe_yield.hh"
#include "seastar/coroutine/try_future.hh"
#include "seastar/http/client.hh"
#include "seastar/net/api.hh"
#include "seastar/util/closeable.hh"
#include <memory>

using seastar::file;
using seastar::future;
using seastar::input_stream;
using seastar::open_flags;
using seastar::output_stream;

using namespace std::chrono_literals;

/// What a scope tool runs; the mocks have no bodies, so no lambda will do.
struct flush {
  future<> operator()(output_stream<char> &) const;
  future<> operator()(file &) const;
};
struct nothing {
  void operator()() const;
};
struct close_it {
  output_stream<char> &out;
  future<> operator()() const;
};

bool lucky();
output_stream<char> make_output();
future<output_stream<char>> open_output();
input_stream<char> make_input();

// --- Streams -----------------------------------------------------------------

future<> bad_output() {
  auto out = co_await open_output(); // expected-warning {{'out' of type 'seastar::output_stream<char>' is destroyed without an awaited 'close()'}}
  co_await out.write("x");
}

future<> bad_output_on_the_exceptional_path() {
  auto out = co_await open_output(); // expected-warning {{when a co_await throws}}
  co_await out.write("x");
  co_await out.flush();
  co_await out.close();
}

future<> bad_stream_parameter(input_stream<char> body) { // expected-warning {{'body' of type 'seastar::input_stream<char>'}}
  if (lucky())
    co_return;
  co_await body.close();
}

future<> bad_streams_by_plain_call() {
  auto in = make_input(); // expected-warning {{'in' of type 'seastar::input_stream<char>'}}
  auto out = make_output(); // expected-warning {{'out' of type 'seastar::output_stream<char>'}}
  co_await seastar::copy(in, out);
  co_await in.close();
  co_await out.close();
}

future<> ok_streams_closed_with_as_future() {
  auto in = make_input();
  auto out = make_output();
  auto f = co_await seastar::coroutine::as_future(seastar::copy(in, out));
  auto g = co_await seastar::coroutine::as_future(in.close());
  co_await out.close();
  f.get();
  g.get();
}

future<> ok_streams_closed_together() {
  auto in = make_input();
  auto out = make_output();
  co_await seastar::when_all_succeed(in.close(), out.close());
}

future<> ok_empty_streams() {
  input_stream<char> in;
  output_stream<char> out;
  co_await seastar::coroutine::maybe_yield();
}

future<> ok_default_constructed_then_opened() {
  output_stream<char> out;
  out = co_await open_output();
  co_await out.close();
}

future<> ok_detached() {
  auto in = make_input();
  seastar::data_source source = std::move(in).detach();
  co_await source.close();
}

future<> ok_catch_close_rethrow() {
  auto out = co_await open_output();
  std::exception_ptr error;
  try {
    co_await out.write("x");
  } catch (...) {
    error = std::current_exception();
  }
  co_await out.close();
  if (error)
    co_await seastar::coroutine::return_exception_ptr(error);
}

future<> ok_awaits_that_do_not_throw() {
  auto out = co_await open_output();
  co_await seastar::sleep(1ms);
  co_await seastar::coroutine::maybe_yield();
  co_await out.close();
}

// --- Scope tools -------------------------------------------------------------

future<> ok_with_closeable() {
  auto out = co_await open_output();
  co_await seastar::with_closeable(std::move(out), flush());
}

future<> ok_deferred_close() {
  auto out = co_await open_output();
  auto close = seastar::deferred_close(out);
  co_await out.write("x");
}

future<> ok_deferred_stop() {
  seastar::sharded<int> service;
  co_await service.start();
  auto stop = seastar::deferred_stop(service);
  co_await seastar::sleep(1ms);
}

future<> ok_closed_finally() {
  auto out = co_await open_output();
  co_await out.write("x").finally(close_it{out});
}

future<> ok_closed_then() {
  auto out = co_await open_output();
  co_await out.close().then(nothing());
}

// --- Files: handles that are copied ------------------------------------------

future<> bad_file() {
  file f = co_await seastar::open_file_dma("name", open_flags::ro); // expected-warning {{'f' of type 'seastar::file'}}
  co_await f.size();
}

future<> bad_file_on_the_exceptional_path() {
  file f = co_await seastar::open_file_dma("name", open_flags::ro); // expected-warning {{when a co_await throws}}
  co_await f.flush();
  co_await f.close();
}

future<> ok_file_parameter(file f) { co_await f.flush(); }

future<> ok_file_copied_into_a_stream() {
  file f = co_await seastar::open_file_dma("name", open_flags::ro);
  auto in = seastar::make_file_input_stream(f);
  co_await in.close();
}

future<> ok_file_with_file() {
  co_await seastar::with_file(
      seastar::open_file_dma("name", open_flags::ro), flush());
}

future<file> ok_file_returned() {
  file f = co_await seastar::open_file_dma("name", open_flags::ro);
  co_return f;
}

future<> ok_file_tested() {
  file f;
  if (lucky())
    f = co_await seastar::open_file_dma("name", open_flags::ro);
  if (f)
    co_await f.close();
}

// --- Gates and services ------------------------------------------------------

future<> ok_gate_never_entered() {
  seastar::gate g;
  co_await seastar::coroutine::maybe_yield();
}

future<> bad_gate() {
  seastar::gate g; // expected-warning {{'g' of type 'seastar::gate' is destroyed without an awaited 'close()'}}
  g.enter();
  co_await seastar::coroutine::maybe_yield();
}

future<> ok_gate_closed() {
  seastar::gate g;
  g.enter();
  co_await seastar::sleep(1ms);
  co_await g.close();
}

future<> bad_service() {
  seastar::sharded<int> service; // expected-warning {{is destroyed without an awaited 'stop()'}}
  co_await service.start();
}

future<> ok_service_stopped() {
  seastar::sharded<int> service;
  co_await service.start();
  co_await service.stop();
}

future<> bad_client() {
  seastar::http::client c("address"); // expected-warning {{'c' of type 'seastar::http::client' is destroyed without an awaited 'close()' when a co_await throws}}
  co_await c.make_request(seastar::http::request(), nothing());
  co_await c.close();
}

// A socket is shut down by its destructor.
future<seastar::connected_socket> dial();
future<> ok_socket() {
  auto s = co_await dial();
  co_await seastar::coroutine::maybe_yield();
}

// --- Owned by pointer --------------------------------------------------------

future<> bad_pointer() {
  auto in = std::make_unique<input_stream<char>>(seastar::data_source()); // expected-warning {{'in' of type 'seastar::input_stream<char>'}}
  co_await in->read();
}

// Nobody gets into a gate that is closed.
future<> ok_gate_tried_after_it_was_closed() {
  seastar::gate g;
  g.enter();
  auto closing = g.close();
  g.leave();
  co_await std::move(closing);
  if (g.try_hold())
    co_await seastar::sleep(1ms);
}
