#include "db/sqlite/testing/scratch.hpp"
#include "db/testing/contract_suite.hpp"

namespace medialith::db {
namespace {

class SqliteEngine {
 public:
  SqliteEngine() : scratch_(options()) {}
  Database& database() { return scratch_.database(); }
  void drop_next_transaction() { drop_ = true; }
  std::size_t writers() const { return 1; }
  std::size_t queue_limit() const { return GroupLimits{}.queue; }

 private:
  SqliteOptions options() {
    SqliteOptions options;
    options.faults.drop_group = [this] { return drop_.exchange(false); };
    return options;
  }
  std::atomic<bool> drop_ = false;
  Scratch scratch_;
};

INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, DatabaseContract, SqliteEngine);

}  // namespace
}  // namespace medialith::db
