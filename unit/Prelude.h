// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The C++ that the engine's tests are written against: as little of the
// standard library as a coroutine needs, a task type that nobody knows, and
// classes with destructors. The real library would cost each test a second.

#ifndef CODROP_UNIT_PRELUDE_H
#define CODROP_UNIT_PRELUDE_H

#include <string>

namespace codrop::test {

inline constexpr const char *Prelude = R"cpp(
namespace std {
using size_t = decltype(sizeof 0);
template <class R, class...> struct coroutine_traits {
  using promise_type = typename R::promise_type;
};
template <class P = void> struct coroutine_handle {
  static coroutine_handle from_address(void *) noexcept;
  operator coroutine_handle<>() const noexcept;
};
template <> struct coroutine_handle<void> {
  static coroutine_handle from_address(void *) noexcept;
};
struct suspend_always {
  bool await_ready() noexcept { return false; }
  void await_suspend(coroutine_handle<>) noexcept {}
  void await_resume() noexcept {}
};
struct suspend_never {
  bool await_ready() noexcept { return true; }
  void await_suspend(coroutine_handle<>) noexcept {}
  void await_resume() noexcept {}
};
template <class T> struct remove_reference { using type = T; };
template <class T> struct remove_reference<T &> { using type = T; };
template <class T> struct remove_reference<T &&> { using type = T; };
template <class T>
constexpr typename remove_reference<T>::type &&move(T &&t) noexcept {
  return static_cast<typename remove_reference<T>::type &&>(t);
}
template <class T> constexpr const T &as_const(T &t) noexcept { return t; }
template <class T> T *addressof(T &t) noexcept { return __builtin_addressof(t); }
template <class T> struct unique_ptr {
  unique_ptr();
  explicit unique_ptr(T *);
  unique_ptr(unique_ptr &&);
  ~unique_ptr();
  unique_ptr &operator=(unique_ptr &&);
  T &operator*() const;
  T *operator->() const;
  T *get() const;
  void reset(T * = nullptr);
  explicit operator bool() const;
};
template <class T> struct shared_ptr {
  shared_ptr(const shared_ptr &);
  ~shared_ptr();
  T &operator*() const;
  T *operator->() const;
  T *get() const;
  explicit operator bool() const;
};
template <class T> struct optional {
  optional();
  optional(T);
  ~optional();
  T &operator*();
  T *operator->();
  T &value();
  void reset();
  explicit operator bool() const;
};
template <class K, class V> struct map {
  struct value_type { K first; V second; };
  struct iterator {
    value_type *operator->() const;
    value_type &operator*() const;
    bool operator==(const iterator &) const;
    iterator &operator++();
  };
  iterator begin();
  iterator end();
  iterator find(const K &);
  V &operator[](const K &);
  V &at(const K &);
  bool contains(const K &) const;
};
template <class T> struct vector {
  ~vector();
  T *begin();
  T *end();
  T &operator[](size_t);
  T &at(size_t);
};
struct mutex {
  void lock();
  void unlock();
};
struct defer_lock_t {};
inline constexpr defer_lock_t defer_lock{};
template <class M> struct lock_guard {
  explicit lock_guard(M &);
  ~lock_guard();
};
template <class M> struct unique_lock {
  unique_lock() noexcept;
  explicit unique_lock(M &);
  unique_lock(M &, defer_lock_t) noexcept;
  unique_lock(unique_lock &&) noexcept;
  ~unique_lock();
  unique_lock &operator=(unique_lock &&);
  void lock();
  void unlock();
  bool owns_lock() const noexcept;
  M *release() noexcept;
  explicit operator bool() const noexcept;
};
struct ignore_t {
  template <class T> const ignore_t &operator=(const T &) const;
};
inline constexpr ignore_t ignore{};
} // namespace std

struct promise_base {
  std::suspend_always initial_suspend() noexcept;
  std::suspend_always final_suspend() noexcept;
  void unhandled_exception();
  template <class U> std::suspend_always yield_value(U &&);
};
template <class T = void> struct task {
  struct promise_type : promise_base {
    task get_return_object();
    template <class U> void return_value(U &&);
  };
  bool await_ready();
  void await_suspend(std::coroutine_handle<>);
  T await_resume();
};
template <> struct task<void> {
  struct promise_type : promise_base {
    task get_return_object();
    void return_void();
  };
  bool await_ready();
  void await_suspend(std::coroutine_handle<>);
  void await_resume();
};
struct quiet {
  bool await_ready() noexcept;
  void await_suspend(std::coroutine_handle<>) noexcept;
  void await_resume() noexcept;
};

/// A class with a destructor.
struct obj {
  obj();
  explicit obj(int);
  obj(const obj &);
  ~obj();
  bool ok() const;
  int get() const;
};
struct error {};

task<> a();
task<> b();
task<> c();
task<int> number();
task<bool> yes();
task<obj> object();
task<obj &> reference();
task<> with(const obj &);
quiet calm();
void call();
void safe() noexcept;
bool test();
)cpp";

} // namespace codrop::test

#endif // CODROP_UNIT_PRELUDE_H
