// Who asks: a bearer key, a login cookie, or the local owner of profile `single`, on this machine or by access token.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/secret.hpp"
#include "domain/principal.hpp"
#include "http/message.hpp"
#include "web/services.hpp"

namespace medialith::web {

/// The principal of the request; nullopt for an anonymous one. Errors: unauthenticated when a key or cookie was sent
/// and is not valid (a wrong key never falls back to a cookie).
Task<Result<std::optional<domain::Principal>>> authenticate(Services& services, const http::Request& request);

/// Who the same credential was found to be a moment ago (kPrincipalKnown), without asking the database; nullopt when
/// that is not known. It may have been revoked since: only for what asks again before it is answered.
std::optional<domain::Principal> recognise(const Services& services, const http::Request& request);

/// Whether this is the access token of profile `single`, compared in constant time. False where there is none.
bool is_access_token(const Settings& settings, std::string_view token);

/// "single" or "accounts".
std::string_view profile_name(Profile profile);
/// A JSON object that tells a client how to become somebody here: what `details` of a 401 holds.
std::string sign_in_details(const Settings& settings);

/// The login cookie's name: `__Host-medialith` over https, `medialith` else.
std::string_view login_cookie_name(const Settings& settings);
/// Set-Cookie for a login, and the one that ends it.
std::string login_cookie(const Settings& settings, const Secret& token);
std::string expired_login_cookie(const Settings& settings);
/// SHA-256 of a token, 32 bytes: what is stored.
std::string token_hash(std::string_view token);

/// `mlk_<id>_<secret>`.
struct BearerKey {
  std::string id;
  std::string secret;
};
std::string format_key(const BearerKey& key);
std::optional<BearerKey> parse_key(std::string_view text);

}  // namespace medialith::web
