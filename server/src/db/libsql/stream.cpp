#include "db/libsql/stream.hpp"

#include <utility>

#include <fmt/format.h>

#include "db/errors.hpp"
#include "net/run_sync.hpp"

namespace medialith::db::libsql {
namespace {

// A document of 64 MiB as JSON in JSON, and as much again.
constexpr std::size_t kMaxReplyBytes = 256UL << 20;

NoReply no_reply(NoReply::Kind kind, std::string detail) {
  return {.kind = kind, .error = database_error(ErrorCode::unavailable, std::move(detail))};
}

std::string pipeline(std::string_view baton, std::span<const std::string> requests, Then then) {
  std::string text = R"({"baton":)";
  if (baton.empty()) {
    text += "null";
  } else {
    json::append_string(text, baton);
  }
  text += R"(,"requests":[)";
  for (const std::string& request : requests) {
    if (text.back() != '[') text += ',';
    text += request;
  }
  if (then == Then::close) text += text.back() == '[' ? R"({"type":"close"})" : R"(,{"type":"close"})";
  return text + "]}";
}

}  // namespace

std::expected<Reply, NoReply> Stream::send(std::span<const std::string> requests, Then then,
                                           std::chrono::milliseconds timeout) {
  const std::string body = pipeline(baton_, requests, then);
  http_client::Request request{.method = "POST",
                               .url = (base_url_.empty() ? remote_->endpoint.url : base_url_) + "/v3/pipeline",
                               .headers = {{.name = "Content-Type", .value = "application/json"}},
                               .body = bytes_of(body),
                               .timeouts = {.connect = remote_->connect_timeout, .stall = timeout, .total = timeout}};
  if (!remote_->endpoint.auth_token.empty()) {
    request.headers.push_back(
        {.name = "Authorization", .value = "Bearer " + std::string(remote_->endpoint.auth_token.reveal())});
  }
  Result<http_client::Response> response = net::run_sync(remote_->client.send(std::move(request), kMaxReplyBytes));
  if (response) return take(std::move(*response), requests.size() + (then == Then::close ? 1 : 0));
  baton_.clear();
  const bool sent = response.error().code == ErrorCode::outcome_unknown || response.error().code == ErrorCode::internal;
  return std::unexpected(
      no_reply(sent ? NoReply::Kind::unknown : NoReply::Kind::not_run, std::move(response.error().detail)));
}

std::expected<Reply, NoReply> Stream::take(http_client::Response response, std::size_t requests) {
  const bool had_baton = !std::exchange(baton_, {}).empty();
  const int status = response.head.status;
  if (status == 200) {
    auto reply = Reply::parse(std::move(response.body), requests);
    if (!reply) return std::unexpected(no_reply(NoReply::Kind::unknown, std::move(reply.error().detail)));
    baton_ = reply->baton();
    if (!reply->base_url().empty()) base_url_ = reply->base_url();
    return std::move(*reply);
  }
  const ServerError error = read_error(response.body);
  std::string detail = fmt::format("the database answered {}: {} {}", status, error.code, error.message);
  if (status == 401 || status == 403) return std::unexpected(no_reply(NoReply::Kind::not_run, std::move(detail)));
  if (status >= 500) return std::unexpected(no_reply(NoReply::Kind::unknown, std::move(detail)));
  // A baton that the server does not know any more.
  return std::unexpected(no_reply(had_baton ? NoReply::Kind::expired : NoReply::Kind::not_run, std::move(detail)));
}

}  // namespace medialith::db::libsql
