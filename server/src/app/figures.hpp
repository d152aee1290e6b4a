// What /metrics shows beside the time of requests.
#pragma once

#include "base/metrics.hpp"
#include "blob/disk/disk_store.hpp"
#include "db/database.hpp"
#include "http/server.hpp"
#include "http_client/client.hpp"
#include "net/runtime.hpp"
#include "web/body_budget.hpp"

namespace medialith::app {

/// What is asked at every scrape; outlives the last one.
struct FigureSources {
  const db::Database& database;
  const blob::DiskStore* disk;  ///< nullptr when the files are in a bucket
  net::Runtime& runtime;
  const http::Server& http;
  const http_client::Client* out;  ///< nullptr when no other server is asked
  net::Pool& hashing;
  const web::BodyBudget& bodies;
};
void register_figures(Metrics& metrics, const FigureSources& sources);

}  // namespace medialith::app
