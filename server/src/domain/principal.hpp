// Who acts: always the authenticated user, never one that a client names (S0-8).
#pragma once

#include <cstdint>
#include <string>

#include "domain/rid.hpp"

namespace medialith::domain {

/// What a credential may do. Bits, as stored in api_keys.scopes.
enum class Scopes : std::uint8_t { none = 0, read = 1, write = 2, import = 4, admin = 8, all = 15 };
constexpr Scopes operator|(Scopes a, Scopes b) {
  return static_cast<Scopes>(static_cast<unsigned>(a) | static_cast<unsigned>(b));
}
constexpr Scopes operator&(Scopes a, Scopes b) {
  return static_cast<Scopes>(static_cast<unsigned>(a) & static_cast<unsigned>(b));
}
constexpr bool has(Scopes granted, Scopes wanted) { return (granted & wanted) == wanted; }

/// What a user may do, and with it a login of theirs: the most that a key of theirs can be given. Importing sets past
/// times of one's own rows only, so it is everybody's.
constexpr Scopes scopes_of_user(bool admin) {
  return admin ? Scopes::all : Scopes::read | Scopes::write | Scopes::import;
}

enum class Credential : std::uint8_t {
  local,  ///< profile `single` on this machine: nothing to prove
  login,  ///< a cookie
  key,    ///< a bearer key
};

struct Principal {
  UserRid user;
  std::string user_id;
  bool admin = false;
  Scopes scopes = Scopes::none;
  Credential credential = Credential::local;
  std::string login_hash;    ///< of a login: SHA-256 of its token, 32 bytes
  std::int64_t key_rid = 0;  ///< of a key
};

}  // namespace medialith::domain
