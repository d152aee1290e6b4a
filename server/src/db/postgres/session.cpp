#include "db/postgres/session.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <poll.h>

#include "db/errors.hpp"

namespace medialith::db::postgres {
namespace {

using Clock = std::chrono::steady_clock;

// What a URL does not say. It stands before the URL, which goes over it.
constexpr std::array kDefaults = {
    std::pair{"connect_timeout", "5"},  std::pair{"fallback_application_name", "medialith"},
    std::pair{"keepalives_idle", "15"}, std::pair{"keepalives_interval", "5"},
    std::pair{"keepalives_count", "3"}, std::pair{"tcp_user_timeout", "15000"},
};

std::string message_of(const PGconn* connection) {
  std::string message = PQerrorMessage(connection);
  while (!message.empty() && message.back() == '\n') message.pop_back();
  return message;
}

struct FreeOptions {
  void operator()(PQconninfoOption* options) const { PQconninfoFree(options); }
};
using Options = std::unique_ptr<PQconninfoOption, FreeOptions>;

// libpq repeats what it cannot use of a URL. A password with a raw % cannot be read, and one with a raw / or @ ends up
// in the host and the port.
Result<void> check_url(const std::string& url) {
  char* repeated = nullptr;
  const Options options(PQconninfoParse(url.c_str(), &repeated));
  PQfreemem(repeated);
  bool readable = options != nullptr;
  for (const PQconninfoOption* option = options.get(); readable && option->keyword != nullptr; ++option) {
    const std::string_view name = option->keyword;
    const std::string_view value = option->val != nullptr ? option->val : "";
    if (name == "host") readable = value.find('@', 1) == std::string_view::npos;  // a socket's may begin with one
    if (name == "port") readable = value.find_first_not_of("0123456789,") == std::string_view::npos;
  }
  if (readable) return {};
  return fail(ErrorCode::precondition_failed,
              "The database's URL cannot be read. In a password, % is written %25, @ is written %40 and / is written"
              " %2F.");
}

bool libpq_knows(std::string_view name) {
  static const Options kKnown(PQconndefaults());
  for (const PQconninfoOption* option = kKnown.get(); option != nullptr && option->keyword != nullptr; ++option) {
    if (name == option->keyword) return true;
  }
  return false;
}

/// What a class of SQLSTATE means for the caller.
ErrorCode code_of(std::string_view state) {
  if (state == "23505") return ErrorCode::already_exists;
  if (state == "53100") return ErrorCode::disk_full;
  const bool our_mistake = state == "08P01";  // unless the connection ends with it
  if (state == "40001" || state == "40P01" || state == "25006" || state.starts_with("53") || state.starts_with("57") ||
      (state.starts_with("08") && !our_mistake)) {
    return ErrorCode::unavailable;
  }
  return ErrorCode::internal;
}

std::string field_of(const PGresult* result, int field) {
  const char* text = PQresultErrorField(result, field);
  return text != nullptr ? text : "";
}

}  // namespace

std::string known_parameters_only(std::string_view url) {
  // A password may have a ? in it.
  const std::size_t start = url.find("://") + 3;
  const std::size_t end = url.find_first_of("@/", start);
  const bool has_user = end != std::string_view::npos && url[end] == '@';
  const std::size_t question = url.find('?', has_user ? end : start);
  std::string out(url.substr(0, question));
  if (question == std::string_view::npos) return out;
  std::string_view rest = url.substr(question + 1);
  char before = '?';
  while (!rest.empty()) {
    const std::string_view parameter = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(parameter.size() + 1, rest.size()));
    if (!libpq_knows(parameter.substr(0, parameter.find('=')))) continue;
    out += before;
    out += parameter;
    before = '&';
  }
  return out;
}

Result<Session> Session::open(const Secret& url) {
  sqlite::Tokenizer tokenizer;
  const std::string target = known_parameters_only(url.reveal());
  TRY(check_url(target));
  std::vector<const char*> names;
  std::vector<const char*> values;
  const auto add = [&](const char* name, const char* value) {
    names.push_back(name);
    values.push_back(value);
  };
  for (const auto& [name, value] : kDefaults) add(name, value);
  add("dbname", target.c_str());
  add("client_encoding", "UTF8");
  add(nullptr, nullptr);
  std::unique_ptr<PGconn, Finish> handle(PQconnectdbParams(names.data(), values.data(), 1));
  if (!handle || PQstatus(handle.get()) != CONNECTION_OK) {
    return fail(database_error(ErrorCode::unavailable, handle ? message_of(handle.get()) : "no memory"));
  }
  const char* encoding = PQparameterStatus(handle.get(), "server_encoding");
  if (encoding != nullptr && std::string_view(encoding) != "UTF8") {
    return fail(
        ErrorCode::precondition_failed,
        fmt::format("The database keeps text in {}; it has to be UTF8: make it with ENCODING 'UTF8'.", encoding));
  }
  // What the server tells beside its answers is for its own log.
  PQsetNoticeProcessor(handle.get(), [](void*, const char*) {}, nullptr);
  PQsetnonblocking(handle.get(), 1);
  PQenterPipelineMode(handle.get());
  return Session(std::move(handle), std::move(tokenizer));
}

