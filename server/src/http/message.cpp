#include "http/message.hpp"

#include <algorithm>
#include <array>
#include <cassert>

#include "http/text.hpp"

namespace medialith::http {
namespace {

// In the order of the enumerators.
constexpr std::array<std::string_view, 7> kMethodNames = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};

}  // namespace

std::string_view method_name(Method method) { return kMethodNames.at(std::to_underlying(method)); }

std::optional<Method> parse_method(std::string_view name) {
  const auto* found = std::ranges::find(kMethodNames, name);
  if (found == kMethodNames.end()) return std::nullopt;
  return static_cast<Method>(found - kMethodNames.begin());
}

std::optional<std::string_view> Headers::find(std::string_view name) const {
  for (const auto& [field, value] : fields_) {
    if (iequals(field, name)) return value;
  }
  return std::nullopt;
}

std::vector<std::string_view> Headers::all(std::string_view name) const {
  std::vector<std::string_view> values;
  for (const auto& [field, value] : fields_) {
    if (iequals(field, name)) values.emplace_back(value);
  }
  return values;
}

void Headers::add(std::string_view name, std::string_view value) {
  assert(is_token(name));
  assert(is_field_value(value));
  fields_.emplace_back(name, value);
}

void Headers::set(std::string_view name, std::string_view value) {
  remove(name);
  add(name, value);
}

void Headers::remove(std::string_view name) {
  std::erase_if(fields_, [&](const auto& field) { return iequals(field.first, name); });
}

std::optional<std::string_view> Request::query_value(std::string_view name) const {
  for (const QueryParameter& parameter : query) {
    if (parameter.name == name) return parameter.value;
  }
  return std::nullopt;
}

std::optional<std::string_view> Request::cookie(std::string_view name) const {
  std::size_t seen = 0;
  for (const auto& [field, value] : headers) {
    if (!iequals(field, "cookie")) continue;
    std::string_view rest = value;
    while (!rest.empty()) {
      if (++seen > kMaxCookies) return std::nullopt;
      const std::size_t end = std::min(rest.find(';'), rest.size());
      const std::string_view pair = trim(rest.substr(0, end));
      rest.remove_prefix(std::min(end + 1, rest.size()));
      const std::size_t equals = pair.find('=');
      if (equals == std::string_view::npos || trim(pair.substr(0, equals)) != name) continue;
      return trim(pair.substr(equals + 1));
    }
  }
  return std::nullopt;
}

}  // namespace medialith::http
