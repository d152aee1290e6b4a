#include "web/edge.hpp"

#include <utility>

#include "web/context.hpp"

namespace medialith::web {
namespace {

constexpr std::size_t kMaxLogged = 256;

bool is_unsafe(http::Method method) {
  return method != http::Method::get && method != http::Method::head && method != http::Method::options;
}

/// A bearer key only the caller itself can add; a cookie, or nothing in `single`, any page's request carries.
http::Credential credential_of(const http::Request& request) {
  return request.headers.find("Authorization") ? http::Credential::carried : http::Credential::ambient;
}

void set_default(http::Headers& headers, std::string_view name, std::string_view value) {
  if (!headers.find(name)) headers.set(name, value);
}

bool is_html(const http::Response& response) {
  const auto type = response.headers.find("Content-Type");
  return type && type->starts_with("text/html");
}

}  // namespace

Result<void> Edge::check(const http::Request& request) {
  if (!origins_.knows_host(request.host)) {
    return fail(ErrorCode::unknown_host, "This server does not know the host name it was asked by.", request.host);
  }
  if (is_unsafe(request.method)) TRY(origins_.check_cross_site(request, credential_of(request)));
  return {};
}

Task<http::Response> Edge::serve(http::Request& request, const http::Route& route) {
  const bool parsed = route.operation != http::kInvalidTarget;
  const Result<void> checked = parsed ? check(request) : Result<void>();
  if (!checked) {
    log_refusal(request, checked.error());
    http::Response refused = present_error(checked.error(), request);
    add_headers(request, refused);
    co_return refused;
  }
  http::Response response = co_await route.handler(request);
  if (route.operation == http::kOptions && http::is_preflight(request)) {
    std::vector<http::Method> allowed;
    for (const http::Method method : {http::Method::get, http::Method::head, http::Method::post, http::Method::put,
                                      http::Method::patch, http::Method::delete_}) {
      const auto allow = response.headers.find("Allow");
      if (allow && allow->find(http::method_name(method)) != std::string_view::npos) allowed.push_back(method);
    }
    auto answer = origins_.answer_preflight(request, allowed);
    if (!answer) log_refusal(request, answer.error());
    response = answer ? std::move(*answer) : present_error(answer.error(), request);
  }
  add_headers(request, response);
  co_return response;
}

http::Response Edge::present(const Error& error, const http::Request& request) const {
  http::Response response = present_error(error, request);
  add_headers(request, response);
  return response;
}

void Edge::add_headers(const http::Request& request, http::Response& response) const {
  http::Headers& headers = response.headers;
  set_default(headers, "X-Content-Type-Options", "nosniff");
  set_default(headers, "Referrer-Policy", "no-referrer");
  set_default(headers, "Cross-Origin-Resource-Policy", "same-origin");
  set_default(headers, "Content-Security-Policy",
              "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'");
  if (is_html(response)) set_default(headers, "Cross-Origin-Opener-Policy", "same-origin");
  if (request.peer.secure || settings_.secure()) {
    set_default(headers, "Strict-Transport-Security", "max-age=31536000");
  }
  origins_.add_cors(request, headers);
}

void Edge::log_refusal(const http::Request& request, const Error& error) {
  const std::string origin(request.headers.find("Origin").value_or(""));
  const bool host = error.code == ErrorCode::unknown_host;
  const std::string& subject = host ? request.host : origin;
  {
    const std::lock_guard lock(mutex_);
    if (logged_.size() >= kMaxLogged || !logged_.insert(subject).second) return;
  }
  const std::string cure = host ? "MEDIALITH_PUBLIC_URL=http://" + subject : "MEDIALITH_ALLOWED_ORIGINS=" + subject;
  log_.warn(host ? "host_refused" : "origin_refused", {{host ? "host" : "origin", subject}, {"allow_with", cure}});
}

}  // namespace medialith::web
