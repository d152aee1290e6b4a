#include "db/libsql/endpoint.hpp"

#include <utility>

namespace medialith::db {
namespace {

struct Parts {
  std::string_view scheme;
  std::string_view place;  // host, port and path
  std::string_view query;
};

Parts parts_of(std::string_view url) {
  const std::size_t colon = url.find("://");
  if (colon == std::string_view::npos) return {};
  const std::string_view rest = url.substr(colon + 3);
  const std::size_t mark = rest.find('?');
  if (mark == std::string_view::npos) return {.scheme = url.substr(0, colon), .place = rest, .query = {}};
  return {.scheme = url.substr(0, colon), .place = rest.substr(0, mark), .query = rest.substr(mark + 1)};
}

std::unexpected<Error> unusable(std::string message) { return fail(ErrorCode::invalid_request, std::move(message)); }

struct Settings {
  bool tls;
  Secret auth_token;
};

Result<void> read_query(std::string_view query, bool may_choose_tls, Settings& settings) {
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(pair.size() + 1, query.size()));
    const std::size_t equals = std::min(pair.find('='), pair.size());
    const std::string_view name = pair.substr(0, equals);
    const std::string_view value = equals < pair.size() ? pair.substr(equals + 1) : std::string_view();
    if (name == "authToken") {
      settings.auth_token = Secret(value);
    } else if (name == "tls" && may_choose_tls && (value == "0" || value == "1")) {
      settings.tls = value == "1";
    } else {
      return unusable("The database's URL has a parameter that is not known: \"" + std::string(name) + "\".");
    }
  }
  return {};
}

}  // namespace

bool is_libsql_url(std::string_view url) {
  const std::string_view scheme = parts_of(url).scheme;
  return scheme == "libsql" || scheme == "http" || scheme == "https";
}

Result<LibsqlEndpoint> parse_libsql_url(std::string_view url, Secret auth_token) {
  if (!is_libsql_url(url)) return unusable("The database's URL begins with libsql://, https:// or http://.");
  Parts parts = parts_of(url);
  Settings settings{.tls = parts.scheme != "http", .auth_token = std::move(auth_token)};
  TRY(read_query(parts.query, parts.scheme == "libsql", settings));
  while (parts.place.ends_with('/')) parts.place.remove_suffix(1);
  const std::string_view authority = parts.place.substr(0, parts.place.find('/'));
  if (authority.empty()) return unusable("The database's URL names no host.");
  if (authority.contains('@')) return unusable("The database's URL has a user; a token is what this server takes.");
  if (parts.place.find_first_of("# \t\r\n") != std::string_view::npos) {
    return unusable("The database's URL has characters that do not belong there.");
  }
  return LibsqlEndpoint{.url = (settings.tls ? "https://" : "http://") + std::string(parts.place),
                        .auth_token = std::move(settings.auth_token)};
}

}  // namespace medialith::db
