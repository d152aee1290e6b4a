// Awaiting something that another thread ends by calling back.
#pragma once

#include <functional>
#include <optional>
#include <utility>

#include <boost/asio/async_result.hpp>
#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>
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
  std::move_only_function<void()> resume;
  const AnyExecutor executor = co_await boost::asio::this_coro::executor;
  auto initiate = [&](auto handler) {
    resume = std::move(handler);
    start(Completion([&result, &resume, executor](Result<void> outcome) {
      result.emplace(std::move(outcome));
      auto go = std::move(resume);
      // The frame may be gone once this is posted. Tracked, the loop does not end while post() is still at it.
      const AnyExecutor back = boost::asio::prefer(executor, boost::asio::execution::outstanding_work.tracked);
      boost::asio::post(back, std::move(go));
    }));
  };
  co_await boost::asio::async_initiate<decltype(boost::asio::use_awaitable), void()>(initiate,
                                                                                     boost::asio::use_awaitable);
  co_return std::move(*result);
}

}  // namespace medialith::blob
