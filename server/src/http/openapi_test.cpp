#include "http/openapi.hpp"

#include <algorithm>
#include <iterator>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/hash.hpp"
#include "base/json.hpp"
#include "http/docs_page.hpp"
#include "http/docs_style.hpp"

namespace medialith::http {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsSupersetOf;
using ::testing::Not;

const std::vector<ComponentSchema>& schemas() {
  static const std::vector<ComponentSchema> kAll = {
      {"Thing",
       R"({"type":"object","description":"One <thing>.","properties":{
           "id":{"type":"string"},"rating":{"type":["integer","null"],"minimum":1,"maximum":5},
           "recipe":{"type":"object","properties":{"seed":{"type":"integer","description":"Start & end."}}},
           "status":{"type":"string","enum":["pending","completed"]}},"required":["id","status"]})"},
      {"ThingPage",
       R"({"type":"object","properties":{"items":{"type":"array","items":{"$ref":"#/components/schemas/Thing"}}}})"},
  };
  return kAll;
}

const ApiInfo kInfo{.version = "0.1.0",
                    .base_url = "https://media.example.com/storage",
                    .cookie_name = "__Host-medialith",
                    .signature_parameter = "sig"};

std::vector<Route> thing_routes() {
  return {
      Route{.method = Method::get,
            .pattern = "/v1/things",
            .operation = "listThings",
            .summary = "Lists things, newest first.",
            .tag = "things",
            .scope = Scope::read,
            .parameters = {{"status", "query", "string", "Only <these>.", true},
                           {"createdAfter", "query", "date-time", "Made later."}},
            .responses = {{200, "A page.", "ThingPage", "application/json", {"Link"}}}},
      Route{.method = Method::post,
            .pattern = "/v1/things",
            .operation = "createThing",
            .summary = "Makes one.",
            .tag = "things",
            .scope = Scope::write,
            .body = {.kind = BodyKind::json, .max_bytes = 64ULL << 20U, .schema = "Thing"},
            .responses = {{201, "Made.", "Thing", "application/json", {"ETag", "Location"}},
                          {409, "It is there already."}},
            .mutation = true},
      Route{.method = Method::put,
            .pattern = "/v1/things/:id",
            .operation = "replaceThing",
            .summary = "Replaces one.",
            .tag = "things",
            .scope = Scope::write,
            .body = {.kind = BodyKind::json, .max_bytes = 1024, .types = {"application/json", "application/x+json"}},
            .parameters = {{"If-Match", "header", "string", "The version you saw."}},
            .responses = {{200, "Replaced.", "Thing"}},
            .mutation = true},
      Route{.method = Method::delete_,
            .pattern = "/v1/things/:thing",
            .operation = "deleteThing",
            .summary = "Deletes one.",
            .tag = "things",
            .responses = {{204, "Gone."}}},
  };
}

std::vector<Route> other_routes() {
  return {
      Route{.method = Method::post,
            .pattern = "/v1/uploads",
            .operation = "upload",
            .summary = "Keeps a file.",
            .tag = "uploads",
            .body = {.kind = BodyKind::bytes, .types = {"multipart/form-data", "*/*"}},
            .responses = {{201, "Kept.", "Thing"}},
            .mutation = true},
      Route{.method = Method::get,
            .pattern = "/p/:store/*",
            .operation = "readPublic",
            .summary = "Bytes.",
            .tag = "uploads",
            .access = Access::signed_url,
            .responses = {{200, "The bytes.", "", "application/octet-stream", {"ETag", "Accept-Ranges"}}}},
      Route{.method = Method::get,
            .pattern = "/assets/*",
            .operation = "consoleFile",
            .summary = "A file of the console.",
            .tag = "console",
            .access = Access::open,
            .unlisted = true},
      Route{.method = Method::get,
            .pattern = "/healthz",
            .operation = "health",
            .summary = "Is it alive?",
            .tag = "operation",
            .access = Access::open,
            .responses = {{200, "Yes.", "", "text/plain"}}},
      Route{.method = Method::get,
            .pattern = "/v1/jobs",
            .operation = "listJobs",
            .summary = "Jobs.",
            .tag = "operation",
            .access = Access::admin,
            .scope = Scope::admin,
            .responses = {{200, "Jobs.", "ThingPage"}}},
      Route{.method = Method::post,
            .pattern = "/v1/secrets",
            .operation = "createSecret",
            .summary = "Makes a secret.",
            .tag = "things",
            .responses = {{201, "Made.", "Thing"}},
            .mutation = true,
            .shows_secret = true},
  };
}

