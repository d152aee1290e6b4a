// Hrana 3 as JSON: what is sent in a pipeline and what comes back. No input or output happens here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "db/database.hpp"

namespace medialith::db::libsql {

enum class Rows : std::uint8_t { wanted, unwanted };

/// A statement with its values as Hrana's `Stmt`. Nothing of it is referred to afterwards.
/// Errors: internal for what cannot be bound.
Result<std::string> encode(const Statement& statement, Rows rows);
/// The same of a text without values.
std::string encode(std::string_view sql);

/// Steps that run one after the other in one request. Each but an unconditional one runs only when the one before it
/// has.
class Batch {
 public:
  /// `stmt` is what encode() made. Answers the step's index.
  std::size_t always(std::string_view stmt);
  /// Only while no transaction is open, whatever the step before came to.
  std::size_t outside(std::string_view stmt);
  /// Only while a transaction is open, whatever the step before came to.
  std::size_t inside(std::string_view stmt);
  /// Only while a transaction is open and when the step before has succeeded; the first only needs the transaction.
  std::size_t next(std::string_view stmt);

  std::size_t size() const { return size_; }
  std::size_t bytes() const { return steps_.size(); }
  /// Hrana's `batch` request.
  std::string request() const;

 private:
  std::size_t add(std::string_view stmt, std::string_view condition);
  std::string steps_;
  std::size_t size_ = 0;
};

/// What the server says of a request or a step that failed.
struct ServerError {
  std::string code;
  std::string message;
};

/// What a step came to.
struct Step {
  enum class State : std::uint8_t { done, failed, skipped };
  State state = State::skipped;
  ServerError error = {};                 ///< when failed
  std::optional<json::View> result = {};  ///< when done
  std::int64_t changes() const;           ///< rows it changed, when done
  std::string_view rows() const;          ///< as they came, when done
  void each(const RowCallback& on_row) const;
};

/// The answer to a pipeline. Owns what its steps refer to.
class Reply {
 public:
  /// Errors: outcome_unknown when the text is not what Hrana promises for `requests` requests.
  static Result<Reply> parse(std::string text, std::size_t requests);
  const std::string& baton() const { return baton_; }        ///< empty when the stream is closed
  const std::string& base_url() const { return base_url_; }  ///< empty for the one in use
  /// Requests it answers.
  std::size_t size() const { return results_.size(); }
  /// The error of a request as a whole, whose steps did then not run.
  std::optional<ServerError> error(std::size_t request) const;
  /// The steps of a `batch` request; skipped ones when the request failed.
  std::vector<Step> steps(std::size_t request, std::size_t count) const;

 private:
  explicit Reply(json::Document document) : document_(std::move(document)) {}
  json::Document document_;
  std::string baton_;
  std::string base_url_;
  std::vector<json::View> results_;
};

/// A text of JSON with the error, as far as it has one. For answers of another status than 200.
ServerError read_error(std::string_view body);

}  // namespace medialith::db::libsql
