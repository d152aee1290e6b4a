#include "app/environment_file.hpp"

#include <algorithm>
#include <cctype>
#include <fstream>
#include <sstream>

#include <fmt/format.h>

#include "base/text.hpp"

namespace medialith::app {
namespace {

constexpr std::size_t kMaxBytes = 64 * 1024;

bool is_name(std::string_view text) {
  const auto fits = [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; };
  return !text.empty() && std::isdigit(static_cast<unsigned char>(text.front())) == 0 &&
         std::ranges::all_of(text, fits);
}

std::string_view without_quotes(std::string_view value) {
  const bool quoted =
      value.size() >= 2 && value.front() == value.back() && (value.front() == '"' || value.front() == '\'');
  return quoted ? value.substr(1, value.size() - 2) : value;
}

}  // namespace

Result<Environment> read_environment_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text(kMaxBytes + 1, '\0');
  file.read(text.data(), std::ssize(text));
  if (!file.eof() || file.bad()) {
    return fail(ErrorCode::unavailable, fmt::format("{} cannot be read, or has more than {} bytes.", path, kMaxBytes));
  }
  text.resize(static_cast<std::size_t>(file.gcount()));
  Environment environment;
  std::istringstream lines(text);
  std::string line;
  for (int number = 1; std::getline(lines, line); ++number) {
    std::string_view rest = trimmed(line);
    if (rest.empty() || rest.starts_with('#')) continue;
    if (rest.starts_with("export ")) rest = trimmed(rest.substr(7));
    const std::size_t equals = rest.find('=');
    if (equals == std::string_view::npos || !is_name(rest.substr(0, equals))) {
      return fail(ErrorCode::validation_failed, fmt::format("{}, line {}: not NAME=value.", path, number));
    }
    const std::string_view value = without_quotes(rest.substr(equals + 1));
    environment.insert_or_assign(std::string(rest.substr(0, equals)), std::string(value));
  }
  return environment;
}

}  // namespace medialith::app
