// What the database knows of each job (table `jobs`): when it is due, and how its last run went.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "db/database.hpp"
#include "jobs/lease.hpp"

namespace medialith::jobs {

enum class State : std::uint8_t {
  pending,    ///< has not run yet, or was stopped with its server
  running,    ///< or its server died, and the lease has not expired yet
  completed,  ///< the last run was
  failed,     ///< the last run did, and there will be another
};
std::string_view state_name(State state);

struct Record {
  std::string kind;
  std::string id;  ///< UUIDv7
  State state = State::pending;
  std::int64_t runs = 0;      ///< begun so far, on all servers
  std::int64_t failures = 0;  ///< since the last completed run
  std::int64_t done = 0;      ///< what the last completed run dealt with
  std::optional<std::string> server;
  std::optional<std::string> error;
  Time due_at;
  std::optional<Time> started_at;
  std::optional<Time> finished_at;
};

/// All of them, by kind.
Result<std::vector<Record>> list_records(db::Connection& connection);

/// A job and when it is due.
struct Free {
  std::string kind;
  Time due_at;
};
/// The jobs that no other server holds the lease of.
Result<std::vector<Free>> list_free(db::Connection& connection, const Server& server, Time now);

/// Makes the job's record when there is none.
void ensure_record(db::Transaction& tx, std::string_view kind, std::string_view id, Time due_at);
/// Errors: not_found.
Result<Record> find_record(db::Transaction& tx, std::string_view kind);
/// The record says that this server runs the job.
void begin_record(db::Transaction& tx, std::string_view kind, const Server& server, Time now);

/// How a run ended.
struct RunEnd {
  State state = State::completed;  ///< pending: stopped with its server
  std::int64_t failures = 0;
  std::int64_t done = 0;
  std::optional<std::string> error;
  Time due_at;
};
void end_record(db::Transaction& tx, std::string_view kind, const RunEnd& end, Time now);

}  // namespace medialith::jobs
