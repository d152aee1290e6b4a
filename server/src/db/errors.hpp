// What every engine says when it fails, in the same words.
#pragma once

#include <exception>
#include <string>
#include <utility>

#include "base/result.hpp"

namespace medialith::db {

/// An Error of one of the kinds that a statement, a connection or a disk fails with: disk_full, unavailable (with
/// Retry-After), already_exists, body_too_large, else internal.
Error database_error(ErrorCode code, std::string detail);
/// 503: as many writes wait as may.
Error queue_is_full();
/// 503: COMMIT was sent, or tried, and what became of it is not known.
Error commit_unknown(std::string detail);

/// Calls `fn` and turns what it throws, such as bad_alloc, into an Error.
template <class F, class Argument>
Result<void> fenced(const F& fn, Argument& argument) {
  try {
    return fn(argument);
  } catch (const std::exception& thrown) {
    return fail(database_error(ErrorCode::internal, thrown.what()));
  }
}

}  // namespace medialith::db
