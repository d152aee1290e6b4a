#include "blob/s3/client.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/bytes.hpp"
#include "base/hash.hpp"
#include "net/runtime.hpp"

namespace medialith::blob::s3 {
namespace {

/// A list of 1000 keys takes half a megabyte.
constexpr std::size_t kMaxAnswer = 4UL << 20;

/// What S3 says when it wants to be asked again, whatever the status.
constexpr std::array<std::string_view, 9> kTransient = {
    "InternalError",   "SlowDown",   "ServiceUnavailable",        "RequestTimeout", "OperationAborted", "BadDigest",
    "TooManyRequests", "Throttling", "ConditionalRequestConflict"};

bool is_transient(const Answer& answer) {
  const int status = answer.head.status;
  return status == 429 || status == 500 || status == 502 || status == 503 || status == 504 ||
         std::ranges::find(kTransient, answer.error.code) != kTransient.end();
}

/// Whether the request may have had its effect although the answer says it failed.
bool is_uncertain(const Answer& answer) { return answer.head.status < 300 || answer.head.status >= 500; }

Error with_detail(Error error, std::string_view what) {
  error.message = "The file store does not answer. Try again in a moment.";
  error.detail = fmt::format("S3 {}: {}", what, error.detail);
  error.retry_after = std::chrono::seconds(1);
  return error;
}

}  // namespace

std::string Answer::etag() const { return bare_etag(head.header("etag").value_or("")); }

Error error_of(const Answer& answer, std::string_view action) {
  const std::string_view code = answer.error.code;
  Error error = make_error(ErrorCode::internal, "The file store refused what it was asked.",
                           fmt::format("S3 {}: {} {}: {}", action, answer.head.status, code, answer.error.message));
  if (!answer.error.region.empty()) error.detail += fmt::format(" (the bucket's region: {})", answer.error.region);
  if (code == "NoSuchKey" || (answer.missing() && code == "404")) {
    error.code = ErrorCode::blob_missing;
    error.message = "The stored file is missing.";
  } else if (code == "QuotaExceeded" || code == "XMinioStorageFull" || answer.head.status == 507) {
    error.code = ErrorCode::disk_full;
    error.message = "The file store has no room left for this file.";
  } else if (code == "EntityTooLarge") {
    error.code = ErrorCode::file_too_large;
    error.message = "The file is larger than the file store takes.";
  } else if (is_transient(answer) || answer.head.status == 403 || answer.head.status == 301 || answer.missing()) {
    // Wrong keys, a bucket that is gone: the operator's to mend, and then the request is good.
    error.code = ErrorCode::unavailable;
    error.message = "The file store does not answer as it should. Try again in a moment.";
    error.retry_after = std::chrono::seconds(1);
  }
  return error;
}

std::unexpected<Error> refused(const Answer& answer, std::string_view action) { return fail(error_of(answer, action)); }

Task<Result<std::unique_ptr<http_client::Exchange>>> Client::start(const Call& call) {
  CO_TRY_ASSIGN(const Credentials credentials, co_await parts_.credentials.get());
  const std::string path = address_.path(call.object);
  const std::string payload = call.payload.empty() ? to_hex(sha256(call.body)) : call.payload;
  http_client::Request request{.method = call.method,
                               .url = address_.url(path, encode_query(call.query)),
                               .headers = call.headers,
                               .body = call.body,
                               .timeouts = {.stall = call.stall}};
  request.headers.push_back({"x-amz-content-sha256", payload});
  const Signable signable{.method = call.method,
                          .host = address_.host(),
                          .path = path,
                          .query = call.query,
                          .headers = request.headers,
                          .payload = payload};
  std::ranges::move(sign(signable, credentials, scope_, parts_.clock.now()), std::back_inserter(request.headers));
  co_return parts_.http.start(std::move(request));
}

Task<Result<Answer>> Client::try_once(const Call& call, Want want, std::unique_ptr<http_client::Exchange> begun) {
  if (!begun) {
    CO_TRY_ASSIGN(begun, co_await start(call));
  }
  Answer answer;
  CO_TRY_ASSIGN(answer.head, co_await begun->head());
  const bool good = answer.head.status < 300;
  if (good && want == Want::head) {
    answer.exchange = std::move(begun);
    co_return answer;
  }
  CO_TRY_ASSIGN(http_client::Response whole, co_await begun->response(kMaxAnswer));
  answer.body = std::move(whole.body);
  // A list of a thousand keys need not be read twice.
  if (auto error = answer.body.contains("<Error") ? parse_error(answer.body) : std::nullopt) {
    answer.error = std::move(*error);
  } else if (!good) {
    answer.error.code = fmt::format("{}", answer.head.status);
  }
  co_return answer;
}

Task<Result<Answer>> Client::repeat(Call call, Want want, std::unique_ptr<http_client::Exchange> first) {
  Backoff backoff(retry_, parts_.clock, parts_.random);
  bool uncertain = false;
  while (true) {
    Result<Answer> answer = co_await try_once(call, want, std::move(first));
    first.reset();
    if (answer) {
      answer->uncertain = uncertain;
      if (answer->ok() || !is_transient(*answer)) co_return answer;
      uncertain = uncertain || is_uncertain(*answer);
    } else if (answer.error().code != ErrorCode::unavailable && answer.error().code != ErrorCode::outcome_unknown) {
      co_return answer;
    } else {
      uncertain = uncertain || answer.error().code == ErrorCode::outcome_unknown;
    }
    const auto wait = backoff.next();
    if (!wait) {
      if (!answer && uncertain) answer.error().code = ErrorCode::outcome_unknown;
      if (!answer) co_return fail(with_detail(std::move(answer).error(), call.method + " " + call.object));
      answer->uncertain = uncertain;
      co_return answer;
    }
    co_await net::sleep_for(*wait);
  }
}

Task<Result<Answer>> Client::ask(Call call, std::unique_ptr<http_client::Exchange> first) {
  return repeat(std::move(call), Want::body, std::move(first));
}

Task<Result<Answer>> Client::open(Call call) { return repeat(std::move(call), Want::head, nullptr); }

Task<Result<std::string>> Client::presign(Call call, Time begin, std::chrono::seconds valid) {
  CO_TRY_ASSIGN(const Credentials credentials, co_await parts_.credentials.get());
  const std::string path = address_.path(call.object);
  const Signable signable{.method = call.method,
                          .host = address_.host(),
                          .path = path,
                          .query = std::move(call.query),
                          .headers = std::move(call.headers),
                          .payload = kUnsignedPayload};
  const std::string query = s3::presign(signable, credentials, scope_, begin, valid);
  co_return address_.url(path, query);
}

}  // namespace medialith::blob::s3
