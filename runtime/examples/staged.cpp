// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <codrop/staged.hpp>
#include <codrop/testing.hpp>

#include <gtest/gtest.h>

#include <string>

namespace {

template <class T = void>
using task = codrop::testing::task<T>;

struct user {
  std::string name;
  int age = 0;
};

struct database {
  int saves = 0;
  task<> save(const user &) {
    ++saves;
    co_await codrop::testing::yield();
  }
};

// [example]
class directory {
public:
  // Until the database has it, nobody sees the new age; and a change that
  // another coroutine has made meanwhile is not lost.
  task<> birthday(database &db) {
    codrop::staged next(user_);
    for (;;) {
      next->age += 1;
      co_await db.save(*next);
      if (next.commit_if_unchanged())
        co_return;
      next.rebase();
    }
  }
  void rename(std::string name) {
    user_.modify([&name](user &u) { u.name = name; });
  }
  [[nodiscard]] const user &current() const { return *user_; }

private:
  codrop::versioned<user> user_;
};
// [end]

TEST(Example, Staged) {
  database db;
  directory people;
  codrop::testing::run_once([&](codrop::cancellation_token) -> task<> {
    using here_type = codrop::environment<task<>>;
    here_type here(co_await here_type::here());
    bool ended = false;
    auto birthday = [&](codrop::cancellation_token) {
      return people.birthday(db);
    };
    const auto beside = here.start(
        birthday, {}, [&ended](codrop::outcome<void>) { ended = true; });
    beside->begin();
    people.rename("b");
    while (!ended)
      co_await codrop::testing::yield();
  });
  EXPECT_EQ(people.current().age, 1);
  EXPECT_EQ(people.current().name, "b");
  EXPECT_EQ(db.saves, 2);
}

} // namespace
