#pragma once

#include "blob/store.hpp"
#include "web/context.hpp"

namespace medialith::api {

/// `GET /v1/generations/stats` and `GET /v1/usage`. `blobs` outlives the routes.
void add_usage_routes(web::Routes& routes, blob::BlobStore& blobs);

/// Their answers as JSON Schema.
extern const char* const kGenerationStatsSchema;
extern const char* const kUsageSchema;

}  // namespace medialith::api
