#include "api/replay.hpp"

#include "api/assets.hpp"
#include "api/bulk.hpp"
#include "api/generations.hpp"

namespace medialith::api {

web::Wire native_wire() { return {.replay = render_replay, .present = web::present_error}; }

Task<Result<http::Response>> render_replay(web::Context& context, const domain::Replay& replay) {
  if (replay.status == 204) co_return web::no_content();
  if (replay.kind == "generation") {
    co_return co_await generation_response(context, replay.object_id, replay.status, domain::Trash::include);
  }
  if (replay.kind == "operation") co_return co_await operation_response(context, replay.object_id);
  const Duplicate duplicate =
      replay.status == 200 && context.route.operation == "uploadFile" ? Duplicate::yes : Duplicate::no;
  co_return co_await asset_response(context, replay.object_id, replay.status, duplicate);
}

}  // namespace medialith::api
