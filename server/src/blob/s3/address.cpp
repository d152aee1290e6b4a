#include "blob/s3/address.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace medialith::blob::s3 {
namespace {

constexpr std::size_t kMaxPrefix = 512;  // S3 allows 1024 bytes for prefix and key together; our keys have up to 255

bool is_word(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

/// What buckets may be called where they are oldest and least strict; the provider says more exactly.
bool is_bucket(std::string_view name) {
  return name.size() >= 3 && name.size() <= 63 &&
         std::ranges::all_of(name, [](char c) { return is_word(c) || c == '-' || c == '.' || c == '_'; });
}

bool is_prefix(std::string_view prefix) {
  return prefix.size() <= kMaxPrefix && !prefix.starts_with('/') && !prefix.contains("//") &&
         std::ranges::all_of(prefix, [](char c) { return is_word(c) || std::string_view("-._/").contains(c); });
}

/// In a host name a bucket must be one label (certificates have one `*`), and in lower case.
bool is_label(std::string_view bucket) {
  return std::ranges::all_of(bucket,
                             [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
}

struct Parsed {
  std::string scheme;
  std::string host;
  std::string path;
};

Result<Parsed> parse_endpoint(std::string_view url) {
  const auto refuse = [url] {
    return fail(ErrorCode::validation_failed,
                fmt::format("`{}` is no address of a store: it must look like https://host or http://host:9000.", url));
  };
  const std::size_t scheme = url.find("://");
  if (scheme == std::string_view::npos) return refuse();
  Parsed parsed{.scheme = std::string(url.substr(0, scheme)), .host = {}, .path = {}};
  if (parsed.scheme != "http" && parsed.scheme != "https") return refuse();
  std::string_view rest = url.substr(scheme + 3);
  const std::size_t slash = std::min(rest.find('/'), rest.size());
  parsed.host = rest.substr(0, slash);
  rest.remove_prefix(slash);
  while (rest.ends_with('/')) rest.remove_suffix(1);
  parsed.path = rest;
  const auto odd = [](char c) { return c <= ' ' || c > '~' || std::string_view("@?#%\\\"<>").contains(c); };
  if (parsed.host.empty() || std::ranges::any_of(url, odd)) return refuse();
  // The signature is over the host as clients send it: without the scheme's own port.
  const std::string_view own_port = parsed.scheme == "https" ? ":443" : ":80";
  if (parsed.host.ends_with(own_port)) parsed.host.resize(parsed.host.size() - own_port.size());
  return parsed;
}

}  // namespace

bool is_aws_host(std::string_view host) {
  host = host.substr(0, host.find(':'));
  return host.ends_with(".amazonaws.com") || host.ends_with(".amazonaws.com.cn");
}

Result<Address> Address::make(const AddressSettings& settings) {
  if (!is_bucket(settings.bucket)) {
    return fail(ErrorCode::validation_failed, fmt::format("`{}` is no name of a bucket.", settings.bucket));
  }
  if (!is_prefix(settings.prefix)) {
    return fail(ErrorCode::validation_failed,
                fmt::format("`{}` is no prefix: letters, digits and -._/ may stand in it, no slash in front and no two"
                            " together.",
                            settings.prefix));
  }
  const bool china = settings.region.starts_with("cn-");
  const std::string own = fmt::format("https://s3.{}.amazonaws.com{}", settings.region, china ? ".cn" : "");
  TRY_ASSIGN(Parsed parsed, parse_endpoint(settings.endpoint.empty() ? own : settings.endpoint));
  Address address;
  address.style_ = settings.style.value_or(is_aws_host(parsed.host) && is_label(settings.bucket) ? Style::virtual_host
                                                                                                 : Style::path);
  address.scheme_ = std::move(parsed.scheme);
  address.base_path_ = std::move(parsed.path);
  address.bucket_ = settings.bucket;
  address.prefix_ = settings.prefix;
  if (!address.prefix_.empty() && !address.prefix_.ends_with('/')) address.prefix_ += '/';
  address.host_ = address.style_ == Style::virtual_host ? settings.bucket + "." + parsed.host : std::move(parsed.host);
  return address;
}

std::optional<std::string> Address::key_of(std::string_view object) const {
  if (!object.starts_with(prefix_)) return std::nullopt;
  return std::string(object.substr(prefix_.size()));
}

std::string Address::path(std::string_view object) const {
  std::string path = base_path_;
  if (style_ == Style::path) path += "/" + encode(bucket_);
  if (!object.empty() || path.empty()) path += "/" + encode_path(object);
  return path;
}

std::string Address::url(std::string_view path, std::string_view query) const {
  return fmt::format("{}://{}{}{}{}", scheme_, host_, path, query.empty() ? "" : "?", query);
}

std::string Address::copy_source(std::string_view object) const {
  return fmt::format("{}/{}", encode(bucket_), encode_path(object));
}

}  // namespace medialith::blob::s3
