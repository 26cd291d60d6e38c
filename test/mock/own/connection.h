// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Things of the home-made library whose close must be awaited.

#ifndef OWN_CONNECTION_H
#define OWN_CONNECTION_H

#include "own/task.h"

namespace own {

class connection {
public:
  connection();
  explicit connection(const char *host);
  connection(connection &&) noexcept;
  connection &operator=(connection &&) noexcept;
  ~connection();

  static task<connection> connect(const char *host);
  task<int> read();
  task<> write(int value);
  task<> flush();
  task<> close();
  bool is_open() const;
};

/// Owns tasks until they are joined.
class scope {
public:
  scope();
  scope(const scope &) = delete;
  ~scope();
  void spawn(task<> t);
  void request_stop();
  task<> join();
};

/// Closing is synchronous: no resource, in spite of its name.
class file_descriptor {
public:
  explicit file_descriptor(const char *path);
  file_descriptor(file_descriptor &&) noexcept;
  ~file_descriptor();
  task<int> read();
  void close() noexcept;
};

/// Calls \p use with \p c and closes it, whatever happens.
template <class Use> task<> with_connection(connection c, Use use) {
  std::exception_ptr error;
  try {
    co_await use(c);
  } catch (...) {
    error = std::current_exception();
  }
  co_await c.close();
  if (error)
    std::rethrow_exception(error);
}

} // namespace own

#endif // OWN_CONNECTION_H
