#include "app/membership.hpp"

#include <utility>

#include "domain/accounts.hpp"
#include "jobs/housekeeping.hpp"
#include "movers/copy.hpp"

namespace medialith::app {
namespace {

Task<Result<std::int64_t>> sweep(blob::BlobStore& blobs, Time before) {
  CO_TRY_ASSIGN(const std::size_t swept, co_await blobs.sweep_staging(before));
  co_return static_cast<std::int64_t>(swept);
}

}  // namespace

std::vector<jobs::Job> housekeeping() {
  return {jobs::purge_idempotency(), jobs::purge_logins(), jobs::purge_rate_limits()};
}

std::vector<jobs::Job> jobs_over(blob::BlobStore& blobs) {
  std::vector<jobs::Job> all = housekeeping();
  if (blobs.capabilities().presigned) {
    all.push_back(jobs::abort_multiparts([&blobs](Time before) { return sweep(blobs, before); }));
  }
  return all;
}

Task<Result<void>> restore_clock(db::Database& database, MarkedClock& clock, const Logger& log) {
  auto look = [](db::Connection& connection) { return domain::find_meta(connection, kClockMark); };
  CO_TRY_ASSIGN(const auto kept, co_await database.read(look));
  if (!kept) co_return Result<void>();
  CO_TRY_ASSIGN(const Time mark, parse_iso8601(*kept));
  const Time wall = clock.now();
  if (wall < mark) log.warn("clock_behind", {{"clock", to_iso8601(wall)}, {"seen", *kept}});
  clock.restore(mark);
  co_return Result<void>();
}

Task<Result<void>> keep_clock_mark(db::Database& database, const MarkedClock& clock) {
  const std::string mark = to_iso8601(clock.mark());
  auto put = [&](db::Transaction& tx) -> Result<void> {
    domain::raise_meta(tx, kClockMark, mark);
    return {};
  };
  co_return co_await database.write(put);
}

Membership::Membership(Parts parts)
    : parts_(std::move(parts)),
      shared_clock_(parts_.database, parts_.clock),
      scheduler_({parts_.database, shared_clock_, parts_.clock, parts_.random, parts_.uuids, parts_.metrics, parts_.log,
                  parts_.server, parts_.faults, [this] { tell_others(); }},
                 jobs_over(parts_.blobs)),
      presence_(parts_.database, shared_clock_, parts_.server),
      files_(parts_.database, shared_clock_, parts_.server),
      sharing_(parts_.database, shared_clock_, parts_.limits) {}

bool Membership::owns_files() const { return parts_.database.is_shared() && parts_.blobs.capabilities().direct_file; }

Task<Result<void>> Membership::join() {
  CO_TRY(co_await shared_clock_.refresh());
  if (owns_files()) CO_TRY(co_await files_.claim());
  if (parts_.database.is_shared()) {
    CO_TRY(co_await presence_.announce());
    // A copy looks for servers after it has set its mark: of two that begin at once, one sees the other.
    CO_TRY(co_await parts_.database.read(movers::refuse_unfinished_copy));
  }
  co_return co_await scheduler_.prepare();
}

void Membership::start(net::Runtime& runtime) {
  wakeups_ = parts_.open_wakeups([this, &runtime] {
    if (!leaving_) scheduler_.look_now(runtime);
  });
  scheduler_.start(runtime);
  runtime.spawn(0, keep_marking());
  if (parts_.database.is_shared()) {
    runtime.spawn(0, keep_sharing());
    runtime.spawn(0, keep_present());
  }
  if (owns_files()) runtime.spawn(0, keep_files());
}

void Membership::tell_others() {
  if (wakeups_) wakeups_->tell();
}

std::size_t Membership::leave(std::chrono::milliseconds patience) {
  leaving_ = true;
  const std::size_t cut = scheduler_.drain(patience);
  auto done = net::run_sync(keep_clock_mark(parts_.database, parts_.clock));
  if (done && owns_files()) done = net::run_sync(files_.give_back());
  if (done && parts_.database.is_shared()) done = net::run_sync(presence_.leave());
  if (!done) parts_.log.error("not_given_back", done.error());
  return cut;
}

Task<void> Membership::keep_marking() {
  while (!leaving_) {
    parts_.clock.observe();
    const auto kept = co_await keep_clock_mark(parts_.database, parts_.clock);
    if (!kept) parts_.log.error("clock_mark_not_kept", kept.error());
    co_await net::sleep_for(kMarkEach);
  }
}

Task<void> Membership::keep_sharing() {
  while (!leaving_) {
    const auto told = co_await sharing_.exchange();
    if (!told) parts_.log.error("limits_not_shared", told.error());
    co_await net::sleep_for(web::kShareEach);
  }
}

Task<void> Membership::keep_files() {
  while (!leaving_) {
    const auto ours = co_await files_.renew();
    if (!ours) parts_.log.error("files_not_held", ours.error());
    if (ours && !*ours && !leaving_) {
      parts_.on_files_lost(
          make_error(ErrorCode::precondition_failed,
                     "Another server took over the files of this database while this one stood still."));
      co_return;
    }
    co_await net::sleep_for(jobs::kDiskStoreHeld / 3);
  }
}

Task<void> Membership::keep_present() {
  while (true) {
    co_await net::sleep_for(jobs::kPresent / 3);  // join() has announced it
    if (leaving_) co_return;
    const auto told = co_await presence_.announce();
    if (!told) parts_.log.error("presence_not_told", told.error());
  }
}

}  // namespace medialith::app
