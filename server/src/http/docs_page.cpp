#include "http/docs_page.hpp"

#include <algorithm>
#include <set>
#include <vector>

#include <fmt/format.h>

#include "base/bytes.hpp"
#include "base/hash.hpp"
#include "base/text.hpp"
#include "http/docs_schema.hpp"
#include "http/docs_style.hpp"
#include "http/html.hpp"

namespace medialith::http {
namespace {

struct TagGroup {
  std::string_view tag;
  std::vector<const Route*> routes;
};

std::vector<TagGroup> group_by_tag(std::span<const Route> routes) {
  std::vector<TagGroup> groups;
  for (const Route& route : routes) {
    if (route.unlisted) continue;
    auto group = std::ranges::find(groups, route.tag, &TagGroup::tag);
    if (group == groups.end()) group = groups.insert(groups.end(), {route.tag, {}});
    group->routes.push_back(&route);
  }
  return groups;
}

std::string code(std::string_view text) { return fmt::format("<code>{}</code>", escape_html(text)); }

std::string schema_link(std::string_view name) {
  return fmt::format("<a href=\"#schema-{0}\">{0}</a>", escape_html(name));
}

std::string method_badge(Method method) {
  return fmt::format("<span class=\"m {}\">{}</span>", to_lower(method_name(method)), method_name(method));
}

// A tag such as "api-keys" as people write it: "Api keys".
std::string heading(std::string_view tag) {
  std::string text(tag);
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - ('a' - 'A'));
  std::ranges::replace(text, '-', ' ');
  return escape_html(text);
}

std::string access_sentence(const Route& route) {
  std::string text;
  switch (route.access) {
    case Access::open:
      text = "Open to everybody.";
      break;
    case Access::user:
      text = "Needs a login or an API key";
      break;
    case Access::admin:
      text = "Needs a login or an API key of an administrator";
      break;
    case Access::signed_url:
      text = "Needs a signed address.";
      break;
  }
  if (route.access == Access::user || route.access == Access::admin) {
    if (route.scope != Scope::none) text += fmt::format(" with the scope {}", code(scope_name(route.scope)));
    text += ".";
  }
  if (route.mutation && !route.shows_secret) text += " Safe to retry with <a href=\"#retries\">Idempotency-Key</a>.";
  return text;
}

void append_parameters(std::string& out, const Route& route) {
  const auto names = path_parameters(route.pattern);
  if (names.empty() && route.parameters.empty()) return;
  out +=
      "<h4>Parameters</h4>\n<div "
      "class=\"scroll\"><table><tr><th>Name</th><th>In</th><th>Type</th><th>Meaning</th></tr>\n";
  for (const std::string_view name : names) {
    out += fmt::format(
        "<tr><td>{} <b class=\"req\" title=\"required\">*</b></td><td>path</td><td>string</td><td>{}</td></tr>\n",
        code(name), name == "rest" ? "The rest of the path, slashes included." : "");
  }
  for (const Parameter& parameter : route.parameters) {
    out += fmt::format("<tr><td>{}</td><td>{}</td><td>{}</td><td>{}{}</td></tr>\n", code(parameter.name),
                       escape_html(parameter.in), escape_html(parameter.type), escape_html(parameter.description),
                       parameter.repeatable ? " <small>May be repeated: any of the values.</small>" : "");
  }
  out += "</table></div>\n";
}

// Looks schemas up by name; an unknown one is empty.
class Schemas {
 public:
  explicit Schemas(std::span<const ComponentSchema> schemas) : schemas_(schemas) {}
  std::string_view json(std::string_view name) const {
    const auto found = std::ranges::find(schemas_, name, &ComponentSchema::name);
    return found == schemas_.end() ? std::string_view() : std::string_view(found->json);
  }

