// What a database knows of itself and servers that start at once may set: the first one counts.
#pragma once

#include <string>
#include <string_view>

#include "db/database.hpp"

namespace medialith::domain {

/// Puts the value unless there is one; answers the one that is there then, which is the same on every server.
Result<std::string> keep_meta(db::Transaction& tx, std::string_view key, std::string_view value);

}  // namespace medialith::domain
