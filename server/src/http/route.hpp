// The one declarative route table: dispatch, limits, OpenAPI and the black-box suite's expectations come from it.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/message.hpp"

namespace medialith::http {

/// What a route accepts as body (design.md §4: body types are declared per route).
enum class BodyKind : std::uint8_t {
  none,   ///< a body is drained (≤ 64 KiB) or the connection closed
  json,   ///< application/json (and +json named in `types`); read whole by the handler through web::read_json
  bytes,  ///< any type, streamed by the handler
};

struct BodyPolicy {
  BodyKind kind = BodyKind::none;
  std::uint64_t max_bytes = 0;               ///< 413 before a byte is read when the length is known; else while reading
  std::vector<std::string_view> types = {};  ///< accepted media types, other is 415; empty = application/json for json
  std::string_view schema = {};              ///< component name of the request schema
};

/// Who may call it; the principal check itself is in web/ (web::require).
enum class Access : std::uint8_t { open, user, admin, signed_url };

/// Key scopes; a cookie login has all that its user has.
enum class Scope : std::uint8_t { none, read, write, import, admin };

struct Parameter {
  std::string_view name;
  std::string_view in;    ///< "query" or "header"; path parameters come from the pattern
  std::string_view type;  ///< "string", "integer", "boolean", "date-time"
  std::string_view description;
  bool repeatable = false;  ///< a filter: a repeated one means any of its values; else a duplicate is 400
};

struct ResponseDoc {
  int status;
  std::string_view description;
  std::string_view schema = {};  ///< component name; empty = no body, or any bytes of a content_type that is not JSON
  std::string_view content_type = "application/json";
  std::vector<std::string_view> headers = {};  ///< fields it carries, of those in openapi.hpp: "ETag", "Location"
};

using Handler = std::function<Task<Response>(Request&)>;

struct Route {
  Method method;
  std::string_view pattern;    ///< "/v1/generations/:id"; a last "*" takes the rest, slashes included
  std::string_view operation;  ///< operationId, also the name in logs and metrics: "createGeneration"
  std::string_view summary;    ///< one sentence
  std::string_view tag;        ///< group in /docs: "generations"
  Access access = Access::user;
  Scope scope = Scope::none;
  BodyPolicy body = {};
  std::vector<Parameter> parameters = {};
  std::vector<ResponseDoc> responses = {};  ///< beside the errors every route may answer
  bool mutation = false;                    ///< counted by the rate limit; takes Idempotency-Key
  bool shows_secret = false;                ///< its answer is given once: a mutation that ignores Idempotency-Key
  bool unlisted = false;                    ///< served but not in OpenAPI (console files)
  Handler handler = {};
};

/// Finds routes. Static segments win over `:name`, which wins over `*`, segment by segment from the left. Paths are
/// never normalised (R-H8): `//`, `/./` and a trailing slash are other paths. A `:name` or `*` never takes an empty
/// text. The path alone decides the pattern, then the method is looked up there: a 405 names the methods of that
/// pattern, not those of a less specific one. Built once by `app`, then immutable and thread-safe.
class Router {
 public:
  /// Asserts that patterns are unique per method, operation names are unique, and a pattern has at most 8 parameters.
  void add(Route route);
  std::span<const Route> routes() const { return routes_; }

  struct Match {
    const Route* route = nullptr;  ///< nullptr: nothing at this path, or not with this method
    std::vector<std::string> path_values;
    std::vector<Method> allowed;  ///< methods that exist at this path; empty = 404, else 405 with Allow
  };
  /// `raw_path` as sent (still percent-encoded); each segment is decoded once. HEAD matches GET routes.
  /// Errors: invalid_request for bad escapes, NUL, and encoded `/` or `\` inside a segment.
  Result<Match> match(Method method, std::string_view raw_path) const;

 private:
  static constexpr std::int32_t kNone = -1;
  // One segment of the patterns. Children and routes are indices, so that growing the vectors moves nothing that
  // matters.
  struct Node {
    std::vector<std::pair<std::string_view, std::int32_t>> children;                         // static segments, sorted
    std::int32_t parameter = kNone;                                                          // `:name`
    std::int32_t rest = kNone;                                                               // `*`
    std::array<std::int32_t, 7> routes = {kNone, kNone, kNone, kNone, kNone, kNone, kNone};  // by Method
    bool terminal = false;                                                                   // a pattern ends here
  };
  // What a walk has taken so far; fixed, so that a dispatch allocates nothing but what it returns.
  static constexpr std::size_t kMaxPathValues = 8;
  struct Values {
    std::array<std::string_view, kMaxPathValues> taken;
    std::size_t count = 0;
  };

  std::int32_t child(std::int32_t node, std::string_view segment);
  std::int32_t find(std::int32_t node, std::string_view rest, Values& values) const;
  const Route* route_of(const Node& node, Method method) const;

  std::vector<Route> routes_;
  std::vector<Node> nodes_ = std::vector<Node>(1);
};

}  // namespace medialith::http
