// One exchange as libcurl sees it: an easy handle, set up from the request, with its callbacks.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <curl/curl.h>

#include "http_client/exchange.hpp"

namespace medialith::http_client {

/// Lives and is used on net_out. The handle is taken out of its multi handle before this is destroyed.
class Transfer {
 public:
  explicit Transfer(std::shared_ptr<ExchangeState> state);
  ~Transfer();
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  /// Errors: internal for a request that cannot be sent as it stands, unavailable when memory is out.
  Result<void> set_up(const std::string& ca_file);
  CURL* handle() const { return easy_; }
  ExchangeState& state() { return *state_; }

  /// Lets libcurl go on with what its owner has made room or bytes for.
  void unpause();
  /// What the exchange ended with: nothing after a complete response.
  std::optional<Error> outcome(CURLcode code) const;
  /// Which of its deadlines has passed, as a sentence; empty while none has.
  std::string_view overdue(std::chrono::steady_clock::time_point now);
  /// Ended by us, for `reason`.
  Error cut_short(std::string_view reason) const;
  std::uint64_t connections() const;

 private:
  static std::size_t on_header(char* data, std::size_t size, std::size_t count, void* self);
  static std::size_t on_body(char* data, std::size_t size, std::size_t count, void* self);
  static std::size_t on_give(char* out, std::size_t size, std::size_t count, void* self);
  static int on_request(void* self, char* peer, char* local, int peer_port, int local_port);

  Result<void> set_headers();
  CURLcode set_method();
  CURLcode set_callbacks();
  bool take_header_line(std::string_view line);
  bool add_header(const std::string& line);
  std::int64_t number(CURLINFO what) const;
  std::int64_t sent_bytes() const;

  std::shared_ptr<ExchangeState> state_;
  CURL* easy_;
  curl_slist* headers_ = nullptr;
  char message_[CURL_ERROR_SIZE] = {};

  Head head_;  // of the response that is coming
  std::size_t head_bytes_ = 0;
  bool head_done_ = false;

  std::int64_t moved_ = 0;  // bytes either way when overdue() last looked
  std::chrono::steady_clock::time_point moved_at_;
};

}  // namespace medialith::http_client
