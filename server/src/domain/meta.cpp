#include "domain/meta.hpp"

#include <array>

namespace medialith::domain {

Result<std::string> keep_meta(db::Transaction& tx, std::string_view key, std::string_view value) {
  std::string kept;
  const std::array questions = {
      db::Question{{"INSERT INTO {meta} (key, value) VALUES ($1, $2) ON CONFLICT (key) DO NOTHING", key, value}},
      db::Question{{"SELECT value FROM {meta} WHERE key = $1", key}, [&](const db::Row& row) { kept = row.text(0); }}};
  TRY(tx.ask(questions));
  return kept;
}

}  // namespace medialith::domain
