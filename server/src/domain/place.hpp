// Where a generation stands, or stood, in its owner's list.
#pragma once

#include <optional>
#include <string_view>

#include "db/database.hpp"
#include "domain/rid.hpp"

namespace medialith::domain {

/// Of the generation with that id: also in the trash, and when it was purged since, as long as the change feed
/// remembers it. nullopt when the owner never had it.
Result<std::optional<GenerationRid>> find_place(db::Connection& connection, UserRid user, std::string_view id);

}  // namespace medialith::domain
