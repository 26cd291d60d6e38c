// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A mock: names and meaning only, see test/mock/README.md.

#ifndef MOCK_SEASTAR_CORE_GATE
#define MOCK_SEASTAR_CORE_GATE

#include "seastar/core/coroutine.hh"
#include <cstddef>
#include <optional>

namespace seastar {

class gate_closed_exception : public std::exception {};

class gate {
public:
  gate() noexcept {}
  gate(const gate &) = delete;
  gate(gate &&) noexcept;
  gate &operator=(gate &&) noexcept;
  virtual ~gate();
  bool try_enter() noexcept;
  void enter();
  void leave() noexcept;
  void check() const;
  future<> close() noexcept;
  std::size_t get_count() const noexcept;
  bool is_closed() const noexcept;

  class holder {
  public:
    holder() noexcept = default;
    explicit holder(gate &g) : g(&g) { g.enter(); }
    holder(const holder &x) noexcept;
    holder(holder &&x) noexcept : g(std::exchange(x.g, nullptr)) {}
    holder &operator=(const holder &x) noexcept;
    holder &operator=(holder &&x) noexcept;
    ~holder() { release(); }
    void release() noexcept;

  private:
    gate *g = nullptr;
  };
  holder hold() { return holder(*this); }
  std::optional<holder> try_hold() noexcept;
};

class named_gate : public gate {};

template <class Func> future<> with_gate(gate &g, Func &&func);
template <class Func> future<> try_with_gate(gate &g, Func &&func) noexcept;

} // namespace seastar

#endif // MOCK_SEASTAR_CORE_GATE
