#include "db/sqlite/session.hpp"

#include <cmath>

#include <fmt/format.h>

#include "db/errors.hpp"

namespace medialith::db::sqlite {
namespace {

// Beyond it the statement used longest ago is prepared anew: lists compose a few dozen shapes.
constexpr std::size_t kComposedStatements = 128;

class StatementRow final : public Row {
 public:
  explicit StatementRow(sqlite3_stmt* statement) : statement_(statement) {}
  bool is_null(int column) const override { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }
  std::int64_t integer(int column) const override { return sqlite3_column_int64(statement_, column); }
  double real(int column) const override { return sqlite3_column_double(statement_, column); }
  std::string_view text(int column) const override {
    // One look at the column instead of two. The value is not protected by a mutex and needs none: one thread at a time
    // uses the connection.
    sqlite3_value* const value = sqlite3_column_value(statement_, column);
    const auto* text = reinterpret_cast<const char*>(sqlite3_value_text(value));
    if (text == nullptr) return {};
    return {text, static_cast<std::size_t>(sqlite3_value_bytes(value))};
  }
  std::span<const std::byte> bytes(int column) const override {
    const auto* bytes = static_cast<const std::byte*>(sqlite3_column_blob(statement_, column));
    if (bytes == nullptr) return {};
    return {bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
  }
  Time time(int column) const override { return {integer(column)}; }
  bool boolean(int column) const override { return integer(column) != 0; }

 private:
  sqlite3_stmt* statement_;
};

// SQLite takes a null pointer for NULL, and an empty view may well have one.
int bind_text(sqlite3_stmt* statement, int index, std::string_view text) {
  return sqlite3_bind_text64(statement, index, text.data() != nullptr ? text.data() : "", text.size(), SQLITE_STATIC,
                             SQLITE_UTF8);
}

struct Binder {
  sqlite3_stmt* statement;
  int index;
  int operator()(Null) const { return sqlite3_bind_null(statement, index); }
  int operator()(std::int64_t value) const { return sqlite3_bind_int64(statement, index, value); }
  // NaN would arrive as NULL.
  int operator()(double value) const {
    return std::isnan(value) ? SQLITE_MISMATCH : sqlite3_bind_double(statement, index, value);
  }
  int operator()(bool value) const { return sqlite3_bind_int64(statement, index, value ? 1 : 0); }
  int operator()(std::string_view value) const { return bind_text(statement, index, value); }
  int operator()(Json value) const { return bind_text(statement, index, value.text); }
  int operator()(Decimal value) const { return bind_text(statement, index, value.text); }
  int operator()(Time value) const { return sqlite3_bind_int64(statement, index, value.ms); }
  int operator()(Words) const { return SQLITE_MISMATCH; }  // bind() has left those out that are at their place
  int operator()(Bytes value) const {
    const void* data = value.bytes.data() != nullptr ? static_cast<const void*>(value.bytes.data()) : "";
    return sqlite3_bind_blob64(statement, index, data, value.bytes.size(), SQLITE_STATIC);
  }
};

Error mistake(std::string detail) { return database_error(ErrorCode::internal, std::move(detail)); }

}  // namespace

Result<std::shared_ptr<Prepared>> Prepared::make(sqlite3* handle, std::string_view text, bool persistent) {
  const std::string sql = expand_tables(text, "");
  std::shared_ptr<Prepared> prepared(new Prepared);
  const char* rest = nullptr;
  const int code = sqlite3_prepare_v3(handle, sql.c_str(), static_cast<int>(sql.size()) + 1,
                                      persistent ? SQLITE_PREPARE_PERSISTENT : 0, &prepared->statement_, &rest);
  if (code != SQLITE_OK) {
    Error error = error_of(handle, code);
    error.detail += fmt::format(" in: {}", sql);
    return fail(std::move(error));
  }
  if (prepared->statement_ == nullptr || std::string_view(rest).find_first_not_of(" \n\t;") != std::string_view::npos) {
    return fail(mistake(fmt::format("not one statement: {}", sql)));
  }
  TRY(prepared->find_parameters(sql));
  return prepared;
}

Result<void> Prepared::find_parameters(std::string_view text) {
  const int count = sqlite3_bind_parameter_count(statement_);
  for (int n = 1; n <= count; ++n) {
    const int index = sqlite3_bind_parameter_index(statement_, fmt::format("${}", n).c_str());
    if (index == 0) return fail(mistake(fmt::format("placeholders are $1 to ${}: {}", count, text)));
    parameters_.push_back(index);
  }
  return {};
}

Result<void> Prepared::bind(std::span<const Value> values) {
  while (!values.empty() && std::holds_alternative<Words>(values.back())) values = values.first(values.size() - 1);
  if (values.size() != parameters_.size()) {
    return fail(mistake(
        fmt::format("{} values for {} placeholders: {}", values.size(), parameters_.size(), sqlite3_sql(statement_))));
  }
  for (std::size_t n = 0; n < values.size(); ++n) {
    const int code = std::visit(Binder{statement_, parameters_[n]}, values[n]);
    if (code == SQLITE_OK) continue;
    return fail(mistake(fmt::format("${} cannot be bound (SQLite {}): {}", n + 1, code, sqlite3_sql(statement_))));
  }
  return {};
}

Result<std::shared_ptr<Prepared>> Session::take_composed(std::string_view text) {
  if (auto found = by_text_.find(text); found != by_text_.end()) {
    composed_.splice(composed_.begin(), composed_, found->second);
    return composed_.front().prepared;
  }
  TRY_ASSIGN(std::shared_ptr<Prepared> made, Prepared::make(handle_.get(), text, false));
  if (composed_.size() >= kComposedStatements) {
    by_text_.erase(composed_.back().text);
    composed_.pop_back();
  }
  composed_.push_front({std::string(text), made});
  by_text_.emplace(composed_.front().text, composed_.begin());
  return made;
}

Result<std::shared_ptr<Prepared>> Session::take(const Statement& statement) {
  std::shared_ptr<Prepared> prepared;
  if (!statement.is_literal()) {
    TRY_ASSIGN(prepared, take_composed(statement.text(Dialect::sqlite)));
  } else if (auto found = literals_.find(statement.literal(Dialect::sqlite).data()); found != literals_.end()) {
    prepared = found->second;
  } else {
    TRY_ASSIGN(prepared, Prepared::make(handle_.get(), statement.literal(Dialect::sqlite), true));
    literals_.emplace(statement.literal(Dialect::sqlite).data(), prepared);
  }
  // A callback that runs the very statement whose row it is handling gets one of its own.
  if (prepared->running_) return Prepared::make(handle_.get(), statement.text(Dialect::sqlite), false);
  return prepared;
}

Result<void> Session::step(Prepared& prepared, const RowCallback& on_row) {
  const StatementRow row(prepared.get());
  int code = SQLITE_OK;
  while ((code = sqlite3_step(prepared.get())) == SQLITE_ROW) on_row(row);
  if (code != SQLITE_DONE) {
    last_failure_ = code;
    return fail(error_of(handle_.get(), code));
  }
  changes_ = sqlite3_stmt_readonly(prepared.get()) != 0 ? 0 : sqlite3_changes64(handle_.get());
  return {};
}

Result<void> Session::run(const Statement& statement, const RowCallback& on_row) {
  last_failure_ = SQLITE_OK;
  changes_ = 0;
  if (statement.is_empty(Dialect::sqlite)) return {};
  auto taken = take(statement);
  if (!taken) {
    last_failure_ = sqlite3_extended_errcode(handle_.get());
    return std::unexpected(std::move(taken).error());
  }
  const std::shared_ptr<Prepared> prepared = std::move(*taken);
  struct Running {
    explicit Running(Prepared& in_use, bool& flag) : prepared(in_use), running(flag) { running = true; }
    ~Running() {
      sqlite3_reset(prepared.get());
      sqlite3_clear_bindings(prepared.get());  // they point to what the caller is about to free
      running = false;
    }
    Prepared& prepared;
    bool& running;
  };
  const Running running(*prepared, prepared->running_);
  TRY(prepared->bind(statement.values()));
  return step(*prepared, on_row);
}

Result<void> Session::run(const Statement& statement) {
  return run(statement, [](const Row&) {});
}

}  // namespace medialith::db::sqlite
