// RUN: %check partial-file-write %s --no-notes

#include "folly/File.h"
#include "folly/coro/Task.h"
#include "qcoro/qcoro.h"
#include "seastar/core/coroutine.hh"
#include "seastar/core/file.hh"
#include "seastar/core/fstream.hh"

using folly::coro::Task;
using seastar::future;
using seastar::open_flags;

// --- Seastar ------------------------------------------------------------------

future<> bad_seastar(const char *data, std::size_t size) {
  auto f = co_await seastar::open_file_dma(
  // expected-warning@-1 {{the file of 'f' is emptied in place and written across suspensions}}
      "state", open_flags::wo | open_flags::create | open_flags::truncate);
  co_await f.dma_write(0, data, size);
  co_await f.close();
}

future<> bad_seastar_stream(const char *text) {
  auto f = co_await seastar::open_file_dma(
  // expected-warning@-1 {{the file of 'f' is emptied in place and written across suspensions}}
      "state", open_flags::wo | open_flags::truncate);
  auto out = co_await seastar::make_file_output_stream(std::move(f));
  co_await out.write(text);
  co_await out.close();
}

future<> ok_seastar_renamed(const char *data, std::size_t size) {
  auto f = co_await seastar::open_file_dma(
      "state~", open_flags::wo | open_flags::create);
  co_await f.dma_write(0, data, size);
  co_await f.close();
  co_await seastar::rename_file("state~", "state");
}

future<> ok_seastar_reads(char *to) {
  auto f = co_await seastar::open_file_dma("state", open_flags::ro);
  co_await f.dma_read(0, to, 64);
  co_await f.close();
}

// --- Folly --------------------------------------------------------------------

Task<int> next();

Task<void> bad_folly() {
  folly::File file("state", O_WRONLY | O_CREAT | O_TRUNC);
  // expected-warning@-1 {{the file of 'file' is emptied in place and written across suspensions}}
  int value = co_await next();
  folly::writeFull(file.fd(), &value, sizeof value);
}

Task<void> ok_folly_appends() {
  folly::File file("state", O_WRONLY | O_CREAT | O_APPEND);
  int value = co_await next();
  folly::writeFull(file.fd(), &value, sizeof value);
}

// --- Qt -----------------------------------------------------------------------

QCoro::Task<void> pause();

QCoro::Task<void> bad_qt() {
  QFile file("state");
  file.open(QIODevice::WriteOnly); // expected-warning {{the file of 'file' is emptied in place and written across suspensions}}
  co_await pause();
  file.write("done");
}

QCoro::Task<void> ok_qt_temporary() {
  QFile file("state.tmp");
  file.open(QIODevice::WriteOnly);
  co_await pause();
  file.write("done");
}

QCoro::Task<void> ok_qt_save_file() {
  QSaveFile file("state");
  file.open(QIODevice::WriteOnly);
  co_await pause();
  file.write("done");
}
