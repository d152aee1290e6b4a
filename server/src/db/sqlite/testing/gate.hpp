// Holds the writer of a database until as many writes wait as a test wants in one group.
#pragma once

#include <latch>
#include <thread>
#include <vector>

#include "db/database.hpp"
#include "db/testing/run_all.hpp"

namespace medialith::db {

inline Task<void> hold_writer(Database& db, std::latch& held, std::latch& release) {
  auto fn = [&](Transaction&) -> Result<void> {
    held.count_down();
    release.wait();
    return {};
  };
  (void)co_await db.write(fn);
}

inline Task<void> write_into(Database& db, std::size_t bytes, Database::WriteFn fn, Result<void>& result) {
  result = co_await db.run_write(bytes, std::move(fn));
}

/// Queues the writes in order behind one that does nothing, lets go, and returns their results. Apart from limits they
/// share one group.
inline std::vector<Result<void>> write_together(Database& db, std::vector<Database::WriteFn> writes,
                                                std::size_t bytes = 100) {
  std::latch held(1);
  std::latch release(1);
  std::vector<Task<void>> first;
  first.push_back(hold_writer(db, held, release));
  std::jthread holding([&] { run_all(std::move(first)); });
  held.wait();
  std::vector<Result<void>> results(writes.size());
  std::vector<Task<void>> tasks;
  for (std::size_t i = 0; i < writes.size(); ++i) {
    tasks.push_back(write_into(db, bytes, std::move(writes[i]), results[i]));
  }
  const std::size_t expected = tasks.size();
  std::jthread waiting([&] { run_all(std::move(tasks)); });
  while (db.stats().queue_length < expected) std::this_thread::yield();
  release.count_down();
  waiting.join();
  return results;
}

/// A write that inserts one row into contract_rows.
inline Database::WriteFn insertion(std::int64_t id, std::string name) {
  return [id, name = std::move(name)](Transaction& tx) -> Result<void> {
    return tx.ask({Statement("INSERT INTO {contract_rows} (id, name) VALUES ($1, $2)", id, name)});
  };
}

}  // namespace medialith::db
