// The URLs of an asset's bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "web/services.hpp"
#include "web/signed_url.hpp"

namespace medialith::web {

/// How the URLs of assets are made.
struct UrlMode {
  const Services& services;
  std::optional<std::int64_t> expires_s;  ///< set: signed until then; else paths that need a login or key
};
/// The URL of an asset's bytes: signed or not, absolute when the public URL is known.
std::string content_url(const UrlMode& mode, std::string_view asset_id, std::int64_t url_epoch);

/// A link that carries these claims.
std::string signed_content_url(const Services& services, std::string_view asset_id, const SignedClaims& claims);

}  // namespace medialith::web
