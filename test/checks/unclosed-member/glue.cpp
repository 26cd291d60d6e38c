// RUN: %check unclosed-member %s --no-notes
//
// What a close of one's own can get wrong: bases, what is behind a pointer,
// ways past a close, helpers, and who uses whom.

#include "own/connection.h"
#include "own/task.h"
#include <exception>
#include <map>
#include <memory>
#include <optional>
#include <vector>

using own::connection;
using own::task;

namespace {

bool lucky();
task<> work();
task<bool> say_goodbye();
task<> when_all(task<>, task<>);
task<> close_quietly(connection &);

// --- Base classes ------------------------------------------------------------

class base {
public:
  virtual ~base();
  virtual task<> close() { co_await conn_.close(); }
  task<> run() { co_await conn_.write(1); }

private:
  connection conn_;
};

class BadForgetsBase : public base {
public:
  task<> close() override { co_await own_.close(); } // expected-warning {{'close()' of 'BadForgetsBase' forgets its base class 'base', whose 'close()' must be awaited too}}

private:
  connection own_;
};

class BadHidesBase : public base {
public:
  task<> close() override { co_await work(); } // expected-warning {{'close()' of 'BadHidesBase' forgets its base class 'base'}}
};

class OkCallsBase : public base {
public:
  task<> close() override {
    std::exception_ptr error;
    try {
      co_await own_.close();
    } catch (...) {
      error = std::current_exception();
    }
    co_await base::close();
    if (error)
      std::rethrow_exception(error);
  }

private:
  connection own_;
};

class BadSkipsBase : public base {
public:
  task<> close() override {
    co_await own_.close(); // expected-warning {{'close()' of 'BadSkipsBase' leaves its base class 'base' open when this co_await throws}}
    co_await base::close();
  }

private:
  connection own_;
};

class OkInheritsClose : public base {
public:
  int count() const { return count_; }

private:
  int count_ = 0;
};

class BadInheritsOnly : public base {
public:
  task<> more() { co_await more_.write(1); }

private:
  connection more_; // expected-warning {{'BadInheritsOnly' owns 'more_'}}
};

class interface {
public:
  virtual ~interface();
  virtual task<> close() { co_return; }
};
class OkImplements : public interface {
public:
  task<> close() override { co_await conn_.close(); }

private:
  connection conn_;
};

class shared_part {
protected:
  connection conn_;
  task<> run() { co_await conn_.write(1); }
};
class BadProtected : public shared_part {
public:
  task<> close() { co_await more_.close(); } // expected-warning {{'close()' of 'BadProtected' forgets 'conn_' of type 'own::connection'}}

private:
  connection more_;
};
class OkProtected : public shared_part {
public:
  task<> close() { co_await conn_.close(); }
};

template <class Next> class layer : public Next {
public:
  task<> close() { co_await own_.close(); } // expected-warning {{'close()' of 'layer' forgets its base class 'base'}}

private:
  connection own_;
};
inline task<> BadLayers(layer<base> &l) { return l.close(); }

// --- Behind a pointer --------------------------------------------------------

class HandleOnly {
public:
  task<> send();

private:
  class impl;
  std::unique_ptr<impl> impl_; // expected-warning {{'HandleOnly' owns 'impl_' of type 'HandleOnly::impl'}}
};
class HandleOnly::impl {
public:
  task<> run() { co_await conn_.write(1); }
  task<> close() { co_await conn_.close(); }

private:
  connection conn_;
};
task<> HandleOnly::send() { co_await impl_->run(); }

class BadHalf {
public:
  task<> close() { co_await impl_->data.close(); } // expected-warning {{'close()' of 'BadHalf' forgets 'control' of type 'own::connection'}}
  task<> send() { co_await impl_->control.write(1); }

private:
  struct impl {
    connection data;
    connection control;
  };
  std::unique_ptr<impl> impl_;
};

class BadNoneOfTwo {
public:
  task<> send() { co_await state_.data.write(1); }

private:
  struct state {
    connection data; // expected-warning {{'BadNoneOfTwo' owns 'data' of type 'own::connection'}}
    int count = 0;
  };
  state state_;
};

class OkWhole {
public:
  task<> close() {
    co_await when_all(impl_->data.close(), impl_->control.close());
  }

private:
  struct impl {
    connection data;
    connection control;
  };
  std::unique_ptr<impl> impl_;
};

class OkWholeByAlias {
public:
  task<> close() {
    auto &i = *impl_;
    co_await when_all(i.data.close(), i.control.close());
  }

private:
  struct impl {
    connection data;
    connection control;
  };
  std::unique_ptr<impl> impl_;
};

class OkImplCloses {
public:
  task<> close() { co_await impl_->finish(); }

private:
  struct impl {
    connection data;
    connection control;
    task<> finish() { co_await when_all(data.close(), control.close()); }
  };
  std::unique_ptr<impl> impl_;
};

class OkImplUnseen {
public:
  task<> close() { co_await impl_->finish(); }

private:
  struct impl {
    connection data;
    task<> finish();
  };
  std::unique_ptr<impl> impl_;
};

class BadImplSkips {
public:
  task<> close() {
    co_await impl_->data.close(); // expected-warning {{'close()' of 'BadImplSkips' leaves 'control' open when this co_await throws}}
    co_await impl_->control.close();
  }

private:
  struct impl {
    connection data;
    connection control;
  };
  std::unique_ptr<impl> impl_;
};

// --- Not on every way --------------------------------------------------------

/// Tells by its result that it has failed.
struct coded {
  coded(coded &&) noexcept;
  own::future<int> close();
};

class BadReturnsEarly {
public:
  task<> close() {
    if (!co_await say_goodbye()) // expected-warning {{'close()' of 'BadReturnsEarly' leaves 'conn_' open on one of its ways}}
      co_return;
    co_await conn_.close();
  }

private:
  connection conn_;
};

class BadErrorCode {
public:
  task<int> close() {
    int ec = co_await second_.close();
    if (ec) // expected-warning {{'close()' of 'BadErrorCode' leaves 'first_' open on one of its ways}}
      co_return ec;
    co_return co_await first_.close();
  }

private:
  coded first_;
  coded second_;
};

class BadBranch {
public:
  task<> close() {
    if (lucky()) // expected-warning {{'close()' of 'BadBranch' leaves 'conn_' open on one of its ways}}
      co_await conn_.close();
    co_await work();
  }

private:
  connection conn_;
};

class OkClosedAlready {
public:
  task<> close() {
    if (closed_)
      co_return;
    closed_ = true;
    co_await conn_.close();
  }

private:
  bool closed_ = false;
  connection conn_;
};

class OkClosedAlreadyExchanged {
public:
  task<> close() {
    bool was_open = std::exchange(open_, false);
    if (!was_open)
      co_return;
    co_await conn_.close();
  }

private:
  bool open_ = true;
  connection conn_;
};

class OkAsked {
public:
  task<> close(bool hard) {
    if (hard)
      co_return;
    co_await conn_.close();
  }

private:
  connection conn_;
};

class OkThereIsNone {
public:
  task<> close() {
    if (!conn_)
      co_return;
    co_await conn_->close();
  }

private:
  std::unique_ptr<connection> conn_;
};

class OkBothBranches {
public:
  task<> close() {
    if (lucky()) {
      co_await conn_.close();
    } else {
      co_await close_quietly(conn_);
    }
  }

private:
  connection conn_;
};

class OkEveryOne {
public:
  task<> close() {
    std::exception_ptr error;
    for (auto &c : conns_)
      try {
        co_await c.close();
      } catch (...) {
        error = std::current_exception();
      }
  }

private:
  std::vector<connection> conns_;
};

class OkTriesAgain {
public:
  task<> close() {
    for (int i = 0; i < 3; ++i) {
      try {
        co_await conn_.close();
        co_return;
      } catch (...) {
      }
    }
  }

private:
  connection conn_;
};

// --- Mentioned, and not closed -----------------------------------------------

class BadOnlyFlushes {
public:
  task<> close() { // expected-warning {{'close()' of 'BadOnlyFlushes' forgets 'second_'}}
    co_await when_all(first_.close(), second_.flush());
  }

private:
  connection first_;
  connection second_;
};

struct soft {
  soft(soft &&) noexcept;
  task<> close();
  void abort();
};
class OkAborts {
public:
  task<> close() {
    second_.abort();
    co_await first_.close();
  }

private:
  connection first_;
  soft second_;
};

// --- Through helpers ---------------------------------------------------------

class OkHelpers {
public:
  task<> close() {
    co_await when_all(close_quietly(first_), shut_second());
  }

private:
  task<> shut_second() {
    auto *c = &second_;
    co_await c->close();
  }
  connection first_;
  connection second_;
};

class BadHelperThrows {
public:
  task<> close() {
    co_await shut_second(); // expected-warning {{leaves 'first_' open when this co_await throws}}
    co_await close_quietly(first_);
  }

private:
  task<> shut_second() { co_await second_.close(); }
  connection first_;
  connection second_;
};

// --- Order -------------------------------------------------------------------

struct log_file {
  explicit log_file(connection &to);
  log_file(log_file &&) noexcept;
  task<> close();
};
struct reader {
  explicit reader(connection *from);
  reader(reader &&) noexcept;
  task<> close();
};

class BadOrderPointer {
public:
  BadOrderPointer() : log_(std::make_unique<log_file>(conn_)) {}
  task<> close() {
    std::exception_ptr error;
    try {
      co_await conn_.close(); // expected-warning {{'close()' of 'BadOrderPointer' closes 'conn_' before 'log_', which uses it}}
    } catch (...) {
      error = std::current_exception();
    }
    co_await log_->close();
  }

private:
  connection conn_;
  std::unique_ptr<log_file> log_;
};

class BadOrderAssigned {
public:
  void start() { log_ = std::make_unique<log_file>(conn_); }
  task<> close() {
    std::exception_ptr error;
    try {
      co_await conn_.close(); // expected-warning {{closes 'conn_' before 'log_', which uses it}}
    } catch (...) {
      error = std::current_exception();
    }
    co_await log_->close();
  }

private:
  connection conn_;
  std::unique_ptr<log_file> log_;
};

class BadOrderEmplaced {
public:
  void start() { reader_.emplace(&conn_); }
  task<> close() {
    std::exception_ptr error;
    try {
      co_await conn_.close(); // expected-warning {{closes 'conn_' before 'reader_', which uses it}}
    } catch (...) {
      error = std::current_exception();
    }
    if (reader_)
      co_await reader_->close();
  }

private:
  connection conn_;
  std::optional<reader> reader_;
};

class OkOrderPointer {
public:
  OkOrderPointer() : log_(std::make_unique<log_file>(conn_)) {}
  task<> close() {
    std::exception_ptr error;
    try {
      co_await log_->close();
    } catch (...) {
      error = std::current_exception();
    }
    co_await conn_.close();
  }

private:
  connection conn_;
  std::unique_ptr<log_file> log_;
};

// --- Templates and macros ----------------------------------------------------

template <class T> class pair_of {
public:
  task<> close() {
    co_await first_.close(); // expected-warning {{'close()' of 'pair_of' leaves 'second_' open when this co_await throws}}
    co_await second_.close();
  }

private:
  T first_, second_;
};
inline task<> BadInstantiated(pair_of<connection> &p) { return p.close(); }

#define MEMBERS connection data_, control_;
class BadFromMacro {
public:
  task<> close() { co_await data_.close(); } // expected-warning {{'close()' of 'BadFromMacro' forgets 'control_'}}

private:
  MEMBERS
};

class OkNolint {
public:
  task<> close() {
    co_await data_.close(); // NOLINT(codrop-unclosed-member)
    co_await control_.close();
  }

private:
  connection data_, control_;
};

} // namespace
