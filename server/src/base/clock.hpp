// Time, injected everywhere: nothing in the server asks the operating system for the time by itself.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace medialith {

/// A moment: milliseconds since the Unix epoch, UTC.
struct Time {
  std::int64_t ms = 0;
  auto operator<=>(const Time&) const = default;
  Time operator+(std::chrono::milliseconds d) const { return {ms + d.count()}; }
  Time operator-(std::chrono::milliseconds d) const { return {ms - d.count()}; }
  std::chrono::milliseconds operator-(Time other) const { return std::chrono::milliseconds(ms - other.ms); }
};

/// ISO 8601 with milliseconds and Z: "2026-11-21T09:36:00.123Z". Years 0000 to 9999.
std::string to_iso8601(Time time);
/// Appends the same to a string, without another allocation.
void append_iso8601(std::string& out, Time time);
/// Accepts RFC 3339 with an optional fraction (cut to milliseconds) and `Z` or a numeric offset.
Result<Time> parse_iso8601(std::string_view text);

/// Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  /// Wall clock. May jump; what must ascend (created_at, ids) is made so by its maker.
  virtual Time now() const = 0;
  /// For deadlines and durations: never goes back.
  virtual std::chrono::steady_clock::time_point monotonic() const = 0;
};

/// The operating system's clocks.
class SystemClock final : public Clock {
 public:
  Time now() const override;
  std::chrono::steady_clock::time_point monotonic() const override { return std::chrono::steady_clock::now(); }
};

/// A clock that a test moves by hand. Thread-safe.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(Time start = {1'790'000'000'000}) : ms_(start.ms) {}
  Time now() const override { return {__atomic_load_n(&ms_, __ATOMIC_RELAXED)}; }
  std::chrono::steady_clock::time_point monotonic() const override {
    return std::chrono::steady_clock::time_point(std::chrono::milliseconds(__atomic_load_n(&ms_, __ATOMIC_RELAXED)));
  }
  void advance(std::chrono::milliseconds by) { __atomic_fetch_add(&ms_, by.count(), __ATOMIC_RELAXED); }

 private:
  std::int64_t ms_;
};

}  // namespace medialith
