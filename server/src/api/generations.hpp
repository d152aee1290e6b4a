#pragma once

#include "domain/generations.hpp"
#include "web/context.hpp"

namespace medialith::api {

/// `/v1/generations`: create, list, get, change, replace, trash, restore.
void add_generation_routes(web::Routes& routes);

/// The answer with one generation and its assets, read anew; in the trash too when `trash` includes it.
Task<Result<http::Response>> generation_response(web::Context& context, std::string id, int status,
                                                 domain::Trash trash);

}  // namespace medialith::api
