// The shared state of an exchange: between the coroutine that owns it and `net_out`, which works it.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "http_client/client.hpp"
#include "net/completion.hpp"

namespace medialith::http_client {

class Transfer;

/// Thread-safe where nothing else is said. No callback runs under its lock.
class ExchangeState : public std::enable_shared_from_this<ExchangeState> {
 public:
  /// Calls `net_out` to the state: something was unpaused, or its owner left. Thread-safe.
  using Poke = std::function<void(std::shared_ptr<ExchangeState>)>;
  ExchangeState(Request request, Poke poke);

  const Request& request() const { return request_; }
  std::chrono::steady_clock::time_point deadline() const { return deadline_; }

  // For the owner.
  Task<Result<void>> write(std::span<const std::byte> bytes);
  Task<Result<Head>> head();
  Task<Result<std::size_t>> read(std::span<std::byte> out);
  Task<Result<Response>> response(std::size_t limit);
  /// The owner goes; what it lent is not looked at after this has returned.
  void abandon();

  // For net_out.
  enum class Flow : std::uint8_t { goes_on, pauses, stops };
  struct Given {
    Flow flow;
    std::size_t bytes;
  };
  /// Fills `out` with the next bytes of the request's body; none once all are given.
  Given give(std::span<char> out);
  /// The head of the final response.
  void take_head(Head head);
  /// A part of the body, all of it or, when paused, nothing.
  Flow take_body(std::string_view bytes);
  /// Nothing more happens: a complete response, or why not.
  void end(std::optional<Error> error);
  bool abandoned() const;
  /// Waits for its own reader or writer.
  bool paused() const;
  struct Paused {
    bool receive;
    bool send;
  };
  /// Ends the pauses that the owner has made an end possible of. What still pauses; nullopt when none has ended.
  std::optional<Paused> unpause();

  Transfer* transfer = nullptr;  ///< touched by net_out alone

 private:
  enum class Wait : std::uint8_t { room, head, bytes, full_or_end };

  bool ready(Wait wait) const;
  Task<void> until(Wait wait);
  /// The waiting operation, if it can go on now; called after the lock was let go.
  net::Completion take_waiter();
  /// False when the exchange has ended; success or failure.
  Result<bool> put(std::span<const std::byte>& bytes);

  const Request request_;
  const std::uint64_t length_;  // of the request's body
  const std::chrono::steady_clock::time_point deadline_;
  const Poke poke_;

  mutable std::mutex mutex_;  // guards what follows, up to the owner's alone
  std::optional<Head> head_;
  std::string incoming_;     // of the response's body, not yet looked at by the reader
  std::string outgoing_;     // of a streamed request body, not yet given
  std::uint64_t given_ = 0;  // bytes of the body that libcurl has got
  bool receive_paused_ = false;
  bool send_paused_ = false;
  bool abandoned_ = false;
  bool ended_ = false;
  std::optional<Error> error_;
  Wait wait_ = Wait::head;
  std::optional<net::Completion> waiter_;

  // The owner's alone.
  std::uint64_t written_ = 0;   // streamed bytes that came so far
  std::string taken_;           // what the reader took over from `incoming_`
  std::size_t handed_out_ = 0;  // of that
};

}  // namespace medialith::http_client
