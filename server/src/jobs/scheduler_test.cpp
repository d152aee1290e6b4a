#include "jobs/scheduler.hpp"

#include <future>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "jobs/testing/peer.hpp"

namespace medialith::jobs {
namespace {

using Ended = Outcome::Ended;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::HasSubstr;

const Server kA{.name = "a", .place = "place of a"};
const Server kB{.name = "b", .place = "place of b"};
const Server kC{.name = "c", .place = "place of c"};

class Schedulers : public testing::Test {
 protected:
  /// A job of an hour's period that does what `body` says.
  static Job job(std::function<Task<Result<std::int64_t>>(jobs::Run&)> body) {
    return {.kind = "chore", .summary = "A chore.", .run = std::move(body)};
  }
  static Job counting(int& runs) {
    return job([&runs](jobs::Run&) -> Task<Result<std::int64_t>> { co_return ++runs; });
  }
  static Job telling(std::promise<void>& ran) {
    return job([&ran](jobs::Run&) -> Task<Result<std::int64_t>> {
      ran.set_value();
      co_return 0;
    });
  }
  static Job failing() {
    return job([](jobs::Run&) -> Task<Result<std::int64_t>> {
      co_return fail(ErrorCode::unavailable, "The bucket does not answer.", "connection refused");
    });
  }
  void prepare(Peer& peer) { ASSERT_TRUE(net::run_sync(peer.scheduler.prepare())); }
  void make_due(Peer& peer) {
    prepare(peer);
    // In the rows: a database that has a clock of its own does not follow ours.
    auto now = [&](db::Transaction& tx) -> Result<void> {
      tx.later({"UPDATE {jobs} SET due_at = $1", peer.clock.now()});
      return {};
    };
    ASSERT_TRUE(s_.write(now));
  }
  Record record() {
    return s_.read([](db::Connection& c) { return list_records(c); }).value().at(0);
  }
  std::vector<Ended> ended(const std::vector<Outcome>& outcomes) {
    std::vector<Ended> all;
    for (const Outcome& outcome : outcomes) all.push_back(outcome.ended);
    return all;
  }

