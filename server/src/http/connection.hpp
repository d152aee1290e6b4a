// One connection: requests in, responses out, one after the other (RFC 9112 §9).
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "http/codec.hpp"
#include "http/read_buffer.hpp"
#include "http/request_body.hpp"
#include "http/response_head.hpp"
#include "http/server.hpp"
#include "http/trusted_proxies.hpp"
#include "net/byte_stream.hpp"

namespace medialith::http {

/// What the connections of one loop share. Used on that loop's thread; what is atomic is read by others.
struct ConnectionContext {
  const Router& router;
  const ServerLimits& limits;
  const std::string& base_path;
  const TrustedProxies& proxies;
  const ServerCallbacks& callbacks;
  const Clock& clock;
  const std::atomic<bool>& draining;
  std::uint64_t next_id;  ///< scrambled into request ids
  DateText date = {};
  std::atomic<std::uint64_t> requests = 0;
  std::atomic<std::uint64_t> bytes_received = 0;
  std::atomic<std::uint64_t> bytes_sent = 0;
};

/// Lives on one loop, not longer than what it refers to.
class Connection {
 public:
  Connection(ConnectionContext& context, net::ByteStream& stream);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Serves until one side ends the connection, and closes it. Throws nothing.
  Task<void> run();
  /// Waits for the first byte of a request: may be closed without a loss.
  bool idle() const { return idle_; }

 private:
  Task<bool> serve_one();
  Task<bool> refuse(Error error);
  Task<Result<bool>> receive_head(RequestHead& head);
  Task<Result<std::size_t>> read_more();
  Task<void> linger();

  void describe(Request& request, RequestHead& head);
  Result<Router::Match> locate(Request& request) const;
  Task<Response> answer(Request& request, RequestBody& body);
  Route make_unrouted(const Request& request, Result<Router::Match> located) const;
  Response present_unrouted(const Request& request, const Error& error, const std::string& allow) const;
  Response fail_safely(const Request& request, std::string_view what) const;
  std::string make_id();

  Task<bool> respond(const Request& request, Response& response, bool http11, bool keep);
  Task<Result<void>> send(Response& response, const ResponseFrame& frame, bool head_only);
  Task<Result<void>> send_text(std::string_view body);
  Task<Result<void>> send_file(const FileBody& file);
  Task<Result<void>> send_source(BodySource& source, const ResponseFrame& frame);
  Task<Result<void>> write(std::span<const std::span<const std::byte>> buffers);

  ConnectionContext& context_;
  net::ByteStream& stream_;
  RequestCodec codec_;
  ReadBuffer buffer_;
  Peer peer_;         // of the connection itself
  std::string head_;  // of the response being sent
  bool idle_ = false;
};

}  // namespace medialith::http
