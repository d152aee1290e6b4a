#pragma once

#include "web/context.hpp"

namespace medialith::api {

/// The native wire.
web::Wire native_wire();

/// Renders what a retried Idempotency-Key was answered the first time: the thing it refers to, as it is now.
Task<Result<http::Response>> render_replay(web::Context& context, const domain::Replay& replay);

}  // namespace medialith::api
