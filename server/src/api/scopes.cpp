#include "api/scopes.hpp"

namespace medialith::api {
namespace {

constexpr std::array kScopes = {domain::Scopes::read, domain::Scopes::write, domain::Scopes::import,
                                domain::Scopes::admin};
static_assert(kScopes.size() == kScopeNames.size(), "in the order of their names");

}  // namespace

std::optional<domain::Scopes> scope_from(std::string_view name) {
  for (std::size_t i = 0; i < kScopes.size(); ++i) {
    if (kScopeNames.at(i) == name) return kScopes.at(i);
  }
  return std::nullopt;
}

void write_scopes(json::Writer& out, domain::Scopes scopes) {
  out.begin_array();
  for (std::size_t i = 0; i < kScopes.size(); ++i) {
    if (has(scopes, kScopes.at(i))) out.string(kScopeNames.at(i));
  }
  out.end_array();
}

}  // namespace medialith::api
