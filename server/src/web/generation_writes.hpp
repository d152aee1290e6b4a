// A generation on its way into the database, whatever wire it came by.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "domain/generations.hpp"
#include "web/context.hpp"
#include "web/generation_page.hpp"

namespace medialith::web {

/// Keeps a new one; its rid and times are made here. A retry's replay is left in `context`, and nothing was done.
/// Errors: already_exists.
Task<Result<void>> keep_generation(Context& context, domain::Generation& generation);

/// The version that a change was made from, as the request names it.
struct Precondition {
  std::optional<std::int64_t> version;           ///< none: whichever is the current one
  ErrorCode code = ErrorCode::version_conflict;  ///< when it is stale: 412 for If-Match, 409 for a body
};

/// What a change makes of the fields.
using Edit = std::function<Result<domain::GenerationFields>(const domain::GenerationFields&)>;

/// Reads, edits outside the transaction, and writes if the version is still the one read; else does it again, some
/// times. What was written; nullopt for a retry, whose replay is left in `context`. Errors: not_found, what `edit`
/// fails with, and when the version is stale the precondition's code, in whose details the wire shows the current
/// document.
Task<Result<std::optional<domain::Generation>>> edit_generation(Context& context, std::string id, Precondition wanted,
                                                                Edit edit);

/// What was written, with the assets that it has now.
Task<Result<std::string>> show_written(Context& context, domain::Generation generation, GenerationShape shape);

/// Whether this is the error of a change made from a version that is no longer the current one.
constexpr bool is_stale(const Error& error) {
  return error.code == ErrorCode::version_conflict || error.code == ErrorCode::precondition_failed;
}

}  // namespace medialith::web
