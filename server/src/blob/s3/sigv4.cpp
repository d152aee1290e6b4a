#include "blob/s3/sigv4.hpp"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "base/bytes.hpp"
#include "base/hash.hpp"

namespace medialith::blob::s3 {
namespace {

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";

bool is_unreserved(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

std::string encode_all_but(std::string_view text, std::string_view kept) {
  std::string out;
  for (const char c : text) {
    if (is_unreserved(c) || kept.contains(c)) {
      out += c;
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

/// `20130524T000000Z`.
std::string timestamp(Time now) {
  std::string text;
  for (const char c : to_iso8601({now.ms - now.ms % 1000})) {
    if (c == '.') break;
    if (c != '-' && c != ':') text += c;
  }
  return text + 'Z';
}

/// Trimmed, and runs of spaces made one.
std::string canonical_value(std::string_view value) {
  std::string out;
  for (const char c : value) {
    const char kept = c == '\t' ? ' ' : c;
    if (kept == ' ' && (out.empty() || out.back() == ' ')) continue;
    out += kept;
  }
  if (out.ends_with(' ')) out.pop_back();
  return out;
}

/// Sorted by name; the values of one name in their order.
using CanonicalHeaders = std::map<std::string, std::string, std::less<>>;

CanonicalHeaders canonical_headers(const Signable& request, const std::vector<Header>& more) {
  CanonicalHeaders result;
  result.emplace("host", request.host);
  const auto add = [&result](const Header& header) {
    const auto [place, is_new] = result.try_emplace(header.name, canonical_value(header.value));
    if (!is_new) place->second += "," + canonical_value(header.value);
  };
  for (const Header& header : request.headers) add(header);
  for (const Header& header : more) add(header);
  return result;
}

std::string names_of(const CanonicalHeaders& headers) {
  std::string names;
  for (const auto& [name, value] : headers) {
    if (!names.empty()) names += ';';
    names += name;
  }
  return names;
}

/// One signature's moment and reach.
struct Stamp {
  std::string time;   ///< 20130524T000000Z
  std::string scope;  ///< 20130524/us-east-1/s3/aws4_request
};

Stamp stamp_of(const Scope& scope, Time now) {
  std::string time = timestamp(now);
  std::string reach = fmt::format("{}/{}/{}/aws4_request", time.substr(0, 8), scope.region, scope.service);
  return {std::move(time), std::move(reach)};
}

Digest signing_key(const Secret& secret, const Scope& scope, std::string_view day) {
  const Secret first("AWS4" + std::string(secret.reveal()));
  Digest key = hmac_sha256(bytes_of(first.reveal()), bytes_of(day));
  for (const std::string_view part :
       {std::string_view(scope.region), std::string_view(scope.service), std::string_view("aws4_request")}) {
    key = hmac_sha256(key, bytes_of(part));
  }
  return key;
}

std::string signature(const Signable& request, const std::string& query, const CanonicalHeaders& headers,
                      const Stamp& stamp, const Digest& key) {
  std::string canonical = fmt::format("{}\n{}\n{}\n", request.method, request.path, query);
  for (const auto& [name, value] : headers) canonical += fmt::format("{}:{}\n", name, value);
  canonical += fmt::format("\n{}\n{}", names_of(headers), request.payload);
  const std::string to_sign =
      fmt::format("{}\n{}\n{}\n{}", kAlgorithm, stamp.time, stamp.scope, to_hex(sha256(canonical)));
  return to_hex(hmac_sha256(key, bytes_of(to_sign)));
}

}  // namespace

std::string encode(std::string_view text) { return encode_all_but(text, ""); }
std::string encode_path(std::string_view path) { return encode_all_but(path, "/"); }

std::string encode_query(std::vector<Parameter> query) {
  for (auto& [name, value] : query) {
    name = encode(name);
    value = encode(value);
  }
  std::ranges::sort(query);
  std::string text;
  for (const auto& [name, value] : query) {
    if (!text.empty()) text += '&';
    text += name + '=' + value;
  }
  return text;
}

std::vector<Header> sign(const Signable& request, const Credentials& credentials, const Scope& scope, Time now) {
  const Stamp stamp = stamp_of(scope, now);
  std::vector<Header> added = {{"x-amz-date", stamp.time}};
  if (!credentials.session_token.empty()) {
    added.push_back({"x-amz-security-token", std::string(credentials.session_token.reveal())});
  }
  const CanonicalHeaders headers = canonical_headers(request, added);
  const Digest key = signing_key(credentials.secret_key, scope, stamp.time.substr(0, 8));
  added.push_back({"authorization", fmt::format("{} Credential={}/{}, SignedHeaders={}, Signature={}", kAlgorithm,
                                                credentials.access_key, stamp.scope, names_of(headers),
                                                signature(request, encode_query(request.query), headers, stamp, key))});
  return added;
}

std::string presign(const Signable& request, const Credentials& credentials, const Scope& scope, Time now,
                    std::chrono::seconds valid) {
  const Stamp stamp = stamp_of(scope, now);
  const CanonicalHeaders headers = canonical_headers(request, {});
  std::vector<Parameter> query = request.query;
  query.emplace_back("X-Amz-Algorithm", kAlgorithm);
  query.emplace_back("X-Amz-Credential", credentials.access_key + "/" + stamp.scope);
  query.emplace_back("X-Amz-Date", stamp.time);
  query.emplace_back("X-Amz-Expires", fmt::format("{}", std::min(valid, kLongestPresign).count()));
  query.emplace_back("X-Amz-SignedHeaders", names_of(headers));
  if (!credentials.session_token.empty()) {
    query.emplace_back("X-Amz-Security-Token", credentials.session_token.reveal());
  }
  std::string text = encode_query(std::move(query));
  const Digest key = signing_key(credentials.secret_key, scope, stamp.time.substr(0, 8));
  const std::string signed_by = signature(request, text, headers, stamp, key);
  return text + "&X-Amz-Signature=" + signed_by;
}

}  // namespace medialith::blob::s3
