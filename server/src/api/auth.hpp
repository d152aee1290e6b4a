#pragma once

#include "web/context.hpp"

namespace medialith::api {

/// `/v1/auth`: register, login, logout, and setup, which makes the first admin.
void add_auth_routes(web::Routes& routes);

}  // namespace medialith::api
