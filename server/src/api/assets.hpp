#pragma once

#include "web/context.hpp"

namespace medialith::blob {
class BlobStore;
}

namespace medialith::api {

/// `/v1/assets`: list, get, bytes, signed URL, trash, restore. `blobs` outlives the routes.
void add_asset_routes(web::Routes& routes, blob::BlobStore& blobs);

/// The answer with one asset, read anew. `duplicate` adds the member that tells of bytes that were here already.
enum class Duplicate : std::uint8_t { no, yes };
Task<Result<http::Response>> asset_response(web::Context& context, std::string id, int status, Duplicate duplicate);

}  // namespace medialith::api