std::vector<Route> routes() {
  std::vector<Route> all = thing_routes();
  std::ranges::move(other_routes(), std::back_inserter(all));
  return all;
}

// A value by its path of keys, as it stands in the document; "" when absent. Numbers index arrays.
std::string at(const json::Document& document, const std::vector<std::string>& path) {
  json::View view = document.root();
  for (const std::string& step : path) {
    if (view.kind() == json::Kind::array) {
      view = view.children().at(std::stoul(step));
      continue;
    }
    const auto member = view.find(step);
    if (!member) return "";
    view = *member;
  }
  return std::string(view.raw());
}

json::Document document() {
  auto parsed = json::Document::parse(openapi_document(routes(), schemas(), kInfo), {.keep_depth = 32});
  EXPECT_TRUE(parsed) << parsed.error().message;
  return std::move(*parsed);
}

TEST(OpenApi, DescribesOperations) {
  const json::Document api = document();
  EXPECT_EQ(at(api, {"openapi"}), "\"3.1.0\"");
  EXPECT_EQ(at(api, {"servers", "0", "url"}), "\"https://media.example.com/storage\"");
  EXPECT_EQ(at(api, {"paths", "/v1/things", "get", "operationId"}), "\"listThings\"");
  EXPECT_EQ(at(api, {"paths", "/v1/things", "get", "tags"}), "[\"things\"]");
  EXPECT_EQ(at(api, {"paths", "/v1/things", "get", "x-medialith-scope"}), "\"read\"");
  EXPECT_EQ(at(api, {"paths", "/v1/things", "get", "security"}), R"([{"cookie":[]},{"bearer":[]}])");
  EXPECT_EQ(at(api, {"paths", "/v1/jobs", "get", "x-medialith-admin"}), "true");
  EXPECT_EQ(at(api, {"paths", "/healthz", "get", "security"}), "[]");
  EXPECT_EQ(at(api, {"paths", "/assets/{rest}"}), "");
}

TEST(OpenApi, DescribesParameters) {
  const json::Document api = document();
  const std::vector<std::string> list = {"paths", "/v1/things", "get", "parameters"};
  const auto of = [&](std::vector<std::string> path, std::initializer_list<std::string> more) {
    path.insert(path.end(), more);
    return at(api, path);
  };
  EXPECT_EQ(of(list, {"0", "schema"}), R"({"type":"array","items":{"type":"string"}})");
  EXPECT_EQ(of(list, {"1", "schema"}), R"({"type":"string","format":"date-time"})");
  const std::vector<std::string> create = {"paths", "/v1/things", "post", "parameters"};
  EXPECT_EQ(of(create, {"0", "name"}), "\"Idempotency-Key\"");
  EXPECT_EQ(of({"paths", "/v1/secrets", "post", "parameters"}, {}), "[]") << "what is shown once cannot be repeated";
  EXPECT_EQ(at(api, {"paths", "/v1/secrets", "post", "responses", "422"}), "");
  EXPECT_EQ(of({"paths", "/v1/things/{id}", "put", "parameters"}, {"0", "name"}), "\"id\"");
  EXPECT_EQ(of({"paths", "/v1/things/{id}", "delete", "parameters"}, {"0", "name"}), "\"id\"");
  EXPECT_EQ(at(api, {"paths", "/v1/things/{thing}"}), "");
  EXPECT_EQ(of({"paths", "/p/{store}/{rest}", "get", "parameters"}, {"1", "name"}), "\"rest\"");
}

