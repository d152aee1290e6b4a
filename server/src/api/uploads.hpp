#pragma once

#include "intake/intake.hpp"
#include "web/context.hpp"

namespace medialith::api {

/// `POST /v1/uploads`: a form or the raw bytes. `intake` outlives the routes.
void add_upload_routes(web::Routes& routes, intake::Intake& intake);

}  // namespace medialith::api
