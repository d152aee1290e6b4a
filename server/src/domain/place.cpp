#include "domain/place.hpp"

namespace medialith::domain {

Result<std::optional<GenerationRid>> find_place(db::Connection& connection, UserRid user, std::string_view id) {
  const auto read = [](const db::Row& row) { return GenerationRid{row.integer(0)}; };
  TRY_ASSIGN(const auto row,
             connection.find({"SELECT rid FROM {generations} WHERE user_rid = $1 AND id = $2", user.value, id}, read));
  if (row) return row;
  // An id may have been used again after a purge: the last one counts.
  return connection.find({"SELECT object_rid FROM {changes} WHERE user_rid = $1 AND kind = 'generation' AND id = $2"
                          " ORDER BY object_rid DESC LIMIT 1",
                          user.value, id},
                         read);
}

}  // namespace medialith::domain
