// Expected failures are values: Result<T> is std::expected<T, Error>. Exceptions stay inside third-party fences.
#pragma once

#include <expected>
#include <string>
#include <utility>

#include "base/error.hpp"

namespace medialith {

template <class T = void>
using Result = std::expected<T, Error>;

/// `return fail(...)` from any function that returns a Result.
[[nodiscard]] inline std::unexpected<Error> fail(Error error) { return std::unexpected<Error>(std::move(error)); }
[[nodiscard]] inline std::unexpected<Error> fail(ErrorCode code, std::string message, std::string detail = {}) {
  return std::unexpected<Error>(make_error(code, std::move(message), std::move(detail)));
}

}  // namespace medialith

#define MEDIALITH_JOIN_(a, b) a##b
#define MEDIALITH_JOIN(a, b) MEDIALITH_JOIN_(a, b)

// Statements, never expressions, so that they mean the same inside and outside a coroutine.
//   TRY(check(x));                 returns the error of a Result<void>
//   TRY_ASSIGN(auto row, find(x)); declares row or returns the error
//   CO_TRY, CO_TRY_ASSIGN          the same in a coroutine that co_returns a Result
#define MEDIALITH_TRY_(return_, result, expression)                  \
  do {                                                               \
    auto result = (expression);                                      \
    if (!result) return_ std::unexpected(std::move(result).error()); \
  } while (false)
#define MEDIALITH_TRY_ASSIGN_(return_, result, target, expression) \
  auto result = (expression);                                      \
  if (!result) return_ std::unexpected(std::move(result).error()); \
  target = std::move(*result)

#define TRY(expression) MEDIALITH_TRY_(return, MEDIALITH_JOIN(try_, __LINE__), expression)
#define TRY_ASSIGN(target, expression) MEDIALITH_TRY_ASSIGN_(return, MEDIALITH_JOIN(try_, __LINE__), target, expression)
#define CO_TRY(expression) MEDIALITH_TRY_(co_return, MEDIALITH_JOIN(try_, __LINE__), expression)
#define CO_TRY_ASSIGN(target, expression) \
  MEDIALITH_TRY_ASSIGN_(co_return, MEDIALITH_JOIN(try_, __LINE__), target, expression)
