#include "web/signed_url.hpp"

#include <charconv>
#include <optional>

#include <fmt/format.h>

#include "base/bytes.hpp"

namespace medialith::web {
namespace {

/// Takes `name=<digits>` off the front of the query, with a following `&`.
std::optional<std::int64_t> take_number(std::string_view& query, std::string_view name) {
  if (!query.starts_with(name)) return std::nullopt;
  query.remove_prefix(name.size());
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(query.data(), query.data() + query.size(), value);
  if (error != std::errc() || value < 0) return std::nullopt;
  query.remove_prefix(static_cast<std::size_t>(end - query.data()));
  if (query.starts_with('&')) query.remove_prefix(1);
  return value;
}

}  // namespace

std::string UrlSigner::query_of(std::string_view asset_id, const SignedClaims& claims) const {
  std::string query =
      fmt::format("exp={}&epoch={}{}", claims.expires_s, claims.epoch, claims.download ? "&download=1" : "");
  const std::string message = fmt::format("7:content3:GET{}:{}{}:{}", asset_id.size(), asset_id, query.size(), query);
  const Digest mac = hmac_sha256(key_, bytes_of(message));
  query += "&sig=";
  query += to_base64url(mac);
  return query;
}

std::string UrlSigner::sign(std::string_view asset_id, const SignedClaims& claims) const {
  return query_of(asset_id, claims);
}

Result<SignedClaims> UrlSigner::verify(std::string_view asset_id, std::string_view raw_query, Time now) const {
  const auto refused = [] {
    return fail(ErrorCode::invalid_signature, "This link is not valid or has expired. Ask for a new one.");
  };
  SignedClaims claims;
  std::string_view rest = raw_query;
  const auto expires = take_number(rest, "exp=");
  const auto epoch = expires ? take_number(rest, "epoch=") : std::nullopt;
  if (!epoch) return refused();
  claims = {.expires_s = *expires, .epoch = *epoch, .download = rest.starts_with("download=1&")};
  // The one spelling these claims have is made again and compared whole.
  if (!equal_in_constant_time(bytes_of(query_of(asset_id, claims)), bytes_of(raw_query))) return refused();
  const std::int64_t now_s = now.ms / 1000;
  if (claims.expires_s <= now_s) return refused();
  return claims;
}

std::int64_t default_expiry_s(Time now) {
  constexpr std::int64_t grid_s = std::chrono::seconds(kUrlGrid).count();
  return now.ms / 1000 / grid_s * grid_s + std::chrono::seconds(kUrlLife).count();
}

}  // namespace medialith::web
