// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check stale-reference %s -I%mock --no-notes
//
// How a reference comes about: assignments, views, range adaptors, variants,
// conditions, nested containers.
#include "own/task.h"
#include <array>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <ranges>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

using own::task;

task<> work();
void use(long);

struct session {
  int id = 0;
  std::map<int, std::string> names;
  task<> run();
  void touch();
};
struct idle {};
struct zone {
  std::vector<session> all;
};

class server {
public:
  // --- Assigned ---
  task<> bad_assigned(int id) {
    session *s = nullptr;
    if (id > 0)
      s = &sessions_[id];
    co_await work();
    if (s)
      s->touch();
      // expected-warning@-1 {{pointer 's' to an element of 'sessions_' is used after a suspension, during which it may be gone}}
  }
  task<> bad_assigned_iterator(int id) {
    auto it = sessions_.end();
    co_await work();
    it = sessions_.find(id);
    co_await work();
    it->second.touch();
    // expected-warning@-1 {{iterator 'it' to an element of 'sessions_' is used after a suspension, during which it may be gone}}
  }
  task<> ok_assigned_again(int id) {
    session *s = &sessions_[id];
    s->touch();
    co_await work();
    s = &sessions_[id];
    s->touch();
  }
  task<> ok_assigned_null(int id) {
    session *s = &sessions_[id];
    s->touch();
    s = nullptr;
    co_await work();
    if (s)
      s->touch();
  }
  task<> ok_assigned_to_a_local(int id) {
    session mine;
    session *s = &sessions_[id];
    s = &mine;
    co_await work();
    s->touch();
  }

  // --- Views ---
  task<> bad_substring() {
    auto head = std::string_view(title_).substr(0, 3);
    co_await work();
    use(head.size());
    // expected-warning@-1 {{view 'head' to the contents of 'title_' is used after a suspension, during which it may be gone}}
  }
  task<> bad_data() {
    const char *text = title_.c_str();
    co_await work();
    use(*text);
    // expected-warning@-1 {{pointer 'text' to an element of 'title_' is used after a suspension, during which it may be gone}}
  }
  task<> bad_span() {
    std::span<session> some = std::span(list_).first(1);
    co_await work();
    use(some.size());
    // expected-warning@-1 {{view 'some' to the contents of 'list_' is used after a suspension, during which it may be gone}}
  }
  task<> ok_view_of_a_copy() {
    std::string title = title_;
    std::string_view head = title;
    co_await work();
    use(head.size());
  }
  task<> ok_view_of_a_literal() {
    std::string_view head = "head";
    co_await work();
    use(head.size());
  }

  // --- Range adaptors ---
  task<> bad_range_adaptor() {
    for (auto &s :
         list_ | std::views::filter([](session &s) { return s.id > 0; }))
         // expected-warning@-1 {{range-for over 'list_' goes on after a suspension, during which it may be changed}}
      co_await s.run();
  }
  task<> bad_keys() {
    for (int id : sessions_ | std::views::keys) {
    // expected-warning@-1 {{range-for over 'sessions_' goes on after a suspension, during which it may be changed}}
      use(id);
      co_await work();
    }
  }
  task<> bad_called_adaptor() {
    for (auto &s : std::views::reverse(list_))
    // expected-warning@-1 {{range-for over 'list_' goes on after a suspension, during which it may be changed}}
      co_await s.run();
  }
  task<> ok_adaptor_of_a_copy() {
    auto list = list_;
    for (auto &s : list | std::views::reverse)
      co_await s.run();
  }
  task<> ok_iota() {
    for (int i : std::views::iota(0, 3)) {
      use(i);
      co_await work();
    }
  }

  // --- Variants and optionals ---
  task<> bad_variant() {
    auto &s = std::get<session>(state_);
    co_await work();
    s.touch();
    // expected-warning@-1 {{reference 's' to what 'state_' owns is used after a suspension, during which it may be gone}}
  }
  task<> bad_variant_pointer() {
    if (auto *s = std::get_if<session>(&state_)) {
      co_await work();
      s->touch();
      // expected-warning@-1 {{pointer 's' to what 'state_' owns is used after a suspension, during which it may be gone}}
    }
  }
  task<> bad_optional() {
    auto &s = *maybe_;
    co_await work();
    s.touch();
    // expected-warning@-1 {{reference 's' to what 'maybe_' owns is used after a suspension, during which it may be gone}}
  }
  task<> ok_variant_copy() {
    auto s = std::get<session>(state_);
    co_await work();
    s.touch();
  }
  task<> ok_tuple() {
    auto &s = std::get<0>(fixed_);
    co_await work();
    s.touch();
  }

  // --- Conditions ---
  task<> bad_if_init(int id) {
    if (auto it = sessions_.find(id); it != sessions_.end()) {
      co_await work();
      it->second.touch();
      // expected-warning@-1 {{iterator 'it' to an element of 'sessions_' is used after a suspension, during which it may be gone}}
    }
  }
  task<> bad_either(int id) {
    session &s = id ? sessions_[id] : list_.front();
    co_await work();
    s.touch();
    // expected-warning@-1 {{reference 's' to an element of 'sessions_' is used after a suspension, during which it may be gone}}
  }
  task<> bad_either_pointer(int id) {
    session *s = id ? &sessions_[id] : nullptr;
    co_await work();
    s->touch();
    // expected-warning@-1 {{pointer 's' to an element of 'sessions_' is used after a suspension, during which it may be gone}}
  }

  // --- Nested ---
  task<> bad_nested(int id) {
    auto &name = sessions_[id].names[0];
    co_await work();
    name.clear();
    // expected-warning@-1 {{reference 'name' to an element of 'sessions_' is used after a suspension, during which it may be gone}}
  }
  task<> bad_of_zone() {
    for (auto &s : zone_.all)
    // expected-warning@-1 {{range-for over 'all' goes on after a suspension, during which it may be changed}}
      co_await s.run();
  }
  task<> bad_replaced_zone() {
    auto &s = replaced_.all.front();
    co_await work();
    s.touch();
    // expected-warning@-1 {{reference 's' to an element of 'all' is used after a suspension, during which it may be gone}}
  }
  task<> ok_member_of_replaced_zone() {
    auto &all = replaced_.all;
    co_await work();
    use(all.size());
  }
  // Members are told apart by their class, not by the object they are in.
  task<> replaced_nowhere_FP() {
    auto &s = kept_.all.front();
    co_await work();
    s.touch();
    // expected-warning@-1 {{reference 's' to an element of 'all' is used after a suspension, during which it may be gone}}
  }

  void remove(int id) {
    sessions_.erase(id);
    title_.clear();
    list_.clear();
    zone_.all.clear();
    maybe_.reset();
    state_ = idle();
  }
  void replace(zone to) { replaced_ = std::move(to); }

private:
  std::map<int, session> sessions_;
  std::vector<session> list_;
  std::string title_;
  std::variant<idle, session> state_;
  std::optional<session> maybe_;
  std::array<session, 2> fixed_;
  zone zone_;
  zone replaced_;
  zone kept_;
};
