// One request on its way through a route.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/json.hpp"
#include "domain/mutation.hpp"
#include "http/message.hpp"
#include "http/route.hpp"
#include "web/services.hpp"

namespace medialith::web {

/// Lives in the frame that runs the handler, for the whole request.
struct Context {
  Services& services;
  http::Request& request;
  const http::Route& route;
  std::optional<domain::Principal> principal;         ///< always set where the route's access asks for a user
  std::optional<json::Document> body;                 ///< of a route with BodyKind::json, checked to be JSON
  std::optional<domain::IdempotencyKey> idempotency;  ///< of a mutation that came with a key
  std::optional<domain::Replay> replay;               ///< this key's answer exists: the response is marked with it
  /// A mutation of this request has been committed, and has asked whether the principal stands and the key is new: what
  /// fails behind it does not undo it.
  bool settled = false;

  const domain::Principal& who() const { return *principal; }
  const domain::IdempotencyKey* key() const { return idempotency ? &*idempotency : nullptr; }
  /// The value of the pattern's n-th `:name`.
  const std::string& path_value(std::size_t index) const { return request.path_values.at(index); }
};

/// What a route does. Runs on the connection's loop; blocking work goes to a pool or the database.
using Handler = std::function<Task<Result<http::Response>>(Context&)>;
/// Renders the answer a retried key got the first time.
using ReplayRenderer = std::function<Task<Result<http::Response>>(Context&, const domain::Replay&)>;

/// What becomes of query parameters that a route does not know.
enum class UnknownParameters : std::uint8_t {
  refused,
  dropped,  ///< but by a DELETE: what is narrowed by a parameter that nobody reads deletes too much
};

/// What is a wire's own, the native one's or an app's.
struct Wire {
  ReplayRenderer replay;
  http::ErrorPresenter present;
  UnknownParameters unknown = UnknownParameters::refused;
};

/// Wraps a handler with what every route has: authentication, scopes, the body, idempotency, rate limits, errors as
/// JSON. `services` outlives the routes.
class Routes {
 public:
  Routes(Services& services, http::Router& router, Wire wire)
      : services_(services), router_(router), wire_(std::make_shared<const Wire>(std::move(wire))) {}
  /// `route` without its handler.
  void add(http::Route route, Handler handler);

 private:
  Services& services_;
  http::Router& router_;
  std::shared_ptr<const Wire> wire_;
};

/// A JSON answer.
http::Response json_response(int status, std::string body);
/// A document's answer with the ETag of its version; to a GET or HEAD, 304 if its preconditions ask for that. Error:
/// precondition_failed.
Result<http::Response> versioned_response(const http::Request& request, int status, std::string body,
                                          std::int64_t version);
/// 204.
http::Response no_content();
/// The native error body (design.md §4).
http::Response present_error(const Error& error, const http::Request& request);

/// `"v<version>"`-less strong tag of a document's version, and the version an If-Match names.
std::string version_etag(std::int64_t version);
/// The version of If-Match; nullopt without the field or for `*`. Errors: precondition_failed when it names no version
/// of ours at all (it cannot match).
Result<std::optional<std::int64_t>> if_match_version(const http::Request& request);

}  // namespace medialith::web
