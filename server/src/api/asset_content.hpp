// The bytes of an asset on the wire.
#pragma once

#include "web/context.hpp"

namespace medialith::blob {
class BlobStore;
}

namespace medialith::api {

/// `GET` and `HEAD` of `/v1/assets/:id/content`: one range, conditional, immutable, inert (R-F5).
Task<Result<http::Response>> asset_content(web::Context& context, blob::BlobStore& blobs);

}  // namespace medialith::api
