#pragma once

#include <string>

#include "domain/accounts.hpp"
#include "web/context.hpp"

namespace medialith::api {

/// `/v1/me`: who is asking.
void add_me_routes(web::Routes& routes);

/// A user as JSON, with what their login or key may do.
std::string user_json(const web::Settings& settings, const domain::User& user, domain::Scopes scopes);

}  // namespace medialith::api
