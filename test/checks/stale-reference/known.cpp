// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check stale-reference %s -I%mock --no-notes
//
// What is known to be missed, and to be reported wrongly. The page lists it.
#include "own/sync.h"
#include "own/task.h"
#include <functional>
#include <map>
#include <memory>
#include <utility>
#include <vector>

using own::task;

task<> work();
void use(int);

struct session {
  int id = 0;
  task<> run();
  void touch();
};

class server {
public:
  // Only another translation unit takes elements away.
  task<> other_file_FN(int id) {
    auto &s = elsewhere_[id];
    co_await work();
    s.touch();
  }
  // The callee's object dies while it is awaited, not afterwards.
  task<> while_awaited_FN(int id) { co_await sessions_[id].run(); }
  task<> pointee_while_awaited_FN() { co_await current_->run(); }
  // A reference that is handed to a coroutine which uses it later.
  task<> handed_on_FN(int id) { co_await visit(sessions_[id]); }
  task<> parameter_FN(std::map<int, session> &all) {
    for (auto &[id, s] : all)
      co_await s.run();
  }
  // Two runs of this one, which removes for itself only.
  task<> itself_FN(int id) {
    auto it = mine_.find(id);
    if (it == mine_.end())
      co_return;
    co_await work();
    mine_.erase(it);
  }
  // References that are kept in other objects.
  task<> in_a_pair_FN(int id) {
    std::pair<int, session *> found(id, &sessions_[id]);
    co_await work();
    found.second->touch();
  }
  task<> in_a_vector_FN() {
    std::vector<session *> all;
    for (auto &[id, s] : sessions_)
      all.push_back(&s);
    for (session *s : all)
      co_await s->run();
  }
  task<> in_a_wrapper_FN(int id) {
    std::reference_wrapper<session> s = sessions_[id];
    co_await work();
    s.get().touch();
  }
  // A member of what a raw pointer leads to: who owns it is not known.
  task<> raw_FN() {
    auto &s = *raw_;
    co_await work();
    s.touch();
  }
  // A value that was moved into the awaited call, used in the handler.
  task<> moved_into_call_FN() {
    auto node = std::make_unique<session>();
    try {
      node = co_await exchange(std::move(node));
    } catch (...) {
      use(node->id);
    }
  }
  // The check is in a function that throws.
  task<> checked_by_call_FN() {
    require_current();
    co_await work();
    current_->touch();
  }
  // The elements that others take away are never this one.
  task<> other_elements_FP(int id) {
    auto &s = counted_[id];
    s.id++;
    co_await work();
    s.id--;
    // expected-warning@-1 {{reference 's' to an element of 'counted_' is used after a suspension, during which it may be gone}}
  }
  // A count in the element keeps it: remove_unused() looks at it.
  task<> stop_FP() {
    stopping_ = true;
    co_await all_done();
    for (auto &[id, s] : closing_)
    // expected-warning@-1 {{range-for over 'closing_' goes on after a suspension, during which it may be changed}}
      co_await s.run();
  }

  void remove(int id) {
    sessions_.erase(id);
    current_.reset();
    raw_ = nullptr;
  }
  void remove_unused() {
    std::erase_if(counted_, [](auto &entry) { return entry.second.id == 0; });
  }
  void remove_while_running(int id) {
    if (!stopping_)
      closing_.erase(id);
  }

private:
  task<> visit(session &s);
  task<> all_done();
  task<std::unique_ptr<session>> exchange(std::unique_ptr<session>);
  void require_current();
  std::map<int, session> elsewhere_;
  std::map<int, session> sessions_;
  std::map<int, session> mine_;
  std::map<int, session> counted_;
  std::map<int, session> closing_;
  std::unique_ptr<session> current_;
  session *raw_ = nullptr;
  bool stopping_ = false;
};

/// The handler is awaited by handle(), which removes what is left when it has
/// answered; that it is the handler who calls write() stands nowhere here.
struct stream_writer {
  virtual ~stream_writer() = default;
  virtual task<> write_FP(int id) = 0;
};
struct handler {
  task<bool> handle(stream_writer &out, int id);
};
class connection : public stream_writer {
public:
  task<> handle(int id) {
    requests_.try_emplace(id);
    if (co_await handler_->handle(*this, id))
      requests_.erase(id);
  }
  task<> write_FP(int id) override {
    auto it = requests_.find(id);
    if (it == requests_.end())
      co_return;
    co_await work();
    it->second.touch();
    // expected-warning@-1 {{iterator 'it' to an element of 'requests_' is used after a suspension, during which it may be gone}}
  }

private:
  handler *handler_ = nullptr;
  std::map<int, session> requests_;
};
