// Scopes as words of the wire.
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "base/json.hpp"
#include "domain/principal.hpp"

namespace medialith::api {

inline constexpr std::array<std::string_view, 4> kScopeNames = {"read", "write", "import", "admin"};

std::optional<domain::Scopes> scope_from(std::string_view name);
/// An array of names.
void write_scopes(json::Writer& out, domain::Scopes scopes);

}  // namespace medialith::api
