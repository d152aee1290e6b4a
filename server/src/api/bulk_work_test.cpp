#include "api/bulk_work.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>

#include <gtest/gtest.h>

#include "db/testing/passing_database.hpp"
#include "web/testing/fixture.hpp"

namespace medialith::api {
namespace {

using domain::BulkAction;
using domain::Operation;

/// Fails writes by their number, the first being 1, with the code that is planned for them. One whose outcome is
/// unknown was written all the same.
class FailingDatabase final : public db::PassingDatabase {
 public:
  FailingDatabase(db::Database& inner, std::map<int, ErrorCode> planned)
      : PassingDatabase(inner), planned_(std::move(planned)) {}
  Task<Result<void>> run_write(std::size_t bytes, WriteFn fn) override {
    const auto failure = planned_.find(++writes_);
    if (failure != planned_.end() && failure->second != ErrorCode::outcome_unknown) {
      co_return fail(failure->second, "The database cannot take writes.", "planned");
    }
    auto done = co_await inner().run_write(bytes, std::move(fn));
    {
      const std::lock_guard lock(mutex_);
      ++written_;
    }
    changed_.notify_all();
    if (failure != planned_.end())
      co_return fail(failure->second, "It is not known whether this was saved.", "planned");
    co_return done;
  }
  int writes() const { return writes_; }
  /// Waits until more than `seen` writes have gone through, and says how many have; nullopt when that takes too long.
  std::optional<int> wait_for_more(int seen) {
    std::unique_lock lock(mutex_);
    const bool more = changed_.wait_for(lock, std::chrono::seconds(60), [&] { return written_ > seen; });
    return more ? std::optional(written_) : std::nullopt;
  }

 private:
  const std::map<int, ErrorCode> planned_;
  std::atomic<int> writes_ = 0;
  std::mutex mutex_;
  std::condition_variable changed_;
  int written_ = 0;
};

class BulkWork : public testing::Test {
 public:
  ~BulkWork() override { f_.scratch.runtime.stop(); }

 protected:
  BulkWork() { f_.scratch.runtime.start(); }

  void make_generations(int count) {
    auto insert = [&](domain::Mutation& mutation) -> Result<void> {
      for (int i = 0; i < count; ++i) {
        domain::Generation generation{.rid = {f_.scratch.rids.next()}, .id = "g" + std::to_string(i)};
        domain::insert_generation(mutation, generation, domain::search_text_of(generation.fields));
      }
      return {};
    };
    ASSERT_TRUE(f_.scratch.mutate(ann_, insert));
  }
  /// Everything of hers into the trash, kept but not begun.
  Operation trash_all(std::string request = R"({"filter":{}})") {
    const std::int64_t rid = f_.scratch.rids.next();
    Operation operation{.rid = rid,
                        .id = f_.scratch.uuids.make(),
                        .user = ann_.user,
                        .user_id = ann_.user_id,
                        .action = BulkAction::trash,
                        .request = std::move(request),
                        .position = rid,
                        .created_at = f_.scratch.clock.now()};
    auto create = [&](domain::Mutation& mutation) { return domain::create_operation(mutation, operation); };
    EXPECT_TRUE(f_.scratch.mutate(ann_, create));
    return operation;
  }
  /// As work_on() answers it on a database that fails so.
  Operation work_on(Operation operation, std::map<int, ErrorCode> planned) {
    failing_ = std::make_unique<FailingDatabase>(*f_.scratch.database, std::move(planned));
    services_.emplace(f_.services_on(*failing_, f_.services.settings));
    return net::run_sync(api::work_on(*services_, std::move(operation))).value();
  }
  /// The operation when it is completed, or as it stands when nothing is written any more.
  Operation completed(const std::string& id) {
    auto look = [&](db::Connection& c) { return domain::find_operation(c, ann_.user, id); };
    for (std::optional<int> seen = 0;;) {
      Operation now = f_.scratch.read(look).value().value();
      if (now.completed || !seen) return now;
      seen = failing_->wait_for_more(*seen);
    }
  }

  web::Fixture f_{{.profile = web::Profile::accounts}};
  const domain::Principal ann_ = f_.scratch.person("ann@example.com");
  std::unique_ptr<FailingDatabase> failing_;
  std::optional<web::Services> services_;
};

TEST_F(BulkWork, GoesOnAfterErrorsThatPass) {
  make_generations(250);
  const Operation operation = trash_all();
  const Operation begun = work_on(operation, {{1, ErrorCode::unavailable},
                                              {2, ErrorCode::overloaded},
                                              {3, ErrorCode::outcome_unknown},
                                              {4, ErrorCode::unavailable},
                                              {5, ErrorCode::disk_full}});
  EXPECT_FALSE(begun.completed);
  EXPECT_EQ(begun.id, operation.id);
  const Operation ended = completed(operation.id);
  EXPECT_TRUE(ended.completed);
  EXPECT_EQ(ended.changed, 250);
  EXPECT_EQ(f_.scratch.number("SELECT count(*) FROM {generations} WHERE deleted_at IS NOT NULL"), 250);
}

TEST_F(BulkWork, GoesOnWithStepsAsLargeAsTheyWere) {
  make_generations(600);
  const Operation operation = trash_all();
  EXPECT_EQ(work_on(operation, {{2, ErrorCode::unavailable}}).changed, 100);
  EXPECT_EQ(completed(operation.id).changed, 600);
  EXPECT_EQ(failing_->writes(), 4) << "100, none, 200, 300";
}

TEST_F(BulkWork, ThatCannotBeReadIsInTheLogAndHoldsUpNoOther) {
  make_generations(3);
  const Operation broken = trash_all("{");
  const Operation operation = trash_all();
  net::run_sync(resume_operations(f_.services));
  EXPECT_EQ(f_.scratch.number("SELECT count(*) FROM {generations} WHERE deleted_at IS NOT NULL"), 3);
  EXPECT_TRUE(f_.log_text.str().contains("bulk_not_resumed")) << f_.log_text.str();
  EXPECT_TRUE(f_.log_text.str().contains(broken.id));
  EXPECT_FALSE(f_.log_text.str().contains(operation.id));
}

}  // namespace
}  // namespace medialith::api
