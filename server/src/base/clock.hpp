// Time, injected everywhere: nothing in the server asks the operating system for the time by itself.
#pragma once

#include <atomic>
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

/// How long wall clock and monotonic clock have to go together before the wall clock is believed.
inline constexpr std::chrono::hours kClockTrustedAfter{1};

/// A wall clock that is not turned back by hand or by a restart (research: reliability.md R-S7), so that nothing that
/// has expired comes alive again. It keeps a mark that advances by monotonic time alone: now() is never before it, and
/// a wall clock that jumps ahead does not take it along until it has been believed for an hour. Thread-safe.
class MarkedClock final : public Clock {
 public:
  /// Believes the source at first. `source` outlives it.
  explicit MarkedClock(const Clock& source);
  Time now() const override;
  std::chrono::steady_clock::time_point monotonic() const override { return source_.monotonic(); }

  /// The newest time that is believed. What is deleted for its age is old by this: late does no harm, early does.
  Time mark() const;
  /// Goes on from a mark that was kept, earlier or later than the source. Called before the clock is in use.
  void restore(Time mark) { mark_ahead_ms_.store(mark.ms - monotonic_ms(), std::memory_order_relaxed); }
  /// Compares the source's two clocks. Called about once a minute, by one caller at a time.
  void observe();

 private:
  std::int64_t monotonic_ms() const;

  const Clock& source_;
  std::atomic<std::int64_t> mark_ahead_ms_;  // the mark, less the monotonic clock
  std::int64_t wall_ahead_ms_;               // the wall clock at the last observe(), less the monotonic clock
  std::int64_t together_since_ms_;           // monotonic
};

/// A clock that a test moves by hand. Thread-safe.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(Time start = {1'790'000'000'000}) : ms_(start.ms) {}
  Time now() const override {
    return {ms_.load(std::memory_order_relaxed) + jumped_ms_.load(std::memory_order_relaxed)};
  }
  std::chrono::steady_clock::time_point monotonic() const override {
    return std::chrono::steady_clock::time_point(std::chrono::milliseconds(ms_.load(std::memory_order_relaxed)));
  }
  void advance(std::chrono::milliseconds by) { ms_.fetch_add(by.count(), std::memory_order_relaxed); }
  /// Sets the wall clock alone, ahead or back.
  void jump(std::chrono::milliseconds by) { jumped_ms_.fetch_add(by.count(), std::memory_order_relaxed); }

 private:
  std::atomic<std::int64_t> ms_;
  std::atomic<std::int64_t> jumped_ms_{0};
};

}  // namespace medialith