 private:
  std::span<const ComponentSchema> schemas_;
};

void append_body(std::string& out, const Route& route, const Schemas& schemas) {
  if (route.body.kind == BodyKind::none) return;
  out += "<h4>Body</h4>\n<p>";
  bool first = true;
  for (const std::string_view type : body_types(route.body)) {
    out += (first ? "" : " or ") + (type == "*/*" ? std::string("bytes of any type") : code(type));
    first = false;
  }
  if (route.body.max_bytes != 0) out += fmt::format(", at most {}", format_size(route.body.max_bytes));
  out += ".</p>\n";
  const std::string_view json = schemas.json(route.body.schema);
  if (json.empty()) return;
  out += fmt::format("<details><summary>Members of {}</summary>\n{}</details>\n", escape_html(route.body.schema),
                     schema_table(json));
}

void append_responses(std::string& out, const Route& route) {
  out += "<h4>Answers</h4>\n<div class=\"scroll\"><table><tr><th>Status</th><th>Meaning</th><th>Body</th></tr>\n";
  std::set<int> declared;
  for (const ResponseDoc& doc : route.responses) {
    declared.insert(doc.status);
    std::string body = "–";
    if (!doc.schema.empty()) {
      body = schema_link(doc.schema);
    } else if (doc.content_type != "application/json") {
      body = code(doc.content_type);
    } else if (doc.status >= 400) {
      body = schema_link("Error");
    }
    std::string headers;
    for (const std::string_view name : doc.headers) headers += (headers.empty() ? " " : ", ") + code(name);
    out +=
        fmt::format("<tr><td><b>{}</b></td><td>{}{}</td><td>{}</td></tr>\n", doc.status, escape_html(doc.description),
                    headers.empty() ? "" : fmt::format(" <small>With{}.</small>", headers), body);
  }
  out += "</table></div>\n<p class=\"errors\">Errors:";
  for (const int status : error_statuses(route)) {
    if (!declared.contains(status)) out += fmt::format(" <a href=\"#error-{0}\">{0}</a>", status);
  }
  out += "</p>\n";
}

// An address for a shell: path values are variables to set.
std::string example_address(const Route& route, const ApiInfo& info) {
  std::string address(info.base_url.starts_with("http") ? "" : "http://127.0.0.1:8787");
  address += info.base_url;
  std::string path = path_template(route.pattern);
  for (const std::string_view name : path_parameters(route.pattern)) {
    std::string variable = "$";
    for (const char c : name) variable.push_back(c >= 'a' && c <= 'z' ? static_cast<char>(c - ('a' - 'A')) : c);
    const std::string braced = "{" + std::string(name) + "}";
    path.replace(path.find(braced), braced.size(), variable);
  }
  return address + path;
}

void append_example(std::string& out, const Route& route, const Schemas& schemas, const ApiInfo& info) {
  std::string command = "curl";
  if (route.method != Method::get) command += fmt::format(" -X {}", method_name(route.method));
  std::string address = example_address(route, info);
  if (route.access == Access::signed_url) address += fmt::format("?{}=…", info.signature_parameter);
  command += fmt::format(" \"{}\"", address);
  if (route.access == Access::user || route.access == Access::admin) {
    command += " \\\n  -H \"Authorization: Bearer $MEDIALITH_KEY\"";
  }
  const auto types = body_types(route.body);
  if (std::ranges::find(types, "multipart/form-data") != types.end()) {
    command += " \\\n  -F file=@picture.png";
  } else if (route.body.kind == BodyKind::json) {
    const std::string_view json = schemas.json(route.body.schema);
    command += fmt::format(" \\\n  -H \"Content-Type: {}\" \\\n  -d '{}'", types.front(),
                           json.empty() ? "{}" : schema_example(json));
  } else if (route.body.kind == BodyKind::bytes) {
    command += " \\\n  -H \"Content-Type: image/png\" --data-binary @picture.png";
  }
  out += fmt::format("<details><summary>With curl</summary><pre>{}</pre></details>\n", escape_html(command));
}

void append_operation(std::string& out, const Route& route, const Schemas& schemas, const ApiInfo& info) {
  const std::string id = escape_html(route.operation);
  out += fmt::format("<section class=\"op\" id=\"{0}\">\n<h3><a href=\"#{0}\">{1}<code>{2}</code></a></h3>\n", id,
                     method_badge(route.method), escape_html(path_template(route.pattern)));
  out += fmt::format("<p>{}</p>\n<p class=\"who\">{}</p>\n", escape_html(route.summary), access_sentence(route));
  append_parameters(out, route);
  append_body(out, route, schemas);
  append_responses(out, route);
  append_example(out, route, schemas, info);
  out += "</section>\n";
}

void append_navigation(std::string& out, std::span<const TagGroup> groups, const ApiInfo& info) {
  out += fmt::format("<nav aria-label=\"Contents\">\n<a class=\"name\" href=\"#top\">Medialith {}</a>\n",
                     escape_html(info.version));
  out +=
      "<ul><li><a href=\"openapi.json\">openapi.json</a></li></ul>\n<h2>Reading</h2>\n<ul>"
      "<li><a href=\"#calling\">Calling the server</a></li><li><a href=\"#retries\">Retries</a></li>"
      "</ul>\n";
  for (const TagGroup& group : groups) {
    out += fmt::format("<h2><a href=\"#tag-{}\">{}</a></h2>\n<ul>\n", escape_html(group.tag), heading(group.tag));
    for (const Route* route : group.routes) {
      out += fmt::format("<li><a href=\"#{}\" title=\"{}\">{}<span>{}</span></a></li>\n", escape_html(route->operation),
                         escape_html(path_template(route->pattern)), method_badge(route->method),
                         escape_html(route->operation));
    }
    out += "</ul>\n";
  }
  out +=
      "<h2>Reference</h2>\n<ul><li><a href=\"#errors\">Errors</a></li><li><a href=\"#schemas\">Schemas</a></li></ul>\n"
      "</nav>\n";
}

void append_introduction(std::string& out, const ApiInfo& info) {
  out += fmt::format(
      "<h1>The HTTP API</h1>\n<p class=\"lead\">Medialith {}, made from the routes of this very server. The same as a "
      "document for programs: <a href=\"openapi.json\">openapi.json</a>.</p>\n",
      escape_html(info.version));
  out += fmt::format(
      "<h2 id=\"calling\">Calling the server</h2>\n"
      "<p>Programs send an API key as <code>Authorization: Bearer mlk_…</code>; pages of the same site use the login "
      "cookie <code>{}</code>. A signed address works by itself until it expires. What needs neither says so.</p>\n"
      "<p>Bodies and answers are JSON in UTF-8 unless an operation names another type. Times are ISO 8601 in UTC. "
      "Every "
      "<code>GET</code> also answers <code>HEAD</code>. Something that is another person's answers as if it did not "
      "exist.</p>\n",
      escape_html(info.cookie_name));
  out +=
      "<h2 id=\"retries\">Retries</h2>\n"
      "<p>Send an <code>Idempotency-Key</code> of your own making with a request that changes something: when the "
      "answer is lost, the same request with the same key has no second effect and gives the first answer, marked "
      "<code>Idempotency-Replayed</code>. The key with another request is 422, while the first still runs 409. "
      "After 429 and 503 wait for <code>Retry-After</code> seconds.</p>\n";
}

void append_errors(std::string& out) {
  out +=
      "<h2 id=\"errors\">Errors</h2>\n<p>Every error, on every path, has the same JSON body: a sentence for people, a "
      "code for programs, and the id that the server's log knows the request by. See " +
      schema_link("Error") + ".</p>\n";
  out += "<div class=\"scroll\"><table><tr><th>Status</th><th>Codes</th></tr>\n";
  for (int status = 400; status < 600; ++status) {
    const auto codes = codes_of_status(status);
    if (codes.empty()) continue;
    out += fmt::format("<tr id=\"error-{0}\"><td><b>{0}</b></td><td>", status);
    for (const std::string_view name : codes) out += code(name) + " ";
    out += "</td></tr>\n";
  }
  out += "</table></div>\n";
}

void append_schema(std::string& out, std::string_view name, std::string_view json) {
  const std::string id = escape_html(name);
  out += fmt::format(
      "<section class=\"schema\" id=\"schema-{0}\">\n<h3><a href=\"#schema-{0}\">{0}</a></h3>\n{1}</section>\n", id,
      schema_table(json));
}

}  // namespace

