// RUN: %check unawaited-close %s -Werror=return-type --no-notes
//
// The shapes of bugs that were found and fixed in programs, and of their fixes.
// Which repository and commit each stands for is in docs/field-bugs.md; the
// names say the repository.

#include "own/connection.h"
#include "seastar/core/fstream.hh"
#include "seastar/core/iostream.hh"
#include "seastar/coroutine/all.hh"
#include "seastar/coroutine/as_future.hh"
#include "seastar/coroutine/exception.hh"
#include "seastar/util/closeable.hh"
#include <memory>
#include <vector>

using seastar::future;
using seastar::input_stream;
using seastar::output_stream;

struct buffer {};
output_stream<char> make_buffer_output(buffer &into);
void parse(const buffer &);
bool has_room();

// --- A manifest is read into a buffer, and neither stream is closed ----------

future<> bad_redpanda_update(input_stream<char> body) { // expected-warning {{'body' of type 'seastar::input_stream<char>' is destroyed without an awaited 'close()'}}
  buffer result;
  auto out = make_buffer_output(result); // expected-warning {{'out' of type 'seastar::output_stream<char>' is destroyed without an awaited 'close()'}}
  co_await seastar::copy(body, out);
  parse(result);
}

future<> ok_redpanda_update_caught(input_stream<char> body) {
  buffer result;
  auto out = make_buffer_output(result);
  std::exception_ptr error;
  try {
    co_await seastar::copy(body, out);
  } catch (...) {
    error = std::current_exception();
  }
  co_await seastar::when_all_succeed(body.close(), out.close());
  if (error)
    std::rethrow_exception(error);
  parse(result);
}

// The streams are closed by continuations, one after the other.
future<> ok_redpanda_update(input_stream<char> body) {
  buffer result;
  auto out = make_buffer_output(result);
  co_await seastar::copy(body, out).finally([&body, &out]() mutable {
    return body.close().finally([&out]() mutable { return out.close(); });
  });
  parse(result);
}

// The inner one is forgotten: nobody waits for it.
future<> bad_redpanda_update_one_forgotten(input_stream<char> body) {
  buffer result;
  auto out = make_buffer_output(result); // expected-warning {{'out' of type 'seastar::output_stream<char>' is destroyed without an awaited 'close()'}}
  co_await seastar::copy(body, out).finally([&body] { return body.close(); });
  parse(result);
}

// --- A body that is handed in is left open where the upload is refused -------

future<> bad_redpanda_put_object(input_stream<char> body, bool allowed) { // expected-warning {{'body' of type 'seastar::input_stream<char>' is destroyed without an awaited 'close()' on some path}}
  if (!allowed)
    co_await seastar::coroutine::return_exception(std::exception());
  co_await seastar::coroutine::as_future(body.skip(1));
  co_await body.close();
}

future<> bad_redpanda_put_object_throwing(input_stream<char> body, bool allowed) { // expected-warning {{on some path}}
  if (!allowed)
    throw std::exception();
  co_await body.close();
}

future<> ok_redpanda_put_object(input_stream<char> body, bool allowed) {
  if (!allowed) {
    co_await body.close();
    co_await seastar::coroutine::return_exception(std::exception());
  }
  co_await seastar::coroutine::as_future(body.skip(1));
  co_await body.close();
}

// --- A builder owns readers, and is lost when its initialization throws ------

class builder {
public:
  explicit builder(int base);
  builder(builder &&) noexcept;
  ~builder();
  future<> initialize();
  future<> build();
  future<> close() noexcept;
};

future<builder> bad_scylladb_make_builder(int base) {
  builder b(base); // expected-warning {{'b' of type 'builder' is destroyed without an awaited 'close()' when a co_await throws}}
  co_await b.initialize();
  co_return b;
}

future<builder> ok_scylladb_make_builder(int base) {
  builder b(base);
  std::exception_ptr error;
  try {
    co_await b.initialize();
  } catch (...) {
    error = std::current_exception();
  }
  if (error) {
    co_await b.close();
    co_await seastar::coroutine::return_exception_ptr(std::move(error));
  }
  co_return b;
}

// --- Closed on the successful path only --------------------------------------

class reader {
public:
  explicit reader(const char *name);
  reader(reader &&) noexcept;
  ~reader();
  future<bool> next();
  future<> close() noexcept;
};
reader make_reader();

future<int> bad_scylladb_filter() {
  auto r = make_reader(); // expected-warning {{when a co_await throws}}
  int n = 0;
  while (co_await r.next())
    ++n;
  co_await r.close();
  co_return n;
}

struct count {
  future<> operator()(reader &) const;
};
future<> ok_scylladb_filter() {
  co_await seastar::with_closeable(make_reader(), count());
}

// --- An owned index dies with its try block ----------------------------------

