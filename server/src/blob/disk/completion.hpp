// Awaiting something that another thread ends by calling back.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "net/task.hpp"

namespace medialith::blob {

/// Called exactly once, on any thread.
using Completion = std::move_only_function<void(Result<void>)>;

/// Runs `start(completion)` and suspends until the completion is called; resumes on the caller's executor. `start` may
/// call it before it returns.
template <class Start>
Task<Result<void>> await_completion(Start start) {
  std::optional<Result<void>> result;
  auto executor = co_await boost::asio::this_coro::executor;
  auto initiate = [&](auto handler) {
    auto shared = std::make_shared<decltype(handler)>(std::move(handler));
    start(Completion([&result, executor, shared](Result<void> outcome) {
      result.emplace(std::move(outcome));
      boost::asio::post(executor, [shared] { (*shared)(); });
    }));
  };
  co_await boost::asio::async_initiate<decltype(boost::asio::use_awaitable), void()>(initiate,
                                                                                     boost::asio::use_awaitable);
  co_return std::move(*result);
}

}  // namespace medialith::blob
