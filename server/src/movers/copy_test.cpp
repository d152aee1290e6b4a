#include "movers/copy.hpp"

#include <algorithm>
#include <cstdlib>
#include <random>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "blob/testing/faulty_store.hpp"
#include "db/testing/faulty_database.hpp"
#include "movers/testing/deployment.hpp"

namespace medialith::movers {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

struct Counts {
  std::int64_t added = 0, changed = 0, deleted = 0;
  bool operator==(const Counts&) const = default;
};

Counts counts_of(const CopyReport& report) {
  Counts sum;
  for (const TableFigures& table : report.tables) {
    sum.added += table.added;
    sum.changed += table.changed;
    sum.deleted += table.deleted;
  }
  return sum;
}

class Copy : public testing::Test {
 protected:
  Result<CopyReport> try_copy(const Side& from, const CopyFaults& faults = {}) {
    TRY(check_target(target.side(), origin));
    TRY(begin_copy(*target.database, origin, target.clock.now()));
    return copy_deployment(from, target.side(), *target.database, faults, {});
  }
  CopyReport copy(const CopyFaults& faults = {}) {
    auto report = try_copy(source.side(), faults);
    EXPECT_TRUE(report) << report.error().message << " " << report.error().detail;
    return report.value_or(CopyReport());
  }
  CopyReport plan() { return plan_copy(source.side(), target.side(), {}).value(); }
  Result<void> may_serve() { return target.read(refuse_unfinished_copy); }

  void expect_equal() {
    EXPECT_EQ(source.rows(), target.rows());
    EXPECT_EQ(source.files(), target.files());
    EXPECT_EQ(source.documents(), target.documents());
  }

