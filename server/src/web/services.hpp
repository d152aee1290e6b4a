// What every route may use: references into what `app` has built. One per process, immutable, thread-safe.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "base/log.hpp"
#include "base/password.hpp"
#include "base/random.hpp"
#include "db/database.hpp"
#include "db/sqlite/tokenizer.hpp"
#include "domain/facets.hpp"
#include "domain/principal.hpp"
#include "domain/rid.hpp"
#include "domain/texts.hpp"
#include "net/runtime.hpp"
#include "web/body_budget.hpp"
#include "web/cursor.hpp"
#include "web/guess_limit.hpp"
#include "web/in_flight.hpp"
#include "web/known_principals.hpp"
#include "web/page_cache.hpp"
#include "web/rate_limit.hpp"
#include "web/signed_url.hpp"

namespace medialith::web {

enum class Profile : std::uint8_t {
  single,    ///< one local owner, no login on this machine (D6)
  accounts,  ///< HOSTED_MODE=true
};

struct Settings {
  Profile profile = Profile::single;
  bool registration_open = false;
  bool local_without_login = true;  ///< `single` on loopback; on another address a token is asked for
  std::string access_token_hash;    ///< that token's token_hash(); empty = there is none
  std::string public_url;           ///< without a trailing slash; empty = not known
  std::string base_path;            ///< "" or "/storage"
  std::vector<std::string> allowed_origins;
  std::uint64_t max_file_size = 0;
  std::vector<std::string> allowed_types;  ///< media types or "image/*"; empty = any
  std::chrono::milliseconds trash_retention = std::chrono::days(30);
  bool redirect_downloads = false;  ///< to the blob store, where it can be read directly

  /// https decides the cookie (design.md §4).
  bool secure() const { return public_url.starts_with("https://"); }
};

struct Services {
  net::Runtime& runtime;
  db::Database& database;
  Clock& clock;
  Random& random;
  UuidMaker& uuids;
  domain::RidMaker& rids;
  const db::sqlite::Tokenizer& tokenizer;
  domain::FacetCache& facets;
  domain::TextCache& texts;
  PageCache& pages;
  const Logger& log;
  Settings settings;
  CursorSealer cursors;
  UrlSigner urls;
  std::optional<domain::Principal> local;  ///< the owner of profile `single`
  RateLimiter& user_mutations;
  RateLimiter& anonymous_mutations;
  GuessLimit& guesses;
  BodyBudget& bodies;
  InFlight& in_flight;
  KnownPrincipals& known;
  net::Pool& hashing;  ///< for what takes argon2id's memory: a NarrowPool of kHashesAtOnce over `work` (R-S2)
  const PasswordHasher& passwords;
};

}  // namespace medialith::web
