#include "app/request_log.hpp"

namespace medialith::app {
namespace {

constexpr std::string_view kName = "medialith_request_seconds";
constexpr std::string_view kHelp = "Time from a request's head to that of its answer.";

}  // namespace

RequestLog::RequestLog(const http::Router& router, Metrics& metrics, const Logger& log, const Clock& clock)
    : others_(metrics.histogram(kName, kHelp, latency_buckets(), {{"operation", "other"}})), log_(log), clock_(clock) {
  for (const http::Route& route : router.routes()) {
    if (route.unlisted) continue;
    by_operation_.emplace(route.operation,
                          &metrics.histogram(kName, kHelp, latency_buckets(), {{"operation", route.operation}}));
  }
}

Histogram& RequestLog::histogram_of(const http::Route& route) {
  const auto found = by_operation_.find(route.operation);
  return found == by_operation_.end() ? others_ : *found->second;
}

Task<http::Response> RequestLog::serve(const http::Middleware& inner, http::Request& request,
                                       const http::Route& route) {
  http::Response response = co_await inner(request, route);
  const auto took = clock_.monotonic() - request.started;
  histogram_of(route).observe(std::chrono::duration<double>(took).count());
  if (log_.enabled(LogLevel::debug)) {
    // Without the query: signed links carry their signature there.
    log_.for_request(request.id)
        .debug("request", {{"method", http::method_name(request.method)},
                           {"path", request.path},
                           {"operation", route.operation},
                           {"status", response.status},
                           {"ms", took},
                           {"peer", request.peer.address}});
  }
  co_return response;
}

}  // namespace medialith::app
