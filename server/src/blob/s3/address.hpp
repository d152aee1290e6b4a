// Where a bucket's objects are: endpoint, path or virtual-host style, prefix.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "blob/s3/sigv4.hpp"

namespace medialith::blob::s3 {

enum class Style : std::uint8_t { path, virtual_host };

struct AddressSettings {
  std::string endpoint = {};  ///< URL of the service; empty: AWS's own of the region
  std::string region;
  std::string bucket;
  std::string prefix = {};          ///< of every key: letters, digits and `-._/`
  std::optional<Style> style = {};  ///< unset: path style whenever `endpoint` is set and not AWS's
};

/// Immutable, so thread-safe.
class Address {
 public:
  /// Errors: validation_failed for an endpoint that is no http or https URL, a bucket or a prefix that is no name.
  static Result<Address> make(const AddressSettings& settings);

  const std::string& host() const { return host_; }
  const std::string& bucket() const { return bucket_; }
  Style style() const { return style_; }
  /// `scheme://host`, as browsers name what they are connected to.
  std::string origin() const { return scheme_ + "://" + host_; }
  /// The name in the bucket of what is `key` to the store.
  std::string object(std::string_view key) const { return prefix_ + std::string(key); }
  /// The key again; nullopt for names outside the prefix.
  std::optional<std::string> key_of(std::string_view object) const;

  /// Percent-encoded path of an object's URL; an empty name is the bucket itself.
  std::string path(std::string_view object) const;
  /// `path` and an encoded query made absolute.
  std::string url(std::string_view path, std::string_view query) const;
  /// For the x-amz-copy-source header: `bucket/object`, encoded.
  std::string copy_source(std::string_view object) const;

 private:
  Address() = default;
  std::string scheme_;
  std::string host_;  // with the bucket in front in virtual-host style
  std::string base_path_;
  std::string bucket_;
  std::string prefix_;
  Style style_ = Style::path;
};

/// True for the host names under which AWS offers S3.
bool is_aws_host(std::string_view host);

}  // namespace medialith::blob::s3
