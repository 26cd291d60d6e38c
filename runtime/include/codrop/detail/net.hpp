// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which Asio: the standalone one, or Boost's where CODROP_BOOST_ASIO is
// defined.

#ifndef CODROP_DETAIL_NET_HPP
#define CODROP_DETAIL_NET_HPP

// Asio sees that GCC is to make no type information, but not that Clang is.
#if defined(__clang__)
#if !__has_feature(cxx_rtti)
#if !defined(ASIO_NO_TYPEID)
#define ASIO_NO_TYPEID 1
#endif
#if !defined(BOOST_ASIO_NO_TYPEID)
#define BOOST_ASIO_NO_TYPEID 1
#endif
#endif
#endif

#if defined(CODROP_BOOST_ASIO)
#include <boost/asio.hpp>
#else
// The Asio of Debian 12 does not see that Clang has coroutines.
#if defined(__clang__) && !defined(ASIO_HAS_CO_AWAIT)
#define ASIO_HAS_CO_AWAIT 1
#define ASIO_HAS_STD_COROUTINE 1
#endif
#include <asio.hpp>
#endif

namespace codrop::detail {

#if defined(CODROP_BOOST_ASIO)
namespace net = ::boost::asio;
using net_error_code = ::boost::system::error_code;
using net_system_error = ::boost::system::system_error;
#else
namespace net = ::asio;
using net_error_code = ::asio::error_code;
using net_system_error = ::asio::system_error;
#endif

} // namespace codrop::detail

#endif // CODROP_DETAIL_NET_HPP
