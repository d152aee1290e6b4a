#include "base/config_value.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <span>

#include "base/text.hpp"

namespace medialith {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t factor;
};

constexpr std::int64_t kKi = 1024;
constexpr std::array kSizes = {
    Unit{"b", 1},
    Unit{"kb", 1000},
    Unit{"mb", 1000 * 1000},
    Unit{"gb", 1000LL * 1000 * 1000},
    Unit{"tb", 1000LL * 1000 * 1000 * 1000},
    Unit{"kib", kKi},
    Unit{"mib", kKi* kKi},
    Unit{"gib", kKi* kKi* kKi},
    Unit{"tib", kKi* kKi* kKi* kKi},
};
constexpr std::array kDurations = {
    Unit{"ms", 1}, Unit{"s", 1000}, Unit{"m", 60 * 1000}, Unit{"h", 3600 * 1000}, Unit{"d", 24 * 3600 * 1000},
};

// Takes one "12 kib" from the front; nullopt when there is none, the unit is unknown or the product does not fit.
std::optional<std::int64_t> take_quantity(std::string_view& text, std::span<const Unit> units) {
  std::int64_t number = 0;
  if (text.empty() || text.front() < '0' || text.front() > '9') return std::nullopt;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (read.ec != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(read.ptr - text.data()));
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  const std::size_t end = std::ranges::find_if_not(text, [](char c) { return c >= 'a' && c <= 'z'; }) - text.begin();
  const auto unit = std::ranges::find(units, text.substr(0, end), &Unit::name);
  if (unit == units.end()) return std::nullopt;
  text.remove_prefix(end);
  std::int64_t product = 0;
  if (__builtin_mul_overflow(number, unit->factor, &product)) return std::nullopt;
  return product;
}

// With the largest unit that divides, among those from `first` on in ascending order.
std::string print(std::int64_t value, std::span<const Unit> units, std::span<const std::string_view> names) {
  std::size_t best = 0;
  for (std::size_t i = 0; i < units.size(); ++i) {
    if (value != 0 && value % units[i].factor == 0) best = i;
  }
  return std::to_string(value / units[best].factor) + std::string(names[best]);
}

}  // namespace

std::optional<bool> parse_boolean(std::string_view text) {
  const std::string word = to_lower(text);
  if (word == "true" || word == "yes" || word == "on" || word == "1") return true;
  if (word == "false" || word == "no" || word == "off" || word == "0") return false;
  return std::nullopt;
}

std::optional<std::int64_t> parse_size(std::string_view text) {
  std::string word = to_lower(text);
  if (!word.empty() && word.back() >= '0' && word.back() <= '9') word += 'b';
  std::string_view rest = word;
  const auto bytes = take_quantity(rest, kSizes);
  return rest.empty() ? bytes : std::nullopt;
}

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
  std::int64_t total = 0;
  std::string_view rest = text;
  do {
    const auto part = take_quantity(rest, kDurations);
    if (!part || __builtin_add_overflow(total, *part, &total)) return std::nullopt;
    rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
  } while (!rest.empty());
  return std::chrono::milliseconds(total);
}

std::vector<std::string> parse_list(std::string_view text) {
  constexpr std::string_view kSeparators = ", \t\r\n";
  std::vector<std::string> items;
  while (true) {
    const std::size_t start = text.find_first_not_of(kSeparators);
    if (start == std::string_view::npos) return items;
    text.remove_prefix(start);
    const std::size_t end = std::min(text.find_first_of(kSeparators), text.size());
    items.emplace_back(text.substr(0, end));
    text.remove_prefix(end);
  }
}

std::string print_size(std::int64_t bytes) {
  constexpr std::array<Unit, 5> kUnits = {kSizes[0], kSizes[5], kSizes[6], kSizes[7], kSizes[8]};
  constexpr std::array<std::string_view, 5> kNames = {"", "KiB", "MiB", "GiB", "TiB"};
  return print(bytes, kUnits, kNames);
}

std::string print_duration(std::chrono::milliseconds duration) {
  constexpr std::array<std::string_view, 5> kNames = {"ms", "s", "m", "h", "d"};
  if (duration.count() == 0) return "0s";
  return print(duration.count(), kDurations, kNames);
}

}  // namespace medialith
