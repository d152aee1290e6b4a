#include "db/libsql/testing/scratch.hpp"
#include "db/testing/contract_suite.hpp"

namespace medialith::db {
namespace {

class LibsqlEngine {
 public:
  LibsqlEngine() {
    LibsqlOptions options{.endpoint = sqld_.endpoint(), .migrations = kLibsqlContractMigrations};
    options.faults.drop_group = [this] { return drop_.exchange(false); };
    database_ = LibsqlDatabase::open(std::move(options), sqld_.client(), clock_).value();
  }
  Database& database() { return *database_; }
  void drop_next_transaction() { drop_ = true; }
  std::size_t writers() const { return 1; }
  std::size_t queue_limit() const { return kWriteQueue; }

 private:
  EmptySqld sqld_;
  SystemClock clock_;
  std::atomic<bool> drop_ = false;
  std::unique_ptr<LibsqlDatabase> database_;
};

INSTANTIATE_TYPED_TEST_SUITE_P(Libsql, DatabaseContract, LibsqlEngine);

}  // namespace
}  // namespace medialith::db
