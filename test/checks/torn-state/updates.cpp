// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check torn-state %s -I%mock
//
// Updates that belong together and that a suspension parts: two halves of one,
// and a change and the await that makes it durable.
#include "own/task.h"
#include <map>
#include <string>
#include <vector>

using own::task;

struct account {
  long balance = 0;
  std::string owner;
  bool open = true;
  task<> save();
};
struct entry {};
struct undo {
  template <class F> explicit undo(F) {}
  ~undo();
};

task<> log(std::string);
own::nothrow_yield persist_for_sure(const account &);
entry make_entry(std::string, long);

struct database {
  task<> save(const account &);
  task<> update(account *);
  task<> read(account &);
};

class bank {
public:
  task<> bad_transfer(account &from, account &to, long amount) {
    from.balance -= amount; // expected-note {{the first half is updated here}}
    co_await log("transfer");
    // expected-note@-1 {{suspends here; others see half of the update, and if the co_await throws it stays half}}
    to.balance += amount;
    // expected-warning@-1 {{'from.balance' and 'to.balance' are updated with a suspension between}}
    // expected-note@-2 {{the other half is updated here}}
    // expected-note@-3 {{await before both, or commit them together with codrop::staged}}
  }
  task<> bad_transfer_by_id(int from, int to, long amount) {
    accounts_[from].balance -= amount; // expected-note {{the first half is updated here}}
    co_await log("transfer");
    // expected-note@-1 {{suspends here; others see half of the update, and if the co_await throws it stays half}}
    accounts_[to].balance += amount;
    // expected-warning@-1 {{'accounts_[from].balance' and 'accounts_[to].balance' are updated with a suspension between}}
    // expected-note@-2 {{the other half is updated here}}
    // expected-note@-3 {{await before both, or commit them together with codrop::staged}}
  }
  task<> bad_transfer_by_iterator(int from, int to, long amount) {
    auto giver = accounts_.find(from);
    auto taker = accounts_.find(to);
    account &source = giver->second;
    account &target = taker->second;
    if (source.balance < amount)
      co_return;
    source.balance -= amount; // expected-note {{the first half is updated here}}
    co_await log("transfer");
    // expected-note@-1 {{suspends here; others see half of the update, and if the co_await throws it stays half}}
    target.balance += amount;
    // expected-warning@-1 {{'source.balance' and 'target.balance' are updated with a suspension between}}
    // expected-note@-2 {{the other half is updated here}}
    // expected-note@-3 {{await before both, or commit them together with codrop::staged}}
  }
  task<> bad_transfer_spelled_out(account &from, account &to, long amount) {
    from.balance = from.balance - amount; // expected-note {{the first half is updated here}}
    co_await log("transfer");
    // expected-note@-1 {{suspends here; others see half of the update, and if the co_await throws it stays half}}
    to.balance = to.balance + amount;
    // expected-warning@-1 {{'from.balance' and 'to.balance' are updated with a suspension between}}
    // expected-note@-2 {{the other half is updated here}}
    // expected-note@-3 {{await before both, or commit them together with codrop::staged}}
  }
  task<> bad_stock(unsigned from, unsigned to, long n) {
    stock_[from] -= n; // expected-note {{the first half is updated here}}
    co_await log("move");
    // expected-note@-1 {{suspends here; others see half of the update, and if the co_await throws it stays half}}
    stock_[to] += n;
    // expected-warning@-1 {{'stock_[from]' and 'stock_[to]' are updated with a suspension between}}
    // expected-note@-2 {{the other half is updated here}}
    // expected-note@-3 {{await before both, or commit them together with codrop::staged}}
  }
  task<> bad_given_first(account *from, account *to, long amount) {
    to->balance += amount; // expected-note {{the first half is updated here}}
    co_await log("transfer");
    // expected-note@-1 {{suspends here; others see half of the update, and if the co_await throws it stays half}}
    from->balance -= amount;
    // expected-warning@-1 {{'to->balance' and 'from->balance' are updated with a suspension between}}
    // expected-note@-2 {{the other half is updated here}}
    // expected-note@-3 {{await before both, or commit them together with codrop::staged}}
  }

  task<> ok_no_suspension_between(account &from, account &to, long amount) {
    co_await log("transfer");
    from.balance -= amount;
    to.balance += amount;
    co_await log("done");
  }
  task<> ok_rolled_back(account &from, account &to, long amount) {
    from.balance -= amount;
    try {
      co_await log("transfer");
    } catch (...) {
      from.balance += amount;
      throw;
    }
    to.balance += amount;
  }
  task<> ok_undone_by_a_guard(account &from, account &to, long amount) {
    from.balance -= amount;
    undo guard([&] { from.balance += amount; });
    co_await log("transfer");
    to.balance += amount;
  }
  task<> ok_other_amount(account &from, account &to, long a, long b) {
    from.balance -= a;
    co_await log("transfer");
    to.balance += b;
  }
  task<> ok_same_direction(account &from, account &to, long amount) {
    from.balance += amount;
    co_await log("interest");
    to.balance += amount;
  }
  // Two counters of one object have mostly nothing to do with each other.
  task<> ok_credits_and_statistics(long n) {
    credits_ -= n;
    co_await log("send");
    sent_ += n;
  }
  task<> ok_locals(long amount) {
    account from, to;
    from.balance -= amount;
    co_await log("transfer");
    to.balance += amount;
  }
  task<> ok_taken_and_given_back(account &from, long amount) {
    from.balance -= amount;
    co_await log("hold");
    from.balance += amount;
  }

