#include "api/me.hpp"

#include <utility>

#include "api/scopes.hpp"
#include "web/authenticate.hpp"
#include "web/members.hpp"

namespace medialith::api {
namespace {

Task<Result<http::Response>> me(web::Context& context) {
  auto look = [&](db::Connection& connection) { return domain::find_user(connection, context.who().user); };
  CO_TRY_ASSIGN(const auto user, co_await context.services.database.read(look));
  if (!user) co_return fail(ErrorCode::unauthenticated, "This account is gone.");
  co_return web::json_response(200, user_json(context.services.settings, *user, context.who().scopes));
}

}  // namespace

std::string user_json(const web::Settings& settings, const domain::User& user, domain::Scopes scopes) {
  std::string text;
  json::Writer out(text);
  out.begin_object();
  out.key("id").string(user.id);
  out.key("kind").string(kind_name(user.kind));
  web::text_or_null(out, "email", user.email);
  web::text_or_null(out, "name", user.name);
  out.key("admin").boolean(user.admin);
  out.key("profile").string(web::profile_name(settings.profile));
  out.key("scopes");
  write_scopes(out, scopes);
  out.key("createdAt").time(user.created_at);
  out.end_object();
  return text;
}

void add_me_routes(web::Routes& routes) {
  routes.add({.method = http::Method::get,
              .pattern = "/v1/me",
              .operation = "getMe",
              .summary = "Who is asking. The details of a 401 tell how to sign in.",
              .tag = "accounts",
              .responses = {{200, "The user.", "User"}}},
             me);
}

}  // namespace medialith::api
