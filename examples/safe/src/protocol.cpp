// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "protocol.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <vector>

namespace ledgerd::protocol {
namespace {

std::vector<std::string_view> split(std::string_view line) {
  std::vector<std::string_view> words;
  while (!line.empty()) {
    const auto start = line.find_first_not_of(" \t\r\n");
    if (start == std::string_view::npos)
      break;
    line.remove_prefix(start);
    const auto length = std::min(line.find_first_of(" \t\r\n"), line.size());
    words.push_back(line.substr(0, length));
    line.remove_prefix(length);
  }
  return words;
}

bool is_account(std::string_view word) {
  return word.size() <= 32 && std::ranges::all_of(word, [](unsigned char c) {
           return std::isalnum(c) || c == '-' || c == '_';
         });
}

std::optional<std::int64_t> parse_amount(std::string_view word) {
  std::int64_t amount = 0;
  const auto end = word.data() + word.size();
  const auto [stop, error] = std::from_chars(word.data(), end, amount);
  constexpr std::int64_t largest = 1'000'000'000'000;
  if (error != std::errc{} || stop != end || amount <= 0 || amount > largest)
    return std::nullopt;
  return amount;
}

} // namespace

std::optional<request> parse(std::string_view line) {
  const auto words = split(line);
  if (words.empty())
    return std::nullopt;
  const auto verb = words[0];
  if (words.size() == 1) {
    if (verb == "SNAPSHOT")
      return snapshot{};
    if (verb == "VERIFY")
      return verify{};
    if (verb == "QUIT")
      return quit{};
    return std::nullopt;
  }
  if (!is_account(words[1]))
    return std::nullopt;
  const std::string account(words[1]);
  if (words.size() == 2) {
    if (verb == "OPEN")
      return open_account{account};
    if (verb == "CLOSE")
      return close_account{account};
    if (verb == "BALANCE")
      return balance{account};
    if (verb == "HISTORY")
      return history{account};
    return std::nullopt;
  }
  const auto amount = parse_amount(words.back());
  if (!amount)
    return std::nullopt;
  if (words.size() == 3 && verb == "DEPOSIT")
    return deposit{account, *amount};
  if (words.size() == 4 && verb == "TRANSFER" && is_account(words[2]))
    return transfer{account, std::string(words[2]), *amount};
  return std::nullopt;
}

std::string ok(std::string_view body) {
  std::string line = "OK";
  if (!body.empty())
    line.append(" ").append(body);
  return line + "\n";
}

std::string error(std::string_view why) {
  return "ERR " + std::string(why) + "\n";
}

} // namespace ledgerd::protocol
