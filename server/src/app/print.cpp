#include "app/print.hpp"

#include <array>

#include <fmt/format.h>

namespace medialith::app {

std::string print_bytes(std::uint64_t bytes) {
  constexpr double kStep = 1000;
  constexpr std::array<std::string_view, 4> kUnits = {"bytes", "KB", "MB", "GB"};
  if (bytes < 1000) return fmt::format("{} bytes", bytes);
  auto size = static_cast<double>(bytes);
  std::size_t unit = 0;
  for (; size >= kStep && unit + 1 < kUnits.size(); ++unit) size /= kStep;
  return size < 10 ? fmt::format("{:.1f} {}", size, kUnits.at(unit)) : fmt::format("{:.0f} {}", size, kUnits.at(unit));
}

std::string group_digits(std::int64_t number) {
  std::string text = std::to_string(number);
  for (std::size_t i = text.size(); i > 3;) text.insert(i -= 3, " ");
  return text;
}

// C1 controls (U+0080 to U+009F) drive some terminals, in UTF-8 too.
std::string printable(std::string_view name) {
  std::string text;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const auto byte = static_cast<unsigned char>(name[i]);
    const bool c1 = byte == 0xC2 && i + 1 < name.size() && static_cast<unsigned char>(name[i + 1]) < 0xA0;
    if (c1) ++i;
    text += c1 || byte < 0x20 || byte == 0x7F ? '?' : name[i];
  }
  return text;
}

}  // namespace medialith::app
