// Many servers, one database, and time, death and standstill as they come: whatever happens, each effect of a job
// happens once. The same history without the fence must be caught.
#include <algorithm>
#include <cstdlib>
#include <map>
#include <memory>
#include <random>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include "jobs/testing/peer.hpp"

namespace medialith::jobs {
namespace {

constexpr std::int64_t kItems = 12;
constexpr int kSteps = 120;
constexpr std::size_t kServers = 3;

/// Where a step of the job stands still between what it has read and what it writes.
struct Gate {
  AnyExecutor executor;
  net::Resume resume;
};

class World {
 public:
  World(std::uint32_t seed, Faults faults) : random_(seed), faults_(faults) {
    auto put = [](db::Transaction& tx) -> Result<void> {
      for (std::int64_t i = 0; i < kItems; ++i) {
        const std::string key = "item " + std::to_string(i);
        tx.later({"INSERT INTO {meta} (key, value) VALUES ($1, '')", std::string_view(key)});
      }
      return {};
    };
    scratch_.write(put).value();
    for (std::size_t i = 0; i < kServers; ++i) restart(i);
    if (!net::run_sync(servers_[0]->scheduler.prepare())) std::abort();
  }
  ~World() {
    gates_.clear();
    context_.run();  // until the writer has let go of it
  }
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  /// How often each item was paid, one character a time.
  std::vector<std::string> history() {
    for (int i = 0; i < kSteps; ++i) step();
    // Whoever stood still wakes up at last, in any order; then one server does what is left.
    while (!gates_.empty()) wake(below(gates_.size()));
    open_ = true;
    scratch_.clock.advance(std::chrono::hours(1));
    restart(0);
    begin(0);
    settle();
    auto all = [](db::Connection& c) {
      return c.all({"SELECT value FROM {meta} WHERE key LIKE 'item %'"},
                   [](const db::Row& row) { return std::string(row.text(0)); });
    };
    return scratch_.read(all).value();
  }

 private:
  std::size_t below(std::size_t end) { return random_() % end; }

  void step() {
    switch (below(6)) {
      case 0:
        return scratch_.clock.advance(std::chrono::seconds(below(40)));
      case 1:
        return restart(below(kServers));
      case 2:
        return begin(below(kServers));
      case 3:
        if (!gates_.empty()) kill(below(gates_.size()));
        return;
      default:
        if (!gates_.empty()) wake(below(gates_.size()));
    }
  }
  /// Another process in the server's stead, elsewhere; the one before does not know that yet.
  void restart(std::size_t index) {
    const std::string name = "server " + std::to_string(++names_);
    Job job{.kind = "pay", .summary = "Pays.", .run = [this](Run& run) { return pay_all(*this, run); }};
    zombies_.push_back(std::move(servers_[index]));
    servers_[index] = std::make_unique<Peer>(scratch_, Server{name, name}, std::vector{std::move(job)}, faults_);
  }
  void begin(std::size_t index) {
    ++alive_;
    boost::asio::co_spawn(context_, run_once(*this, *servers_[index]),
                          [](std::exception_ptr error) { EXPECT_FALSE(error); });
    settle();
  }
  void wake(std::size_t index) {
    Gate gate = std::move(gates_[index]);
    gates_.erase(gates_.begin() + static_cast<std::ptrdiff_t>(index));
    net::post_to(gate.executor, std::move(gate.resume));
    settle();
  }
  void kill(std::size_t index) { gates_.erase(gates_.begin() + static_cast<std::ptrdiff_t>(index)); }
  /// Until every coroutine has ended or stands at a gate.
  void settle() {
    context_.restart();
    while (alive_ > gates_.size()) context_.run_one();
  }

  static Task<void> run_once(World& world, Peer& peer) {
    struct Alive {
      explicit Alive(std::size_t& n) : count(n) {}
      ~Alive() { --count; }
      Alive(const Alive&) = delete;
      Alive& operator=(const Alive&) = delete;
      std::size_t& count;
    };
    const Alive alive(world.alive_);
    (void)co_await peer.scheduler.run(*peer.scheduler.find("pay"), When::now);
  }
  static Task<Result<std::int64_t>> pay_all(World& world, Run& run) {
    std::int64_t paid = 0;
    for (;;) {
      auto next = [](db::Connection& c) {
        return c.find({"SELECT key FROM {meta} WHERE key LIKE 'item %' AND value = '' ORDER BY key LIMIT 1"},
                      [](const db::Row& row) { return std::string(row.text(0)); });
      };
      CO_TRY_ASSIGN(const auto item, co_await world.scratch_.database->read(next));
      if (!item) co_return paid;
      if (!world.open_) {
        co_await net::suspend([&world](const AnyExecutor& executor, net::Resume resume) {
          world.gates_.push_back({executor, std::move(resume)});
        });
      }
      auto pay = [&item](db::Transaction& tx) -> Result<void> {
        tx.later({"UPDATE {meta} SET value = value || 'x' WHERE key = $1", std::string_view(*item)});
        return {};
      };
      CO_TRY(co_await run.write(pay));
      ++paid;
    }
  }

  domain::Scratch scratch_;
  std::mt19937 random_;
  Faults faults_;
  boost::asio::io_context context_{1};
  std::size_t names_ = 0;
  std::size_t alive_ = 0;
  bool open_ = false;
  std::vector<std::unique_ptr<Peer>> zombies_;
  std::map<std::size_t, std::unique_ptr<Peer>> servers_;
  std::vector<Gate> gates_;
};

/// Items of the history that were not paid exactly once.
std::ptrdiff_t wrong(std::uint32_t seed, Faults faults) {
  const std::vector<std::string> items = World(seed, faults).history();
  EXPECT_EQ(items.size(), static_cast<std::size_t>(kItems));
  return std::ranges::count_if(items, [](const std::string& paid) { return paid != "x"; });
}

TEST(ManyServers, DoWhatAJobDoesOnce) {
  const std::uint32_t first = std::random_device{}();
  RecordProperty("seed", std::to_string(first));
  for (std::uint32_t seed = first; seed != first + 30; ++seed) {
    ASSERT_EQ(wrong(seed, {}), 0) << "seed " << seed;
  }
}

TEST(ManyServers, WithoutTheFenceAreCaught) {
  std::ptrdiff_t found = 0;
  for (std::uint32_t seed = 1; seed <= 10; ++seed) found += wrong(seed, {.no_fence = true});
  EXPECT_GT(found, 0);
}

}  // namespace
}  // namespace medialith::jobs
