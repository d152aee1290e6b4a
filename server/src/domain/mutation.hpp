// What every mutation does besides its own rows: check again that its principal still stands, answer a retry with what
// the first try got, and record the change. It asks once; all else is put off (design.md §5).
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "db/database.hpp"
#include "domain/principal.hpp"

namespace medialith::domain {

/// An Idempotency-Key and the fingerprint of the request that carried it.
struct IdempotencyKey {
  std::string key;          ///< as sent, 1–255 visible characters
  std::string fingerprint;  ///< 32 bytes: SHA-256 over method, path, query and body
};

/// A stored answer: a reference that the presenter renders anew, marked Idempotency-Replayed.
struct Replay {
  int status = 0;
  std::string kind;
  std::string object_id;
  std::string details;  ///< a JSON object with what the reference cannot tell
};

/// One of the owner's things as the change feed names it.
struct Change {
  std::string_view kind;  ///< "generation", "asset"
  std::int64_t rid = 0;
  std::string_view id;
  std::int64_t version = 0;
  bool deleted = false;
};

/// Lives inside one run of fn.
class Mutation {
 public:
  /// `key` may be null. Both outlive the mutation.
  Mutation(db::Transaction& tx, const Principal& principal, const IdempotencyKey* key, Time now)
      : tx_(tx), principal_(principal), key_(key), now_(now) {}

  /// Sends the caller's questions together with ours, in one trip.
  /// nullopt: go on. A Replay: the effect exists already, change nothing and answer with it.
  /// Errors: unauthenticated (the login or key has been revoked since), idempotency_key_reused, and what ask() fails
  /// with.
  Result<std::optional<Replay>> ask(std::vector<db::Question> questions = {});

  void later(const db::Statement& statement) { tx_.later(statement); }
  /// Raises the owner's sequence and records the change. The last thing a mutation puts off.
  void record(const Change& change);
  /// Keeps the answer for retries of the same key. Does nothing without a key.
  void answer(int status, std::string_view kind, std::string_view object_id, std::string_view details = "{}");

  UserRid user() const { return principal_.user; }
  const Principal& principal() const { return principal_; }
  Time now() const { return now_; }

 private:
  db::Question principal_question(bool& stands) const;

  db::Transaction& tx_;
  const Principal& principal_;
  const IdempotencyKey* key_;
  Time now_;
};

/// Looks a key up before a request is worked on: retries of large uploads need not send their bytes to the end.
Result<std::optional<Replay>> find_replay(db::Connection& connection, UserRid user, const IdempotencyKey& key);

/// How long a key's answer is kept.
inline constexpr std::chrono::days kIdempotencyKept{30};
/// Forgets answers that were stored before `before`, the oldest first, `limit` at most. How many there were.
Result<std::int64_t> purge_idempotency(db::Transaction& tx, Time before, std::int64_t limit);

/// Where the owner's change feed stands: 0 before the first change.
Result<std::int64_t> change_head(db::Connection& connection, UserRid user);

}  // namespace medialith::domain
