#pragma once

#include "web/context.hpp"

namespace medialith::api {

/// GET /v1/facets, GET /v1/tags
void add_facet_routes(web::Routes& routes);

}  // namespace medialith::api