  domain::Scratch s_;
};

TEST_F(Schedulers, RunAJobOnceAPeriodHoweverManyServersThereAre) {
  int runs = 0;
  Peer a(s_, kA, {counting(runs)});
  Peer b(s_, kB, {counting(runs)});
  Peer c(s_, kC, {counting(runs)});
  for (Peer* peer : {&a, &b, &c}) prepare(*peer);
  std::vector<Time> at;
  const Time end = s_.clock.now() + hours(12);
  while (s_.clock.now() < end) {
    for (Peer* peer : {&c, &a, &b}) {
      const int before = runs;
      peer->look_now();
      if (runs > before) at.push_back(s_.clock.now());
    }
    s_.clock.advance(kLook);
  }
  ASSERT_GE(at.size(), 10U);
  EXPECT_EQ(at.size(), static_cast<std::size_t>(runs));
  for (std::size_t i = 1; i < at.size(); ++i) {
    EXPECT_GE(at[i] - at[i - 1], hours(1));
    EXPECT_LE(at[i] - at[i - 1], minutes(66) + kLook);
  }
  EXPECT_EQ(record().runs, runs);
}

TEST_F(Schedulers, RunANewJobWithinAMinute) {
  int runs = 0;
  Peer a(s_, kA, {counting(runs)});
  prepare(a);
  const Time due = record().due_at;
  prepare(a);
  EXPECT_EQ(record().due_at, due) << "a restart puts nothing off";
  EXPECT_EQ(record().state, State::pending);
  s_.clock.advance(due - a.clock.now());
  EXPECT_THAT(ended(a.look_now()), testing::ElementsAre(Ended::completed));
  EXPECT_EQ(record().state, State::completed);
  EXPECT_EQ(record().done, 1);
  EXPECT_EQ(record().server, "a");
  EXPECT_EQ(record().finished_at, a.clock.now());
}

TEST_F(Schedulers, KeepTheReasonOfAFailureAndTryAgainLaterAndLater) {
  Peer a(s_, kA, {failing()});
  make_due(a);
  std::vector<std::chrono::milliseconds> waits;
  for (int i = 0; i < 9; ++i) {
    ASSERT_THAT(ended(a.look_now()), testing::ElementsAre(Ended::failed)) << i;
    ASSERT_THAT(a.look_now(), testing::IsEmpty());
    waits.push_back(record().due_at - a.clock.now());
    s_.clock.advance(waits.back());
  }
  const seconds bounds[] = {seconds(30),  seconds(60),   seconds(120), seconds(240), seconds(480),
                            seconds(960), seconds(1920), hours(1),     hours(1)};
  for (std::size_t i = 0; i < waits.size(); ++i) {
    EXPECT_GE(waits[i], bounds[i]);
    EXPECT_LE(waits[i], bounds[i] * 11 / 10);
  }
  EXPECT_EQ(record().state, State::failed);
  EXPECT_EQ(record().failures, 9);
  EXPECT_EQ(record().error, "UNAVAILABLE: The bucket does not answer. (connection refused)");
  EXPECT_THAT(a.log_text.str(), HasSubstr("job_failed"));
  EXPECT_THAT(a.metrics.exposition(), HasSubstr(R"(medialith_job_runs_total{ended="failed",job="chore"} 9)"));

  int runs = 0;
  Peer b(s_, kB, {counting(runs)});
  EXPECT_EQ(b.run_now("chore").ended, Ended::completed);
  EXPECT_EQ(record().failures, 0);
  EXPECT_EQ(record().error, std::nullopt);
}

TEST_F(Schedulers, RunWhatWasPutOffByAClockThatWasSetBack) {
  int runs = 0;
  Peer a(s_, kA, {counting(runs)});
  s_.clock.jump(hours(24 * 365));
  make_due(a);
  a.look_now();
  ASSERT_EQ(runs, 1);
  s_.clock.jump(-hours(24 * 365));
  Peer b(s_, kB, {counting(runs)});
  b.look_now();
  EXPECT_EQ(runs, 2);
}

// ---- a server that dies, stands still or stops ---------------------------------------------------------------------

/// A job that waits in its middle until it is told to go on, or for ever.
struct Pause {
  Job job() {
    return {.kind = "chore", .summary = "A chore.", .run = [this](jobs::Run& run) { return wait(*this, run); }};
  }
  static Task<Result<std::int64_t>> wait(Pause& self, jobs::Run& run) {
    CO_TRY(co_await run.keep());
    ++self.begun;
    co_await net::suspend([&self](const AnyExecutor& executor, net::Resume resume) {
      self.executor = executor;
      self.resume = std::move(resume);
    });
    CO_TRY(co_await run.keep());
    co_return 1;
  }
  void go_on() { net::post_to(executor, std::move(resume)); }

  int begun = 0;
  AnyExecutor executor;
  net::Resume resume;
};

Task<void> run_into(Peer& peer, Outcome& outcome) {
  outcome = co_await peer.scheduler.run(*peer.scheduler.find("chore"), When::now);
}

/// Runs the job of a Pause up to its middle; the rest by finish().
class Paused {
 public:
  Paused(Peer& peer, Pause& pause) : pause_(pause) {
    boost::asio::co_spawn(context_, run_into(peer, outcome_), [](std::exception_ptr error) { EXPECT_FALSE(error); });
    while (pause_.begun == 0) context_.run_one();
  }
  ~Paused() {
    pause_.resume = {};
    pause_.executor = {};
    context_.run();  // until the writer has let go of it
  }
  Paused(const Paused&) = delete;
  Paused& operator=(const Paused&) = delete;
  Outcome finish() {
    pause_.go_on();
    context_.run();
    return outcome_;
  }

 private:
  Pause& pause_;
  boost::asio::io_context context_{1};
  Outcome outcome_;
};

class Interrupted : public Schedulers {
 protected:
  // B asks the database for the time after A, and so is never behind it.
  Interrupted() {
    prepare(a_);
    prepare(b_);
    s_.clock.advance(kFirstRun);
  }

