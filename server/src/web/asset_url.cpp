#include "web/asset_url.hpp"

#include <fmt/format.h>

namespace medialith::web {
namespace {

std::string path_of(const Settings& settings, std::string_view asset_id) {
  return fmt::format("{}/v1/assets/{}/content", settings.public_url.empty() ? settings.base_path : settings.public_url,
                     asset_id);
}

}  // namespace

std::string content_url(const UrlMode& mode, std::string_view asset_id, std::int64_t url_epoch) {
  if (!mode.expires_s) return path_of(mode.services.settings, asset_id);
  return signed_content_url(mode.services, asset_id, {.expires_s = *mode.expires_s, .epoch = url_epoch});
}

std::string signed_content_url(const Services& services, std::string_view asset_id, const SignedClaims& claims) {
  return fmt::format("{}?{}", path_of(services.settings, asset_id), services.urls.sign(asset_id, claims));
}

}  // namespace medialith::web
