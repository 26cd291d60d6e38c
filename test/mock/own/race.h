// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Races and timeouts of the home-made library, and streams to lose them with.
// What they do is said in annotations: no knowledge file speaks of them.

#ifndef OWN_RACE_H
#define OWN_RACE_H

#include "own/task.h"
#include <variant>

#define OWN_FACT(FACT) [[clang::annotate("codrop::" FACT)]]

namespace own {

struct nothing {};
namespace detail {
template <class T> struct filled {
  using type = T;
};
template <> struct filled<void> {
  using type = nothing;
};
template <class T> using filled_t = typename filled<T>::type;
} // namespace detail

/// Cancels the loser, waits for it, and says who has won.
template <class A, class B>
OWN_FACT("cancelling_combinator")
task<std::variant<detail::filled_t<A>, detail::filled_t<B>>> race(task<A> a,
                                                                  task<B> b);
/// Nobody has said what this one does, but its name.
template <class A, class B>
task<std::variant<detail::filled_t<A>, detail::filled_t<B>>>
operator||(task<A> a, task<B> b);

struct timed_out : std::exception {};
/// Cancels the task and throws timed_out.
template <class T>
OWN_FACT("cancelling_combinator(1, throws)")
task<T> timeout(task<T> t, int milliseconds);
/// Throws timed_out and lets the future go.
template <class T>
OWN_FACT("cancelling_combinator(2, goes_on, throws)")
future<T> wait_for(int milliseconds, future<T> f);

class stream {
public:
  stream();
  stream(stream &&) noexcept;
  stream &operator=(stream &&) noexcept;
  ~stream();
  OWN_FACT("cancel_safe") task<int> read_some(char *to, int size);
  task<> write_some(const char *from, int size);
  bool is_open() const;
  void close();
};

/// `leaves: half-done` in test/mock/own/race.yaml.
task<int> read_all(stream &from, char *to, int size);
task<> write_all(stream &to, const char *from, int size);

template <class T> class channel {
public:
  /// Takes the next element, even if nobody waits for it any more.
  OWN_FACT("cancel_unsafe") task<T> pop();
  OWN_FACT("cancel_safe") task<T> receive();
};

} // namespace own

#endif // OWN_RACE_H
