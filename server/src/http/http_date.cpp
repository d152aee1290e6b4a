#include "http/http_date.hpp"

#include <algorithm>
#include <array>
#include <chrono>

#include <fmt/format.h>

#include "base/text.hpp"

namespace medialith::http {
namespace {

constexpr std::array<std::string_view, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::string_view kShape = "DDD, dd MMM yyyy hh:mm:ss GMT";

// The digits where the shape has `letter`.
std::optional<int> number(std::string_view text, char letter) {
  const std::size_t first = kShape.find(letter);
  const std::size_t last = kShape.rfind(letter);
  const auto value = parse_integer<std::uint64_t>(text.substr(first, last - first + 1));
  if (!value) return std::nullopt;
  return static_cast<int>(*value);
}

bool has_shape(std::string_view text) {
  if (text.size() != kShape.size()) return false;
  for (const std::size_t i : {3, 4, 7, 11, 16, 19, 22, 25, 26, 27, 28}) {
    if (text[i] != kShape[i]) return false;
  }
  return true;
}

}  // namespace

std::string format_http_date(Time time) {
  namespace chr = std::chrono;
  const chr::sys_seconds moment(chr::floor<chr::seconds>(chr::milliseconds(time.ms)));
  const auto days = chr::floor<chr::days>(moment);
  const chr::year_month_day date(days);
  const chr::hh_mm_ss clock(moment - days);
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT", kDays.at(chr::weekday(days).c_encoding()),
                     static_cast<unsigned>(date.day()), kMonths.at(static_cast<unsigned>(date.month()) - 1),
                     static_cast<int>(date.year()), clock.hours().count(), clock.minutes().count(),
                     clock.seconds().count());
}

std::optional<Time> parse_http_date(std::string_view text) {
  namespace chr = std::chrono;
  if (!has_shape(text)) return std::nullopt;
  const auto* const month = std::ranges::find(kMonths, text.substr(8, 3));
  const auto day = number(text, 'd');
  const auto year = number(text, 'y');
  const auto hour = number(text, 'h');
  const auto minute = number(text, 'm');
  const auto second = number(text, 's');
  if (month == kMonths.end() || !day || !year || !hour || !minute || !second) return std::nullopt;
  if (*hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  const chr::year_month_day date(chr::year(*year), chr::month(static_cast<unsigned>(month - kMonths.begin()) + 1),
                                 chr::day(static_cast<unsigned>(*day)));
  if (!date.ok()) return std::nullopt;
  const chr::sys_days days(date);
  if (kDays.at(chr::weekday(days).c_encoding()) != text.substr(0, 3)) return std::nullopt;
  const auto moment = days + chr::hours(*hour) + chr::minutes(*minute) + chr::seconds(std::min(*second, 59));
  return Time{chr::duration_cast<chr::milliseconds>(moment.time_since_epoch()).count()};
}

}  // namespace medialith::http
