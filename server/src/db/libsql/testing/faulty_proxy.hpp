// Stands between the engine and a real sqld, and loses what it is told to lose.
#pragma once

#include <chrono>
#include <mutex>
#include <string>
#include <utility>

#include "db/libsql/libsql_database.hpp"
#include "http_client/testing/peer.hpp"

namespace medialith::db {

class FaultyProxy {
 public:
  enum class Fault : std::uint8_t {
    drop_request,  ///< hangs up; the server never hears of it
    drop_reply,    ///< the server has done it; hangs up
    hang,          ///< the server has done it; never answers
    fail,          ///< answers 502 in the server's place, which has done it
    refuse,        ///< answers 401; the server never hears of it
    expire,        ///< answers what sqld does for a stream it has ended, and ends it
  };

  /// `server` outlives the proxy.
  FaultyProxy(LibsqlEndpoint server, http_client::Client& client)
      : server_(std::move(server)), client_(client), peer_([this](auto& visit) { return serve(*this, visit); }) {}

  LibsqlEndpoint endpoint() const { return parse_libsql_url(peer_.url(""), Secret("token")).value(); }
  /// The next `times` requests that contain `text` meet the fault.
  void arm(Fault fault, std::string text, int times = 1) {
    const std::scoped_lock lock(mutex_);
    fault_ = fault;
    text_ = std::move(text);
    times_ = times;
  }
  /// Faults that were armed and have not been met.
  int left() const {
    const std::scoped_lock lock(mutex_);
    return times_;
  }
  int requests() const { return peer_.requests; }

 private:
  using Visit = http_client::testing::Visit;

  std::optional<Fault> meet(std::string_view body) {
    const std::scoped_lock lock(mutex_);
    if (times_ == 0 || !body.contains(text_)) return std::nullopt;
    --times_;
    return fault_;
  }

  static Task<bool> serve(FaultyProxy& proxy, Visit& visit) {
    const std::string body = co_await visit.body();
    const std::optional<Fault> fault = proxy.meet(body);
    if (fault == Fault::drop_request) co_return false;
    if (fault == Fault::refuse) co_return co_await visit.answer(401, R"({"message":"no","code":"AUTH"})");
    if (fault == Fault::expire) co_return co_await visit.answer(400, R"({"message":"x","code":"STREAM_EXPIRED"})");
    http_client::Request request{.method = "POST", .url = proxy.server_.url + "/v3/pipeline", .body = bytes_of(body)};
    const auto response = co_await proxy.client_.send(std::move(request), 256UL << 20);
    if (!response || fault == Fault::drop_reply) co_return false;
    if (fault == Fault::hang) {
      co_await visit.until_closed();
      co_return false;
    }
    if (fault == Fault::fail) co_return co_await visit.answer(502, "bad gateway");
    co_return co_await visit.answer(response->head.status, response->body);
  }

  const LibsqlEndpoint server_;
  http_client::Client& client_;
  mutable std::mutex mutex_;
  Fault fault_ = Fault::drop_request;  // guarded by mutex_, as are:
  std::string text_;
  int times_ = 0;
  http_client::testing::Peer peer_;
};

}  // namespace medialith::db
