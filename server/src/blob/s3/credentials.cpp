#include "blob/s3/credentials.hpp"

#include <fstream>
#include <iterator>

#include <fmt/format.h>

#include "base/json.hpp"
#include "base/text.hpp"
#include "blob/s3/messages.hpp"

namespace medialith::blob::s3 {
namespace {

constexpr std::size_t kMaxAnswer = 64UL << 10;
constexpr http_client::Timeouts kTimeouts{
    .connect = std::chrono::seconds(2), .stall = std::chrono::seconds(5), .total = std::chrono::seconds(10)};
constexpr std::string_view kInstancePath = "/latest/meta-data/iam/security-credentials/";

std::unexpected<Error> no_credentials(std::string detail) {
  return fail(ErrorCode::unavailable, "The file store's keys could not be fetched.", std::move(detail));
}

/// What the container's and the instance's endpoints answer.
Result<Credentials> parse_credentials(std::string text) {
  const auto document = json::Document::parse(std::move(text));
  if (!document) return no_credentials("the answer is no JSON");
  const auto member = [&document](std::string_view name) {
    const auto found = document->root().find(name);
    return found ? std::string(found->text()) : std::string();
  };
  const auto expires = parse_iso8601(member("Expiration"));
  Credentials credentials{.access_key = member("AccessKeyId"),
                          .secret_key = Secret(member("SecretAccessKey")),
                          .session_token = Secret(member("Token"))};
  if (!expires || credentials.access_key.empty() || credentials.secret_key.empty()) {
    return no_credentials("the answer lacks AccessKeyId, SecretAccessKey or Expiration");
  }
  credentials.expires_at = *expires;
  return credentials;
}

/// Holds `taken` until it goes, for the one of several who comes first.
class Turn {
 public:
  explicit Turn(std::atomic<bool>& taken) : taken_(taken), ours_(!taken.exchange(true)) {}
  ~Turn() {
    if (ours_) taken_ = false;
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  bool ours() const { return ours_; }

 private:
  std::atomic<bool>& taken_;
  const bool ours_;
};

}  // namespace

std::optional<Credentials> RoleCredentials::cached(std::chrono::milliseconds left) const {
  const std::scoped_lock lock(mutex_);
  if (!credentials_ || *credentials_->expires_at <= parts_.clock.now() + left) return std::nullopt;
  return credentials_;
}

Task<Result<Credentials>> RoleCredentials::get() {
  if (auto fresh = cached(kRefreshBefore)) co_return std::move(*fresh);
  const Turn turn(refreshing_);
  if (!turn.ours()) {
    if (auto old = cached(std::chrono::milliseconds(0))) co_return std::move(*old);
  }
  auto fetched = co_await fetch();
  if (!fetched) {
    if (auto old = cached(std::chrono::milliseconds(0))) co_return std::move(*old);
    co_return std::unexpected(std::move(fetched).error());
  }
  const std::scoped_lock lock(mutex_);
  credentials_ = *fetched;
  co_return fetched;
}

Task<Result<Credentials>> RoleCredentials::fetch() {
  if (!settings_.web_identity_file.empty()) co_return co_await assume_role();
  if (!settings_.container_uri.empty()) co_return co_await ask_container();
  co_return co_await ask_instance();
}

Task<Result<Credentials>> RoleCredentials::assume_role() {
  CO_TRY_ASSIGN(const std::string token, co_await read_file(settings_.web_identity_file));
  const std::string endpoint =
      settings_.sts_endpoint.empty() ? fmt::format("https://sts.{}.amazonaws.com", region_) : settings_.sts_endpoint;
  // In the body, not the URL: the token is a secret, and URLs are written down.
  const std::string form = encode_query({{"Action", "AssumeRoleWithWebIdentity"},
                                         {"Version", "2011-06-15"},
                                         {"RoleArn", settings_.role_arn},
                                         {"RoleSessionName", "medialith"},
                                         {"WebIdentityToken", token}});
  http_client::Request request{.method = "POST",
                               .url = endpoint + "/",
                               .headers = {{"content-type", "application/x-www-form-urlencoded"}},
                               .body = bytes_of(form)};
  CO_TRY_ASSIGN(const std::string answer, co_await ask(std::move(request)));
  co_return parse_assumed_role(answer);
}

Task<Result<Credentials>> RoleCredentials::ask_container() {
  http_client::Request request{.url = settings_.container_uri};
  std::string token(settings_.container_token.reveal());
  if (!settings_.container_token_file.empty()) {
    CO_TRY_ASSIGN(token, co_await read_file(settings_.container_token_file));
  }
  if (!token.empty()) request.headers.push_back({"authorization", std::move(token)});
  CO_TRY_ASSIGN(std::string answer, co_await ask(std::move(request)));
  co_return parse_credentials(std::move(answer));
}

/// Version 2 of the metadata service only: a token first, which a forged request from elsewhere cannot get.
Task<Result<Credentials>> RoleCredentials::ask_instance() {
  http_client::Request for_token{.method = "PUT",
                                 .url = settings_.instance_endpoint + "/latest/api/token",
                                 .headers = {{"x-aws-ec2-metadata-token-ttl-seconds", "60"}}};
  CO_TRY_ASSIGN(const std::string token, co_await ask(std::move(for_token)));
  const std::vector<Header> headers = {{"x-aws-ec2-metadata-token", std::string(trimmed(token))}};
  const std::string url = fmt::format("{}{}", settings_.instance_endpoint, kInstancePath);
  http_client::Request for_role{.url = url, .headers = headers};
  CO_TRY_ASSIGN(const std::string role, co_await ask(std::move(for_role)));
  http_client::Request for_keys{.url = url + encode(trimmed(role)), .headers = headers};
  CO_TRY_ASSIGN(std::string answer, co_await ask(std::move(for_keys)));
  co_return parse_credentials(std::move(answer));
}

Task<Result<std::string>> RoleCredentials::read_file(std::string path) {
  auto read = [&path]() -> Result<std::string> {
    std::ifstream file(path, std::ios::binary);
    std::string text(std::istreambuf_iterator<char>(file), {});
    if (!file || text.empty()) return no_credentials(fmt::format("{} cannot be read or is empty", path));
    return std::string(trimmed(text));
  };
  co_return co_await net::run_on(parts_.disk, read);
}

Task<Result<std::string>> RoleCredentials::ask(http_client::Request request) {
  request.timeouts = kTimeouts;
  const std::string where = request.url;
  auto response = co_await parts_.http.send(std::move(request), kMaxAnswer);
  if (!response) co_return no_credentials(fmt::format("{}: {}", where, response.error().detail));
  if (response->head.status != 200) {
    co_return no_credentials(fmt::format("{} answered {}", where, response->head.status));
  }
  co_return std::move(response->body);
}

}  // namespace medialith::blob::s3
