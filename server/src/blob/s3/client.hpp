// One signed request to S3, and the tries that it takes.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "blob/s3/address.hpp"
#include "blob/s3/credentials.hpp"
#include "blob/s3/messages.hpp"
#include "blob/s3/retry.hpp"
#include "http_client/client.hpp"

namespace medialith::blob::s3 {

/// A request. Every one that this module makes may be made again: an object's name is used once and for the same bytes,
/// and an upload begun twice leaves one that is swept.
struct Call {
  std::string method = "GET";
  std::string object = {};  ///< its name in the bucket; empty: the bucket itself
  std::vector<Parameter> query = {};
  std::vector<Header> headers = {};      ///< names in lower case
  std::span<const std::byte> body = {};  ///< lent until the call has ended
  /// Of the body, in hex, or kUnsignedPayload; empty: computed.
  std::string payload = {};
  /// No byte either way for so long. Completing and copying large objects answers late.
  std::chrono::milliseconds stall{30'000};
};

/// What came back.
struct Answer {
  http_client::Head head;
  std::string body = {};
  ErrorBody error = {};    ///< what `<Error>` said, or the status in words; empty code: it is done
  bool uncertain = false;  ///< an earlier try may have had its effect
  /// For open(): the rest of the exchange, from which the body is read.
  std::unique_ptr<http_client::Exchange> exchange = {};

  bool ok() const { return error.code.empty(); }
  bool missing() const { return head.status == 404; }
  /// The ETag header without its quotes.
  std::string etag() const;
};

/// Thread-safe.
class Client {
 public:
  struct Parts {
    http_client::Client& http;
    CredentialSource& credentials;
    const Clock& clock;
    Random& random;
  };
  Client(Address address, std::string region, RetryPolicy retry, Parts parts)
      : address_(std::move(address)), scope_{std::move(region)}, retry_(retry), parts_(parts) {}

  const Address& address() const { return address_; }

  /// Begins the request and returns: the bytes are on their way while the caller does something else. ask() ends it.
  Task<Result<std::unique_ptr<http_client::Exchange>>> start(const Call& call);

  /// The answer with its whole body, after as many tries as the policy allows on lost connections, 429, 5xx and what
  /// else S3 says to try again, errors inside a 200 included. `first` is the first try, if it has begun. Errors:
  /// unavailable, overloaded, outcome_unknown (a try was sent and never answered). What S3 refuses for good is an
  /// answer, no error.
  Task<Result<Answer>> ask(Call call, std::unique_ptr<http_client::Exchange> first = nullptr);
  /// The same up to the head of a good answer; `exchange` has the body.
  Task<Result<Answer>> open(Call call);

  /// A URL that makes this request for whoever has it, for `valid` from `begin` on. Its headers have to be sent with
  /// it.
  Task<Result<std::string>> presign(Call call, Time begin, std::chrono::seconds valid);

  Time now() const { return parts_.clock.now(); }
  Random& random() const { return parts_.random; }

 private:
  enum class Want : std::uint8_t { body, head };
  Task<Result<Answer>> repeat(Call call, Want want, std::unique_ptr<http_client::Exchange> first);
  Task<Result<Answer>> try_once(const Call& call, Want want, std::unique_ptr<http_client::Exchange> begun);

  const Address address_;
  const Scope scope_;
  const RetryPolicy retry_;
  const Parts parts_;
};

/// The store's error for an answer that is not ok.
Error error_of(const Answer& answer, std::string_view action);
/// The same as a Result.
std::unexpected<Error> refused(const Answer& answer, std::string_view action);

}  // namespace medialith::blob::s3
