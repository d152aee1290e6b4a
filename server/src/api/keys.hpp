#pragma once

#include "web/context.hpp"

namespace medialith::api {

/// `/v1/keys`: create, list, delete.
void add_key_routes(web::Routes& routes);

}  // namespace medialith::api
