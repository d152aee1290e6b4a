#include "http/media_type.hpp"

#include <algorithm>
#include <utility>

#include "base/text.hpp"
#include "http/text.hpp"

namespace medialith::http {
namespace {

// A weight in thousandths: `1`, `0.5`, `0.333` (RFC 9110 §12.4.2); nullopt when malformed.
std::optional<int> parse_weight(std::string_view text) {
  if (text.empty() || text.size() > 5 || (text[0] != '0' && text[0] != '1')) return std::nullopt;
  int weight = (text[0] - '0') * 1000;
  if (text.size() > 1 && text[1] != '.') return std::nullopt;
  int unit = 100;
  for (const char c : text.substr(std::min<std::size_t>(2, text.size()))) {
    if (c < '0' || c > '9') return std::nullopt;
    weight += (c - '0') * unit;
    unit /= 10;
  }
  return weight <= 1000 ? std::optional(weight) : std::nullopt;
}

struct Weights {
  std::optional<int> br;
  std::optional<int> gzip;
  std::optional<int> identity;
  std::optional<int> any;
};

void read_element(std::string_view element, Weights& weights) {
  const std::size_t semicolon = std::min(element.find(';'), element.size());
  const std::string_view name = trim(element.substr(0, semicolon));
  int weight = 1000;
  if (semicolon < element.size()) {
    const std::string_view parameter = trim(element.substr(semicolon + 1));
    if (parameter.size() < 2 || !iequals(parameter.substr(0, 2), "q=")) return;
    const auto parsed = parse_weight(parameter.substr(2));
    if (!parsed) return;
    weight = *parsed;
  }
  if (iequals(name, "br")) weights.br = weight;
  if (iequals(name, "gzip") || iequals(name, "x-gzip")) weights.gzip = weight;
  if (iequals(name, "identity")) weights.identity = weight;
  if (name == "*") weights.any = weight;
}

}  // namespace

std::string MediaType::charset() const {
  const std::string* value = find("charset");
  return value == nullptr ? std::string() : to_lower(*value);
}

const std::string* MediaType::find(std::string_view parameter) const {
  const auto found = std::ranges::find(parameters, parameter, &HeaderParameter::name);
  return found == parameters.end() ? nullptr : &found->value;
}

std::optional<MediaType> parse_media_type(std::string_view text) {
  auto parsed = parse_parameterized(text);
  if (!parsed) return std::nullopt;
  const std::string_view essence = parsed->value;
  const std::size_t slash = essence.find('/');
  if (slash == std::string_view::npos || !is_token(essence.substr(0, slash)) || !is_token(essence.substr(slash + 1))) {
    return std::nullopt;
  }
  MediaType type;
  type.essence = to_lower(essence);
  type.parameters = std::move(parsed->parameters);
  return type;
}

bool media_type_matches(std::string_view essence, std::string_view pattern) {
  if (pattern == "*/*" || pattern == essence) return true;
  if (!pattern.ends_with("/*")) return false;
  return essence.starts_with(pattern.substr(0, pattern.size() - 1));
}

std::string_view encoding_name(Encoding encoding) {
  switch (encoding) {
    case Encoding::identity:
      return "";
    case Encoding::gzip:
      return "gzip";
    case Encoding::br:
      return "br";
  }
  return "";
}

Encoding choose_encoding(std::optional<std::string_view> accept_encoding, EncodingsThere there) {
  if (!accept_encoding) return Encoding::identity;
  Weights weights;
  std::string_view rest = *accept_encoding;
  while (const auto element = next_list_element(rest)) read_element(*element, weights);
  const int br = there.br ? weights.br.value_or(weights.any.value_or(0)) : 0;
  const int gzip = there.gzip ? weights.gzip.value_or(weights.any.value_or(0)) : 0;
  // An identity that is not named is acceptable but wanted least (RFC 9110 §12.5.3).
  const int identity = weights.identity.value_or(0);
  if (br > 0 && br >= gzip && br >= identity) return Encoding::br;
  if (gzip > 0 && gzip >= identity) return Encoding::gzip;
  return Encoding::identity;
}

}  // namespace medialith::http
