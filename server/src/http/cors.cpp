#include "http/cors.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include <arpa/inet.h>

#include "base/text.hpp"
#include "http/text.hpp"

namespace medialith::http {
namespace {

// What a page may read of an answer besides the safelisted fields.
constexpr std::string_view kExposed =
    "ETag, Link, Location, Retry-After, X-Request-Id, RateLimit, Idempotency-Replayed, "
    "Content-Disposition, Content-Range, Accept-Ranges, Server-Timing";
constexpr std::string_view kPreflightSeconds = "7200";  // the most that Chromium keeps
constexpr std::size_t kMaxRequestedHeaders = 50;

bool is_address(std::string_view name) {
  std::array<unsigned char, 16> address{};
  if (name.starts_with('[')) {
    return inet_pton(AF_INET6, std::string(name.substr(1, name.size() - 2)).c_str(), address.data()) == 1;
  }
  return inet_pton(AF_INET, std::string(name).c_str(), address.data()) == 1;
}

bool is_name_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
}

// "name", "1.2.3.4" or "[::1]" of a Host field or an authority; empty when malformed.
std::string_view host_name(std::string_view authority) {
  const bool bracketed = authority.starts_with('[');
  const std::size_t end = bracketed ? authority.find(']') + 1 : std::min(authority.find(':'), authority.size());
  std::string_view name = authority.substr(0, end);
  const std::string_view port = authority.substr(end);
  if (!port.empty() && (port[0] != ':' || parse_integer<std::uint64_t>(port.substr(1)).value_or(65536) > 65535))
    return {};
  if (bracketed) return end != 0 && is_address(name) ? name : std::string_view();
  if (name.ends_with('.')) name.remove_suffix(1);  // the root: the same name
  return std::ranges::all_of(name, is_name_char) ? name : std::string_view();
}

// `name` is in lower case.
bool is_loopback(std::string_view name) {
  if (name == "localhost" || name.ends_with(".localhost") || name == "[::1]") return true;
  return name.starts_with("127.") && is_address(name);
}

struct Url {
  std::string origin;  // "https://media.example.com:8443": lower case, no default port
  std::string host;
  std::string_view path;
};

std::optional<Url> parse_url(std::string_view text) {
  const std::size_t colon = text.find("://");
  if (colon == std::string_view::npos) return std::nullopt;
  const std::string scheme = to_lower(text.substr(0, colon));
  if (scheme != "http" && scheme != "https") return std::nullopt;
  const std::string_view rest = text.substr(colon + 3);
  const std::size_t end = std::min(rest.find_first_of("/?#"), rest.size());
  std::string authority = to_lower(rest.substr(0, end));
  const std::string_view own_port = scheme == "http" ? ":80" : ":443";
  if (authority.ends_with(own_port)) authority.resize(authority.size() - own_port.size());
  const std::string_view host = host_name(authority);
  if (host.empty()) return std::nullopt;
  return Url{.origin = scheme + "://" + authority, .host = std::string(host), .path = rest.substr(end)};
}

}  // namespace

Result<Origins> Origins::create(const Options& options) {
  Origins origins;
  const auto refuse = [](std::string_view what, std::string_view value) {
    return fail(ErrorCode::validation_failed,
                std::string(what) + " '" + std::string(value) + "' is not an address such as https://app.example.com.");
  };
  for (const std::string& value : options.allowed) {
    auto url = parse_url(value);
    if (!url || (!url->path.empty() && url->path != "/")) return refuse("The allowed origin", value);
    origins.origins_.push_back(std::move(url->origin));
    origins.hosts_.push_back(std::move(url->host));
  }
  if (!options.public_url.empty()) {
    auto url = parse_url(options.public_url);
    if (!url || url->path.find_first_of("?#") != std::string_view::npos) {
      return refuse("The public URL", options.public_url);
    }
    origins.origins_.push_back(std::move(url->origin));
    origins.hosts_.push_back(std::move(url->host));
  }
  const std::string listen = to_lower(host_name(options.listen));
  origins.every_address_ = listen.empty() || listen == "0.0.0.0" || listen == "[::]";
  if (!origins.every_address_) origins.hosts_.push_back(listen);
  return origins;
}

bool Origins::knows_host(std::string_view host) const {
  const std::string name = to_lower(host_name(host));
  if (name.empty()) return false;
  return is_loopback(name) || std::ranges::find(hosts_, name) != hosts_.end() || (every_address_ && is_address(name));
}

bool Origins::allows(std::string_view origin) const { return std::ranges::find(origins_, origin) != origins_.end(); }

Result<void> Origins::check_cross_site(const Request& request, Credential credential) const {
  if (is_safe(request.method) || credential == Credential::carried) return {};
  const auto site = request.headers.find("sec-fetch-site");
  const auto origin = request.headers.find("origin");
  if (!site && !origin) return {};
  if (site && (*site == "same-origin" || *site == "none")) return {};
  if (origin && allows(*origin)) return {};
  const std::string own = (request.peer.secure ? "https://" : "http://") + request.host;
  if (!site && origin && *origin == own) return {};
  return fail(ErrorCode::cross_site, "This request comes from another site, which is not among the allowed origins.");
}

void Origins::add_cors(const Request& request, Headers& response) const {
  add_vary(response, "Origin");
  const auto origin = request.headers.find("origin");
  if (!origin || !allows(*origin)) return;
  response.set("Access-Control-Allow-Origin", *origin);
  response.set("Access-Control-Allow-Credentials", "true");
  response.set("Access-Control-Expose-Headers", kExposed);
}

Result<Response> Origins::answer_preflight(const Request& request, std::span<const Method> allowed) const {
  const auto origin = request.headers.find("origin");
  if (!origin || !allows(*origin)) {
    return fail(ErrorCode::origin_not_allowed, "This origin is not among the allowed origins.");
  }
  Response response;
  response.status = 204;
  for (const auto* name : {"Origin", "Access-Control-Request-Method", "Access-Control-Request-Headers"}) {
    add_vary(response.headers, name);
  }
  std::string methods;
  for (const Method method : allowed) methods.append(methods.empty() ? "" : ", ").append(method_name(method));
  // An allowed origin may send any header; `*` would not stand for all of them beside credentials.
  std::string headers;
  std::string_view rest = request.headers.find("access-control-request-headers").value_or("");
  for (std::size_t count = 0; count < kMaxRequestedHeaders; ++count) {
    const auto name = next_list_element(rest);
    if (!name) break;
    if (is_token(*name)) headers.append(headers.empty() ? "" : ", ").append(*name);
  }
  response.headers.add("Access-Control-Allow-Origin", *origin);
  response.headers.add("Access-Control-Allow-Credentials", "true");
  response.headers.add("Access-Control-Allow-Methods", methods);
  if (!headers.empty()) response.headers.add("Access-Control-Allow-Headers", headers);
  response.headers.add("Access-Control-Max-Age", kPreflightSeconds);
  return response;
}

bool is_preflight(const Request& request) {
  return request.method == Method::options && request.headers.find("origin") &&
         request.headers.find("access-control-request-method");
}

void add_vary(Headers& response, std::string_view name) {
  const auto vary = response.find("vary");
  if (!vary) return response.add("Vary", name);
  for (std::string_view rest = *vary; const auto element = next_list_element(rest);) {
    if (iequals(*element, name) || *element == "*") return;
  }
  response.set("Vary", std::string(*vary).append(", ").append(name));
}

}  // namespace medialith::http
