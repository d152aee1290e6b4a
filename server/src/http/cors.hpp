// Who may call from where: known hosts (DNS rebinding), cross-site requests (R-S13) and CORS (R-S14). Decisions only;
// `web` applies them.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "http/message.hpp"

namespace medialith::http {

/// What proves that a request is wanted. A browser attaches cookies (and nothing, in the profile without login) to
/// requests that any page makes; a bearer key or a signed URL only the caller itself can add.
enum class Credential : std::uint8_t { ambient, carried };

/// The origins and hosts of this installation, read from its configuration once. Immutable, thread-safe.
class Origins {
 public:
  struct Options {
    std::string_view listen;               ///< "host:port", as the server listens
    std::string_view public_url;           ///< "https://media.example.com/storage", or empty
    std::span<const std::string> allowed;  ///< "https://app.example.com", one each
  };
  /// Errors: validation_failed, in a sentence that names the value, for what is no http(s) origin: `*`, `null`, a path,
  /// user information.
  static Result<Origins> create(const Options& options);

  /// True for loopback names on any port (localhost, *.localhost, 127.0.0.0/8, [::1]), the names of the public URL, the
  /// allowed origins and the listening address; when listening on every address, for any IP address too, since a name
  /// that was rebound never looks like one. Otherwise the answer is 421 UNKNOWN_HOST.
  bool knows_host(std::string_view host) const;

  /// True for an allowed origin or the public URL's, compared whole.
  bool allows(std::string_view origin) const;

  /// Whether an unsafe request may go on: its credential is carried; Sec-Fetch-Site is same-origin or none; else its
  /// Origin is allowed or that of the host it was sent to (browsers send no Sec-Fetch-Site over plain http to a LAN
  /// address); or both fields are absent, so that no browser sent it. Called after knows_host. Error: cross_site.
  Result<void> check_cross_site(const Request& request, Credential credential) const;

  /// Adds Access-Control-Allow-Origin, -Credentials and -Expose-Headers for an allowed origin, and Vary: Origin always.
  void add_cors(const Request& request, Headers& response) const;

  /// The answer to a preflight: 204 with what the path's methods (`allowed`, from Router::match) permit.
  /// Error: origin_not_allowed.
  Result<Response> answer_preflight(const Request& request, std::span<const Method> allowed) const;

 private:
  std::vector<std::string> origins_;  // serialised as browsers do
  std::vector<std::string> hosts_;    // without ports
  bool every_address_ = false;
};

/// OPTIONS with Origin and Access-Control-Request-Method: asked by a browser before a request of another origin.
bool is_preflight(const Request& request);

/// Adds `name` to the Vary field unless it is there.
void add_vary(Headers& response, std::string_view name);

}  // namespace medialith::http
