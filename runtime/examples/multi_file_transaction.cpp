// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <codrop/multi_file_transaction.hpp>

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace {

namespace fs = std::filesystem;

// [example]
// The index must tell of the data beside it, and of no other.
void publish(const fs::path &directory, const std::string &data) {
  codrop::multi_file_transaction transaction(directory);
  transaction.write("data", data);
  transaction.write("index", "size " + std::to_string(data.size()) + "\n");
  transaction.remove("index.old");
  transaction.commit();
}

// At the start of the program, before anything is read: whatever a process that
// was killed has left behind becomes all old or all new.
void open_store(const fs::path &directory) {
  const codrop::recovery found = codrop::recover(directory);
  static_cast<void>(found.rolled_forward);
}
// [end]

TEST(Example, MultiFileTransaction) {
  const fs::path directory = fs::path(::testing::TempDir()) / "codrop_store";
  fs::create_directory(directory);
  open_store(directory);
  publish(directory, "abc");
  publish(directory, "abcd");
  open_store(directory);
  std::ifstream index(directory / "index");
  std::string word;
  int size = 0;
  index >> word >> size;
  EXPECT_EQ(size, 4);
  fs::remove_all(directory);
}

} // namespace