DocsPage docs_page(std::span<const Route> routes, std::span<const ComponentSchema> schemas, const ApiInfo& info) {
  const auto groups = group_by_tag(routes);
  const Schemas by_name(schemas);
  std::string out =
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n<title>Medialith: the HTTP "
      "API</title>\n"
      "<style>";
  out.append(kDocsStyle).append("</style>\n</head>\n<body id=\"top\">\n");
  append_navigation(out, groups, info);
  out += "<main>\n";
  append_introduction(out, info);
  for (const TagGroup& group : groups) {
    out += fmt::format("<h2 id=\"tag-{}\">{}</h2>\n", escape_html(group.tag), heading(group.tag));
    for (const Route* route : group.routes) append_operation(out, *route, by_name, info);
  }
  append_errors(out);
  out += "<h2 id=\"schemas\">Schemas</h2>\n<p>Members marked <b class=\"req\">*</b> are always there.</p>\n";
  for (const ComponentSchema& schema : schemas) append_schema(out, schema.name, schema.json);
  append_schema(out, "Error", error_schema());
  out += "</main>\n</body>\n</html>\n";
  const Digest digest = sha256(kDocsStyle);
  DocsPage page;
  page.html = std::move(out);
  page.content_security_policy = fmt::format(
      "default-src 'none'; style-src 'sha256-{}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
      to_base64(digest));
  return page;
}

}  // namespace medialith::http
