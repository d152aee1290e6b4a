// A socket for other processes of this machine's user: a line asks, a line answers, and the connection ends.
//
// It is named relative to an open folder, whose path may be longer than the 107 bytes that a socket's address has room
// for: the kernel is given /proc/self/fd/<folder>/<name>.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "net/runtime.hpp"

namespace medialith::net {

struct LocalSocketLimits {
  std::size_t line_bytes = std::size_t{1} << 20;     ///< of a request or an answer
  std::size_t connections = 16;                      ///< at once; one more is closed without an answer
  std::chrono::milliseconds request_within{10'000};  ///< from the connection to the end of its line
};

/// Lives shorter than its runtime; what `answer` refers to lives until the runtime has stopped.
class LocalListener {
 public:
  /// Runs on loop 0. Neither line has a line end. An answer over the limit is not sent.
  using Answer = std::function<Task<std::string>(std::string line)>;

  /// Listens on `name` (0600) in `folder`, an open directory. A socket file that is there is replaced: the caller knows
  /// that nobody serves it any more. Errors: unavailable.
  static Result<std::unique_ptr<LocalListener>> open(Runtime& runtime, int folder, const std::string& name,
                                                     Answer answer, LocalSocketLimits limits = {});
  /// Removes the file and stops accepting; what is being answered goes on.
  ~LocalListener();
  LocalListener(const LocalListener&) = delete;
  LocalListener& operator=(const LocalListener&) = delete;

 private:
  struct Impl;
  explicit LocalListener(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
  std::shared_ptr<Impl> impl_;
};

/// Asks whoever listens on `name` in `folder` and waits for the answer. Blocks. nullopt when nobody listens there.
/// Errors: unavailable, also when the other end has gone before it answered; body_too_large for a line over the limit.
Result<std::optional<std::string>> ask_local(int folder, const std::string& name, std::string_view line,
                                             LocalSocketLimits limits = {});

}  // namespace medialith::net
