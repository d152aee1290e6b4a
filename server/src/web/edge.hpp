// What surrounds every route: known hosts, CORS, cross-site refusal, the headers that every answer carries.
#pragma once

#include <mutex>
#include <set>
#include <string>

#include "base/log.hpp"
#include "http/cors.hpp"
#include "http/route.hpp"
#include "http/server.hpp"
#include "web/services.hpp"

namespace medialith::web {

/// One per process, thread-safe. `settings`, `origins` and `log` outlive it.
class Edge {
 public:
  Edge(const Settings& settings, const http::Origins& origins, const Logger& log)
      : settings_(settings), origins_(origins), log_(log) {}

  /// The server's middleware.
  Task<http::Response> serve(http::Request& request, const http::Route& route);
  /// An error that the server itself answers, with the fields that every answer has: what is no request never gets to
  /// serve().
  http::Response present(const Error& error, const http::Request& request) const;

 private:
  Result<void> check(const http::Request& request);
  void add_headers(const http::Request& request, http::Response& response) const;
  void log_refusal(const http::Request& request, const Error& error);

  const Settings& settings_;
  const http::Origins& origins_;
  const Logger& log_;
  std::mutex mutex_;
  std::set<std::string> logged_;  // refused hosts and origins, each named once
};

}  // namespace medialith::web