  task<> bad_changed_then_saved(account &a, std::string owner) {
    a.owner = owner;
    // expected-warning@-1 {{'a.owner' is changed before the co_await that makes the change durable, and not put back if it fails}}
    // expected-note@-2 {{changed here, for everybody to see}}
    // expected-note@-3 {{change a copy, await, and then commit it, as codrop::staged does}}
    co_await db_.save(a); // expected-note {{if this co_await throws, the change stays although it was never made durable}}
  }
  task<> bad_changed_then_updated(account *a, long amount) {
    a->balance += amount;
    // expected-warning@-1 {{'a->balance' is changed before the co_await that makes the change durable, and not put back if it fails}}
    // expected-note@-2 {{changed here, for everybody to see}}
    // expected-note@-3 {{change a copy, await, and then commit it, as codrop::staged does}}
    co_await db_.update(a); // expected-note {{if this co_await throws, the change stays although it was never made durable}}
  }
  task<> bad_changed_then_saves_itself(account *a, std::string owner) {
    a->owner = owner;
    // expected-warning@-1 {{'a->owner' is changed before the co_await that makes the change durable, and not put back if it fails}}
    // expected-note@-2 {{changed here, for everybody to see}}
    // expected-note@-3 {{change a copy, await, and then commit it, as codrop::staged does}}
    co_await a->save(); // expected-note {{if this co_await throws, the change stays although it was never made durable}}
  }
  task<> bad_inserted_then_persisted(int id) {
    if (accounts_.contains(id))
      co_return;
    accounts_.emplace(id, account{});
    // expected-warning@-1 {{'accounts_' is changed before the co_await that makes the change durable, and not put back if it fails}}
    // expected-note@-2 {{changed here, for everybody to see}}
    // expected-note@-3 {{change a copy, await, and then commit it, as codrop::staged does}}
    co_await persist(make_entry("open", id));
    // expected-note@-1 {{if this co_await throws, the change stays although it was never made durable}}
  }
  task<> bad_element_then_persisted(int id, long amount) {
    accounts_[id].balance += amount;
    // expected-warning@-1 {{'accounts_[id].balance' is changed before the co_await that makes the change durable, and not put back if it fails}}
    // expected-note@-2 {{changed here, for everybody to see}}
    // expected-note@-3 {{change a copy, await, and then commit it, as codrop::staged does}}
    co_await persist(make_entry("deposit", amount));
    // expected-note@-1 {{if this co_await throws, the change stays although it was never made durable}}
  }
  task<> bad_handler_that_does_not_put_it_back(account &a, std::string owner) {
    a.owner = owner;
    // expected-warning@-1 {{'a.owner' is changed before the co_await that makes the change durable, and not put back if it fails}}
    // expected-note@-2 {{changed here, for everybody to see}}
    // expected-note@-3 {{change a copy, await, and then commit it, as codrop::staged does}}
    try {
      co_await db_.save(a); // expected-note {{if this co_await throws, the change stays although it was never made durable}}
    } catch (...) {
      log("failed");
      throw;
    }
  }

  task<> ok_saved_first(account &a, std::string owner) {
    account copy = a;
    copy.owner = owner;
    co_await db_.save(copy);
    a.owner = owner;
  }
  task<> ok_put_back(account &a, std::string owner) {
    std::string old = a.owner;
    a.owner = owner;
    std::exception_ptr failed;
    try {
      co_await db_.save(a);
    } catch (...) {
      a.owner = old;
      throw;
    }
  }
  task<> ok_erased_again(int id) {
    accounts_.emplace(id, account{});
    try {
      co_await persist(make_entry("open", id));
    } catch (...) {
      accounts_.erase(id);
      throw;
    }
  }
  task<> ok_undone_by_guard(int id) {
    accounts_.emplace(id, account{});
    undo guard([&] { accounts_.erase(id); });
    co_await persist(make_entry("open", id));
  }
  task<> ok_cannot_fail(account &a, std::string owner) {
    a.owner = owner;
    co_await persist_for_sure(a);
  }
  task<> ok_only_counted(long n) {
    persisted_ += n;
    co_await persist(make_entry("count", n));
  }
  task<> ok_flag_taken_back(account &a) {
    a.open = false;
    co_await db_.save(a);
  }
  task<> ok_local(std::string owner) {
    account a;
    a.owner = owner;
    co_await db_.save(a);
  }
  task<> ok_not_durable(account &a) {
    a.balance += 1;
    co_await db_.read(a);
  }
  task<> ok_other_one(account &a, account &b) {
    a.balance += 1;
    co_await db_.save(b);
  }

private:
  task<> persist(entry e);
  std::map<int, account> accounts_;
  std::vector<long> stock_;
  long credits_ = 0, sent_ = 0, persisted_ = 0;
  database db_;
};
