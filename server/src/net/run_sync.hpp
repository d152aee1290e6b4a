#pragma once

#include <exception>
#include <optional>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "net/task.hpp"

namespace medialith::net {

template <class T>
T run_sync(Task<T> task) {
  boost::asio::io_context context(1);
  std::exception_ptr error;
  if constexpr (std::is_void_v<T>) {
    boost::asio::co_spawn(context, std::move(task), [&](std::exception_ptr e) { error = e; });
    context.run();
    if (error) std::rethrow_exception(error);
  } else {
    std::optional<T> result;
    auto run = [](Task<T> inner, std::optional<T>& out) -> Task<void> { out.emplace(co_await std::move(inner)); };
    boost::asio::co_spawn(context, run(std::move(task), result), [&](std::exception_ptr e) { error = e; });
    context.run();
    if (error) std::rethrow_exception(error);
    return std::move(*result);
  }
}

}  // namespace medialith::net
