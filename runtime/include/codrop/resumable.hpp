// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A long computation in steps that keeps a checkpoint, and goes on from there
// when it is run again: after a cancellation, an exception, or the end of the
// process.

#ifndef CODROP_RESUMABLE_HPP
#define CODROP_RESUMABLE_HPP

#include <codrop/cancellation.hpp>
#include <codrop/checkpoint.hpp>
#include <codrop/coroutine.hpp>
#include <codrop/environment.hpp>
#include <codrop/offload.hpp>

#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

namespace codrop {

/// What a step says of the whole.
enum class step_result { more, done };

/// Where a computation stands.
struct progress {
  std::uint64_t steps = 0;   ///< Those of earlier runs included.
  std::uint64_t resumed = 0; ///< Steps that an earlier run has done.
  bool saved = false;        ///< The checkpoint is of this step.
  bool done = false;
};

struct resumable_options {
  /// A checkpoint is saved after so many steps, and at the end.
  std::uint64_t steps_between_checkpoints = 1;
  /// Called after each step, where the coroutine runs.
  std::function<void(const progress &)> on_progress;
};

/// A computation in steps on a state. run(step) awaits `step(state)` until it
/// says step_result::done, and gives the state. A step works on a copy: one
/// that throws, is cancelled or is destroyed has not been.
///
/// The state is saved after every so many steps and, when a run ends by an
/// exception or cancellation, once more if there are steps to save. The next
/// run, of this object or of another process with the same `id`, goes on from
/// there. After a kill or a destroyed frame it goes on from the last checkpoint
/// before, so what a step does outside its state may be done twice. The result
/// is a checkpoint, too: run() gives it again until forget().
///
/// `id` names the computation, its input and the version of its state. A
/// checkpoint with another one is refused, as is a damaged one; forget()
/// removes it. The store is used where `Offload` runs it, and must not be used
/// by another computation meanwhile.
///
/// Exceptions: those of the step, of the store, and checkpoint_error from the
/// load. An exception of a save while the step's is on its way is dropped.
/// Where on_progress throws, the steps since the last checkpoint are not saved.
/// Cancellation: between steps, by the token or the coroutine's own; saving is
/// shielded. Destruction: the last checkpoint stays; a save that is under way
/// goes on without the coroutine, on a store that it shares. Threading: one run
/// at a time.
template <class State, checkpoint_store Store, class Offload = inline_offload>
class resumable {
public:
  resumable(std::string id, State initial, std::shared_ptr<Store> store,
            Offload offload = {}, resumable_options options = {})
      : id_(std::move(id)), initial_(std::move(initial)),
        kept_(std::make_shared<shared_store>(std::move(store))),
        offload_(std::move(offload)), options_(std::move(options)) {}

  template <class Step>
  auto run(Step step, cancellation_token token = {})
      -> rebind_result_t<std::invoke_result_t<Step &, State &>, State> {
    using coroutine =
        rebind_result_t<std::invoke_result_t<Step &, State &>, State>;
    using here_type = environment<coroutine>;
    here_type here(co_await here_type::here());

    State state = initial_;
    progress at;
    auto load = [kept = kept_] {
      const std::lock_guard lock(kept->mutex);
      return std::optional<std::string>(kept->store->load());
    };
    const std::optional<std::string> text =
        co_await detail::call_offloaded<coroutine>(offload_, std::move(load));
    if (text) {
      const detail::checkpoint found = detail::checkpoint::decode(*text, id_);
      state = checkpoint_codec<State>::decode(found.state);
      at.steps = at.resumed = found.steps;
      at.done = found.done;
    }

    std::uint64_t unsaved = 0;
    std::exception_ptr error;
    while (!at.done && !error) {
      try {
        token.throw_if_requested();
        State next = state;
        at.done = co_await step(next) == step_result::done;
        state = std::move(next);
        ++at.steps;
        ++unsaved;
      } catch (...) {
        error = std::current_exception();
      }
      at.saved = false;
      if (unsaved != 0 &&
          (error || at.done || unsaved >= options_.steps_between_checkpoints)) {
        const bool threw = co_await here.throws_when_cancelled();
        co_await here.throw_when_cancelled(false);
        auto save = [this, &state, &at] {
          return this->template save<coroutine>(state, at);
        };
        try {
          co_await here.shielded(std::ref(save));
          at.saved = true;
          unsaved = 0;
        } catch (...) {
          if (!error)
            error = std::current_exception();
        }
        co_await here.throw_when_cancelled(threw);
      }
      if (!error && options_.on_progress)
        options_.on_progress(at);
    }
    if (error)
      std::rethrow_exception(error);
    co_return state;
  }

  /// Awaiting what it gives removes the checkpoint: the next run begins anew.
  [[nodiscard]] auto forget() {
    return offload_([kept = kept_] {
      const std::lock_guard lock(kept->mutex);
      kept->store->clear();
    });
  }

private:
  // A call that goes on without its coroutine shares it with the next one.
  struct shared_store {
    explicit shared_store(std::shared_ptr<Store> s) : store(std::move(s)) {}
    std::mutex mutex;
    std::shared_ptr<Store> store;
  };

  template <class Coroutine>
  rebind_result_t<Coroutine, void> save(const State &state,
                                        const progress &at) {
    detail::checkpoint made;
    made.steps = at.steps;
    made.done = at.done;
    made.state = checkpoint_codec<State>::encode(state);
    auto save = [kept = kept_, text = made.encode(id_)] {
      const std::lock_guard lock(kept->mutex);
      kept->store->save(text);
    };
    co_await detail::call_offloaded<Coroutine>(offload_, std::move(save));
  }

  std::string id_;
  State initial_;
  std::shared_ptr<shared_store> kept_;
  Offload offload_;
  resumable_options options_;
};

} // namespace codrop

#endif // CODROP_RESUMABLE_HPP
