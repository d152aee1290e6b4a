// Coroutines: design.md §2, "a synchronous core in an asynchronous shell".
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "base/result.hpp"

namespace medialith {

/// What a coroutine returns. It runs on the executor it was spawned on and comes back there after every await.
/// Parameters are taken by value, or are references to what the caller keeps alive across the whole await.
template <class T = void>
using Task = boost::asio::awaitable<T>;

using AnyExecutor = boost::asio::any_io_executor;

}  // namespace medialith
