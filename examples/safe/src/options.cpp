// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "options.hpp"

#include <asio/ip/address.hpp>

#include <charconv>
#include <stdexcept>
#include <string>
#include <string_view>

namespace ledgerd {
namespace {

template <typename Number>
Number parse_number(std::string_view name, std::string_view text) {
  Number value{};
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size())
    throw std::invalid_argument(std::string(name) + ": not a number: '" +
                                std::string(text) + "'");
  return value;
}

asio::ip::tcp::endpoint parse_endpoint(std::string_view name,
                                       std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos)
    throw std::invalid_argument(std::string(name) +
                                ": write it as address:port");
  return {asio::ip::make_address(text.substr(0, colon)),
          parse_number<unsigned short>(name, text.substr(colon + 1))};
}

} // namespace

options parse_options(int argc, char **argv) {
  options result;
  for (int i = 1; i < argc; i += 2) {
    const std::string_view name = argv[i];
    if (i + 1 == argc)
      throw std::invalid_argument(std::string(name) + ": value missing");
    const std::string_view value = argv[i + 1];
    const auto milliseconds = [&] {
      return std::chrono::milliseconds(parse_number<long>(name, value));
    };
    if (name == "--port")
      result.port = parse_number<unsigned short>(name, value);
    else if (name == "--data")
      result.data = value;
    else if (name == "--audit")
      result.auditors.push_back(parse_endpoint(name, value));
    else if (name == "--workers")
      result.workers = parse_number<std::size_t>(name, value);
    else if (name == "--connections")
      result.connections = parse_number<std::size_t>(name, value);
    else if (name == "--checkpoint-ms")
      result.checkpoint_every = milliseconds();
    else if (name == "--idle-ms")
      result.idle = milliseconds();
    else if (name == "--grace-ms")
      result.grace = milliseconds();
    else
      throw std::invalid_argument("unknown option '" + std::string(name) + "'");
  }
  if (result.workers == 0 || result.connections == 0)
    throw std::invalid_argument("--workers and --connections start at 1");
  return result;
}

} // namespace ledgerd
