#pragma once

#include "web/context.hpp"

namespace medialith::api {

/// GET /v1/trash, DELETE /v1/trash
void add_trash_routes(web::Routes& routes);

/// `?permanent=true` of a DELETE. Errors: validation_failed.
Result<bool> is_permanent(const web::Context& context);
/// That parameter, for the route table.
extern const http::Parameter kPermanent;

}  // namespace medialith::api
