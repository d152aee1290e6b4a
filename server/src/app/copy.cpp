#include "app/copy.hpp"

#include <cstdio>
#include <utility>

#include <fmt/format.h>
#include <unistd.h>

#include "app/bootstrap.hpp"
#include "app/copy_sides.hpp"
#include "app/copy_text.hpp"
#include "app/faults.hpp"
#include "base/ids.hpp"
#include "db/shared_clock.hpp"
#include "domain/accounts.hpp"
#include "jobs/presence.hpp"

namespace medialith::app {
namespace {

/// What both runs have. Built in this order, destroyed in reverse.
struct Copying {
  SystemClock clock;
  SystemRandom random;
  UuidMaker uuids{clock, random};
  net::Runtime runtime{{.loops = 1, .work_threads = 2}};
  CopyMeter meter{clock, ::isatty(STDERR_FILENO) == 1 ? CopyMeter::Style::bar : CopyMeter::Style::lines};

  SideParts parts() { return {runtime, clock, random}; }
  movers::OnProgress on_progress() {
    return [this](const movers::CopyProgress& progress) { fmt::print(stderr, "{}", meter.show(progress)); };
  }
};

Result<std::string> target_id(db::Database& database) {
  auto look = [](db::Connection& connection) { return domain::find_meta(connection, kStoreId); };
  TRY_ASSIGN(const auto id, net::run_sync(database.read(look)));
  return id.value_or("");
}

/// Errors: precondition_failed when a server works on the target; with a folder its lock has told already.
Result<void> refuse_served(db::Database& database, const Clock& clock) {
  if (!database.is_shared()) return {};
  db::SharedClock shared(database, clock);
  TRY(net::run_sync(shared.refresh()));
  const Time now = shared.now();
  auto look = [now](db::Connection& connection) { return jobs::find_working_server(connection, now); };
  TRY_ASSIGN(const auto server, net::run_sync(database.read(look)));
  if (!server) return {};
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(server->until - now).count();
  return fail(ErrorCode::precondition_failed,
              fmt::format("The server {} works on the target's database. Stop every server of the target first. If this"
                          " one was killed, run the copy again in {} seconds.",
                          server->name, seconds));
}

/// Everything is looked at before anything is written, but for the target's empty tables.
Result<movers::CopyReport> copy_into(Copying& copying, const OpenSource& source, const Place& to) {
  TRY_ASSIGN(const bool needs_key, needs_secret(to, source.secret));
  TRY_ASSIGN(const TestFaults faults, parse_faults(to.config.list("MEDIALITH_TEST_FAULTS")));
  TRY_ASSIGN(const DataFolder folder, DataFolder::open(to.data()));
  const StoreParts store_parts{folder, copying.runtime, copying.clock, copying.random, faults, {}};
  TRY_ASSIGN(const Stores stores, open_stores(store_parts, to.choice, to.files));
  TRY(refuse_served(*stores.database, copying.clock));
  const movers::Side target{movers::reading_of(*stores.database), *stores.blobs};
  const BootstrapParts bootstrap{*stores.database, *stores.blobs, copying.clock, copying.random, copying.uuids};
  movers::CopyOrigin origin{.source_id = source.id};
  TRY_ASSIGN(origin.target_id, target_id(*stores.database));
  TRY(movers::check_target(target, origin));
  if (!origin.target_id.empty()) TRY(net::run_sync(check_store_id(bootstrap)));
  TRY_ASSIGN(const auto mark, movers::begin_copy(*stores.database, origin, copying.clock.now()));
  // One that started meanwhile has not seen the mark, which would keep the next one from starting for nothing.
  if (auto alone = refuse_served(*stores.database, copying.clock); !alone) {
    TRY(movers::give_up_copy(*stores.database, mark));
    return std::unexpected(std::move(alone).error());
  }
  if (needs_key) TRY(folder.keep_secret_key(source.secret));
  TRY(net::run_sync(check_store_id(bootstrap)));
  return movers::copy_deployment(source.side(), target, *stores.database, faults.copy, copying.on_progress());
}

Result<movers::CopyReport> plan(Copying& copying, const OpenSource& source, const Place& to) {
  TRY(needs_secret(to, source.secret));
  TRY_ASSIGN(const TargetGlance target, look_at_target(to, source, copying.parts()));
  TRY(movers::check_target(target.side(), target.origin));
  return movers::plan_copy(source.side(), target.side(), copying.on_progress());
}

}  // namespace

Result<int> run_copy(const CopyToMake& copy) {
  TRY_ASSIGN(const Place from, find_place("--from", copy.from));
  TRY_ASSIGN(const Place to, find_place("--to", copy.to));
  Copying copying;
  const auto begun = copying.clock.monotonic();
  TRY_ASSIGN(const OpenSource source, open_source(from, copying.parts()));
  const auto report = copy.dry_run ? plan(copying, source, to) : copy_into(copying, source, to);
  fmt::print(stderr, "{}", copying.meter.end());
  if (!report) return std::unexpected(report.error());
  const CopyNames names{from.named, to.named};
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(copying.clock.monotonic() - begun);
  fmt::print("{}", copy.dry_run ? plan_report(*report, names) : copy_report(*report, names, took));
  return report->complete() ? 0 : 1;
}

}  // namespace medialith::app
