#include "web/authenticate.hpp"

#include <fmt/format.h>

#include "base/bytes.hpp"
#include "base/hash.hpp"
#include "base/json.hpp"
#include "domain/accounts.hpp"
#include "http/text.hpp"

namespace medialith::web {
namespace {

using MaybePrincipal = Result<std::optional<domain::Principal>>;

constexpr std::string_view kKeyPrefix = "mlk_";
constexpr std::string_view kBearer = "bearer ";  // in any case

std::unexpected<Error> refused(std::string message) { return fail(ErrorCode::unauthenticated, std::move(message)); }

/// When a key or login was last used is worth a line in the log, not a failed request: reads work on a full disk too.
Task<void> note_use(Services& services, db::Database::WriteFn touch) {
  const Result<void> done = co_await services.database.run_write(256, std::move(touch));
  if (!done) services.log.error("last_use_not_kept", done.error());
}

/// A bearer token and a cookie of the same text are not the same credential.
std::string bearer_hash(std::string_view token) { return token_hash(fmt::format("bearer {}", token)); }

Task<MaybePrincipal> by_key(Services& services, std::string text) {
  const auto key = parse_key(text);
  if (!key) co_return refused("This bearer token is not a key of this server.");
  const Time now = services.clock.now();
  auto look = [&](db::Connection& connection) { return domain::find_key(connection, key->id, now); };
  CO_TRY_ASSIGN(auto found, co_await services.database.read(look));
  const std::string hash = token_hash(key->secret);
  // Compared even when the id is unknown, so that both take the same time.
  const std::string stored = found ? found->secret_hash : std::string(hash.size(), '\0');
  if (!equal_in_constant_time(bytes_of(stored), bytes_of(hash)) || !found) {
    services.known.forget(bearer_hash(text));
    co_return refused("This key is not valid, has expired or was deleted.");
  }
  services.known.keep(bearer_hash(text), found->principal);
  if (found->touch_due) {
    auto touch = [&](db::Transaction& tx) -> Result<void> {
      domain::touch_key(tx, found->principal.key_rid, now);
      return {};
    };
    co_await note_use(services, touch);
  }
  co_return std::optional(std::move(found->principal));
}

Task<MaybePrincipal> by_login(Services& services, std::string token) {
  const std::string hash = token_hash(token);
  const Time now = services.clock.now();
  auto look = [&](db::Connection& connection) { return domain::find_login(connection, hash, now); };
  CO_TRY_ASSIGN(auto found, co_await services.database.read(look));
  if (!found) {
    services.known.forget(hash);
    co_return std::nullopt;  // an expired cookie is an anonymous request
  }
  services.known.keep(hash, found->principal);
  if (found->touch_due) {
    auto touch = [&](db::Transaction& tx) -> Result<void> {
      domain::touch_login(tx, hash, now);
      return {};
    };
    co_await note_use(services, touch);
  }
  co_return std::optional(std::move(found->principal));
}

bool is_bearer(std::string_view value) { return http::iequals(value.substr(0, kBearer.size()), kBearer); }

/// Of a value that is_bearer().
std::string_view bearer_token(std::string_view value) { return value.substr(kBearer.size()); }

}  // namespace

Task<MaybePrincipal> authenticate(Services& services, const http::Request& request) {
  if (const auto authorization = request.headers.find("Authorization")) {
    if (!is_bearer(*authorization)) co_return refused("Authorization must be `Bearer` with a key.");
    const std::string_view token = bearer_token(*authorization);
    if (services.local && is_access_token(services.settings, token)) co_return services.local;
    co_return co_await by_key(services, std::string(token));
  }
  if (const auto cookie = request.cookie(login_cookie_name(services.settings))) {
    auto principal = co_await by_login(services, std::string(*cookie));
    if (!principal || *principal) co_return principal;
  }
  if (services.settings.local_without_login && services.local) co_return services.local;
  co_return std::nullopt;
}

std::optional<domain::Principal> recognise(const Services& services, const http::Request& request) {
  if (const auto authorization = request.headers.find("Authorization")) {
    if (!is_bearer(*authorization)) return std::nullopt;
    return services.known.find(bearer_hash(bearer_token(*authorization)));
  }
  const auto cookie = request.cookie(login_cookie_name(services.settings));
  return cookie ? services.known.find(token_hash(*cookie)) : std::nullopt;
}

bool is_access_token(const Settings& settings, std::string_view token) {
  if (settings.access_token_hash.empty()) return false;
  return equal_in_constant_time(bytes_of(settings.access_token_hash), bytes_of(token_hash(token)));
}

std::string_view profile_name(Profile profile) { return profile == Profile::single ? "single" : "accounts"; }

std::string sign_in_details(const Settings& settings) {
  std::string text;
  json::Writer out(text);
  out.begin_object();
  out.key("profile").string(profile_name(settings.profile));
  out.key("registration").boolean(settings.profile == Profile::accounts && settings.registration_open);
  out.key("login").string(settings.profile == Profile::single ? "token" : "password");
  out.end_object();
  return text;
}

std::string_view login_cookie_name(const Settings& settings) {
  return settings.secure() ? "__Host-medialith" : "medialith";
}

std::string login_cookie(const Settings& settings, const Secret& token) {
  const auto seconds = std::chrono::seconds(domain::kLoginLifetime).count();
  return fmt::format("{}={}; Path=/; HttpOnly; SameSite=Lax; Max-Age={}{}", login_cookie_name(settings), token.reveal(),
                     seconds, settings.secure() ? "; Secure" : "");
}

std::string expired_login_cookie(const Settings& settings) {
  return fmt::format("{}=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0{}", login_cookie_name(settings),
                     settings.secure() ? "; Secure" : "");
}

std::string token_hash(std::string_view token) { return std::string(text_of(sha256(token))); }

std::string format_key(const BearerKey& key) { return fmt::format("{}{}_{}", kKeyPrefix, key.id, key.secret); }

std::optional<BearerKey> parse_key(std::string_view text) {
  if (!text.starts_with(kKeyPrefix) || text.size() > 256) return std::nullopt;
  text.remove_prefix(kKeyPrefix.size());
  const std::size_t separator = text.find('_');
  if (separator == std::string_view::npos || separator == 0 || separator + 1 == text.size()) return std::nullopt;
  return BearerKey{std::string(text.substr(0, separator)), std::string(text.substr(separator + 1))};
}

}  // namespace medialith::web
