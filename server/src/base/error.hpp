// The closed list of things that can go wrong, with the HTTP status each answers with. Programs read the code, people
// the message; nothing else of a failure leaves the server.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace medialith {

// X(enumerator, wire name, HTTP status). The wire names are API: never renamed, never reused.
#define MEDIALITH_ERROR_CODES(X)                           \
  X(invalid_request, "INVALID_REQUEST", 400)               \
  X(validation_failed, "VALIDATION_FAILED", 400)           \
  X(malformed_json, "MALFORMED_JSON", 400)                 \
  X(invalid_cursor, "INVALID_CURSOR", 400)                 \
  X(length_mismatch, "LENGTH_MISMATCH", 400)               \
  X(digest_mismatch, "DIGEST_MISMATCH", 400)               \
  X(unauthenticated, "UNAUTHENTICATED", 401)               \
  X(wrong_credentials, "WRONG_CREDENTIALS", 401)           \
  X(forbidden, "FORBIDDEN", 403)                           \
  X(insufficient_scope, "INSUFFICIENT_SCOPE", 403)         \
  X(registration_closed, "REGISTRATION_CLOSED", 403)       \
  X(cross_site, "CROSS_SITE", 403)                         \
  X(origin_not_allowed, "ORIGIN_NOT_ALLOWED", 403)         \
  X(invalid_signature, "INVALID_SIGNATURE", 403)           \
  X(not_found, "NOT_FOUND", 404)                           \
  X(method_not_allowed, "METHOD_NOT_ALLOWED", 405)         \
  X(request_timeout, "REQUEST_TIMEOUT", 408)               \
  X(already_exists, "ALREADY_EXISTS", 409)                 \
  X(email_taken, "EMAIL_TAKEN", 409)                       \
  X(version_conflict, "VERSION_CONFLICT", 409)             \
  X(idempotency_in_flight, "IDEMPOTENCY_IN_FLIGHT", 409)   \
  X(gone, "GONE", 410)                                     \
  X(precondition_failed, "PRECONDITION_FAILED", 412)       \
  X(body_too_large, "BODY_TOO_LARGE", 413)                 \
  X(file_too_large, "FILE_TOO_LARGE", 413)                 \
  X(quota_exceeded, "QUOTA_EXCEEDED", 413)                 \
  X(uri_too_long, "URI_TOO_LONG", 414)                     \
  X(unsupported_media_type, "UNSUPPORTED_MEDIA_TYPE", 415) \
  X(range_not_satisfiable, "RANGE_NOT_SATISFIABLE", 416)   \
  X(unknown_host, "UNKNOWN_HOST", 421)                     \
  X(idempotency_key_reused, "IDEMPOTENCY_KEY_REUSED", 422) \
  X(rate_limited, "RATE_LIMITED", 429)                     \
  X(headers_too_large, "HEADERS_TOO_LARGE", 431)           \
  X(internal, "INTERNAL", 500)                             \
  X(blob_missing, "BLOB_MISSING", 500)                     \
  X(blob_corrupt, "BLOB_CORRUPT", 500)                     \
  X(not_implemented, "NOT_IMPLEMENTED", 501)               \
  X(overloaded, "OVERLOADED", 503)                         \
  X(unavailable, "UNAVAILABLE", 503)                       \
  X(outcome_unknown, "OUTCOME_UNKNOWN", 503)               \
  X(disk_full, "DISK_FULL", 507)

enum class ErrorCode : std::uint8_t {
#define MEDIALITH_ENUMERATOR(name, wire, status) name,
  MEDIALITH_ERROR_CODES(MEDIALITH_ENUMERATOR)
#undef MEDIALITH_ENUMERATOR
};

/// The code as it stands on the wire, such as "NOT_FOUND".
std::string_view wire_name(ErrorCode code);

/// The HTTP status of a code. The only such mapping in the server.
int http_status(ErrorCode code);

/// One offending member of a request body, query or header.
struct FieldError {
  std::string path;     ///< where, as a path of members: `recipe.loras[2].weight`
  std::string code;     ///< a lower_snake word for programs: `required`, `wrong_type`, `too_long`, `unknown` …
  std::string message;  ///< one sentence for people
  bool operator==(const FieldError&) const = default;
};

/// Why something failed. A value: cheap to move, owned by whoever holds it.
struct Error {
  ErrorCode code = ErrorCode::internal;
  std::string message;                              ///< one sentence for people, safe to send
  std::string detail;                               ///< for the log only: errno, SQL error, path
  std::vector<FieldError> fields;                   ///< every offending member, when the request was not valid
  std::string details_json;                         ///< a JSON object sent as `details`, or empty
  std::optional<std::chrono::seconds> retry_after;  ///< sent as Retry-After
};

/// The usual way to make one: `return fail(ErrorCode::not_found, "There is no such asset.")`.
Error make_error(ErrorCode code, std::string message, std::string detail = {});

}  // namespace medialith
