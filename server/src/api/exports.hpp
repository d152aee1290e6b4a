#pragma once

#include "web/context.hpp"

namespace medialith::api {

/// `GET /v1/exports`
void add_export_routes(web::Routes& routes);

}  // namespace medialith::api
