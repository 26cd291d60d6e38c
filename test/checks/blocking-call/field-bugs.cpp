// RUN: %check blocking-call %s --no-notes -Werror=return-type
//
// The shapes of bugs that were found and fixed in programs, and of their fixes.
// Which repository and commit each stands for is in docs/field-bugs.md; the
// names say the repository.

#include "seastar/core/coroutine.hh"
#include <filesystem>
#include <string>
#include <vector>

using seastar::future;

// --- How full the disks are is asked for on the reactor's thread -------------

struct disk {
  std::string path;
  unsigned long free = 0, total = 0;
};
struct file_system_state {
  unsigned long blocks = 0, free_blocks = 0, block_size = 0;
};
/// Asks on a thread of its own.
future<file_system_state> ask_file_system(std::string path);
const std::string &data_directory();

class monitor {
public:
  future<> bad_redpanda_update_state() {
    auto found = ask_disks(); // expected-warning {{'std::filesystem::space'}}
    disks = found;
    co_return;
  }

  future<> bad_redpanda_update_state_directly() {
    auto space = std::filesystem::space(data_directory()); // expected-warning {{'std::filesystem::space'}}
    disks = {disk{data_directory(), space.free, space.capacity}};
    co_return;
  }

  future<> ok_redpanda_update_state() {
    auto found = co_await ask_disks_later();
    disks = found;
  }

private:
  static std::vector<disk> ask_disks() {
    auto space = std::filesystem::space(data_directory());
    return {disk{data_directory(), space.free, space.capacity}};
  }

  static future<std::vector<disk>> ask_disks_later() {
    auto state = co_await ask_file_system(data_directory());
    co_return std::vector<disk>{disk{data_directory(),
                                     state.free_blocks * state.block_size,
                                     state.blocks * state.block_size}};
  }

  std::vector<disk> disks;
};
