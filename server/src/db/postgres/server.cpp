#include "db/postgres/server.hpp"

#include <fmt/format.h>

namespace medialith::db::postgres {
namespace {

// Neon's compute node keeps no files of its own: its log goes to other machines that flush it, so fsync is off there.
constexpr std::string_view kGreeting = R"(
  SELECT current_setting('server_version_num')::bigint, current_setting('server_version'), pg_is_in_recovery(),
         pg_backend_pid(), current_setting('neon.timeline_id', true) IS NOT NULL,
         pg_postmaster_start_time()::text || coalesce((SELECT ' ' || stats_reset FROM pg_stat_bgwriter), ''),
         concat_ws(', ', CASE current_setting('fsync') WHEN 'off' THEN 'fsync=off' END,
                         CASE current_setting('full_page_writes') WHEN 'off' THEN 'full_page_writes=off' END,
                         CASE current_setting('synchronous_commit') WHEN 'off' THEN 'synchronous_commit=off' END))";

}  // namespace

std::expected<ServerFacts, Trouble> greet(Session& session) {
  session.send(kGreeting);
  auto results = session.trip();
  if (!results) return std::unexpected(std::move(results).error());
  const ResultRow row(results->front().get(), 0);
  return ServerFacts{.version = row.integer(0),
                     .version_text = std::string(row.text(1)),
                     .in_recovery = row.boolean(2),
                     .direct = session.is_direct(row.integer(3)),
                     .neon = row.boolean(4),
                     .incarnation = std::string(row.text(5)),
                     .unsafe = std::string(row.text(6))};
}

Result<void> accept(const ServerFacts& facts, UnsafeServer unsafe) {
  if (facts.version < kOldestVersion) {
    return fail(ErrorCode::precondition_failed,
                fmt::format("The server is PostgreSQL {}; Medialith needs 13 or later.", facts.version_text));
  }
  if (facts.in_recovery) {
    Error error = make_error(ErrorCode::unavailable, "The database server is a standby, which takes no writes.");
    error.retry_after = std::chrono::seconds(1);
    return fail(std::move(error));
  }
  if (facts.unsafe.empty() || facts.neon || unsafe == UnsafeServer::allow) return {};
  return fail(ErrorCode::precondition_failed,
              fmt::format("The database server may lose what it has acknowledged: {}. Switch that on again, or set"
                          " MEDIALITH_ALLOW_UNSAFE_DATABASE=true when nothing in it matters.",
                          facts.unsafe));
}

}  // namespace medialith::db::postgres