TEST(OpenApi, DescribesBodies) {
  const json::Document api = document();
  const std::vector<std::string> create = {"paths", "/v1/things", "post", "requestBody"};
  EXPECT_EQ(at(api, {"paths", "/v1/things", "post", "requestBody", "x-medialith-max-bytes"}), "67108864");
  EXPECT_EQ(at(api, {"paths", "/v1/things", "post", "requestBody", "description"}), "\"At most 64 MiB.\"");
  EXPECT_EQ(at(api, {"paths", "/v1/things", "post", "requestBody", "content", "application/json", "schema"}),
            R"({"$ref":"#/components/schemas/Thing"})");
  EXPECT_EQ(at(api, {"paths", "/v1/things/{id}", "put", "requestBody", "content"}),
            R"({"application/json":{},"application/x+json":{}})");
  EXPECT_EQ(at(api, {"paths", "/v1/uploads", "post", "requestBody", "content", "*/*"}), "{}");
  EXPECT_NE(at(api, {"paths", "/v1/uploads", "post", "requestBody", "content", "multipart/form-data", "schema",
                     "properties", "file"}),
            "");
  EXPECT_EQ(at(api, {"paths", "/v1/things", "get", "requestBody"}), "");
}

TEST(OpenApi, DescribesResponses) {
  const json::Document api = document();
  EXPECT_EQ(at(api, {"paths", "/v1/things", "post", "responses", "201", "headers", "ETag"}),
            R"({"$ref":"#/components/headers/ETag"})");
  EXPECT_EQ(at(api, {"paths", "/v1/things", "post", "responses", "409", "content", "application/json", "schema"}),
            R"({"$ref":"#/components/schemas/Error"})");
  EXPECT_EQ(at(api, {"paths", "/v1/things", "post", "responses", "409", "description"}), "\"It is there already.\"");
  EXPECT_EQ(at(api, {"paths", "/v1/things", "post", "responses", "429"}),
            R"({"$ref":"#/components/responses/Error429"})");
  EXPECT_EQ(at(api, {"paths", "/v1/things/{id}", "delete", "responses", "204", "content"}), "");
  EXPECT_EQ(at(api, {"paths", "/p/{store}/{rest}", "get", "responses", "200", "content"}),
            R"({"application/octet-stream":{}})");
  EXPECT_EQ(at(api, {"components", "responses", "Error503", "description"}),
            "\"OVERLOADED, UNAVAILABLE, OUTCOME_UNKNOWN\"");
  EXPECT_EQ(at(api, {"components", "responses", "Error429", "headers", "Retry-After"}),
            R"({"$ref":"#/components/headers/Retry-After"})");
}

TEST(OpenApi, EnumeratesEveryErrorCode) {
  const json::Document api = document();
  const std::string codes = at(api, {"components", "schemas", "Error", "properties", "code", "enum"});
#define MEDIALITH_CHECK(name, wire, status)                                     \
  EXPECT_THAT(codes, HasSubstr("\"" wire "\""));                                \
  EXPECT_THAT(codes_of_status(status), IsSupersetOf({std::string_view(wire)})); \
  EXPECT_NE(at(api, {"components", "responses", "Error" #status}), "");
  MEDIALITH_ERROR_CODES(MEDIALITH_CHECK)
#undef MEDIALITH_CHECK
}

TEST(OpenApi, EveryReferenceResolves) {
  const std::string text = openapi_document(routes(), schemas(), kInfo);
  const json::Document api = document();
  std::size_t references = 0;
  for (std::size_t from = 0; (from = text.find("\"$ref\":\"#/", from)) != std::string::npos; ++references) {
    from += 10;
    std::vector<std::string> path;
    std::string_view rest = std::string_view(text).substr(from, text.find('"', from) - from);
    while (!rest.empty()) {
      const std::size_t end = std::min(rest.find('/'), rest.size());
      path.emplace_back(rest.substr(0, end));
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    EXPECT_NE(at(api, path), "") << path.back();
  }
  EXPECT_GT(references, 20U);
}

TEST(OpenApi, ErrorsFollowFromTheRoute) {
  const auto all = routes();
  EXPECT_THAT(error_statuses(all[7]), ElementsAre(400, 408, 414, 421, 431, 500, 503));
  EXPECT_THAT(error_statuses(all[0]), ElementsAre(400, 401, 403, 408, 414, 421, 431, 500, 503));
  EXPECT_THAT(error_statuses(all[2]),
              ElementsAre(400, 401, 403, 404, 408, 409, 412, 413, 414, 415, 421, 422, 429, 431, 500, 503, 507));
  EXPECT_THAT(error_statuses(all[5]), ElementsAre(400, 403, 404, 408, 414, 421, 431, 500, 503));
  EXPECT_THAT(error_statuses(all[9]), ElementsAre(400, 401, 403, 408, 409, 414, 421, 429, 431, 500, 503, 507));
}

TEST(OpenApiDeathTest, RefusesATableThatNamesWhatIsNotThere) {
  auto table = routes();
  table[0].responses[0].schema = "Nothing";
  EXPECT_DEATH(openapi_document(table, schemas(), kInfo), "schema that does not exist");
  table = routes();
  table[0].responses[0].headers = {"X-Unknown"};
  EXPECT_DEATH(openapi_document(table, schemas(), kInfo), "header field that is not documented");
}

TEST(DocsPage, ShowsEveryListedOperation) {
  const std::string html = docs_page(routes(), schemas(), kInfo).html;
  for (const Route& route : routes()) {
    const std::string id = "id=\"" + std::string(route.operation) + "\"";
    EXPECT_EQ(html.contains(id), !route.unlisted) << id;
  }
  EXPECT_THAT(html, HasSubstr("<code>/v1/things/{id}</code>"));
  EXPECT_THAT(html, HasSubstr("with the scope <code>write</code>"));
  EXPECT_THAT(html, HasSubstr("at most 64 MiB"));
  EXPECT_THAT(html, HasSubstr("<code>recipe.seed</code>"));
  EXPECT_THAT(html, HasSubstr("integer or null"));
  EXPECT_THAT(html, HasSubstr("1 to 5."));
  EXPECT_THAT(html, HasSubstr("{&quot;id&quot;: &quot;…&quot;, &quot;status&quot;: &quot;pending&quot;}"));
  EXPECT_THAT(html, HasSubstr("https://media.example.com/storage/v1/things/$ID"));
  EXPECT_THAT(html, HasSubstr("id=\"schema-Error\""));
  EXPECT_THAT(html, HasSubstr("id=\"error-507\""));
}

TEST(DocsPage, EscapesWhatTheTableSays) {
  const std::string html = docs_page(routes(), schemas(), kInfo).html;
  EXPECT_THAT(html, HasSubstr("Only &lt;these&gt;."));
  EXPECT_THAT(html, HasSubstr("One &lt;thing&gt;."));
  EXPECT_THAT(html, HasSubstr("Start &amp; end."));
  EXPECT_THAT(html, Not(HasSubstr("<thing>")));
}

TEST(DocsPage, EveryLinkLeadsSomewhere) {
  const std::string html = docs_page(routes(), schemas(), kInfo).html;
  std::size_t links = 0;
  for (std::size_t from = 0; (from = html.find("href=\"#", from)) != std::string::npos; ++links) {
    from += 7;
    const std::string id = html.substr(from, html.find('"', from) - from);
    EXPECT_THAT(html, HasSubstr("id=\"" + id + "\"")) << id;
  }
  EXPECT_GT(links, 30U);
}

TEST(DocsPage, LoadsNothingAndRunsNothing) {
  const DocsPage page = docs_page(routes(), schemas(), kInfo);
  for (const auto* word : {"<script", "src=", "style=\"", "http://", "@import", "url("}) {
    EXPECT_THAT(page.html, Not(HasSubstr(word))) << word;
  }
  EXPECT_THAT(page.content_security_policy, HasSubstr("default-src 'none'"));
  EXPECT_THAT(page.content_security_policy, HasSubstr("'sha256-" + to_base64(sha256(kDocsStyle)) + "'"));
  EXPECT_THAT(page.html, HasSubstr("<style>" + std::string(kDocsStyle) + "</style>"));
}

}  // namespace
}  // namespace medialith::http
