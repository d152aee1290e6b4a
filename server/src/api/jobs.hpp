// `/v1/jobs`: what runs by itself, for admins.
#pragma once

#include "web/context.hpp"
#include "web/schema.hpp"

namespace medialith::api {

extern const web::Schema kJobSchema;  ///< an item of GET /v1/jobs

void add_job_routes(web::Routes& routes);

}  // namespace medialith::api
