// Where a libSQL server is, as the URLs of Turso and sqld say it.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/secret.hpp"

namespace medialith::db {

struct LibsqlEndpoint {
  std::string url;    ///< http or https, without a slash at its end
  Secret auth_token;  ///< may be empty
  bool operator==(const LibsqlEndpoint& other) const {
    return url == other.url && auth_token.reveal() == other.auth_token.reveal();
  }
};

/// Whether it is for this engine: `libsql://`, `http://` or `https://`.
bool is_libsql_url(std::string_view url);

/// `libsql://HOST[:PORT][/PATH][?tls=0|1][&authToken=…]`, where tls=0 is plain HTTP, or the same with `http://` or
/// `https://`. A token in the URL stands above `auth_token`.
/// Errors: invalid_request, with a sentence for the operator that does not repeat the URL.
Result<LibsqlEndpoint> parse_libsql_url(std::string_view url, Secret auth_token);

}  // namespace medialith::db
