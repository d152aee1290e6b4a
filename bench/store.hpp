// A database that `medialith serve` has made, opened to fill it. What fails ends the program.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "base/random.hpp"
#include "db/sqlite/session.hpp"
#include "domain/generations.hpp"
#include "domain/mutation.hpp"

namespace medialith::bench {

/// Ends the program with the reason when `result` is none.
void must(const Result<void>& result, std::string_view what);

/// Used by one thread, while no server runs over it.
class Store {
 public:
  explicit Store(const std::string& path);

  db::sqlite::Session& session() { return session_; }
  domain::RidMaker& rids() { return rids_; }
  UuidMaker& uuids() { return uuids_; }
  Random& random() { return random_; }
  Time now() const { return clock_.now(); }

  void execute(const std::string& sql);
  /// Part of the transaction that execute("BEGIN") began.
  void create(const domain::Principal& owner, const domain::Generation& generation, const domain::SearchText& search);
  /// The users there are, oldest first, at most `count`.
  std::vector<domain::Principal> users(std::size_t count);

 private:
  db::sqlite::Session session_;
  SystemClock clock_;
  SystemRandom random_;
  UuidMaker uuids_;
  domain::RidMaker rids_;
};

}  // namespace medialith::bench
