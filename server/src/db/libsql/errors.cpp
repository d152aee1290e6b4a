#include "db/libsql/errors.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include <fmt/format.h>

#include "db/errors.hpp"

namespace medialith::db::libsql {
namespace {

constexpr std::chrono::milliseconds kLookupTimeout{2'000};

bool is_one_of(std::string_view code, std::initializer_list<std::string_view> prefixes) {
  return std::ranges::any_of(prefixes, [&](std::string_view prefix) { return code.starts_with(prefix); });
}

std::optional<std::string_view> unique_columns(std::string_view message) {
  constexpr std::string_view kMark = "UNIQUE constraint failed: ";
  const std::size_t at = message.find(kMark);
  if (at == std::string_view::npos) return std::nullopt;
  return message.substr(at + kMark.size());
}

// "index 'name'" where the index is of expressions.
std::string_view quoted_name(std::string_view columns) {
  if (!columns.starts_with("index '")) return {};
  return columns.substr(7, columns.size() - 8);
}

}  // namespace

bool may_run_again(const ServerError& error) {
  return is_one_of(error.code,
                   {"SQLITE_BUSY", "SQLITE_LOCKED", "TRANSACTION_TIMEOUT", "TRANSACTION_BUSY", "STREAM_EXPIRED"});
}

std::string IndexNames::find(std::string_view columns) {
  if (const std::string_view name = quoted_name(columns); !name.empty()) return std::string(name);
  const std::scoped_lock lock(mutex_);
  if (!by_columns_.contains(columns)) load();  // another server may have migrated since
  const auto found = by_columns_.find(columns);
  return found == by_columns_.end() ? std::string(columns) : fmt::format("{}: {}", found->second, columns);
}

void IndexNames::load() {
  Batch batch;
  batch.always(
      encode("SELECT l.name, (SELECT group_concat(m.name || '.' || i.name, ', ') FROM "
             "(SELECT name FROM pragma_index_info(l.name) ORDER BY seqno) i) "
             "FROM sqlite_schema m JOIN pragma_index_list(m.name) l WHERE m.type = 'table' AND l.\"unique\""));
  const std::array requests = {batch.request()};
  Stream stream(remote_);
  const auto reply = stream.send(requests, Then::close, kLookupTimeout);
  if (!reply) return;
  const Step step = reply->steps(0, batch.size()).front();
  if (step.state != Step::State::done) return;
  by_columns_.clear();
  step.each([this](const Row& row) { by_columns_.emplace(row.text(1), row.text(0)); });
}

Error statement_error(const ServerError& error, IndexNames& indexes) {
  if (const auto columns = unique_columns(error.message)) {
    return database_error(ErrorCode::already_exists, indexes.find(*columns));
  }
  const bool passing =
      may_run_again(error) || is_one_of(error.code, {"SQLITE_IOERR", "SQLITE_NOMEM", "SQLITE_CANTOPEN",
                                                     "SQLITE_READONLY", "SQLITE_INTERRUPT", "BLOCKED"});
  const ErrorCode code = error.code.starts_with("SQLITE_FULL") ? ErrorCode::disk_full
                         : passing                             ? ErrorCode::unavailable
                                                               : ErrorCode::internal;
  return database_error(code, fmt::format("{} ({})", error.message, error.code));
}

}  // namespace medialith::db::libsql
