// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The line protocol: one request a line, one reply that starts with OK or ERR.

#ifndef LEDGERD_PROTOCOL_HPP
#define LEDGERD_PROTOCOL_HPP

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace ledgerd::protocol {

struct open_account {
  std::string account;
};
struct close_account {
  std::string account;
};
struct deposit {
  std::string account;
  std::int64_t amount;
};
struct transfer {
  std::string from, to;
  std::int64_t amount;
};
struct balance {
  std::string account;
};
struct history {
  std::string account;
};
struct snapshot {};
struct verify {};
struct quit {};

using request = std::variant<open_account, close_account, deposit, transfer,
                             balance, history, snapshot, verify, quit>;

std::optional<request> parse(std::string_view line);

std::string ok(std::string_view body = {});
std::string error(std::string_view why);

} // namespace ledgerd::protocol

#endif
