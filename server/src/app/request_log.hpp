// What is told of every request: a line in the log at level debug, and how long it took, by operation.
#pragma once

#include <string_view>
#include <unordered_map>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/metrics.hpp"
#include "http/route.hpp"
#include "http/server.hpp"

namespace medialith::app {

/// Thread-safe. What it is made with outlives it; the routes are all there.
class RequestLog {
 public:
  RequestLog(const http::Router& router, Metrics& metrics, const Logger& log, const Clock& clock);

  /// Runs `inner` around the request. The time is that until the answer's head is known, not until its body is sent.
  Task<http::Response> serve(const http::Middleware& inner, http::Request& request, const http::Route& route);

 private:
  Histogram& histogram_of(const http::Route& route);

  std::unordered_map<std::string_view, Histogram*> by_operation_;  // of the listed routes
  Histogram& others_;                                              // the console's files, and what meets no route
  const Logger& log_;
  const Clock& clock_;
};

}  // namespace medialith::app
