// RUN: %check cancel-unsafe-operation %s --no-notes --checks-options codrop-cancel-unsafe-operation.KnowledgeFiles=%S/../../mock/own/race.yaml

#include "own/race.h"
#include <vector>

using own::stream;
using own::task;

char buffer[64];

OWN_FACT("cancelling_combinator") task<> race_all(std::vector<task<>> tasks);

// Who fills the container in another function is not followed.
void fill(std::vector<task<>> &tasks, stream &s) {
  tasks.push_back(own::write_all(s, buffer, 64));
  tasks.push_back(own::sleep(100));
}
task<> in_a_filled_container_FN(stream s) {
  std::vector<task<>> tasks;
  fill(tasks, s);
  co_await race_all(std::move(tasks));
  co_await own::write_all(s, buffer, 8);
}

// A token that is cancelled by hand is a timeout, too.
struct deadline {
  explicit deadline(int milliseconds);
};
task<> write_until(stream &to, const char *from, int size, deadline when);
task<> by_a_deadline_FN(stream s) {
  co_await write_until(s, buffer, 64, deadline(100));
  co_await own::write_all(s, buffer, 8);
}

// The database rolls back what was not committed.
struct database {
  task<> commit();
};
class teller {
  database &db_;

public:
  task<> rolls_back_FP() {
    co_await own::race(db_.commit(), own::sleep(100));
    // expected-warning@-1 {{'commit' on 'db_' is cut short by 'race', and nobody is told}}
  }
};

// The condition says that it was cut, in a way that is not understood.
bool is_late(const std::variant<int, own::nothing> &result);
task<> asked_in_another_way_FN(stream &s) {
  auto done =
      co_await own::race(own::read_all(s, buffer, 64), own::sleep(100));
  if (is_late(done))
    co_await own::read_all(s, buffer, 64);
}

// Whether its body uses the reference later is not to be seen.
own::future<> work_on(int &counter);
own::future<> an_unseen_body_FN() {
  int counter = 0;
  co_await own::wait_for(100, work_on(counter));
}