  Pause pause_;
  int runs_ = 0;
  Peer a_{s_, kA, {pause_.job()}};
  Peer b_{s_, kB, {counting(runs_)}};
};

TEST_F(Interrupted, AJobIsNobodyElsesWhileItsLeaseIsHeld) {
  Paused paused(a_, pause_);
  EXPECT_EQ(record().state, State::running);
  s_.clock.advance(seconds(20));
  EXPECT_THAT(b_.look_now(), testing::IsEmpty());
  EXPECT_EQ(b_.run_now("chore").ended, Ended::not_begun);
  EXPECT_EQ(paused.finish().ended, Ended::completed);
  EXPECT_EQ(runs_, 0);
}

TEST_F(Interrupted, AJobOfADeadServerRunsOnAnother) {
  {
    const Paused paused(a_, pause_);
  }
  s_.clock.advance(seconds(30));
  EXPECT_THAT(ended(b_.look_now()), testing::ElementsAre(Ended::completed));
  EXPECT_EQ(runs_, 1);
  EXPECT_EQ(record().runs, 2);
  EXPECT_EQ(record().server, "b");
  EXPECT_THAT(b_.log_text.str(), HasSubstr("job_taken_over"));
}

TEST_F(Interrupted, ARestartedServerGoesOnAtOnce) {
  const Paused paused(a_, pause_);
  Peer restarted(s_, {.name = "a again", .place = kA.place}, {counting(runs_)});
  EXPECT_THAT(ended(restarted.look_now()), testing::ElementsAre(Ended::completed));
}

TEST_F(Interrupted, AServerThatStoodStillStopsBeforeItsNextStep) {
  Paused paused(a_, pause_);
  s_.clock.advance(seconds(30));
  ASSERT_THAT(ended(b_.look_now()), testing::ElementsAre(Ended::completed));
  EXPECT_EQ(paused.finish().ended, Ended::lost);
  EXPECT_EQ(record().server, "b");
  EXPECT_EQ(record().state, State::completed) << "and leaves the record alone";
  EXPECT_THAT(a_.log_text.str(), HasSubstr("job_lost"));
}

TEST_F(Interrupted, AServerThatStopsLeavesTheRestToAnother) {
  Paused paused(a_, pause_);
  EXPECT_EQ(a_.scheduler.drain(std::chrono::milliseconds(0)), 1U) << "still under way";
  EXPECT_EQ(paused.finish().ended, Ended::stopped);
  EXPECT_EQ(a_.scheduler.drain(std::chrono::milliseconds(0)), 0U);
  EXPECT_EQ(record().state, State::pending);
  EXPECT_EQ(a_.others_told, 1);
  EXPECT_EQ(a_.run_now("chore").ended, Ended::not_begun);
  EXPECT_THAT(ended(b_.look_now()), testing::ElementsAre(Ended::completed)) << "at once";
}

TEST_F(Schedulers, RunByThemselvesUntilTheyAreDrained) {
  std::promise<void> ran;
  Peer a(s_, kA, {telling(ran)});
  make_due(a);
  s_.runtime.start();
  a.scheduler.start(s_.runtime);
  EXPECT_EQ(ran.get_future().wait_for(seconds(30)), std::future_status::ready);
  EXPECT_EQ(a.scheduler.drain(seconds(30)), 0U);
  s_.runtime.stop();
  EXPECT_EQ(record().state, State::completed);
}

TEST_F(Schedulers, LookAtOnceWhenToldTo) {
  std::promise<void> ran;
  Peer a(s_, kA, {telling(ran)});
  make_due(a);
  s_.runtime.start();
  a.scheduler.look_now(s_.runtime);  // without start(), so that nothing else looks
  EXPECT_EQ(ran.get_future().wait_for(seconds(30)), std::future_status::ready);
  EXPECT_EQ(a.scheduler.drain(seconds(30)), 0U);
  s_.runtime.stop();
}

}  // namespace
}  // namespace medialith::jobs
