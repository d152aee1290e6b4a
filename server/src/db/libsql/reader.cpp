#include "db/libsql/reader.hpp"

#include <array>
#include <cctype>
#include <utility>

#include "db/errors.hpp"

namespace medialith::db::libsql {
namespace {

constexpr int kMaxRuns = 3;
constexpr std::chrono::milliseconds kCloseTimeout{2'000};

// A stream has no switch for it. The texts are literals of this program; on SQLite the connection itself refuses.
bool only_reads(std::string_view sql) {
  const std::size_t begin = sql.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return false;
  std::string word;
  for (const char c : sql.substr(begin)) {
    if (std::isalpha(static_cast<unsigned char>(c)) == 0) break;
    word += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  return word == "SELECT" || word == "WITH" || word == "VALUES";
}

}  // namespace

Result<void> ReadConnection::each(const Statement& statement, const RowCallback& on_row) {
  if (!only_reads(statement.literal(Dialect::sqlite))) {
    return fail(database_error(ErrorCode::internal, "a read that writes"));
  }
  TRY_ASSIGN(const std::string encoded, encode(statement, Rows::wanted));
  Batch batch;
  if (!begun_) {
    batch.inside(encode("ROLLBACK"));  // the read before this one on the stream
    batch.always(encode("BEGIN"));
  }
  const std::size_t begin = begun_ ? 0 : 1;
  begun_ = true;
  batch.next(encoded);
  const std::array requests = {batch.request()};
  const std::expected<Reply, NoReply> reply = stream_.send(requests, Then::keep, timeout_);
  if (!reply) {
    again_ = reply.error().kind != NoReply::Kind::not_run;
    return fail(reply.error().error);
  }
  if (const auto error = reply->error(0)) {
    again_ = may_run_again(*error);
    return fail(statement_error(*error, indexes_));
  }
  const std::vector<Step> steps = reply->steps(0, batch.size());
  TRY(check(std::span(steps).subspan(begin)));
  steps.back().each(on_row);
  return {};
}

Result<void> ReadConnection::check(std::span<const Step> steps) {
  for (const Step& step : steps) {
    if (step.state == Step::State::done) continue;
    again_ = step.state == Step::State::skipped || may_run_again(step.error);
    return fail(step.state == Step::State::failed
                    ? statement_error(step.error, indexes_)
                    : database_error(ErrorCode::unavailable, "the database has ended the read"));
  }
  return {};
}

Stream Readers::take() {
  const std::scoped_lock lock(mutex_);
  if (kept_.empty()) return Stream(remote_);
  Stream stream = std::move(kept_.back());
  kept_.pop_back();
  return stream;
}

Result<void> Readers::run(const Database::ReadFn& fn, std::chrono::milliseconds timeout) {
  Stream stream = take();
  for (int run = 1;; ++run) {
    ReadConnection connection(std::move(stream), indexes_, timeout);
    Result<void> result = fenced(fn, static_cast<Connection&>(connection));
    if (connection.runs_again() && run < kMaxRuns) {
      stream = Stream(remote_);
      continue;
    }
    stream = connection.take_stream();
    if (stream.is_open()) {
      const std::scoped_lock lock(mutex_);
      kept_.push_back(std::move(stream));
    }
    return result;
  }
}

void Readers::close_one() {
  Stream stream = take();
  if (stream.is_open()) static_cast<void>(stream.send({}, Then::close, kCloseTimeout));
}

}  // namespace medialith::db::libsql
