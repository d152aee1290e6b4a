#include "api/account_schemas.hpp"

#include <array>

#include "api/scopes.hpp"

namespace medialith::api {
namespace {

using web::Field;
using web::Presence;
using web::Schema;
using web::Type;

constexpr std::string_view kUserKinds[] = {"local", "person", "guest", "legacy"};
constexpr std::string_view kProfiles[] = {"single", "accounts"};
constexpr std::int64_t kNameMax = 255;
constexpr std::int64_t kTokenMax = 256;

constexpr Field kUserFields[] = {
    {.name = "id", .doc = "Made by the server."},
    {.name = "kind", .doc = "`local`: the owner of a server without accounts.", .one_of = kUserKinds},
    {.name = "email", .doc = "As it was given.", .nullable = true},
    {.name = "name", .doc = "What to call them.", .nullable = true},
    {.name = "admin", .type = Type::boolean, .doc = "May look after the server and its users."},
    {.name = "profile", .doc = "Whether this server has one owner or accounts.", .one_of = kProfiles},
    {.name = "scopes", .type = Type::array, .doc = "What this login or key may do.", .one_of = kScopeNames},
    {.name = "createdAt", .type = Type::date_time, .doc = "When the account was made."},
};

#define EMAIL_FIELD \
  {.name = "email", .doc = "Compared without case.", .presence = Presence::required, .min = 3, .max = kEmailMaxBytes}
#define NEW_PASSWORD_FIELD                                                              \
  {.name = "password",                                                                  \
   .doc = "At least 8 characters and at most 1024 bytes; nothing else is asked of it.", \
   .presence = Presence::required,                                                      \
   .min = kPasswordMinCharacters,                                                       \
   .max = kPasswordMaxBytes}
#define NAME_FIELD {.name = "name", .doc = "What to call them.", .nullable = true, .max = kNameMax}

constexpr Field kRegisterFields[] = {EMAIL_FIELD, NEW_PASSWORD_FIELD, NAME_FIELD};

constexpr Field kSetupFields[] = {
    {.name = "token",
     .doc = "The one-time set-up token that the server has printed.",
     .presence = Presence::required,
     .min = 1,
     .max = kTokenMax},
    EMAIL_FIELD,
    NEW_PASSWORD_FIELD,
    NAME_FIELD,
};

constexpr Field kLoginFields[] = {
    {.name = "email", .doc = "With `password`.", .min = 1, .max = kEmailMaxBytes},
    {.name = "password", .doc = "With `email`.", .min = 1, .max = kPasswordMaxBytes},
    {.name = "token",
     .doc = "Alone: the access token of a server without accounts that is not on this machine.",
     .min = 1,
     .max = kTokenMax},
};

#define SCOPES_DOC "What it may do, at most what its maker may."
#define EXPIRES_DOC "From when it is refused; null = never."
#define API_KEY_MEMBERS                                                                           \
  {.name = "id", .doc = "Names the key; no secret."}, {.name = "name", .doc = "What it is for."}, \
      {.name = "scopes", .type = Type::array, .doc = SCOPES_DOC, .one_of = kScopeNames},          \
      {.name = "createdAt", .type = Type::date_time, .doc = "When it was made."}, {               \
    .name = "expiresAt", .type = Type::date_time, .doc = EXPIRES_DOC, .nullable = true            \
  }

constexpr Field kApiKeyInputFields[] = {
    {.name = "name", .doc = "What it is for.", .presence = Presence::required, .min = 1, .max = kNameMax},
    {.name = "scopes",
     .type = Type::array,
     .doc = SCOPES_DOC " Default: read and write.",
     .min = 1,
     .max = kScopeNames.size(),
     .one_of = kScopeNames},
    {.name = "expiresAt", .type = Type::date_time, .doc = EXPIRES_DOC, .nullable = true},
    {.name = "id", .presence = Presence::read_only},
    {.name = "key", .presence = Presence::read_only},
    {.name = "createdAt", .type = Type::date_time, .presence = Presence::read_only},
    {.name = "lastUsedAt", .type = Type::date_time, .presence = Presence::read_only},
};

constexpr Field kNewApiKeyFields[] = {
    API_KEY_MEMBERS,
    {.name = "key", .doc = "`mlk_…`, sent as `Authorization: Bearer`. Shown this once."},
};

constexpr Field kApiKeyFields[] = {
    API_KEY_MEMBERS,
    {.name = "lastUsedAt", .type = Type::date_time, .doc = "To the hour.", .nullable = true},
};

}  // namespace

constinit const Schema kUserSchema = {.name = "User", .doc = "Who is asking.", .fields = kUserFields};
constinit const Schema kRegisterSchema = {.name = "Register", .doc = "A new account.", .fields = kRegisterFields};
constinit const Schema kLoginSchema = {
    .name = "Login", .doc = "An email with its password, or an access token.", .fields = kLoginFields};
constinit const Schema kSetupSchema = {.name = "Setup", .doc = "The first admin.", .fields = kSetupFields};
constinit const Schema kApiKeyInputSchema = {
    .name = "ApiKeyInput", .doc = "A key to make.", .fields = kApiKeyInputFields};
constinit const Schema kNewApiKeySchema = {
    .name = "NewApiKey", .doc = "A key with its secret.", .fields = kNewApiKeyFields};
constinit const Schema kApiKeySchema = {.name = "ApiKey", .doc = "A key, without its secret.", .fields = kApiKeyFields};

std::span<const Schema* const> account_request_schemas() {
  static constexpr std::array kSchemas = {&kRegisterSchema, &kLoginSchema, &kSetupSchema, &kApiKeyInputSchema};
  return kSchemas;
}

std::span<const Schema* const> account_response_schemas() {
  static constexpr std::array kSchemas = {&kUserSchema, &kNewApiKeySchema, &kApiKeySchema};
  return kSchemas;
}

}  // namespace medialith::api
