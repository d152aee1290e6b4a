// AWS Signature Version 4 as S3 wants it (docs.aws.amazon.com, "Authenticating Requests"): in an Authorization header,
// or in the query of a URL that somebody else will use.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/secret.hpp"
#include "http_client/client.hpp"

namespace medialith::blob::s3 {

using http_client::Header;
/// Name and value, not encoded.
using Parameter = std::pair<std::string, std::string>;

/// What stands for the hash of a body that is not part of the signature.
inline constexpr std::string_view kUnsignedPayload = "UNSIGNED-PAYLOAD";
/// How long a URL may be valid at most (S3's limit).
inline constexpr std::chrono::seconds kLongestPresign = std::chrono::hours(24 * 7);

struct Credentials {
  std::string access_key;
  Secret secret_key;
  Secret session_token = {};            ///< empty for keys that do not expire
  std::optional<Time> expires_at = {};  ///< of a role's keys
};

/// What a signature is good for besides its day.
struct Scope {
  std::string region;
  std::string service = "s3";
};

/// A request before it is signed. Views live as long as the call.
struct Signable {
  std::string_view method;
  std::string_view host;  ///< with the port where it is not the scheme's own
  std::string_view path;  ///< percent-encoded, as it is sent
  std::vector<Parameter> query = {};
  std::vector<Header> headers = {};  ///< names in lower case; every one is signed
  std::string_view payload;          ///< SHA-256 of the body in hex, or kUnsignedPayload
};

/// RFC 3986: everything but unreserved characters as %XX.
std::string encode(std::string_view text);
/// The same, but `/` stays.
std::string encode_path(std::string_view path);
/// `a=1&b=2`, encoded, in the order that signatures demand.
std::string encode_query(std::vector<Parameter> query);

/// The headers that go with the request besides its own: `x-amz-date`, `x-amz-security-token` where there is one, and
/// `authorization`.
std::vector<Header> sign(const Signable& request, const Credentials& credentials, const Scope& scope, Time now);

/// The query of a URL that lets its holder make this request, with these very headers, until `valid` has passed.
std::string presign(const Signable& request, const Credentials& credentials, const Scope& scope, Time now,
                    std::chrono::seconds valid);

}  // namespace medialith::blob::s3
