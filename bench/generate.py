#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes C++ that no person would write, to measure and test what it costs.

Usage: generate.py coroutines N   N coroutines of some thirty statements each, own task type
       generate.py long N         one coroutine of about N statements

What is in a coroutine: awaits, locals with destructors, guards, try blocks,
conditions, loops, and reads and writes of members before and after awaits.
"""
import sys

HEAD = """\
#include <coroutine>
#include <exception>
#include <mutex>
#include <utility>

namespace generated {

template <class T> struct result {
  T value;
  template <class U> void return_value(U &&u) { value = static_cast<U &&>(u); }
};
template <> struct result<void> {
  void return_void() {}
};

template <class T = void> struct task {
  struct promise_type : result<T> {
    task get_return_object();
    std::suspend_always initial_suspend() noexcept { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    void unhandled_exception() { std::terminate(); }
  };
  task(task &&) noexcept;
  ~task();
  bool await_ready() const noexcept;
  void await_suspend(std::coroutine_handle<>);
  T await_resume();
};

struct connection {
  connection();
  connection(connection &&) noexcept;
  ~connection();
  task<> close();
  task<int> send(int);
  bool ok() const;
};

struct failure {};
task<int> number(int);
task<> pause();
task<connection> connect(int);
void log(const char *);
bool flip();

"""

FIELDS = "".join(f"  int total{i}_ = 0;\n  bool busy{i}_ = false;\n" for i in range(20)) + "  std::mutex mutex_;\n"


def statements(i: int, indent: str) -> list[str]:
    """Ten statements and their blocks; each kind of thing that the rules follow."""
    k, n = i % 20, (i + 7) % 20
    return [indent + line for line in f"""\
connection c{i} = co_await connect({i});
int v{i} = total{k}_ + co_await number({i});
total{n}_ += v{i};
if (!busy{k}_) {{
  busy{k}_ = true;
  co_await pause();
  busy{k}_ = false;
}}
try {{
  connection inner;
  total{k}_ = co_await inner.send(v{i});
  co_await inner.close();
}} catch (const failure &) {{
  log("failed");
}}
{{
  std::unique_lock<std::mutex> lock(mutex_);
  total{k}_ -= v{i};
}}
co_await c{i}.close();
""".splitlines()]


def coroutines(count: int) -> str:
    lines = [HEAD, "class service {\npublic:\n"]
    for f in range(count):
        lines.append(f"  task<int> run{f}(int limit) {{\n")
        lines.append("    for (int turn = 0; turn < limit; ++turn) {\n")
        lines += [s + "\n" for i in (2 * f, 2 * f + 1) for s in statements(i, "      ")]
        lines.append("    }\n    co_return total0_;\n  }\n\n")
    lines += ["private:\n", FIELDS, "};\n\n} // namespace generated\n"]
    return "".join(lines)


def long(count: int) -> str:
    lines = [HEAD, "class service {\npublic:\n  task<int> run() {\n"]
    # Some twenty statements with those in the blocks.
    lines += [s + "\n" for i in range(count // 20) for s in statements(i, "    ")]
    lines += ["    co_return total0_;\n  }\n\nprivate:\n", FIELDS, "};\n\n} // namespace generated\n"]
    return "".join(lines)


def main() -> None:
    kinds = {"coroutines": coroutines, "long": long}
    if len(sys.argv) != 3 or sys.argv[1] not in kinds or not sys.argv[2].isdigit():
        sys.exit(__doc__)
    sys.stdout.write(kinds[sys.argv[1]](int(sys.argv[2])))


if __name__ == "__main__":
    main()
