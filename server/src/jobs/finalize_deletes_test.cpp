// What is purged loses its bytes after its grace, and nothing else does: in single steps, and in histories made from a
// seed, in which the store fails and rows lie. The same without the second look must be caught.
#include "jobs/finalize_deletes.hpp"

#include <algorithm>
#include <cstdio>
#include <map>
#include <random>
#include <set>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "domain/assets.hpp"
#include "domain/blobs.hpp"
#include "domain/many.hpp"
#include "jobs/testing/peer.hpp"

namespace medialith::jobs {
namespace {

using Ended = Outcome::Ended;
using std::chrono::hours;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr hours kGrace{24};

/// A library and its files, of which removals may fail.
class Library {
 public:
  explicit Library(Faults faults = {}) : faults_(faults) {
    Peer peer(s_, {.name = "a", .place = "a"}, {job()});
    EXPECT_TRUE(net::run_sync(peer.scheduler.prepare()));
  }

  struct Kept {
    std::int64_t rid;
    std::string key;
  };
  Kept keep() {
    const std::string id = make_asset_id(AssetPrefix::img, s_.random);
    const domain::NewAsset asset{.rid = {s_.rids.next()},
                                 .id = id,
                                 .kind = domain::AssetKind::image,
                                 .filename = "a.png",
                                 .content_type = "image/png",
                                 .size = 1,
                                 .sha256 = s_.login_hash(),
                                 .blob_key = id};
    files.insert(asset.blob_key);
    EXPECT_TRUE(s_.mutate(ann_, [&](domain::Mutation& m) { return create_asset(m, asset, nullptr); }));
    return {asset.rid.value, asset.blob_key};
  }
  void purge(const Kept& kept) {
    const domain::Rows rows{.generations = {}, .assets = {kept.rid}};
    EXPECT_TRUE(s_.mutate(ann_, [&](domain::Mutation& m) { return move_rows(m, domain::Move::purge, rows); }));
  }
  /// What no code of ours does.
  void condemn_by_mistake(const Kept& kept) {
    auto put = [&](db::Transaction& tx) -> Result<void> {
      tx.later({"UPDATE {blobs} SET state = 'condemned', condemned_at = $1 WHERE rid = $2", s_.clock.now(), kept.rid});
      return {};
    };
    EXPECT_TRUE(s_.write(put));
  }
  Outcome run() {
    Peer peer(s_, {.name = "a", .place = "a"}, {job()}, faults_);
    return peer.run_now("finalize-deletes");
  }
  /// Of the keys that the query answers.
  std::set<std::string> keys(db::Sql sql) {
    auto look = [&](db::Connection& c) {
      return c.all({sql}, [](const db::Row& row) { return std::string(row.text(0)); });
    };
    const auto found = s_.read(look).value();
    return {found.begin(), found.end()};
  }
  std::set<std::string> rows() { return keys("SELECT key FROM {blobs}"); }

  domain::Scratch s_;
  std::set<std::string> files;
  std::vector<std::string> removed;
  /// What the removal of a key meets; once.
  enum class Meets : std::uint8_t { nothing, failure_before, failure_after, damage };
  std::map<std::string, Meets> plan;

 private:
  Job job() {
    return finalize_deletes([this](const std::string& key) { return remove(*this, key); }, kGrace);
  }
  static Task<Result<void>> remove(Library& library, std::string key) {
    const Meets meets = std::exchange(library.plan[key], Meets::nothing);
    if (meets == Meets::failure_before) co_return fail(ErrorCode::unavailable, "The store is away.");
    if (meets == Meets::damage) co_return fail(ErrorCode::internal, "That is no key.");
    library.files.erase(key);
    library.removed.push_back(key);
    if (meets == Meets::failure_after) co_return fail(ErrorCode::outcome_unknown, "The store went away.");
    co_return Result<void>();
  }

