// What is neither the user's data nor an app's wire: health, metrics, the OpenAPI document, /docs, the console's files.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/metrics.hpp"
#include "blob/store.hpp"
#include "db/database.hpp"
#include "http/openapi.hpp"
#include "http/route.hpp"
#include "http/static_files.hpp"
#include "web/context.hpp"

namespace medialith::api {

struct SystemParts {
  db::Database& database;
  blob::BlobStore& blobs;
  const Metrics& metrics;
  std::function<bool()> draining;  ///< true once the server takes no new work: /readyz says so
};

/// `/healthz`, `/readyz`, `/metrics`. The parts outlive the routes.
void add_health_routes(http::Router& router, SystemParts parts);

/// `/openapi.json` and `/docs`, made from the routes that are there now: called last. `of_other_wires`: the components
/// that their routes name.
void add_document_routes(http::Router& router, const http::ApiInfo& info,
                         std::vector<http::ComponentSchema> of_other_wires);

/// The console at `/` and its files.
void add_console_routes(http::Router& router, std::span<const http::EmbeddedFile> files);

/// Every component schema of the native wire.
std::vector<http::ComponentSchema> component_schemas();

}  // namespace medialith::api
