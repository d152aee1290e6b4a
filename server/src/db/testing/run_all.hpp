// Runs coroutines side by side on event loops of their own, for tests.
#pragma once

#include <exception>
#include <thread>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "net/task.hpp"

namespace medialith::db {

/// Deals the tasks to `loops` threads and returns when all have ended. An exception that leaves one ends the process.
inline void run_all(std::vector<Task<void>> tasks, std::size_t loops = 1) {
  std::vector<std::unique_ptr<boost::asio::io_context>> contexts;
  for (std::size_t i = 0; i < loops; ++i) contexts.push_back(std::make_unique<boost::asio::io_context>(1));
  auto ended = [](std::exception_ptr error) {
    if (error) std::rethrow_exception(error);
  };
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    boost::asio::co_spawn(*contexts[i % loops], std::move(tasks[i]), ended);
  }
  std::vector<std::jthread> threads;
  for (auto& context : contexts) threads.emplace_back([&context]() noexcept { context->run(); });
}

}  // namespace medialith::db
