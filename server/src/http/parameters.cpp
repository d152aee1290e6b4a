#include "http/parameters.hpp"

#include <algorithm>
#include <utility>

#include "base/text.hpp"
#include "http/text.hpp"

namespace medialith::http {
namespace {

// Takes a quoted string off `rest`, which begins with its quote.
std::optional<std::string> take_quoted(std::string_view& rest) {
  std::string value;
  for (std::size_t i = 1; i < rest.size(); ++i) {
    if (rest[i] == '"') {
      rest.remove_prefix(i + 1);
      return value;
    }
    if (rest[i] == '\\' && i + 1 < rest.size() && (rest[i + 1] == '"' || rest[i + 1] == '\\')) ++i;
    value.push_back(rest[i]);
  }
  return std::nullopt;
}

// Takes `name=value` off `rest`, up to the next `;` or the end.
std::optional<HeaderParameter> take_parameter(std::string_view& rest) {
  const std::size_t equals = rest.find('=');
  if (equals == std::string_view::npos) return std::nullopt;
  const std::string_view name = trim(rest.substr(0, equals));
  if (!is_token(name)) return std::nullopt;
  HeaderParameter parameter{to_lower(name), {}};
  rest = trim(rest.substr(equals + 1));
  if (rest.starts_with('"')) {
    auto value = take_quoted(rest);
    if (!value) return std::nullopt;
    parameter.value = std::move(*value);
    rest = trim(rest);
    if (!rest.empty() && rest.front() != ';') return std::nullopt;
  } else {
    const std::size_t end = std::min(rest.find(';'), rest.size());
    const std::string_view value = trim(rest.substr(0, end));
    if (!is_token(value)) return std::nullopt;
    parameter.value = value;
    rest.remove_prefix(end);
  }
  return parameter;
}

}  // namespace

const std::string* ParameterizedValue::find(std::string_view name) const {
  const auto found = std::ranges::find(parameters, name, &HeaderParameter::name);
  return found == parameters.end() ? nullptr : &found->value;
}

std::optional<ParameterizedValue> parse_parameterized(std::string_view text) {
  ParameterizedValue result;
  const std::size_t end = std::min(text.find(';'), text.size());
  result.value = trim(text.substr(0, end));
  std::string_view rest = text.substr(end);
  while (!rest.empty()) {
    rest = trim(rest.substr(1));  // the `;`
    if (rest.empty() || rest.front() == ';') continue;
    auto parameter = take_parameter(rest);
    if (!parameter || result.find(parameter->name) != nullptr) return std::nullopt;
    if (result.parameters.size() == kMaxParameters) return std::nullopt;
    result.parameters.push_back(std::move(*parameter));
  }
  return result;
}

}  // namespace medialith::http
