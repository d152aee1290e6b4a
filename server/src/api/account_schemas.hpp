// The shapes of accounts and keys on the native wire.
#pragma once

#include <span>

#include "web/schema.hpp"

namespace medialith::api {

inline constexpr std::int64_t kPasswordMinCharacters = 8;
inline constexpr std::size_t kPasswordMaxBytes = 1024;
inline constexpr std::int64_t kEmailMaxBytes = 254;  ///< RFC 5321 §4.5.3.1.3, less the brackets

extern const web::Schema kUserSchema;         ///< an answer
extern const web::Schema kRegisterSchema;     ///< POST /v1/auth/register
extern const web::Schema kLoginSchema;        ///< POST /v1/auth/login
extern const web::Schema kSetupSchema;        ///< POST /v1/auth/setup
extern const web::Schema kApiKeyInputSchema;  ///< POST /v1/keys
extern const web::Schema kNewApiKeySchema;    ///< its answer, the only one with the key
extern const web::Schema kApiKeySchema;       ///< an item of GET /v1/keys

/// Components of the OpenAPI document: what requests hold, and what answers hold.
std::span<const web::Schema* const> account_request_schemas();
std::span<const web::Schema* const> account_response_schemas();

}  // namespace medialith::api
