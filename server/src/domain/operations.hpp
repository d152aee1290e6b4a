// Bulk work that outlives its request: an operation and how far it has come (docs/adr/0010-search.md).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "db/database.hpp"
#include "domain/generations.hpp"
#include "domain/many.hpp"
#include "domain/mutation.hpp"

namespace medialith::domain {

/// Rows that one write of an operation may change.
inline constexpr std::int64_t kMaxStep = 500;

enum class BulkAction : std::uint8_t { trash, restore, purge, update, undo };
std::string_view action_name(BulkAction action);
std::optional<BulkAction> action_from(std::string_view name);

struct Operation {
  std::int64_t rid = 0;
  std::string id;
  UserRid user;
  std::string user_id;
  BulkAction action = BulkAction::trash;
  bool completed = false;
  std::string request = "{}";          ///< a JSON object; what it means is its reader's
  std::optional<std::int64_t> undoes;  ///< the rid of the operation that this one undoes
  bool undone = false;
  std::int64_t position = 0;  ///< what has a rid from here on is done; of an undo, what has one up to here
  std::int64_t matched = 0;   ///< when it was asked for
  std::int64_t changed = 0;
  Time created_at;
  std::optional<Time> finished_at;
};

/// Keeps a new operation. Of an undo also marks what it undoes. Errors: version_conflict when that is undone already,
/// or still at work.
Result<std::optional<Replay>> create_operation(Mutation& mutation, const Operation& operation);
/// nullopt when the owner has none of that id.
Result<std::optional<Operation>> find_operation(db::Connection& connection, UserRid user, std::string_view id);
/// Those that are not completed, oldest first.
Result<std::vector<Operation>> running_operations(db::Connection& connection);

/// The rows an operation has changed that nobody has changed since, with a rid above `after`, oldest first: the other
/// way round than it went, so that a generation comes back before the assets that went before it.
struct Changed {
  std::int64_t rid = 0;
  bool generation = true;
  std::string id;
  std::optional<std::string> replaced;  ///< a JSON object: the members an update replaced
};
Result<std::vector<Changed>> changed_by(db::Connection& connection, std::int64_t operation, std::int64_t after,
                                        std::int64_t limit);
Result<std::int64_t> count_changed_by(db::Connection& connection, std::int64_t operation);

/// The owner's generations and assets of these ids with a rid below `before`, newest first.
Result<Rows> rows_named(db::Connection& connection, UserRid user, const std::vector<std::string>& ids,
                        std::int64_t before);
/// The generations of these assets that lie in the trash.
Result<std::vector<std::int64_t>> homes_in_trash(db::Connection& connection, const std::vector<std::int64_t>& assets);
/// What lies in the trash by itself with a rid below `before`, newest first; assets that went with their generation go
/// with it again.
Result<Rows> rows_in_trash(db::Connection& connection, UserRid user, std::int64_t before, std::int64_t limit);
Result<std::int64_t> count_in_trash(db::Connection& connection, UserRid user);

/// A generation as an update leaves it.
struct Updated {
  Generation next;
  SearchText search;
  bool search_changed = false;
  std::string replaced;  ///< a JSON object: what it had before
};
/// `generation` with these fields as its next version; `replaced` is left empty.
Updated updated(const Generation& generation, GenerationFields fields, Time now);

/// A stretch of an operation in one write.
struct Step {
  const Operation& operation;  ///< as it was read: a step that another server has done is not done again
  std::int64_t position = 0;   ///< where the operation stands afterwards
  bool last = false;           ///< nothing is left
};
/// Moves rows. Answers how many were changed; nullopt: somebody else has taken this step.
Result<std::optional<std::int64_t>> take_step(Mutation& mutation, const Step& step, Move move, const Rows& rows);
/// Updates generations, in the order the operation goes; ends before one that has been changed since it was read.
Result<std::optional<std::int64_t>> take_step(Mutation& mutation, const Step& step, const std::vector<Updated>& rows);

}  // namespace medialith::domain
