// A generation: one act of a model, with its prompt, parameters, result and recipe.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "db/database.hpp"
#include "domain/mutation.hpp"
#include "domain/rid.hpp"
#include "domain/search.hpp"

namespace medialith::domain {

enum class GenerationStatus : std::uint8_t { pending, processing, completed, failed };
std::string_view status_name(GenerationStatus status);
std::optional<GenerationStatus> status_from(std::string_view name);

/// An exact amount, as its decimal text, and an ISO 4217 code.
struct Money {
  std::string amount;
  std::string currency;
  bool operator==(const Money&) const = default;
};

/// What a client may set. JSON members are kept as they were sent.
struct GenerationFields {
  std::string model_id;
  std::string model_name;
  std::string provider = "unknown";
  std::string category = "unknown";
  std::string prompt;
  std::string input_params = "{}";
  std::string result = "{}";
  std::string metadata = "{}";
  std::optional<std::string> recipe;  ///< a JSON object
  GenerationStatus status = GenerationStatus::completed;
  std::optional<std::string> error;
  std::optional<std::int64_t> duration_ms;
  std::optional<Money> cost;
  bool favorite = false;
  std::optional<std::int64_t> rating;  ///< 1–5
  std::string tags = "[]";             ///< a JSON array of strings
  bool operator==(const GenerationFields&) const = default;
};

/// What full text reads of a generation. Derived from its fields before a write, because it parses and hashes.
struct SearchText {
  std::string negative_prompt;
  std::string text;
  std::string terms;
  bool operator==(const SearchText&) const = default;
};
SearchText search_text_of(const GenerationFields& fields);
/// As much of a prompt as full text reads.
std::string_view indexed_part(std::string_view text);

struct Generation {
  GenerationRid rid;
  std::string id;
  GenerationFields fields;
  std::int64_t version = 1;
  Time updated_at;
  std::optional<Time> deleted_at;
};

/// The same as views into a row or a Generation, for presenters: lists go from the database to the wire without copies.
struct GenerationView {
  GenerationRid rid;
  std::string_view id;
  std::string_view model_id;
  std::string_view model_name;
  std::string_view provider;
  std::string_view category;
  std::string_view prompt;
  bool prompt_cut = false;                       ///< a summary holds only the prompt's beginning
  std::optional<std::string_view> input_params;  ///< absent in a summary, and the next two
  std::optional<std::string_view> result;
  std::optional<std::string_view> metadata;
  std::optional<std::string_view> recipe;
  std::string_view status;
  std::optional<std::string_view> error;
  std::optional<std::int64_t> duration_ms;
  std::optional<std::string_view> cost_amount;
  std::optional<std::string_view> cost_currency;
  bool favorite = false;
  std::optional<std::int64_t> rating;
  std::string_view tags;
  std::int64_t version = 1;
  Time updated_at;
  std::optional<Time> deleted_at;
};
GenerationView view_of(const Generation& generation);

/// Characters of a prompt in a summary.
inline constexpr int kSummaryPromptCharacters = 300;

enum class Trash : std::uint8_t { exclude, include };
enum class ListView : std::uint8_t { summary, full };
/// nullopt when the owner has none of that id, or it lies in the trash and `trash` excludes it.
Result<std::optional<Generation>> find_generation(db::Connection& connection, UserRid user, std::string_view id,
                                                  Trash trash = Trash::exclude);
/// Hands out rows that a search has found, in the order of `rids`.
Result<void> read_generations(db::Connection& connection, const std::vector<std::int64_t>& rids, ListView view,
                              const std::function<void(const GenerationView&)>& on_row);

/// Finds and hands out the rows of a page in one statement. `search`: a walk (is_walk()).
Result<void> walk_generations(db::Connection& connection, UserRid user, const Search& search, ListView view,
                              const std::function<void(const GenerationView&)>& on_row);

/// Whole rows, in the order of `rids`.
Result<std::vector<Generation>> find_generations(db::Connection& connection, const std::vector<std::int64_t>& rids);

/// Puts off the rows of a new generation whose id is known to be free; records no change. `file_names`: of the assets
/// that come with it, for full text.
void insert_generation(Mutation& mutation, const Generation& generation, const SearchText& search,
                       std::string_view file_names = {});
/// Errors: already_exists when the owner has the id already, in the trash too.
Result<std::optional<Replay>> create_generation(Mutation& mutation, const Generation& generation,
                                                const SearchText& search);
/// Puts off the writing of `next` over the version it was made from, which the caller has found to be the current one
/// in this transaction, and records the change.
void put_off_update(Mutation& mutation, const Generation& next, const SearchText& search, bool search_changed);
/// Writes `next` over the version it was made from (`next.version - 1`), with what full text reads when that differs.
/// Errors: version_conflict when that version is no longer the current one (the caller reads and tries again),
/// not_found.
Result<std::optional<Replay>> update_generation(Mutation& mutation, const Generation& next, const SearchText& search,
                                                bool search_changed);
/// Into the trash, with its assets. Errors: not_found, version_conflict (`expected_version` is not the current one).
Result<std::optional<Replay>> trash_generation(Mutation& mutation, std::string_view id,
                                               std::optional<std::int64_t> expected_version);
/// Out of the trash, with the assets that went there with it. Of one that is not in the trash: nothing happens.
/// Errors: not_found.
Result<std::optional<Replay>> restore_generation(Mutation& mutation, std::string_view id);

}  // namespace medialith::domain
