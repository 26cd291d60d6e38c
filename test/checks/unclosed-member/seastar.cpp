// RUN: %check unclosed-member %s -Werror=return-type --no-notes
//
// Services of Seastar: gates, streams and sharded services as members, closed
// by coroutines and by chains of continuations.

#include "seastar/core/coroutine.hh"
#include "seastar/core/gate.hh"
#include "seastar/core/iostream.hh"
#include "seastar/core/sharded.hh"
#include "seastar/core/sleep.hh"
#include "seastar/coroutine/all.hh"
#include "seastar/coroutine/as_future.hh"
#include "seastar/http/client.hh"
#include "seastar/util/closeable.hh"
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

using seastar::future;
using seastar::gate;
using seastar::input_stream;
using seastar::output_stream;

// --- Closed nowhere, forgotten -----------------------------------------------

class BadWriter {
public:
  explicit BadWriter(seastar::data_sink s) : _out(std::move(s)) {}
  future<> put(const char *s) { co_await _out.write(s); }

private:
  output_stream<char> _out; // expected-warning {{'BadWriter' owns '_out' of type 'seastar::output_stream<char>', which needs an awaited 'close()', and closes it nowhere}}
};

class BadGate {
public:
  future<> handle() {
    auto hold = _gate.hold();
    co_await seastar::yield();
  }

private:
  gate _gate; // expected-warning {{'BadGate' owns '_gate' of type 'seastar::gate'}}
};

class BadShards {
public:
  future<> start() { return _service.start(); }

private:
  seastar::sharded<int> _service; // expected-warning {{'BadShards' owns '_service' of type 'seastar::sharded<int>', which needs an awaited 'stop()', and closes it nowhere}}
};

// Nothing enters it.
class OkGateNotUsed {
public:
  future<> handle() { co_await seastar::yield(); }

private:
  gate _gate;
};

class OkClosedWithDeferred {
public:
  future<> run() {
    auto close = seastar::deferred_close(_out);
    co_await _out.write("x");
  }

private:
  output_stream<char> _out;
};

class BadForgetsTheGate {
public:
  void handle() { (void)seastar::with_gate(_gate, [] {}); }
  future<> stop() { co_await _out.close(); } // expected-warning {{'stop()' of 'BadForgetsTheGate' forgets '_gate'}}

private:
  output_stream<char> _out;
  gate _gate;
};

class BadForgetsAClient {
public:
  BadForgetsAClient() : _client("address") {}
  future<> stop() { return _gate.close(); } // expected-warning {{'stop()' of 'BadForgetsAClient' forgets '_client' of type 'seastar::http::client', which needs an awaited 'close()'}}
  void enter() { _gate.enter(); }

private:
  gate _gate;
  seastar::http::client _client;
};

// --- Continuations -----------------------------------------------------------

class BadThen {
public:
  future<> stop() {
    return _out.close().then([this] { return _in.close(); }); // expected-warning {{'stop()' of 'BadThen' leaves '_in' open when what this continuation waits for fails}}
  }

private:
  input_stream<char> _in;
  output_stream<char> _out;
};

class BadThenFlush {
public:
  future<> close() {
    return _out.flush().then([this] { return _out.close(); }); // expected-warning {{'close()' of 'BadThenFlush' leaves '_out' open}}
  }

private:
  output_stream<char> _out;
};

class BadThenThen {
public:
  void enter() { _gate.enter(); }
  future<> stop() {
    return _gate.close()
        .finally([this] { return _out.close(); })
        .then([this] { return _in.close(); }); // expected-warning {{'stop()' of 'BadThenThen' leaves '_in' open when what this continuation waits for fails}}
  }

private:
  gate _gate;
  input_stream<char> _in;
  output_stream<char> _out;
};

class OkFinally {
public:
  future<> stop() {
    return _out.close().finally([this] { return _in.close(); });
  }

private:
  input_stream<char> _in;
  output_stream<char> _out;
};

class OkThenAfterHandler {
public:
  future<> stop() {
    return _out.close()
        .handle_exception([](std::exception_ptr) {})
        .then([this] { return _in.close(); });
  }

private:
  input_stream<char> _in;
  output_stream<char> _out;
};

class OkThenAndFinally {
public:
  future<> stop() {
    return _out.flush().then([this] { return _in.close(); }).finally([this] {
      return seastar::when_all_succeed(_in.close(), _out.close());
    });
  }

private:
  input_stream<char> _in;
  output_stream<char> _out;
};

// That the turn can fail is no failure of closing.
class OkThenAfterSomethingElse {
public:
  future<> close() {
    return seastar::yield().then([this] { return _out.close(); });
  }

private:
  output_stream<char> _out;
};

// --- Coroutines --------------------------------------------------------------

class BadOneAfterTheOther {
public:
  future<> stop() {
    co_await _out.close(); // expected-warning {{'stop()' of 'BadOneAfterTheOther' leaves '_in' open when this co_await throws}}
    co_await _in.close();
  }

private:
  input_stream<char> _in;
  output_stream<char> _out;
};

class BadFlushedAndClosed {
public:
  future<> close() {
    co_await _out.flush(); // expected-warning {{'close()' of 'BadFlushedAndClosed' leaves '_out' open when this co_await throws}}
    co_await _out.close();
  }

private:
  output_stream<char> _out;
};

class OkAsFuture {
public:
  future<> stop() {
    auto f = co_await seastar::coroutine::as_future(_out.close());
    co_await _in.close();
    f.get();
  }

private:
  input_stream<char> _in;
  output_stream<char> _out;
};

class OkAllAtOnce {
public:
  future<> stop() {
    co_await seastar::when_all_succeed(_in.close(), _out.close());
  }

private:
  input_stream<char> _in;
  output_stream<char> _out;
};

class OkCoroutineAll {
public:
  future<> stop() {
    co_await seastar::coroutine::all([this] { return _in.close(); },
                                     [this] { return _out.close(); });
  }

private:
  input_stream<char> _in;
  output_stream<char> _out;
};

class OkFinallyInCoroutine {
public:
  future<> stop() {
    co_await _out.close().finally([this] { return _in.close(); });
  }

private:
  input_stream<char> _in;
  output_stream<char> _out;
};

// --- Many --------------------------------------------------------------------

class OkParallel {
public:
  future<> stop() {
    co_await seastar::parallel_for_each(
        _outs, [](output_stream<char> &out) { return out.close(); });
  }

private:
  std::vector<output_stream<char>> _outs;
};

class BadLoop {
public:
  future<> stop() {
    for (auto &out : _outs)
      co_await out.close(); // expected-warning {{'stop()' of 'BadLoop' leaves the other elements of '_outs' open when closing one throws}}
  }

private:
  std::vector<output_stream<char>> _outs;
};

class BadTable {
public:
  future<> stop() {
    for (auto &[name, client] : _clients)
      co_await client->close(); // expected-warning {{'stop()' of 'BadTable' leaves the other elements of '_clients' open}}
  }

private:
  std::unordered_map<int, std::unique_ptr<seastar::http::client>> _clients;
};

class OkLoopGoesOn {
public:
  future<> stop() {
    std::exception_ptr error;
    for (auto &out : _outs) {
      auto f = co_await seastar::coroutine::as_future(out.close());
      if (f.failed())
        error = f.get_exception();
    }
    if (error)
      std::rethrow_exception(error);
  }

private:
  std::vector<output_stream<char>> _outs;
};

class OkMaybe {
public:
  future<> stop() {
    if (_out)
      co_await _out->close();
  }

private:
  std::optional<output_stream<char>> _out;
};
