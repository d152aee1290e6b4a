// Requests and responses as handlers see them. No wire format here.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "net/task.hpp"

namespace medialith::http {

enum class Method : std::uint8_t { get, head, post, put, patch, delete_, options };
std::string_view method_name(Method method);
/// The method of that name (case-sensitive, RFC 9110 §9.1), or nullopt for one we do not know.
std::optional<Method> parse_method(std::string_view name);
/// GET, HEAD, OPTIONS: asks for nothing to be changed (RFC 9110 §9.2.1).
constexpr bool is_safe(Method method) {
  return method == Method::get || method == Method::head || method == Method::options;
}

/// Header fields in order; names compare without case. A small flat list: requests have a dozen.
class Headers {
 public:
  /// The first field of that name, or nullopt.
  std::optional<std::string_view> find(std::string_view name) const;
  std::vector<std::string_view> all(std::string_view name) const;
  /// Appends. The name is a token and the value has been checked for CR, LF and NUL (assertion).
  void add(std::string_view name, std::string_view value);
  /// Replaces every field of that name.
  void set(std::string_view name, std::string_view value);
  void remove(std::string_view name);
  auto begin() const { return fields_.begin(); }
  auto end() const { return fields_.end(); }
  std::size_t size() const { return fields_.size(); }

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

/// The bytes of a request's body, pulled by the handler; nothing is read from the socket before the first pull (which
/// also sends 100 Continue when it was asked for). Used by one coroutine at a time.
class BodyReader {
 public:
  virtual ~BodyReader() = default;
  /// The declared length, when there is one.
  virtual std::optional<std::uint64_t> length() const = 0;
  /// The next bytes, a view that lives until the next call; empty at the end.
  /// Errors: body_too_large (over the route's limit), length_mismatch (connection cut), request_timeout (too slow).
  virtual Task<Result<std::span<const std::byte>>> next() = 0;
};

/// Who speaks, as far as the connection and trusted proxies tell (R-S16).
struct Peer {
  std::string address;    ///< client address; X-Forwarded-For is believed only from trusted proxies
  bool secure = false;    ///< https at the client's side
  bool loopback = false;  ///< the connection itself comes from this machine
};

struct QueryParameter {
  std::string name;   // decoded
  std::string value;  // decoded
};

struct Request {
  Method method = Method::get;
  std::string target;                    ///< as sent, for logs and fingerprints (query included)
  std::string path;                      ///< decoded once, without base path
  std::string_view raw_query;            ///< into target
  std::vector<QueryParameter> query;     ///< decoded, in order
  std::vector<std::string> path_values;  ///< decoded values of the pattern's `:name`s, in order
  Headers headers;
  Peer peer;
  std::string host;  ///< the Host field, lower case, with port
  std::string id;    ///< request id: logs, X-Request-Id, error bodies
  std::chrono::steady_clock::time_point started;
  BodyReader* body = nullptr;  ///< never null; an empty one for requests without

  /// The first query parameter of that name.
  std::optional<std::string_view> query_value(std::string_view name) const;
  static constexpr std::size_t kMaxCookies = 100;
  /// A cookie by name, as sent (RFC 6265 §5.4 read tolerantly: pairs without `=` are skipped, of equal names the first
  /// counts). At most kMaxCookies pairs are looked at.
  std::optional<std::string_view> cookie(std::string_view name) const;
};

/// Bytes that a handler produces while they are sent (exports, S3 downloads).
class BodySource {
 public:
  virtual ~BodySource() = default;
  virtual std::optional<std::uint64_t> length() const = 0;
  /// Fills `out`; 0 at the end. An error ends the connection before the final chunk.
  virtual Task<Result<std::size_t>> read(std::span<std::byte> out) = 0;
};

/// A part of an open file, sent by sendfile(2) where the stream can. Closes the descriptor when it goes.
class FileBody {
 public:
  FileBody(int fd, std::uint64_t offset, std::uint64_t length, std::shared_ptr<void> owner)
      : fd_(fd), offset_(offset), length_(length), owner_(std::move(owner)) {}
  int fd() const { return fd_; }
  std::uint64_t offset() const { return offset_; }
  std::uint64_t length() const { return length_; }

 private:
  int fd_;
  std::uint64_t offset_;
  std::uint64_t length_;
  std::shared_ptr<void> owner_;  // keeps the descriptor open
};

struct Response {
  int status = 200;
  Headers headers;
  /// std::string: whole body. string_view: static bytes (the embedded console). shared_ptr (never null): bytes that are
  /// kept for other answers too. The server sets Content-Length, Transfer-Encoding, Date, Connection, X-Request-Id and
  /// the security headers; HEAD sends no body.
  std::variant<std::string, std::string_view, std::shared_ptr<const std::string>, FileBody, std::unique_ptr<BodySource>>
      body;
};

/// Turns an Error into a Response: each wire (native, an app's) has its own.
using ErrorPresenter = std::function<Response(const Error&, const Request&)>;

}  // namespace medialith::http