future<bool> bad_scylladb_has_key_closed_in_try() {
  std::exception_ptr error;
  bool present = false;
  try {
    auto index = std::make_unique<reader>("index"); // expected-warning {{'index' of type 'reader' is destroyed without an awaited 'close()' when a co_await throws}}
    present = co_await index->next();
    co_await index->close();
  } catch (...) {
    error = std::current_exception();
  }
  if (error)
    co_await seastar::coroutine::return_exception_ptr(std::move(error));
  co_return present;
}

future<bool> ok_scylladb_has_key_closed_after() {
  std::exception_ptr error;
  std::unique_ptr<reader> index;
  bool present = false;
  try {
    index = std::make_unique<reader>("index");
    present = co_await index->next();
  } catch (...) {
    error = std::current_exception();
  }
  if (index)
    co_await index->close();
  if (error)
    co_await seastar::coroutine::return_exception_ptr(std::move(error));
  co_return present;
}

// What the real code had: nobody closes the index, whatever happens.
future<bool> bad_scylladb_has_key() {
  std::exception_ptr error;
  bool present;
  try {
    auto index = std::make_unique<reader>("index"); // expected-warning {{'index' of type 'reader' is destroyed without an awaited 'close()'}}
    present = co_await index->next();
  } catch (...) {
    error = std::current_exception();
  }
  if (error)
    co_await seastar::coroutine::return_exception_ptr(std::move(error));
  co_return present;
}

// And its fix: the index is taken out of the variable and closed.
future<bool> ok_scylladb_has_key() {
  std::exception_ptr error;
  std::unique_ptr<reader> index = nullptr;
  bool present;
  try {
    index = std::make_unique<reader>("index");
    present = co_await index->next();
  } catch (...) {
    error = std::current_exception();
  }
  if (auto last = std::move(index))
    co_await last->close();
  if (error)
    co_await seastar::coroutine::return_exception_ptr(std::move(error));
  co_return present;
}

// --- Read through and never closed -------------------------------------------

future<int> bad_scylladb_split_loop() {
  auto r = make_reader(); // expected-warning {{'r' of type 'reader' is destroyed without an awaited 'close()'}}
  int parts = 0;
  while (co_await r.next())
    ++parts;
  co_return parts;
}

// The real one: a reader that needs a permit of a semaphore that must be stopped
// itself.
class permits {
public:
  explicit permits(const char *name);
  ~permits();
  int make_permit();
  future<> stop();
};
class splitter {
public:
  explicit splitter(std::vector<int> &into);
};
class mutation_source {
public:
  mutation_source(int permit, const char *name);
  mutation_source(mutation_source &&) noexcept;
  ~mutation_source();
  template <class Consumer> future<> consume(Consumer consumer);
  future<> close() noexcept;
};
mutation_source make_source(int permit, const char *name);

future<> bad_scylladb_split(std::vector<int> &into, permits &all) {
  {
    auto source = make_source(all.make_permit(), "split"); // expected-warning {{'source' of type 'mutation_source' is destroyed without an awaited 'close()'}}
    co_await source.consume(splitter(into));
  }
  co_await all.stop();
}

future<> ok_scylladb_split(std::vector<int> &into, permits &all) {
  {
    auto source = make_source(all.make_permit(), "split");
    co_await seastar::with_closeable(std::move(source),
                                     [&](mutation_source &source) {
                                       return source.consume(splitter(into));
                                     });
  }
  co_await all.stop();
}

// The fix left the semaphore as it was: it is not stopped when reading fails.
future<> bad_scylladb_split_semaphore(std::vector<int> &into) {
  permits all("split"); // expected-warning {{'all' of type 'permits' is destroyed without an awaited 'stop()' when a co_await throws}}
  {
    auto source = make_source(all.make_permit(), "split");
    co_await seastar::with_closeable(std::move(source),
                                     [&](mutation_source &source) {
                                       return source.consume(splitter(into));
                                     });
  }
  co_await all.stop();
}

// --- A connection that lost the race for its slot ----------------------------

class transport {
public:
  explicit transport(int peer);
  transport(transport &&) noexcept;
  ~transport();
  future<> connect();
  future<> stop();
};

class connections {
public:
  future<> bad_redpanda_add_lost_race(int peer) {
    auto t = std::make_unique<transport>(peer); // expected-warning {{'t' of type 'transport' is destroyed without an awaited 'stop()' on some path}}
    co_await t->connect();
    if (!has_room())
      co_return;
    all.push_back(std::move(t));
  }

  future<> ok_redpanda_add_lost_race(int peer) {
    auto t = std::make_unique<transport>(peer);
    co_await t->connect();
    if (!has_room()) {
      co_await t->stop();
      co_return;
    }
    all.push_back(std::move(t));
  }

private:
  std::vector<std::unique_ptr<transport>> all;
};
