// Fumi's wire: `/api/history…` and `/api/upload`, which take the place of its history in localStorage.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "domain/operations.hpp"
#include "http/openapi.hpp"
#include "intake/intake.hpp"
#include "web/context.hpp"

namespace medialith::compat {

/// Moves generations into the trash as bulk work. `request`: a JSON object, `filter` says which.
using TrashMany = std::function<Task<Result<domain::Operation>>(web::Context& context, std::string request)>;

/// The list of a history, one item, and clearing.
void add_fumi_history_routes(web::Routes& routes, TrashMany trash);
/// `POST /api/upload`. `intake` outlives the routes.
void add_fumi_upload_route(web::Routes& routes, intake::Intake& intake);

/// What is this wire's own: errors with `details` by member, and what it does not know it drops.
web::Wire fumi_wire();
/// The components its routes name.
std::vector<http::ComponentSchema> fumi_schemas();

}  // namespace medialith::compat
