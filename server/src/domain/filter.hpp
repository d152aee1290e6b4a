// What a list may be narrowed to: one set of filters for generations, assets, facets and bulk work (design.md §4).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "db/database.hpp"
#include "domain/rid.hpp"

namespace medialith::domain {

/// Several values of one filter: any of them. Different filters: all must hold. Of a generation, `kinds` and `min_size`
/// say that it has such an asset; of an asset, everything up to `favorite` is said of its generation.
struct Filter {
  std::vector<std::string> models;  ///< by model id
  std::vector<std::string> providers;
  std::vector<std::string> categories;
  std::vector<std::string> statuses;
  std::vector<std::string> tags;
  std::vector<std::string> loras;        ///< of the recipe, by name
  std::vector<std::string> samplers;     ///< of the recipe
  std::vector<std::string> seeds;        ///< of the recipe or the input parameters, as text
  std::vector<std::string> generations;  ///< by id
  std::optional<bool> favorite;
  std::vector<std::string> kinds;        ///< "image", "video", "audio", "file"
  std::optional<std::int64_t> min_size;  ///< bytes
  std::optional<Time> created_after;     ///< inclusive
  std::optional<Time> created_before;    ///< exclusive
  bool deleted = false;                  ///< what lies in the trash instead of what does not

  /// Whether full text narrows it: by tokens of search_terms or a phrase of search_text.
  bool has_terms() const {
    return !providers.empty() || !statuses.empty() || !tags.empty() || !loras.empty() || !samplers.empty() ||
           !seeds.empty();
  }
  /// Whether anything is said of the generation.
  bool has_generation() const {
    return has_terms() || !models.empty() || !categories.empty() || !generations.empty() || favorite.has_value();
  }
};

/// The kinds of tokens in search_terms: one for each value, which no tokenizer splits and no stemmer shortens.
enum class TermKind : char { provider = 'p', status = 'u', tag = 't', lora = 'l', sampler = 's' };
/// The kind's letter, 64 bits of the value's hash, `z`.
std::string term_of(TermKind kind, std::string_view value);

/// The texts that conditions bind: statements hold views, so this outlives the execution of what it was appended to.
class Conditions {
 public:
  explicit Conditions(const Filter& filter);
  Conditions(const Conditions&) = delete;
  Conditions& operator=(const Conditions&) = delete;

  /// ` AND …` for a statement over {generations} g: every filter, deletion included, the owner excluded.
  void append_to_generations(db::Statement& statement) const;
  /// The same over {assets} a LEFT JOIN {generations} g; only assets of normal visibility.
  void append_to_assets(db::Statement& statement) const;
  /// Only what is said of the generation g itself, neither deletion nor time.
  void append_of_generation(db::Statement& statement) const;

 private:
  void append_terms(db::Statement& statement, const std::vector<std::string>& patterns) const;
  void append_seeds(db::Statement& statement) const;

  const Filter& filter_;
  std::vector<std::string> tags_;  // LIKE patterns of their tokens
  std::vector<std::string> loras_;
  std::vector<std::string> samplers_;
};

/// ` AND column IN (…)`; nothing for no values. `column_in`: " AND g.model_id IN (".
void append_any_of(db::Statement& statement, db::Sql column_in, const std::vector<std::string>& values);
/// `…, …)` behind an opening parenthesis.
void append_rids(db::Statement& statement, const std::vector<std::int64_t>& rids);

}  // namespace medialith::domain
