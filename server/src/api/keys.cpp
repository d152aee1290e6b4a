#include "api/keys.hpp"

#include <array>
#include <utility>

#include "api/account_schemas.hpp"
#include "api/scopes.hpp"
#include "domain/accounts.hpp"
#include "web/authenticate.hpp"
#include "web/mutate.hpp"

namespace medialith::api {
namespace {

using web::Context;
using Answer = Result<http::Response>;

constexpr std::uint64_t kKeyBody = 16 * 1024;
constexpr std::array<std::string_view, 1> kIgnored = {"userId"};

Result<domain::NewApiKey> read_key(const Context& context) {
  const json::View body = context.body->root();
  TRY(web::check(kApiKeyInputSchema, body, web::Use::create, kIgnored));
  domain::NewApiKey key;
  key.name = body.find("name")->text();
  if (const auto scopes = body.find("scopes")) {
    TRY_ASSIGN(const auto list, json::Document::parse(std::string(scopes->raw())));
    key.scopes = domain::Scopes::none;
    for (const json::View scope : list.root().children()) {
      key.scopes = key.scopes | scope_from(scope.text()).value_or(domain::Scopes::none);
    }
  }
  // Nobody hands on more than they have (R-S11).
  if (!has(context.who().scopes, key.scopes)) {
    return fail(ErrorCode::insufficient_scope, "A key may do no more than the login or key that makes it.");
  }
  const auto expires = body.find("expiresAt");
  if (expires && expires->kind() == json::Kind::string) {
    TRY_ASSIGN(key.expires_at, parse_iso8601(expires->text()));
    if (*key.expires_at <= context.services.clock.now()) {
      return fail(web::invalid("expiresAt", "out_of_range", "This must be in the future."));
    }
  }
  return key;
}

/// Open: the caller ends the object.
void begin_key(json::Writer& out, const domain::ApiKey& key) {
  out.begin_object();
  out.key("id").string(key.id);
  out.key("name").string(key.name);
  out.key("scopes");
  write_scopes(out, key.scopes);
  out.key("createdAt").time(key.created_at);
  out.key("expiresAt");
  key.expires_at ? out.time(*key.expires_at) : out.null();
}

Task<Answer> create(Context& context) {
  CO_TRY_ASSIGN(domain::NewApiKey key, read_key(context));
  key.id = context.services.uuids.make();
  const Secret secret = make_token(context.services.random);
  key.secret_hash = web::token_hash(secret.reveal());
  const Time now = context.services.clock.now();
  auto run = [&](db::Transaction& tx) {
    domain::Mutation mutation(tx, context.who(), nullptr, now);
    return domain::create_key(mutation, key);
  };
  CO_TRY_ASSIGN(const domain::ApiKey kept, co_await context.services.database.write(run));
  context.settled = true;
  std::string text;
  json::Writer out(text);
  begin_key(out, kept);
  out.key("key").string(web::format_key({key.id, std::string(secret.reveal())}));
  out.end_object();
  co_return web::json_response(201, std::move(text));
}

Task<Answer> list(Context& context) {
  auto look = [&](db::Connection& connection) { return domain::list_keys(connection, context.who().user); };
  CO_TRY_ASSIGN(const auto keys, co_await context.services.database.read(look));
  std::string text;
  json::Writer out(text);
  out.begin_object();
  out.key("items").begin_array();
  for (const domain::ApiKey& key : keys) {
    begin_key(out, key);
    out.key("lastUsedAt");
    key.last_used_at ? out.time(*key.last_used_at) : out.null();
    out.end_object();
  }
  out.end_array();
  out.key("nextCursor").null();
  out.end_object();
  co_return web::json_response(200, std::move(text));
}

Task<Answer> remove(Context& context) {
  auto change = [&](domain::Mutation& mutation) { return domain::delete_key(mutation, context.path_value(0)); };
  CO_TRY(co_await web::mutate(context, change));
  co_return web::no_content();
}

}  // namespace

void add_key_routes(web::Routes& routes) {
  using http::Method;
  routes.add({.method = Method::post,
              .pattern = "/v1/keys",
              .operation = "createKey",
              .summary = "Makes a key and shows it this once.",
              .tag = "accounts",
              .scope = http::Scope::write,
              .body = {.kind = http::BodyKind::json, .max_bytes = kKeyBody, .schema = "ApiKeyInput"},
              .responses = {{201, "The key, with its secret.", "NewApiKey"}},
              .mutation = true,
              .shows_secret = true},
             create);
  routes.add({.method = Method::get,
              .pattern = "/v1/keys",
              .operation = "listKeys",
              .summary = "Lists the caller's keys, without their secrets.",
              .tag = "accounts",
              .scope = http::Scope::read,
              .responses = {{200, "All of them.", "ApiKeyPage"}}},
             list);
  routes.add({.method = Method::delete_,
              .pattern = "/v1/keys/:id",
              .operation = "deleteKey",
              .summary = "Ends a key at once.",
              .tag = "accounts",
              .scope = http::Scope::write,
              .responses = {{204, "Gone.", "", "application/json", {"Idempotency-Replayed"}}},
              .mutation = true},
             remove);
}

}  // namespace medialith::api
