#include "http/openapi.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <map>
#include <set>

#include <fmt/format.h>

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "http/text.hpp"

namespace medialith::http {
namespace {

constexpr std::array kCodes = {
#define MEDIALITH_CODE(name, wire, status) ErrorCode::name,
    MEDIALITH_ERROR_CODES(MEDIALITH_CODE)
#undef MEDIALITH_CODE
};

constexpr std::array kHeaderDocs = {
    HeaderDoc{"Accept-Ranges", "string", "`bytes`: one range may be asked for."},
    HeaderDoc{"Allow", "string", "The methods that exist at this path."},
    HeaderDoc{"Cache-Control", "string", "How long the answer may be kept."},
    HeaderDoc{"Content-Disposition", "string", "Inline or attachment, with the file's name (RFC 6266)."},
    HeaderDoc{"Content-Encoding", "string", "How the body is compressed."},
    HeaderDoc{"Content-Length", "integer", "Bytes of the body."},
    HeaderDoc{"Content-Range", "string", "Which bytes of how many these are."},
    HeaderDoc{"ETag", "string", "The version, for If-Match and If-None-Match."},
    HeaderDoc{"Idempotency-Replayed", "boolean", "True when an earlier answer is repeated."},
    HeaderDoc{"Last-Modified", "string", "When it changed last (RFC 9110 date)."},
    HeaderDoc{"Link", "string", "The next page, as rel=\"next\" (RFC 8288)."},
    HeaderDoc{"Location", "string", "The address of what was made."},
    HeaderDoc{"Retry-After", "integer", "Seconds to wait before trying again."},
    HeaderDoc{"Set-Cookie", "string", "The login cookie, set or taken back."},
    HeaderDoc{"Vary", "string", "The request fields that the answer depends on."},
};

std::string method_key(Method method) { return to_lower(method_name(method)); }

void write_ref(json::Writer& out, std::string_view kind, std::string_view name) {
  out.begin_object().key("$ref").string(fmt::format("#/components/{}/{}", kind, name)).end_object();
}

void write_type(json::Writer& out, std::string_view type) {
  out.begin_object();
  out.key("type").string(type == "date-time" ? "string" : type);
  if (type == "date-time") out.key("format").string(type);
  out.end_object();
}

void write_security(json::Writer& out, const Route& route) {
  const auto scheme = [&](std::string_view name) {
    out.begin_object().key(name).begin_array().end_array().end_object();
  };
  out.key("security").begin_array();
  if (route.access == Access::user || route.access == Access::admin) {
    scheme("cookie");
    scheme("bearer");
  } else if (route.access == Access::signed_url) {
    scheme("signedUrl");
  }
  out.end_array();
  if (route.access == Access::admin) out.key("x-medialith-admin").boolean(true);
  if (route.scope != Scope::none) out.key("x-medialith-scope").string(scope_name(route.scope));
}

void write_parameter(json::Writer& out, const Parameter& parameter) {
  out.begin_object();
  out.key("name").string(parameter.name).key("in").string(parameter.in);
  out.key("description").string(parameter.description);
  out.key("schema");
  if (parameter.repeatable) {
    out.begin_object().key("type").string("array").key("items");
    write_type(out, parameter.type);
    out.end_object();
    out.key("style").string("form").key("explode").boolean(true);
  } else {
    write_type(out, parameter.type);
  }
  out.end_object();
}

// `names`: of the path item, since two routes at one path must agree on them in OpenAPI.
void write_parameters(json::Writer& out, const Route& route, std::span<const std::string_view> names) {
  out.key("parameters").begin_array();
  for (const std::string_view name : names) {
    out.begin_object().key("name").string(name).key("in").string("path").key("required").boolean(true);
    if (name == "rest") out.key("description").string("The rest of the path, slashes included.");
    out.key("schema").begin_object().key("type").string("string").end_object();
    out.end_object();
  }
  for (const Parameter& parameter : route.parameters) write_parameter(out, parameter);
  const auto named = [](const Parameter& parameter) { return iequals(parameter.name, "idempotency-key"); };
  if (route.mutation && !route.shows_secret && std::ranges::none_of(route.parameters, named)) {
    write_parameter(out, {.name = "Idempotency-Key",
                          .in = "header",
                          .type = "string",
                          .description = "Makes a retry safe: the same key with the same request has one effect."});
  }
  out.end_array();
}

// A form whose schema is not named has at least its file.
void write_form_schema(json::Writer& out) {
  out.begin_object().key("type").string("object").key("required").begin_array().string("file").end_array();
  out.key("properties").begin_object().key("file").begin_object();
  out.key("type").string("string").key("contentMediaType").string("application/octet-stream");
  out.end_object().end_object().end_object();
}

void write_body(json::Writer& out, const Route& route) {
  if (route.body.kind == BodyKind::none) return;
  out.key("requestBody").begin_object();
  out.key("required").boolean(true);
  if (route.body.max_bytes != 0) {
    out.key("description").string(fmt::format("At most {}.", format_size(route.body.max_bytes)));
    out.key("x-medialith-max-bytes").integer(static_cast<std::int64_t>(route.body.max_bytes));
  }
  out.key("content").begin_object();
  for (const std::string_view type : body_types(route.body)) {
    out.key(type).begin_object();
    const bool form = type == "multipart/form-data";
    if (!route.body.schema.empty()) {
      out.key("schema");
      write_ref(out, "schemas", route.body.schema);
    } else if (form) {
      out.key("schema");
      write_form_schema(out);
    }
    out.end_object();
  }
  out.end_object().end_object();
}

void write_headers(json::Writer& out, std::span<const std::string_view> names) {
  out.key("headers").begin_object();
  for (const std::string_view name : names) {
    assert(find_header_doc(name) != nullptr && "a response names a header field that is not documented");
    out.key(name);
    write_ref(out, "headers", name);
  }
  out.key("X-Request-Id");
  write_ref(out, "headers", "X-Request-Id");
  out.end_object();
}

void write_response(json::Writer& out, const ResponseDoc& doc) {
  out.begin_object();
  out.key("description").string(doc.description);
  write_headers(out, doc.headers);
  // An error that a route describes itself has the body of all errors.
  const std::string_view schema = doc.schema.empty() && doc.status >= 400 ? "Error" : doc.schema;
  if (!schema.empty() || doc.content_type != "application/json") {
    out.key("content").begin_object().key(doc.content_type).begin_object();
    if (!schema.empty()) {
      out.key("schema");
      write_ref(out, "schemas", schema);
    }
    out.end_object().end_object();
  }
  out.end_object();
}

void write_responses(json::Writer& out, const Route& route) {
  out.key("responses").begin_object();
  std::map<int, const ResponseDoc*> declared;
  for (const ResponseDoc& doc : route.responses) declared.emplace(doc.status, &doc);
  for (const auto& [status, doc] : declared) {
    out.key(std::to_string(status));
    write_response(out, *doc);
  }
  for (const int status : error_statuses(route)) {
    if (declared.contains(status)) continue;
    out.key(std::to_string(status));
    write_ref(out, "responses", fmt::format("Error{}", status));
  }
  out.end_object();
}

void write_operation(json::Writer& out, const Route& route, std::span<const std::string_view> names) {
  out.begin_object();
  out.key("operationId").string(route.operation);
  out.key("summary").string(route.summary);
  out.key("tags").begin_array().string(route.tag).end_array();
  write_security(out, route);
  write_parameters(out, route, names);
  write_body(out, route);
  write_responses(out, route);
  out.end_object();
}

// Routes of one path, whatever they call its values, in the order of the table.
struct PathItem {
  std::string_view pattern;
  std::vector<const Route*> routes;
};

std::vector<PathItem> path_items(std::span<const Route> routes) {
  const auto shape = [](std::string_view pattern) {
    std::string text;
    bool name = false;
    for (const char c : pattern) {
      if (c == '/') name = false;
      if (!name) text.push_back(c);
      if (c == ':') name = true;
    }
    return text;
  };
  std::vector<PathItem> items;
  std::map<std::string, std::size_t> index;
  for (const Route& route : routes) {
    if (route.unlisted) continue;
    const auto [at, fresh] = index.emplace(shape(route.pattern), items.size());
    if (fresh) items.push_back({route.pattern, {}});
    items[at->second].routes.push_back(&route);
  }
  return items;
}

void write_paths(json::Writer& out, std::span<const Route> routes) {
  out.key("paths").begin_object();
  for (const PathItem& item : path_items(routes)) {
    const auto names = path_parameters(item.pattern);
    out.key(path_template(item.pattern)).begin_object();
    for (const Route* route : item.routes) {
      out.key(method_key(route->method));
      write_operation(out, *route, names);
    }
    out.end_object();
  }
  out.end_object();
}

void write_security_schemes(json::Writer& out, const ApiInfo& info) {
  out.key("securitySchemes").begin_object();
  out.key("cookie").begin_object();
  out.key("type").string("apiKey").key("in").string("cookie").key("name").string(info.cookie_name);
  out.key("description").string("The login of a person, set by the login and register operations.");
  out.end_object();
  out.key("bearer").begin_object();
  out.key("type").string("http").key("scheme").string("bearer");
  out.key("description").string("An API key (`mlk_…`) in the Authorization field.");
  out.end_object();
  out.key("signedUrl").begin_object();
  out.key("type").string("apiKey").key("in").string("query").key("name").string(info.signature_parameter);
  out.key("description").string("An address that the server has signed; it works by itself until it expires.");
  out.end_object();
  out.end_object();
}

void write_error_responses(json::Writer& out) {
  std::set<int> statuses;
  for (const ErrorCode code : kCodes) statuses.insert(http_status(code));
  out.key("responses").begin_object();
  for (const int status : statuses) {
    const auto codes = codes_of_status(status);
    const bool waits = status == 429 || status == 503 || status == 409;
    const std::array<std::string_view, 1> retry = {"Retry-After"};
    out.key(fmt::format("Error{}", status)).begin_object();
    out.key("description").string(fmt::format("{}", fmt::join(codes, ", ")));
    write_headers(out, waits ? std::span<const std::string_view>(retry) : std::span<const std::string_view>());
    out.key("content").begin_object().key("application/json").begin_object().key("schema");
    write_ref(out, "schemas", "Error");
    out.end_object().end_object();
    out.end_object();
  }
  out.end_object();
}

void write_components(json::Writer& out, std::span<const ComponentSchema> schemas, const ApiInfo& info) {
  out.key("components").begin_object();
  out.key("schemas").begin_object();
  for (const ComponentSchema& schema : schemas) out.key(schema.name).raw(schema.json);
  out.key("Error").raw(error_schema());
  out.end_object();
  write_error_responses(out);
  out.key("headers").begin_object();
  const auto header = [&](const HeaderDoc& doc) {
    out.key(doc.name).begin_object().key("description").string(doc.description).key("schema");
    write_type(out, doc.type);
    out.end_object();
  };
  for (const HeaderDoc& doc : kHeaderDocs) header(doc);
  header({"X-Request-Id", "string", "Names the request in the server's log."});
  out.end_object();
  write_security_schemes(out, info);
  out.end_object();
}

void assert_schemas_exist(std::span<const Route> routes, std::span<const ComponentSchema> schemas) {
  std::set<std::string_view> names = {"Error", ""};
  for (const ComponentSchema& schema : schemas) {
    [[maybe_unused]] const bool fresh = names.insert(schema.name).second;
    assert(fresh && "a schema name comes twice");
  }
  for (const Route& route : routes) {
    assert(names.contains(route.body.schema) && "a route's body names a schema that does not exist");
    for (const ResponseDoc& doc : route.responses) {
      assert(names.contains(doc.schema) && "a response names a schema that does not exist");
    }
  }
}

}  // namespace

std::string_view scope_name(Scope scope) {
  switch (scope) {
    case Scope::none:
      return "";
    case Scope::read:
      return "read";
    case Scope::write:
      return "write";
    case Scope::import:
      return "import";
    case Scope::admin:
      return "admin";
  }
  return "";
}

const HeaderDoc* find_header_doc(std::string_view name) {
  const auto* found = std::ranges::find(kHeaderDocs, name, &HeaderDoc::name);
  return found == kHeaderDocs.end() ? nullptr : found;
}

std::vector<std::string_view> codes_of_status(int status) {
  std::vector<std::string_view> codes;
  for (const ErrorCode code : kCodes) {
    if (http_status(code) == status) codes.push_back(wire_name(code));
  }
  return codes;
}

std::vector<int> error_statuses(const Route& route) {
  // 400: the target or a parameter; 408, 414, 421, 431: the head; 500, 503: the server.
  std::set<int> statuses = {400, 408, 414, 421, 431, 500, 503};
  if (route.access == Access::user || route.access == Access::admin) statuses.insert({401, 403});
  if (route.access == Access::signed_url || !is_safe(route.method)) statuses.insert(403);
  if (!path_parameters(route.pattern).empty()) statuses.insert(404);
  if (route.body.kind != BodyKind::none) statuses.insert({413, 415});
  if (route.mutation) statuses.insert({409, 429, 507});
  if (route.mutation && !route.shows_secret) statuses.insert(422);
  for (const Parameter& parameter : route.parameters) {
    if (iequals(parameter.name, "if-match") || iequals(parameter.name, "if-none-match")) statuses.insert(412);
  }
  return {statuses.begin(), statuses.end()};
}

std::string path_template(std::string_view pattern) {
  std::string text;
  while (!pattern.empty()) {
    const std::size_t end = std::min(pattern.find('/', 1), pattern.size());
    const std::string_view segment = pattern.substr(1, end - 1);
    text.push_back('/');
    if (segment.starts_with(':')) {
      text.append("{").append(segment.substr(1)).append("}");
    } else {
      text.append(segment == "*" ? "{rest}" : segment);
    }
    pattern.remove_prefix(end);
  }
  return text;
}

std::vector<std::string_view> path_parameters(std::string_view pattern) {
  std::vector<std::string_view> names;
  while (!pattern.empty()) {
    const std::size_t end = std::min(pattern.find('/', 1), pattern.size());
    const std::string_view segment = pattern.substr(1, end - 1);
    if (segment.starts_with(':')) names.push_back(segment.substr(1));
    if (segment == "*") names.emplace_back("rest");
    pattern.remove_prefix(end);
  }
  return names;
}

std::vector<std::string_view> body_types(const BodyPolicy& body) {
  if (!body.types.empty()) return body.types;
  if (body.kind == BodyKind::json) return {"application/json"};
  if (body.kind == BodyKind::bytes) return {"*/*"};
  return {};
}

std::string error_schema() {
  std::string text;
  json::Writer out(text);
  const auto member = [&](std::string_view name, std::string_view description) {
    out.key(name).begin_object().key("type").string("string").key("description").string(description).end_object();
  };
  out.begin_object().key("type").string("object");
  out.key("description").string("What every failed request answers: a sentence for people, a code for programs.");
  out.key("properties").begin_object();
  member("error", "One sentence for people.");
  out.key("code").begin_object().key("type").string("string");
  out.key("description").string("A closed list: codes are never renamed.");
  out.key("enum").begin_array();
  for (const ErrorCode code : kCodes) out.string(wire_name(code));
  out.end_array().end_object();
  member("requestId", "The same as X-Request-Id.");
  out.key("details").begin_object().key("type").string("object");
  out.key("description").string("More for programs, such as the current document of a conflict.").end_object();
  out.key("fields").begin_object().key("type").string("array");
  out.key("description").string("Every offending member of the request.");
  out.key("items").begin_object().key("type").string("object").key("properties").begin_object();
  member("path", "Where: `recipe.loras[2].weight`.");
  member("code", "A word for programs: `required`, `too_long` …");
  member("message", "One sentence for people.");
  out.end_object().key("required").begin_array().string("path").string("code").string("message").end_array();
  out.end_object().end_object().end_object();
  out.key("required").begin_array().string("error").string("code").string("requestId").end_array();
  out.end_object();
  return text;
}

std::string openapi_document(std::span<const Route> routes, std::span<const ComponentSchema> schemas,
                             const ApiInfo& info) {
  assert_schemas_exist(routes, schemas);
  std::string text;
  json::Writer out(text);
  out.begin_object();
  out.key("openapi").string("3.1.0");
  out.key("info").begin_object();
  out.key("title").string("Medialith").key("version").string(info.version);
  out.key("description")
      .string("The storage server behind a generative-media app. Every GET also answers HEAD. Every error is JSON.");
  out.key("license").begin_object().key("name").string("Apache-2.0").key("identifier").string("Apache-2.0");
  out.end_object().end_object();
  if (!info.base_url.empty()) {
    out.key("servers").begin_array().begin_object().key("url").string(info.base_url).end_object().end_array();
  }
  write_paths(out, routes);
  write_components(out, schemas, info);
  out.end_object();
  return text;
}

}  // namespace medialith::http