  Deployment source{1};
  Deployment target{2};
  const CopyOrigin origin{.source_id = "source", .target_id = ""};
  const domain::Principal ann = source.person("ann@example.com", true);
  const domain::Principal bob = source.person("bob@example.com");
};

TEST_F(Copy, TheFirstRunTakesEveryRowAndEveryBlob) {
  const auto heron = source.generate(ann, "a heron at dawn", R"({"url": "https://x", "n": 1.0})");
  source.keep(ann, "pixels", heron.id);
  source.keep(bob, "more pixels");
  source.keep(bob, "");
  const CopyReport report = copy();
  EXPECT_EQ(report.blobs.sent, 3);
  EXPECT_EQ(report.blobs.sent_bytes, 17U);
  EXPECT_TRUE(report.complete());
  expect_equal();
  EXPECT_TRUE(may_serve());
  EXPECT_EQ(target.found("heron"), 1);
}

TEST_F(Copy, ARunThatFindsNothingNewWritesNothingAndSendsNothing) {
  source.generate(ann, "a heron");
  source.keep(bob, "pixels");
  copy();
  const CopyReport report = copy();
  EXPECT_EQ(counts_of(report), Counts());
  EXPECT_EQ(report.blobs.sent, 0);
  EXPECT_EQ(report.blobs.there, 1);
  expect_equal();
}

TEST_F(Copy, ALaterRunTakesWhatHasChangedAndOnlyThat) {
  auto heron = source.generate(ann, "a heron");
  source.generate(bob, "a crane");
  copy();
  source.reword(ann, heron, "an egret");
  source.keep(ann, "pixels", heron.id);
  const CopyReport planned = plan();
  const CopyReport report = copy();
  EXPECT_EQ(counts_of(planned), counts_of(report));
  // The generation and its head; the asset, its blob and their changes. The number of a change is its key.
  EXPECT_EQ(counts_of(report), (Counts{.added = 4, .changed = 2, .deleted = 1}));
  EXPECT_EQ(report.blobs.sent, 1);
  expect_equal();
  EXPECT_EQ(target.found("heron"), 0);
  EXPECT_EQ(target.found("egret"), 1);
}

TEST_F(Copy, WhatTheSourceHasNoMoreGoes) {
  source.generate(ann, "a heron");
  const std::string gone = source.keep(ann, "pixels");
  source.keep(ann, "others");
  copy();
  source.purge(gone);
  source.run({"DELETE FROM {users} WHERE id = $1", std::string_view(bob.user_id)});
  source.run({"DELETE FROM {idempotency}"});
  const CopyReport planned = plan();
  EXPECT_EQ(planned.blobs.removed, 1);
  EXPECT_EQ(target.files().size(), 2U);
  const CopyReport report = copy();
  EXPECT_EQ(report.blobs.removed, 1);
  EXPECT_EQ(counts_of(planned), counts_of(report));
  expect_equal();
}

TEST_F(Copy, WhatIsUniqueMayHaveChangedHands) {
  const auto heron = source.generate(ann, "a heron");
  const auto crane = source.generate(ann, "a crane");
  const std::string first = source.keep(ann, "first");
  const std::string second = source.keep(ann, "second");
  copy();
  // Each exchange goes by a value that nobody has.
  const auto exchange = [&](db::Sql a_to_none, db::Sql b_to_a, db::Sql none_to_b) {
    for (const db::Sql step : {a_to_none, b_to_a, none_to_b}) source.run({step});
  };
  exchange("UPDATE {users} SET email_key = NULL WHERE email = 'ann@example.com'",
           "UPDATE {users} SET email_key = 'ann@example.com' WHERE email = 'bob@example.com'",
           "UPDATE {users} SET email_key = 'bob@example.com' WHERE email = 'ann@example.com'");
  exchange("UPDATE {identities} SET subject = '?' WHERE rid = (SELECT min(rid) FROM {identities})",
           "UPDATE {identities} SET subject = 'ann@example.com' WHERE rid = (SELECT max(rid) FROM {identities})",
           "UPDATE {identities} SET subject = 'bob@example.com' WHERE rid = (SELECT min(rid) FROM {identities})");
  exchange("UPDATE {assets} SET blob_rid = NULL, version = 77 WHERE blob_rid = (SELECT min(rid) FROM {blobs})",
           "UPDATE {assets} SET blob_rid = (SELECT min(rid) FROM {blobs}) WHERE blob_rid IS NOT NULL",
           "UPDATE {assets} SET blob_rid = (SELECT max(rid) FROM {blobs}) WHERE version = 77");
  EXPECT_EQ(source.number("SELECT count(*) FROM {assets} WHERE version = 77 AND blob_rid = (SELECT max(rid) FROM"
                          " {blobs})"),
            1);
  source.run({"UPDATE {generations} SET id = '?' WHERE id = $1", std::string_view(heron.id)});
  source.run(
      {"UPDATE {generations} SET id = $1 WHERE id = $2", std::string_view(heron.id), std::string_view(crane.id)});
  source.run({"UPDATE {generations} SET id = $1 WHERE id = '?'", std::string_view(crane.id)});
  copy();
  expect_equal();
}

TEST_F(Copy, RowsThatGoToAnotherOwnerOutliveTheirFirstOne) {
  const auto heron = source.generate(bob, "a heron");
  source.keep(bob, "pixels", heron.id);
  copy();
  const domain::Principal carl = source.person("carl@example.com");
  source.assign_all(bob, carl);
  source.run({"DELETE FROM {users} WHERE rid = $1", bob.user.value});
  copy();
  expect_equal();
}

TEST_F(Copy, ABlobWhoseBytesAreNotThoseOfItsRowIsNamedAndTheOthersGoOn) {
  source.keep(ann, "before");
  const std::string key = source.keep(ann, "pixels");
  source.keep(ann, "after");
  ASSERT_TRUE(net::run_sync(source.store.remove(key)));
  source.put(key, "pixelz");
  const CopyReport report = copy();
  EXPECT_FALSE(report.complete());
  ASSERT_THAT(report.blobs.damaged, SizeIs(1));
  EXPECT_EQ(report.blobs.damaged[0].key, key);
  EXPECT_THAT(report.blobs.damaged[0].asset, HasSubstr("\"file "));
  EXPECT_THAT(report.blobs.damaged[0].why, HasSubstr("SHA-256"));
  EXPECT_EQ(report.blobs.sent, 2);
  EXPECT_FALSE(target.files().contains(key));
  EXPECT_THAT(may_serve().error().message, HasSubstr("has not ended"));

  ASSERT_TRUE(net::run_sync(source.store.remove(key)));
  source.put(key, "pixels");
  EXPECT_EQ(copy().blobs.sent, 1);
  EXPECT_TRUE(may_serve());
  expect_equal();
}

TEST_F(Copy, ThePlantedBugLetsADamagedBlobThrough) {
  const std::string key = source.keep(ann, "pixels");
  ASSERT_TRUE(net::run_sync(source.store.remove(key)));
  source.put(key, "pixelz");
  EXPECT_TRUE(copy({.skip_hash = true}).complete());
  EXPECT_EQ(target.files().at(key), "pixelz");
}

TEST_F(Copy, ABlobThatIsMissingOrHasAnotherSizeIsNamed) {
  const std::string missing = source.keep(ann, "pixels");
  const std::string shorter = source.keep(ann, "pixels of another");
  ASSERT_TRUE(net::run_sync(source.store.remove(missing)));
  ASSERT_TRUE(net::run_sync(source.store.remove(shorter)));
  source.put(shorter, "pixels");
  std::vector<std::string> why;
  for (const DamagedBlob& blob : copy().blobs.damaged) why.push_back(blob.why);
  std::ranges::sort(why);
  EXPECT_THAT(why, ElementsAre(HasSubstr("size"), HasSubstr("missing")));
}

TEST_F(Copy, WhatTheTargetDamagesIsNoDamageOfTheSource) {
  source.keep(ann, "pixels");
  for (const auto operation : {blob::Operation::write, blob::Operation::finish, blob::Operation::commit}) {
    for (const auto code : {ErrorCode::blob_corrupt, ErrorCode::blob_missing}) {
      blob::FaultyStore store(target.store, 1, {.rules = {{.operation = operation, .code = code, .nth = 1}}});
      ASSERT_TRUE(begin_copy(*target.database, origin, target.clock.now()));
      const auto report =
          copy_deployment(source.side(), {reading_of(*target.database), store}, *target.database, {}, {});
      ASSERT_FALSE(report) << wire_name(code);
      EXPECT_EQ(report.error().code, ErrorCode::unavailable);
    }
  }
  copy();
  expect_equal();
}

TEST_F(Copy, ABlobOfTheTargetThatIsNotWholeIsSentAgain) {
  const std::string key = source.keep(ann, "pixels");
  copy();
  ASSERT_TRUE(net::run_sync(target.store.remove(key)));
  target.put(key, "pix");
  const CopyReport report = copy();
  EXPECT_EQ(report.blobs.sent, 1);
  EXPECT_EQ(report.blobs.there, 0);
  expect_equal();
}

TEST_F(Copy, WhatIsDeletedWhileItIsCopiedIsTakenAsDeleted) {
  const std::string gone = source.keep(ann, "pixels");
  source.keep(ann, "others");
  const Side side{.read =
                      [&, purged = false](const db::Database::ReadFn& fn) mutable {
                        auto done = reading_of(*source.database)(fn);
                        // The rows have been read; their bytes have not.
                        if (!std::exchange(purged, true)) source.purge(gone);
                        return done;
                      },
                  .blobs = source.store};
  const CopyReport report = try_copy(side).value();
  EXPECT_TRUE(report.complete());
  EXPECT_EQ(report.views, 2);
  EXPECT_EQ(report.blobs.sent, 1);
  EXPECT_EQ(report.blobs.there, 0);
  EXPECT_TRUE(may_serve());
  expect_equal();
}

TEST_F(Copy, ACondemnedBlobMayHaveNoBytes) {
  const std::string key = source.keep(ann, "pixels");
  source.run({"UPDATE {assets} SET blob_rid = NULL, state = 'missing'"});
  source.run({"UPDATE {blobs} SET state = 'condemned'"});
  ASSERT_TRUE(net::run_sync(source.store.remove(key)));
  EXPECT_TRUE(copy().complete());
  expect_equal();
}

TEST_F(Copy, WritesAtTheSourceDuringARunAreForTheNextOne) {
  for (int i = 0; i < 600; ++i) source.generate(i % 2 == 0 ? ann : bob, "a heron");
  const auto before = source.rows();
  int calls = 0;
  const auto meddle = [&](const CopyProgress& progress) {
    if (progress.table != "generations" || ++calls % 100 != 0) return;
    source.generate(ann, "a heron that came late");
    source.run({"UPDATE {generations} SET favorite = NOT favorite WHERE rid = (SELECT max(rid) FROM {generations})"});
    source.run({"DELETE FROM {idempotency} WHERE key = (SELECT min(key) FROM {idempotency})"});
  };
  ASSERT_TRUE(begin_copy(*target.database, origin, target.clock.now()));
  const auto report = copy_deployment(source.side(), target.side(), *target.database, {}, meddle);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_GE(calls, 600);
  EXPECT_EQ(target.rows(), before);
  copy();
  expect_equal();
}

TEST_F(Copy, OneThatIsGivenUpLeavesTheTargetAsItWas) {
  source.generate(ann, "a heron");
  const auto give_up = [&] {
    const auto mark = begin_copy(*target.database, origin, target.clock.now()).value();
    EXPECT_FALSE(may_serve());
    EXPECT_TRUE(give_up_copy(*target.database, mark));
  };
  give_up();
  EXPECT_TRUE(may_serve());
  EXPECT_TRUE(check_target(target.side(), {.source_id = "another", .target_id = ""})) << "a copy of nothing";
  copy();
  give_up();
  EXPECT_TRUE(may_serve());
  EXPECT_TRUE(check_target(target.side(), origin)) << "still a copy of its source";
  const auto before = begin_copy(*target.database, origin, target.clock.now()).value();
  target.clock.advance(std::chrono::seconds(1));
  give_up();
  EXPECT_FALSE(may_serve()) << "a copy before it has not ended";
  target.clock.advance(std::chrono::seconds(1));
  ASSERT_TRUE(begin_copy(*target.database, origin, target.clock.now()));
  EXPECT_TRUE(give_up_copy(*target.database, before));
  EXPECT_FALSE(may_serve()) << "another copy has begun since";
}

TEST_F(Copy, LargeRowsAreReadAFewAtATime) {
  for (int i = 0; i < 8; ++i) source.generate(ann, "a heron", "\"" + std::string(3 << 20, 'x') + "\"");
  for (int i = 0; i < 40; ++i) source.generate(ann, "a crane");
  EXPECT_EQ(counts_of(copy()).added, counts_of(plan_copy(source.side(), Deployment(3).side(), {}).value()).added);
  expect_equal();
  EXPECT_EQ(counts_of(copy()), Counts());
}

TEST_F(Copy, JsonThatIsSpelledOtherwiseIsTheSame) {
  source.generate(ann, "a heron", R"({"a":1.0,"b":[]})");
  copy();
  target.run({R"(UPDATE {generations} SET result = '{"b": [], "a": 1}')"});
  EXPECT_EQ(counts_of(copy()), Counts());
  target.run({R"(UPDATE {generations} SET result = '{"b": [], "a": 2}')"});
  EXPECT_EQ(counts_of(copy()), (Counts{.changed = 1}));
}

TEST_F(Copy, APlanChangesNothing) {
  source.keep(ann, "pixels");
  const auto rows = target.rows();
  EXPECT_EQ(plan().blobs.sent, 1);
  EXPECT_EQ(target.rows(), rows);
  EXPECT_THAT(target.files(), IsEmpty());
  EXPECT_TRUE(may_serve());
}

// ---- which target -------------------------------------------------------------------------------------------------

std::string refusal(const Result<void>& checked) { return checked ? "" : checked.error().message; }

TEST_F(Copy, IsRefusedOverADeploymentOfItsOwn) {
  EXPECT_THAT(refusal(check_target(target.side(), {"source", "another"})), HasSubstr("a deployment of its own"));
  EXPECT_THAT(refusal(check_target(target.side(), {"source", "source"})), HasSubstr("the same deployment"));
}

TEST_F(Copy, IsRefusedOverFilesThatNobodyKnows) {
  target.put("holiday/beach.jpg", "sand");
  EXPECT_THAT(refusal(check_target(target.side(), origin)), HasSubstr("holiday/beach.jpg"));
}

TEST_F(Copy, IsRefusedOverACopyOfAnotherSource) {
  copy();
  EXPECT_THAT(refusal(check_target(target.side(), {"another source", "target"})), HasSubstr("from store source"));
}

TEST_F(Copy, IsRefusedWhenTheTargetHasBeenWrittenToSince) {
  const auto heron = source.generate(ann, "a heron");
  copy();
  target.rids.start_after(heron.rid.value);
  target.generate(ann, "a heron that only the target has");
  EXPECT_THAT(refusal(check_target(target.side(), origin)), HasSubstr("written to since"));
}

TEST_F(Copy, GoesOnOverATargetThatWasOnlyLookedAt) {
  copy();
  target.person("carl@example.com");
  EXPECT_EQ(refusal(check_target(target.side(), origin)), "");
  copy();
  expect_equal();
}

TEST_F(Copy, TheTargetNumbersItsOwnRowsBehindThoseThatCame) {
  copy();
  // As a run leaves it that ended right behind its last row.
  target.run({db::Sql("SELECT 1", db::on_postgres("ALTER TABLE {users} ALTER COLUMN rid RESTART WITH 1"))});
  copy();
  EXPECT_GT(target.person("carl@example.com").user.value, bob.user.value);
}

// ---- again and again ----------------------------------------------------------------------------------------------

TEST_F(Copy, ARunThatFailedIsGoneOnWithAndSendsNothingTwice) {
  const char* wanted = std::getenv("MEDIALITH_TEST_SEED");
  const std::uint64_t seed = wanted != nullptr ? std::strtoull(wanted, nullptr, 10) : std::random_device()();
  SCOPED_TRACE("MEDIALITH_TEST_SEED=" + std::to_string(seed));
  std::printf("MEDIALITH_TEST_SEED=%llu\n", static_cast<unsigned long long>(seed));
  for (int i = 0; i < 100; ++i) source.keep(i % 2 == 0 ? ann : bob, "pixels of " + std::to_string(i));
  blob::FaultyStore store(target.store, seed,
                          {.rules = {{.operation = blob::Operation::stage, .probability = 0.05},
                                     {.operation = blob::Operation::commit, .probability = 0.02},
                                     {.operation = blob::Operation::list, .probability = 0.1}}});
  db::FaultyDatabase database(*target.database, seed, {.refused = 50, .lost = 50, .unknown = 50, .read_refused = 5});
  const Side side{reading_of(database), store};
  ASSERT_TRUE(begin_copy(*target.database, origin, target.clock.now()));
  std::int64_t sent = 0;
  int failed = 0;
  while (true) {
    const std::size_t before = target.files().size();
    const auto report = copy_deployment(source.side(), side, database, {}, {});
    sent += std::ssize(target.files()) - static_cast<std::int64_t>(before);
    if (report) {
      EXPECT_EQ(report->blobs.sent + report->blobs.there, 100);
      EXPECT_EQ(report->blobs.there, static_cast<std::int64_t>(before));
      break;
    }
    EXPECT_FALSE(may_serve());
    ASSERT_LT(++failed, 1000) << report.error().message << report.error().detail;
  }
  EXPECT_GT(failed, 0);
  EXPECT_EQ(sent, 100);
  EXPECT_TRUE(may_serve());
  expect_equal();
}

}  // namespace
}  // namespace medialith::movers
