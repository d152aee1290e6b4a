#include "jobs/housekeeping.hpp"

#include <utility>

#include "domain/accounts.hpp"
#include "domain/mutation.hpp"
#include "domain/rate_limits.hpp"

namespace medialith::jobs {
namespace {

using Done = Result<std::int64_t>;
/// Deletes at most `limit` rows and answers how many.
using Purge = Done (*)(db::Transaction& tx, Time now, std::int64_t limit);

Done purge_old_answers(db::Transaction& tx, Time now, std::int64_t limit) {
  return domain::purge_idempotency(tx, now - domain::kIdempotencyKept, limit);
}

Task<Done> purge_all(Run& run, Purge purge) {
  const Time now = run.now();
  std::int64_t total = 0;
  std::int64_t deleted = 0;
  do {
    auto some = [&](db::Transaction& tx) { return purge(tx, now, kPurgeRows); };
    CO_TRY_ASSIGN(deleted, co_await run.write(some));
    total += deleted;
  } while (deleted == kPurgeRows);
  co_return total;
}

Task<Done> purge_credentials(Run& run) {
  CO_TRY_ASSIGN(const std::int64_t logins, co_await purge_all(run, domain::purge_logins));
  CO_TRY_ASSIGN(const std::int64_t grants, co_await purge_all(run, domain::purge_grants));
  co_return logins + grants;
}

Task<Done> abort_old(Run& run, AbortMultiparts abort) {
  CO_TRY(co_await run.keep());
  co_return co_await abort(run.now() - kAbandonedAfter);
}

}  // namespace

Job purge_idempotency() {
  return {.kind = "purge-idempotency",
          .summary = "Forgets the answers kept for retries, after 30 days.",
          .period = std::chrono::hours(1),
          .run = [](Run& run) { return purge_all(run, purge_old_answers); }};
}

Job purge_logins() {
  return {.kind = "purge-logins",
          .summary = "Deletes logins and one-time tokens that have expired.",
          .period = std::chrono::hours(1),
          .run = purge_credentials};
}

Job purge_rate_limits() {
  return {.kind = "purge-rate-limits",
          .summary = "Forgets limits that limit nobody any more.",
          .period = std::chrono::minutes(5),
          .run = [](Run& run) { return purge_all(run, domain::purge_rate_limits); }};
}

Job abort_multiparts(AbortMultiparts abort) {
  return {.kind = "abort-multiparts",
          .summary = "Ends uploads to the bucket that were begun a day ago and not finished.",
          .period = std::chrono::hours(1),
          .lease = std::chrono::minutes(10),  // one step, which may list a large bucket
          .run = [abort = std::move(abort)](Run& run) { return abort_old(run, abort); }};
}

}  // namespace medialith::jobs
