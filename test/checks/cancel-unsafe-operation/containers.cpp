// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check cancel-unsafe-operation %s --no-notes --checks-options codrop-cancel-unsafe-operation.KnowledgeFiles=%S/../../mock/own/race.yaml
//
// Races over a container of tasks.

#include "own/race.h"
#include <vector>

using own::stream;
using own::task;

char buffer[64];

OWN_FACT("cancelling_combinator") task<> race_all(std::vector<task<>> tasks);
OWN_FACT("cancelling_combinator")
task<std::pair<std::size_t, int>> first_of(std::vector<task<>> &tasks);
task<> all(std::vector<task<>> tasks);

task<> bad_pushed(stream s) {
  std::vector<task<>> tasks;
  tasks.push_back(own::write_all(s, buffer, 64));
  // expected-warning@-1 {{'write_all' on 's' is cut short by 'race_all', and 's' is used again after it}}
  tasks.emplace_back(own::sleep(100));
  co_await race_all(std::move(tasks));
  co_await own::write_all(s, buffer, 8);
}
task<> bad_by_variable(stream s) {
  std::vector<task<>> tasks;
  task<> write = own::write_all(s, buffer, 64);
  // expected-warning@-1 {{'write_all' on 's' is cut short by 'first_of', and 's' is used again after it}}
  tasks.push_back(std::move(write));
  tasks.push_back(own::sleep(100));
  co_await first_of(tasks);
  co_await own::write_all(s, buffer, 8);
}
task<> ok_asks_who_has_won(stream s) {
  std::vector<task<>> tasks;
  tasks.push_back(own::write_all(s, buffer, 64));
  tasks.push_back(own::sleep(100));
  auto [index, error] = co_await first_of(tasks);
  if (index != 0)
    co_return;
  co_await own::write_all(s, buffer, 8);
}
task<> ok_waits_for_all(stream s) {
  std::vector<task<>> tasks;
  tasks.push_back(own::write_all(s, buffer, 64));
  tasks.push_back(own::sleep(100));
  co_await all(std::move(tasks));
  co_await own::write_all(s, buffer, 8);
}
task<> ok_another_container(stream s) {
  std::vector<task<>> writes, others;
  writes.push_back(own::write_all(s, buffer, 64));
  others.push_back(own::sleep(100));
  co_await race_all(std::move(others));
  co_await all(std::move(writes));
}