void Session::send(std::string_view sql, std::span<const Value> values) {
  const Parameters parameters(values, tokenizer_);
  const int queued = PQsendQueryParams(handle_.get(), std::string(sql).c_str(), parameters.count(), parameters.types(),
                                       parameters.data(), parameters.lengths(), parameters.formats(), 1);
  if (queued == 0) broken_ = true;  // trip() tells
}

Trouble Session::lost() {
  broken_ = true;
  return {.error = database_error(ErrorCode::unavailable, message_of(handle_.get())), .lost = true};
}

Trouble Session::trouble_of(const PGresult* result) {
  std::string state = field_of(result, PG_DIAG_SQLSTATE);
  if (state.empty()) return lost();
  std::string index = field_of(result, PG_DIAG_CONSTRAINT_NAME);
  std::string severity = field_of(result, PG_DIAG_SEVERITY_NONLOCALIZED);
  if (severity.empty()) severity = field_of(result, PG_DIAG_SEVERITY);  // a pooler's
  const bool ends = severity == "FATAL" || severity == "PANIC";
  const ErrorCode code = ends ? ErrorCode::unavailable : code_of(state);
  std::string detail = fmt::format("{} (SQLSTATE {})", field_of(result, PG_DIAG_MESSAGE_PRIMARY), state);
  if (code == ErrorCode::already_exists)
    detail = fmt::format("{}: {}", index, field_of(result, PG_DIAG_MESSAGE_DETAIL));
  return {.error = database_error(code, std::move(detail)),
          .state = std::move(state),
          .index = std::move(index),
          .lost = ends};
}

// Until libpq has something for us: true. False when the connection or the time is at its end.
bool Session::wait(Clock::time_point deadline) {
  while (PQisBusy(handle_.get()) != 0) {
    const int unsent = PQflush(handle_.get());
    if (unsent < 0) return false;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
    if (left <= std::chrono::milliseconds(0)) return false;
    const short events = unsent > 0 ? POLLIN | POLLOUT : POLLIN;
    pollfd socket{.fd = PQsocket(handle_.get()), .events = events, .revents = 0};
    if (::poll(&socket, 1, static_cast<int>(left.count())) < 0 && errno != EINTR) return false;
    if ((socket.revents & ~POLLOUT) != 0 && PQconsumeInput(handle_.get()) == 0) return false;
  }
  return true;
}

std::expected<std::vector<ResultHandle>, Trouble> Session::receive() {
  const auto deadline = Clock::now() + kStatementTimeout;
  std::vector<ResultHandle> results;
  std::optional<Trouble> trouble;
  while (true) {
    if (PQflush(handle_.get()) < 0 || !wait(deadline)) return std::unexpected(lost());
    ResultHandle result(PQgetResult(handle_.get()));
    if (!result) {  // behind the result of each statement
      if (PQstatus(handle_.get()) == CONNECTION_BAD) return std::unexpected(trouble ? std::move(*trouble) : lost());
      continue;
    }
    const ExecStatusType status = PQresultStatus(result.get());
    if (status == PGRES_PIPELINE_SYNC) break;
    if (status == PGRES_FATAL_ERROR && !trouble) trouble = trouble_of(result.get());
    if (PQstatus(handle_.get()) == CONNECTION_BAD) {
      if (!trouble) trouble = lost();
      trouble->lost = broken_ = true;
      return std::unexpected(std::move(*trouble));
    }
    results.push_back(std::move(result));
  }
  if (trouble) return std::unexpected(std::move(*trouble));
  return results;
}

std::expected<std::vector<ResultHandle>, Trouble> Session::trip() {
  if (broken_ || PQpipelineSync(handle_.get()) == 0) return std::unexpected(lost());
  auto results = receive();
  const bool timed_out = !results && results.error().lost && PQstatus(handle_.get()) == CONNECTION_OK;
  if (timed_out) {
    // The server works on; tell it to stop. The connection is closed by its owner.
    std::unique_ptr<PGcancel, decltype(&PQfreeCancel)> cancel(PQgetCancel(handle_.get()), &PQfreeCancel);
    std::array<char, 256> why{};
    if (cancel) PQcancel(cancel.get(), why.data(), static_cast<int>(why.size()));
  }
  return results;
}

std::expected<void, Trouble> Session::run_script(const std::string& sql) {
  PQexitPipelineMode(handle_.get());
  PQsetnonblocking(handle_.get(), 0);
  const ResultHandle result(PQexec(handle_.get(), sql.c_str()));
  const ExecStatusType status = PQresultStatus(result.get());
  PQsetnonblocking(handle_.get(), 1);
  PQenterPipelineMode(handle_.get());
  if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) return {};
  Trouble trouble = result ? trouble_of(result.get()) : lost();
  if (PQstatus(handle_.get()) == CONNECTION_BAD) trouble.lost = broken_ = true;
  return std::unexpected(std::move(trouble));
}

}  // namespace medialith::db::postgres
