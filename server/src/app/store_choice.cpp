#include "app/store_choice.hpp"

#include <array>
#include <span>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "app/data_folder.hpp"
#include "blob/s3/address.hpp"

namespace medialith::app {
namespace {

using Names = std::span<const std::string_view>;

/// The variables of one provider, those that count first in front.
struct Family {
  std::array<std::string_view, 3> bucket;
  std::array<std::string_view, 3> access_key;
  std::array<std::string_view, 3> secret_key;
  std::array<std::string_view, 2> endpoint;
};
constexpr Family kS3 = {{"S3_BUCKET", "S3_BUCKET_NAME"},
                        {"S3_ACCESS_KEY", "S3_ACCESS_KEY_ID"},
                        {"S3_SECRET_KEY", "S3_SECRET_ACCESS_KEY"},
                        {"S3_ENDPOINT"}};
constexpr Family kR2 = {{"R2_BUCKET_NAME", "S3_BUCKET", "S3_BUCKET_NAME"},
                        {"R2_ACCESS_KEY_ID", "S3_ACCESS_KEY", "S3_ACCESS_KEY_ID"},
                        {"R2_SECRET_ACCESS_KEY", "S3_SECRET_KEY", "S3_SECRET_ACCESS_KEY"},
                        {"R2_ENDPOINT", "S3_ENDPOINT"}};

/// Where containers on ECS find their role's keys.
constexpr std::string_view kContainerHost = "http://169.254.170.2";

/// The first of `names` that is set; empty when none is.
std::string_view first_set(const Config& config, Names names) {
  for (const std::string_view name : names) {
    if (!name.empty() && config.has(name)) return name;
  }
  return {};
}

std::string text_or_empty(const Config& config, std::string_view name) {
  return name.empty() ? std::string() : config.text(name);
}

std::unexpected<Error> missing(std::string_view storage, std::string_view what, std::string_view names) {
  return fail(ErrorCode::precondition_failed,
              fmt::format("ASSET_STORAGE is {}, and {} is not known: set {}.", storage, what, names));
}

Result<std::string> endpoint_of(const Config& config, std::string_view storage, const Family& family) {
  std::string endpoint = text_or_empty(config, first_set(config, family.endpoint));
  if (!endpoint.empty() || storage == "s3") return endpoint;
  if (storage == "r2") {
    if (!config.has("R2_ACCOUNT_ID")) return missing(storage, "the endpoint", "R2_ACCOUNT_ID or R2_ENDPOINT");
    return fmt::format("https://{}.r2.cloudflarestorage.com", config.text("R2_ACCOUNT_ID"));
  }
  if (!config.has("SUPABASE_URL")) return missing(storage, "the endpoint", "SUPABASE_URL or S3_ENDPOINT");
  std::string project = config.text("SUPABASE_URL");
  while (project.ends_with('/')) project.pop_back();
  return project + "/storage/v1/s3";
}

std::string_view host_of(std::string_view endpoint) {
  const std::size_t scheme = endpoint.find("://");
  if (scheme != std::string_view::npos) endpoint.remove_prefix(scheme + 3);
  return endpoint.substr(0, endpoint.find('/'));
}

/// `auto`, where that means something: the region of the endpoint's name, of AWS's own variables, or what R2 calls it;
/// others want AWS's first region and do not care.
std::string region_of(const Config& config, std::string_view endpoint) {
  if (const std::string region = config.text("S3_REGION"); region != "auto") return region;
  const std::string_view host = host_of(endpoint);
  if (host.ends_with(".r2.cloudflarestorage.com")) return "auto";
  if (host.starts_with("s3.") && blob::s3::is_aws_host(host)) {
    const std::string_view region = host.substr(3, host.find('.', 3) - 3);
    if (region != "amazonaws") return std::string(region);
  }
  constexpr std::array<std::string_view, 2> kAws = {"AWS_REGION", "AWS_DEFAULT_REGION"};
  const std::string_view set = first_set(config, kAws);
  return set.empty() || !endpoint.empty() ? "us-east-1" : config.text(set);
}

/// Keys by these names, or nullopt when there are none. Error: only one of the two is set.
Result<std::optional<blob::s3::Credentials>> keys_by(const Config& config, Names access, Names secret,
                                                     std::string_view token, std::string& told) {
  const std::string_view id = first_set(config, access);
  const std::string_view key = first_set(config, secret);
  if (id.empty() && key.empty()) return std::nullopt;
  if (id.empty() || key.empty()) {
    return fail(ErrorCode::precondition_failed, fmt::format("{} is set, {} is not: a key has both.",
                                                            id.empty() ? key : id, id.empty() ? access[0] : secret[0]));
  }
  told = id;
  return blob::s3::Credentials{
      .access_key = config.text(id), .secret_key = config.secret(key), .session_token = config.secret(token)};
}

blob::s3::RoleSettings role_of(const Config& config) {
  blob::s3::RoleSettings role{.role_arn = config.text("AWS_ROLE_ARN"),
                              .web_identity_file = config.text("AWS_WEB_IDENTITY_TOKEN_FILE"),
                              .sts_endpoint = config.text("AWS_ENDPOINT_URL_STS"),
                              .container_uri = config.text("AWS_CONTAINER_CREDENTIALS_FULL_URI"),
                              .container_token = config.secret("AWS_CONTAINER_AUTHORIZATION_TOKEN"),
                              .container_token_file = config.text("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"),
                              .instance_endpoint = config.text("AWS_EC2_METADATA_SERVICE_ENDPOINT")};
  if (const std::string path = config.text("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"); !path.empty()) {
    role.container_uri = std::string(kContainerHost) + path;
  }
  return role;
}

Result<void> choose_keys(const Config& config, std::string_view storage, const Family& family, StoreChoice& choice) {
  TRY_ASSIGN(choice.s3.keys, keys_by(config, family.access_key, family.secret_key, "S3_SESSION_TOKEN", choice.keys));
  if (choice.s3.keys) return {};
  constexpr std::array<std::string_view, 1> kId = {"AWS_ACCESS_KEY_ID"};
  constexpr std::array<std::string_view, 1> kKey = {"AWS_SECRET_ACCESS_KEY"};
  if (storage == "s3") {
    TRY_ASSIGN(choice.s3.keys, keys_by(config, kId, kKey, "AWS_SESSION_TOKEN", choice.keys));
    if (choice.s3.keys) return {};
  }
  choice.s3.role = role_of(config);
  const std::string& endpoint = choice.s3.address.endpoint;
  if (!choice.s3.role.web_identity_file.empty()) {
    choice.keys = "the role of AWS_WEB_IDENTITY_TOKEN_FILE";
  } else if (!choice.s3.role.container_uri.empty()) {
    choice.keys = "the container's role";
  } else if (endpoint.empty() || blob::s3::is_aws_host(host_of(endpoint))) {
    choice.keys = "the instance's role";
  } else {
    return missing(storage, "the key", fmt::format("{} and {}", family.access_key[0], family.secret_key[0]));
  }
  return {};
}

}  // namespace

Result<StoreChoice> choose_store(const Config& config) {
  const std::string storage = config.text("ASSET_STORAGE");
  StoreChoice choice;
  if (storage == "local") {
    choice.name = DataFolder::blobs_of(config.text("MEDIALITH_DATA"));
    for (const std::string_view name : kR2.bucket) {
      if (config.has(name)) choice.losers.emplace_back(name);
    }
    return choice;
  }
  const Family& family = storage == "r2" ? kR2 : kS3;
  const std::string bucket = text_or_empty(config, first_set(config, family.bucket));
  if (bucket.empty()) return missing(storage, "the bucket", family.bucket[0]);
  choice.kind = StoreKind::s3;
  blob::s3::AddressSettings& address = choice.s3.address;
  TRY_ASSIGN(address.endpoint, endpoint_of(config, storage, family));
  address.region = region_of(config, address.endpoint);
  address.bucket = bucket;
  address.prefix = config.text("S3_PREFIX");
  if (config.has("S3_FORCE_PATH_STYLE")) {
    address.style = config.boolean("S3_FORCE_PATH_STYLE") ? blob::s3::Style::path : blob::s3::Style::virtual_host;
  }
  choice.s3.create_bucket = config.boolean("S3_CREATE_BUCKET");
  TRY(choose_keys(config, storage, family, choice));
  TRY_ASSIGN(const auto parsed, blob::s3::Address::make(address));
  choice.name = fmt::format("{} at {}", bucket, parsed.origin());
  if (!address.prefix.empty()) choice.name += ", under " + address.prefix;
  return choice;
}

}  // namespace medialith::app
