#include "db/errors.hpp"

namespace medialith::db {
namespace {

const char* sentence_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::disk_full:
      return "The server's disk is full. Nothing was changed.";
    case ErrorCode::unavailable:
      return "The database cannot answer at the moment. Try again.";
    case ErrorCode::already_exists:
      return "This exists already.";
    case ErrorCode::body_too_large:
      return "This is larger than what the database takes.";
    default:
      return "Something went wrong inside the server.";
  }
}

}  // namespace

Error database_error(ErrorCode code, std::string detail) {
  Error error = make_error(code, sentence_of(code), std::move(detail));
  if (code == ErrorCode::unavailable) error.retry_after = std::chrono::seconds(1);
  return error;
}

Error queue_is_full() {
  Error error = make_error(ErrorCode::overloaded, "The server is busy. Try again in a moment.", "writes queue is full");
  error.retry_after = std::chrono::seconds(1);
  return error;
}

Error commit_unknown(std::string detail) {
  return make_error(ErrorCode::outcome_unknown,
                    "It is not known whether this was saved. Look before you try again, or repeat it with the same "
                    "Idempotency-Key.",
                    std::move(detail));
}

}  // namespace medialith::db
