// RUN: %check unawaited-close %s -Werror=return-type --no-notes --checks-options codrop-unawaited-close.KnowledgeFiles=%S/Inputs/office.yaml
//
// What a project says of its own types, in a file or in annotations.

#include "own/task.h"

using own::task;

namespace office {

struct thing {
  explicit thing(int);
  thing(thing &&) noexcept;
  ~thing();
  task<> use();
};
struct drawer : thing {
  using thing::thing;
  task<> put_back();
  task<> throw_away();
};
struct phone : thing {
  using thing::thing;
  task<> dial();
  task<> hang_up();
};
struct window : thing {
  using thing::thing;
  task<> shut();
};
struct key {
  explicit key(int);
  key(const key &);
  ~key();
  task<> use();
  task<> hand_in();
};
struct lamp {
  lamp();
  explicit lamp(int);
  ~lamp();
  task<> turn_on();
  task<> turn_off();
};
struct calendar : thing {
  using thing::thing;
  task<> close();
};

void clean_up(drawer &);
class janitor {
public:
  explicit janitor(drawer &) {}
  ~janitor();
};
void look_into(drawer &) {}
task<> nap();
task<key> find_key();
void keep(key);

} // namespace office

using namespace office;

bool lucky();

task<> bad_drawer() {
  drawer d(1); // expected-warning {{'d' of type 'office::drawer' is destroyed without an awaited 'put_back()'}}
  co_await d.use();
}
task<> ok_drawer() {
  drawer d(1);
  co_await d.throw_away();
}
task<> ok_cleaned_up() {
  drawer d(1);
  clean_up(d);
  co_await d.use();
}
task<> ok_janitor() {
  drawer d(1);
  janitor j(d);
  co_await d.use();
}
task<> bad_only_looked_into() {
  drawer d(1); // expected-warning {{'d' of type 'office::drawer'}}
  look_into(d);
  co_return;
}
task<> ok_nap_between() {
  drawer d(1);
  co_await nap();
  co_await d.put_back();
}

task<> ok_phone_not_dialled() {
  phone p(1);
  co_await p.use();
}
task<> bad_phone() {
  phone p(1); // expected-warning {{'p' of type 'office::phone' is destroyed without an awaited 'hang_up()' when a co_await throws}}
  co_await p.dial();
  co_await p.use();
  co_await p.hang_up();
}

task<> ok_window_on_error() {
  window w(1);
  co_await w.use();
  co_await w.shut();
}
task<> bad_window() {
  window w(1); // expected-warning {{'w' of type 'office::window' is destroyed without an awaited 'shut()' on some path}}
  if (lucky())
    co_return;
  co_await w.shut();
}

task<> bad_key() {
  auto k = co_await find_key(); // expected-warning {{'k' of type 'office::key'}}
  co_await k.use();
}
task<> ok_key_copied() {
  auto k = co_await find_key();
  keep(k);
}
task<> ok_key_of_somebody(key k) { co_await k.use(); }

task<> ok_lamp_off() {
  lamp l;
  co_await own::yield();
}
task<> bad_lamp_on() {
  lamp l; // expected-warning {{'l' of type 'office::lamp'}}
  co_await l.turn_on();
}
task<> bad_lamp_made_on() {
  lamp l(1); // expected-warning {{'l' of type 'office::lamp'}}
  co_await own::yield();
}

task<> ok_calendar() {
  calendar c(1);
  co_await c.use();
}

// --- Annotations -------------------------------------------------------------

struct [[clang::annotate("codrop::must_close(finish)")]] report : thing {
  using thing::thing;
  task<> finish();
};
void publish(report &);

task<> bad_report() {
  report r(1); // expected-warning {{'r' of type 'report' is destroyed without an awaited 'finish()'}}
  co_await r.use();
}
task<> ok_report() {
  report r(1);
  co_await r.finish();
}
task<> ok_report_given_to_an_unknown_function() {
  report r(1);
  publish(r);
  co_return;
}
