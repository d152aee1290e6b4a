// Waiting in a coroutine for what another thread ends: the one primitive under pools, the database's writer and the
// disk store's flushes.
#pragma once

#include <functional>
#include <optional>
#include <utility>

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "net/task.hpp"

namespace medialith::net {

/// Goes on with a suspended coroutine. Called exactly once, on the coroutine's own executor: by post_to(), that is.
using Resume = std::move_only_function<void()>;

/// Runs `job` on the loop behind `executor`. Thread-safe. The loop does not end before the post has returned, even when
/// `job` is the last thing it had to do, so the caller may let go of everything else first.
void post_to(const AnyExecutor& executor, std::move_only_function<void()> job);

/// Suspends the caller and calls `start(executor, resume)` on its thread. Whoever gets `resume` posts it to `executor`
/// when the wait is over; from then on the awaiting frame, and what lies in it, may be gone.
template <class Start>
Task<void> suspend(Start start) {
  auto initiate = [start = std::move(start)](auto handler) mutable {
    const AnyExecutor executor = boost::asio::get_associated_executor(handler);
    start(executor, Resume(std::move(handler)));
  };
  return boost::asio::async_initiate<decltype(boost::asio::use_awaitable), void()>(std::move(initiate),
                                                                                   boost::asio::use_awaitable);
}

/// Called exactly once, on any thread.
using Completion = std::move_only_function<void(Result<void>)>;

/// Calls `start(completion)`, waits for the completion to be called and answers with what it was called with. `start`
/// may call it before it returns.
template <class Start>
Task<Result<void>> await_completion(Start start) {
  std::optional<Result<void>> result;
  co_await suspend([&](const AnyExecutor& executor, Resume resume) {
    start(Completion([&result, loop = AnyExecutor(executor), go = std::move(resume)](Result<void> outcome) mutable {
      result.emplace(std::move(outcome));
      // The frame, this object with it, may be gone as soon as it is posted.
      const AnyExecutor back = std::move(loop);
      post_to(back, std::move(go));
    }));
  });
  co_return std::move(*result);
}

}  // namespace medialith::net