  const Faults faults_;
  const domain::Principal ann_ = s_.person("ann@example.com");
};

TEST(FinalizeDeletes, RemovesBytesAndThenRowsWhenTheGraceIsOver) {
  Library library;
  const auto kept = library.keep();
  const auto purged = library.keep();
  library.purge(purged);
  library.s_.clock.advance(kGrace - std::chrono::milliseconds(1));
  EXPECT_EQ(library.run().done, 0) << "not before";
  EXPECT_THAT(library.files, SizeIs(2));
  library.s_.clock.advance(std::chrono::milliseconds(1));
  EXPECT_EQ(library.run().done, 1);
  EXPECT_THAT(library.files, ElementsAre(kept.key));
  EXPECT_THAT(library.rows(), ElementsAre(kept.key));
}

TEST(FinalizeDeletes, BelievesNoClockThatHasJustJumpedAhead) {
  Library library;
  library.purge(library.keep());
  Peer peer(library.s_, {.name = "b", .place = "b"},
            {finalize_deletes(
                [](const std::string&) -> Task<Result<void>> {
                  ADD_FAILURE() << "removed";
                  co_return Result<void>();
                },
                kGrace)});
  library.s_.clock.jump(std::chrono::days(365));
  EXPECT_EQ(peer.run_now("finalize-deletes").done, 0);
}

TEST(FinalizeDeletes, AStoreThatFailsLeavesTheRowsByWhichItGoesOn) {
  using Meets = Library::Meets;
  for (const Meets meets : {Meets::failure_before, Meets::failure_after}) {
    Library library;
    std::vector<Library::Kept> purged;
    for (int i = 0; i < 3; ++i) library.purge(purged.emplace_back(library.keep()));
    library.plan[purged[1].key] = meets;
    library.s_.clock.advance(kGrace);
    EXPECT_EQ(library.run().ended, Ended::failed);
    EXPECT_THAT(library.removed, SizeIs(meets == Meets::failure_before ? 1 : 2)) << "no further one is tried";
    EXPECT_THAT(library.rows(), ElementsAre(purged[1].key, purged[2].key)) << "the first is done with";
    EXPECT_EQ(library.run().done, 2);
    EXPECT_THAT(library.files, IsEmpty());
    EXPECT_THAT(library.rows(), IsEmpty());
  }
}

TEST(FinalizeDeletes, ADamagedRowKeepsNoOtherFile) {
  Library library;
  std::vector<Library::Kept> purged;
  for (std::int64_t i = 0; i < kFinalizedAtOnce + 5; ++i) library.purge(purged.emplace_back(library.keep()));
  library.plan[purged[2].key] = Library::Meets::damage;
  library.s_.clock.advance(kGrace);
  const Outcome outcome = library.run();
  EXPECT_EQ(outcome.ended, Ended::failed);
  EXPECT_EQ(outcome.error.message, "That is no key.");
  EXPECT_THAT(library.rows(), ElementsAre(purged[2].key));
}

TEST(FinalizeDeletes, AFileThatAnAssetHasStaysThoughItsRowIsCondemned) {
  Library library;
  std::vector<Library::Kept> kept;
  for (std::int64_t i = 0; i < kFinalizedAtOnce + 5; ++i) library.condemn_by_mistake(kept.emplace_back(library.keep()));
  library.purge(library.keep());
  library.s_.clock.advance(kGrace);
  EXPECT_EQ(library.run().done, 1) << "behind them all";
  EXPECT_THAT(library.files, SizeIs(kept.size()));
  EXPECT_THAT(library.rows(), SizeIs(kept.size()));
}

/// Draws a history and says what is wrong at its first step that leaves something wrong; empty when nothing is.
std::string history(std::uint32_t seed, Faults faults) {
  std::mt19937 random(seed);
  Library library(faults);
  std::vector<Library::Kept> kept;
  std::map<std::string, Time> purged_at;
  const auto one_of = [&] { return kept.begin() + static_cast<std::ptrdiff_t>(random() % kept.size()); };
  const auto has_bytes = [&](const Library::Kept& asset) { return library.files.contains(asset.key); };
  for (int step = 0; step < 60; ++step) {
    const auto what = kept.empty() ? 0 : random() % 8;
    if (what <= 1) kept.push_back(library.keep());
    if (what == 2 || what == 3) {
      const auto at = one_of();
      library.purge(*at);
      purged_at[at->key] = library.s_.clock.now();
      if (random() % 2 == 0) library.plan[at->key] = static_cast<Library::Meets>(random() % 3);
      kept.erase(at);
    }
    if (what == 4 && random() % 3 == 0) library.condemn_by_mistake(*one_of());
    if (what == 5 || what == 6) library.s_.clock.advance(hours(random() % 20));
    if (what == 7) (void)library.run();
    if (!std::ranges::all_of(kept, has_bytes)) return fmt::format("step {}: an asset has lost its bytes", step);
    for (const std::string& key : library.removed) {
      if (library.s_.clock.now() - purged_at[key] < kGrace) return fmt::format("step {}: removed too early", step);
    }
    const auto rows = library.rows();
    for (const std::string& key : library.files) {
      if (!rows.contains(key)) return fmt::format("step {}: bytes without a row", step);
    }
  }
  library.s_.clock.advance(kGrace);
  library.plan.clear();
  (void)library.run();
  if (!std::ranges::all_of(kept, has_bytes)) return "at the end: an asset has lost its bytes";
  return library.files.size() == kept.size() && library.rows() == library.files ? "" : "at the end: files are left";
}

TEST(FinalizeDeletes, LosesNothingInAnyHistory) {
  const auto first = std::random_device()();
  std::printf("seed %u\n", first);
  for (std::uint32_t i = 0; i < 4; ++i) EXPECT_EQ(history(first + i, {}), "") << "seed " << first + i;
}

TEST(FinalizeDeletes, TheHistoriesFindAJobThatDoesNotLookAgain) {
  std::string wrong;
  for (std::uint32_t seed = 1; seed <= 10 && wrong.empty(); ++seed) wrong = history(seed, {.no_recheck = true});
  EXPECT_THAT(wrong, testing::EndsWith("an asset has lost its bytes"));
}

}  // namespace
}  // namespace medialith::jobs
