#include "base/clock.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <optional>

namespace medialith {
namespace {

using std::chrono::days;
using std::chrono::milliseconds;
using std::chrono::sys_days;
using std::chrono::year_month_day;

// A clock that is steered drifts by far less in a minute; what is more was set.
constexpr std::int64_t kStepMs = 1000;
constexpr std::int64_t kMsPerDay = 86'400'000;
constexpr std::int64_t kFirstMs = sys_days{std::chrono::year{0} / 1 / 1}.time_since_epoch().count() * kMsPerDay;
constexpr std::int64_t kLastMs = sys_days{std::chrono::year{10'000} / 1 / 1}.time_since_epoch().count() * kMsPerDay - 1;

// "00" to "99", so that two digits cost one copy instead of two divisions.
constexpr auto kPairs = [] {
  std::array<char, 200> pairs{};
  for (std::size_t i = 0; i < 100; ++i) {
    pairs[2 * i] = static_cast<char>('0' + i / 10);
    pairs[2 * i + 1] = static_cast<char>('0' + i % 10);
  }
  return pairs;
}();

char* put_pair(char* to, unsigned value) {
  to[0] = kPairs[2 * value];
  to[1] = kPairs[2 * value + 1];
  return to + 2;
}

// Reads a text from its front; once something does not fit, `ok` stays false.
struct Reader {
  std::string_view rest;
  bool ok = true;

  int digits(std::size_t count) {
    if (rest.size() < count) {
      ok = false;
      return 0;
    }
    int value = 0;
    for (char c : rest.substr(0, count)) {
      ok = ok && c >= '0' && c <= '9';
      value = value * 10 + (c - '0');
    }
    rest.remove_prefix(count);
    return value;
  }
  bool take(std::string_view any_of) {
    if (rest.empty() || !any_of.contains(rest.front())) return false;
    rest.remove_prefix(1);
    return true;
  }
  void need(std::string_view any_of) { ok = take(any_of) && ok; }
};

// ".123456" as 123; what is finer than a millisecond is cut.
int read_fraction_ms(Reader& in) {
  if (!in.take(".")) return 0;
  int ms = 0;
  int scale = 100;
  std::size_t count = 0;
  while (count < in.rest.size() && in.rest[count] >= '0' && in.rest[count] <= '9') {
    ms += (in.rest[count] - '0') * scale;
    scale /= 10;
    ++count;
  }
  in.ok = in.ok && count > 0;
  in.rest.remove_prefix(count);
  return ms;
}

// "Z" or "+05:30", in minutes east.
int read_offset_minutes(Reader& in) {
  if (in.take("Zz")) return 0;
  const bool west = in.take("-");
  if (!west) in.need("+");
  const int hours = in.digits(2);
  in.need(":");
  const int minutes = in.digits(2);
  in.ok = in.ok && hours < 24 && minutes < 60;
  return (west ? -1 : 1) * (hours * 60 + minutes);
}

std::optional<std::int64_t> read_time(std::string_view text) {
  Reader in{text};
  const int year = in.digits(4);
  in.need("-");
  const auto month = static_cast<unsigned>(in.digits(2));
  in.need("-");
  const auto day = static_cast<unsigned>(in.digits(2));
  in.need("Tt ");
  const int hour = in.digits(2);
  in.need(":");
  const int minute = in.digits(2);
  in.need(":");
  const int second = in.digits(2);
  const int ms = read_fraction_ms(in);
  const int offset = read_offset_minutes(in);
  const year_month_day date{std::chrono::year{year}, std::chrono::month{month}, std::chrono::day{day}};
  // Second 60 is a leap second, which POSIX time counts as the one that follows.
  if (!in.ok || !in.rest.empty() || !date.ok() || hour > 23 || minute > 59 || second > 60) return std::nullopt;
  const std::int64_t seconds = ((hour * 60LL + minute - offset) * 60) + second;
  const std::int64_t total = sys_days{date}.time_since_epoch().count() * kMsPerDay + seconds * 1000 + ms;
  if (total < kFirstMs || total > kLastMs) return std::nullopt;
  return total;
}

}  // namespace

void append_iso8601(std::string& out, Time time) {
  const std::int64_t ms = std::clamp(time.ms, kFirstMs, kLastMs);
  const auto day = std::chrono::floor<days>(milliseconds(ms));
  const year_month_day date{sys_days{day}};
  const auto in_day = static_cast<unsigned>((milliseconds(ms) - day).count());
  const auto year = static_cast<unsigned>(static_cast<int>(date.year()));
  std::array<char, 24> text{};
  char* to = put_pair(text.data(), year / 100);
  to = put_pair(to, year % 100);
  *to++ = '-';
  to = put_pair(to, static_cast<unsigned>(date.month()));
  *to++ = '-';
  to = put_pair(to, static_cast<unsigned>(date.day()));
  *to++ = 'T';
  to = put_pair(to, in_day / 3'600'000);
  *to++ = ':';
  to = put_pair(to, in_day / 60'000 % 60);
  *to++ = ':';
  to = put_pair(to, in_day / 1000 % 60);
  *to++ = '.';
  *to++ = static_cast<char>('0' + in_day % 1000 / 100);
  to = put_pair(to, in_day % 100);
  *to = 'Z';
  out.append(text.data(), text.size());
}

std::string to_iso8601(Time time) {
  std::string out;
  append_iso8601(out, time);
  return out;
}

Result<Time> parse_iso8601(std::string_view text) {
  const auto ms = read_time(text);
  if (!ms) return fail(ErrorCode::validation_failed, "A time must look like 2026-11-21T09:36:00.123Z.");
  return Time{*ms};
}

Time SystemClock::now() const {
  return {std::chrono::floor<milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count()};
}

MarkedClock::MarkedClock(const Clock& source)
    : source_(source),
      mark_ahead_ms_(source.now().ms - monotonic_ms()),
      wall_ahead_ms_(mark_ahead_ms_),
      together_since_ms_(monotonic_ms()) {}

std::int64_t MarkedClock::monotonic_ms() const {
  return std::chrono::floor<milliseconds>(source_.monotonic().time_since_epoch()).count();
}

Time MarkedClock::now() const { return std::max(source_.now(), mark()); }

Time MarkedClock::mark() const { return {mark_ahead_ms_.load(std::memory_order_relaxed) + monotonic_ms()}; }

void MarkedClock::observe() {
  const std::int64_t monotonic = monotonic_ms();
  const std::int64_t ahead = source_.now().ms - monotonic;
  if (std::abs(ahead - wall_ahead_ms_) > kStepMs) together_since_ms_ = monotonic;
  wall_ahead_ms_ = ahead;
  const bool believed = milliseconds(monotonic - together_since_ms_) >= kClockTrustedAfter;
  if (believed && ahead > mark_ahead_ms_.load(std::memory_order_relaxed)) {
    mark_ahead_ms_.store(ahead, std::memory_order_relaxed);
  }
}

}  // namespace medialith
