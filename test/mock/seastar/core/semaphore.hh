// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A mock: names and meaning only, see test/mock/README.md.

#ifndef MOCK_SEASTAR_CORE_SEMAPHORE
#define MOCK_SEASTAR_CORE_SEMAPHORE

#include "seastar/core/abort_source.hh"
#include "seastar/core/coroutine.hh"
#include <cstddef>
#include <optional>

namespace seastar {

class broken_semaphore : public std::exception {};
class semaphore_timed_out : public std::exception {};
class semaphore_aborted : public abort_requested_exception {};
struct semaphore_default_exception_factory {};

template <class ExceptionFactory, class Clock = void> class basic_semaphore {
public:
  explicit basic_semaphore(std::size_t count) noexcept;
  future<> wait(std::size_t nr = 1) noexcept;
  future<> wait(abort_source &as, std::size_t nr = 1) noexcept;
  bool try_wait(std::size_t nr = 1) noexcept;
  void signal(std::size_t nr = 1) noexcept;
  void consume(std::size_t nr = 1) noexcept;
  void broken() noexcept;
};

template <class ExceptionFactory, class Clock = void> class semaphore_units {
public:
  semaphore_units() noexcept = default;
  semaphore_units(basic_semaphore<ExceptionFactory, Clock> &sem,
                  std::size_t n) noexcept;
  semaphore_units(semaphore_units &&o) noexcept : n(std::exchange(o.n, 0)) {}
  semaphore_units &operator=(semaphore_units &&o) noexcept;
  semaphore_units(const semaphore_units &) = delete;
  ~semaphore_units() noexcept;
  std::size_t return_units(std::size_t units);
  void return_all() noexcept;
  std::size_t release() noexcept;
  semaphore_units split(std::size_t units);
  void adopt(semaphore_units &&other) noexcept;

private:
  std::size_t n = 0;
};

template <class E, class C>
future<semaphore_units<E, C>> get_units(basic_semaphore<E, C> &sem,
                                        std::size_t units) noexcept;
template <class E, class C>
future<semaphore_units<E, C>> get_units(basic_semaphore<E, C> &sem,
                                        std::size_t units,
                                        abort_source &as) noexcept;
template <class E, class C>
std::optional<semaphore_units<E, C>> try_get_units(basic_semaphore<E, C> &sem,
                                                   std::size_t units) noexcept;
template <class E, class C>
semaphore_units<E, C> consume_units(basic_semaphore<E, C> &sem,
                                    std::size_t units) noexcept;
template <class E, class C, class Func>
future<> with_semaphore(basic_semaphore<E, C> &sem, std::size_t units,
                        Func &&func) noexcept;

using semaphore = basic_semaphore<semaphore_default_exception_factory>;

} // namespace seastar

#endif // MOCK_SEASTAR_CORE_SEMAPHORE
