#include "db/postgres/testing/scratch.hpp"
#include "db/testing/contract_suite.hpp"

namespace medialith::db {
namespace {

template <testing::RealServer& (*kServer)()>
class PostgresEngine {
 public:
  PostgresEngine() : database_(PostgresDatabase::open(options(), random_).value()) {}
  Database& database() { return *database_; }
  void drop_next_transaction() { drop_ = true; }
  std::size_t writers() const { return kPostgresConnections; }
  std::size_t queue_limit() const { return kWriteQueue; }

 private:
  PostgresOptions options() {
    PostgresOptions options = scratch_options(kServer());
    options.migrations = kPostgresContractMigrations;
    options.faults.drop_group = [this] { return drop_.exchange(false); };
    return options;
  }
  SystemRandom random_;
  std::atomic<bool> drop_ = false;
  std::unique_ptr<PostgresDatabase> database_;
};

INSTANTIATE_TYPED_TEST_SUITE_P(Postgres, DatabaseContract, PostgresEngine<postgres_server>);
INSTANTIATE_TYPED_TEST_SUITE_P(Pgbouncer, DatabaseContract, PostgresEngine<pgbouncer_server>);

}  // namespace
}  // namespace medialith::db
