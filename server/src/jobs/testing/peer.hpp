// A server that shares a database with others, without its HTTP, for tests of what they do together.
#pragma once

#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "domain/testing/scratch.hpp"
#include "jobs/scheduler.hpp"

namespace medialith::jobs {

/// Takes its time from the scratch database's clock, which outlives it.
struct Peer {
  Peer(domain::Scratch& shared, Server server, std::vector<Job> jobs, Faults faults = {})
      : scratch(shared),
        scheduler({*shared.database, clock, own_clock, shared.random, shared.uuids, metrics, log, std::move(server),
                   faults, [this] { ++others_told; }},
                  std::move(jobs)) {}

  Task<std::vector<Outcome>> look() {
    std::vector<Outcome> outcomes;
    const auto due = co_await scheduler.due();
    for (const Job* job : due.value()) outcomes.push_back(co_await scheduler.run(*job, When::due));
    co_return outcomes;
  }
  /// Runs what is due, and how that went.
  std::vector<Outcome> look_now() { return net::run_sync(look()); }
  Outcome run_now(std::string_view kind) { return net::run_sync(scheduler.run(*scheduler.find(kind), When::now)); }

  domain::Scratch& scratch;
  int others_told = 0;
  MarkedClock own_clock{scratch.clock};
  db::SharedClock clock{*scratch.database, own_clock};
  Metrics metrics;
  std::ostringstream log_text;
  Logger log = Logger::to_stream({}, scratch.clock, log_text);
  Scheduler scheduler;
};

}  // namespace medialith::jobs
