// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef LEDGERD_ENTRY_HPP
#define LEDGERD_ENTRY_HPP

#include <cstdint>
#include <optional>
#include <sstream>
#include <string>

namespace ledgerd {

/// One line of the books, as it is logged, stored and audited.
struct entry {
  enum class kind : char {
    open = 'O',
    close = 'C',
    deposit = 'D',
    transfer = 'T'
  };

  std::int64_t sequence = 0;
  kind what = kind::open;
  std::string account;
  std::string other = "-"; ///< The receiving account of a transfer.
  std::int64_t amount = 0;
};

inline std::string to_line(const entry &e) {
  std::ostringstream out;
  out << e.sequence << ' ' << static_cast<char>(e.what) << ' ' << e.account
      << ' ' << e.other << ' ' << e.amount << '\n';
  return std::move(out).str();
}

inline std::optional<entry> parse_entry(const std::string &line) {
  entry e;
  char what = 0;
  std::istringstream in(line);
  if (!(in >> e.sequence >> what >> e.account >> e.other >> e.amount))
    return std::nullopt;
  e.what = static_cast<entry::kind>(what);
  return e;
}

} // namespace ledgerd

#endif
