#include "db/libsql/hrana.hpp"

#include <charconv>
#include <cmath>
#include <utility>

#include "base/bytes.hpp"
#include "db/errors.hpp"

namespace medialith::db::libsql {
namespace {

constexpr std::string_view kInside = R"({"type":"not","cond":{"type":"is_autocommit"}})";
constexpr std::string_view kOutside = R"({"type":"is_autocommit"})";
// The innermost of what we read is a cell: results, result, response, result, step_results, step, rows, row, cell.
constexpr std::size_t kKeepDepth = 12;
// Three a cell; what bounds an answer is its size.
constexpr std::size_t kMaxNodes = 64'000'000;

Error mistake(std::string detail) { return database_error(ErrorCode::internal, std::move(detail)); }

struct ValueWriter {
  json::Writer& out;

  Result<void> text(std::string_view type, std::string_view name, std::string_view value) const {
    out.begin_object().key("type").string(type).key(name).string(value).end_object();
    return {};
  }
  Result<void> operator()(Null) const {
    out.begin_object().key("type").string("null").end_object();
    return {};
  }
  Result<void> operator()(std::int64_t value) const { return text("integer", "value", std::to_string(value)); }
  Result<void> operator()(bool value) const { return (*this)(std::int64_t{value ? 1 : 0}); }
  Result<void> operator()(Time value) const { return (*this)(value.ms); }
  Result<void> operator()(double value) const {
    if (!std::isfinite(value)) return fail(mistake("a number that JSON cannot hold"));
    out.begin_object().key("type").string("float").key("value").number(value).end_object();
    return {};
  }
  Result<void> operator()(std::string_view value) const { return text("text", "value", value); }
  Result<void> operator()(Json value) const { return text("text", "value", value.text); }
  Result<void> operator()(Decimal value) const { return text("text", "value", value.text); }
  Result<void> operator()(Bytes value) const { return text("blob", "base64", to_base64(value.bytes)); }
  Result<void> operator()(Words) const { return fail(mistake("words stand behind all other values")); }
};

std::string_view text_at(json::View object, std::string_view name) {
  const auto member = object.find(name);
  return member ? member->text() : std::string_view();
}

ServerError error_in(json::View error) {
  return {.code = std::string(text_at(error, "code")), .message = std::string(text_at(error, "message"))};
}

// A cell as Hrana has it: {"type":"integer","value":"12"}.
class ReplyRow final : public Row {
 public:
  explicit ReplyRow(json::View row) : cells_(row.children()), decoded_(cells_.size()) {}
  bool is_null(int column) const override { return type(column) == "null"; }
  std::int64_t integer(int column) const override {
    const std::string_view value = text(column);
    std::int64_t number = 0;
    const auto read = std::from_chars(value.data(), value.data() + value.size(), number);
    if (read.ec == std::errc() && read.ptr == value.data() + value.size()) return number;
    return static_cast<std::int64_t>(real(column));
  }
  double real(int column) const override {
    const std::string_view value = text(column);
    double number = 0;
    std::from_chars(value.data(), value.data() + value.size(), number);
    return number;
  }
  std::string_view text(int column) const override {
    const auto value = cell(column).find("value");
    if (!value) return {};
    return value->kind() == json::Kind::string ? value->text() : value->raw();
  }
  std::span<const std::byte> bytes(int column) const override {
    auto& decoded = decoded_.at(static_cast<std::size_t>(column));
    if (type(column) == "text") return bytes_of(text(column));
    if (!decoded) {
      std::string base64(text_at(cell(column), "base64"));
      base64.append((4 - base64.size() % 4) % 4, '=');  // Hrana leaves it out
      decoded = from_base64(base64).value_or(std::vector<std::byte>());
    }
    return *decoded;
  }
  Time time(int column) const override { return {integer(column)}; }
  bool boolean(int column) const override { return integer(column) != 0; }

 private:
  json::View cell(int column) const { return cells_.at(static_cast<std::size_t>(column)); }
  std::string_view type(int column) const { return text_at(cell(column), "type"); }
  std::vector<json::View> cells_;
  mutable std::vector<std::optional<std::vector<std::byte>>> decoded_;
};

}  // namespace

Result<std::string> encode(const Statement& statement, Rows rows) {
  std::string text;
  json::Writer out(text);
  out.begin_object().key("sql").string(expand_tables(statement.text(Dialect::sqlite), ""));
  out.key("named_args").begin_array();
  std::span<const Value> values = statement.values();
  while (!values.empty() && std::holds_alternative<Words>(values.back())) values = values.first(values.size() - 1);
  std::size_t n = 0;
  for (const Value& value : values) {
    out.begin_object().key("name").string("$" + std::to_string(++n)).key("value");
    TRY(std::visit(ValueWriter{out}, value));
    out.end_object();
  }
  out.end_array().key("want_rows").boolean(rows == Rows::wanted).end_object();
  return text;
}

std::string encode(std::string_view sql) {
  std::string text;
  json::Writer(text).begin_object().key("sql").string(sql).end_object();
  return text;
}

// ── batches

std::size_t Batch::always(std::string_view stmt) { return add(stmt, {}); }
std::size_t Batch::outside(std::string_view stmt) { return add(stmt, kOutside); }
std::size_t Batch::inside(std::string_view stmt) { return add(stmt, kInside); }
std::size_t Batch::next(std::string_view stmt) {
  if (size_ == 0) return inside(stmt);
  return add(stmt, R"({"type":"and","conds":[{"type":"ok","step":)" + std::to_string(size_ - 1) + "}," +
                       std::string(kInside) + "]}");
}

std::size_t Batch::add(std::string_view stmt, std::string_view condition) {
  if (size_ > 0) steps_ += ',';
  steps_ += R"({"stmt":)";
  steps_ += stmt;
  if (!condition.empty()) {
    steps_ += R"(,"condition":)";
    steps_ += condition;
  }
  steps_ += '}';
  return size_++;
}

std::string Batch::request() const { return R"({"type":"batch","batch":{"steps":[)" + steps_ + "]}}"; }

// ── replies

std::int64_t Step::changes() const {
  const auto count = result->find("affected_row_count");
  return count ? count->integer().value_or(0) : 0;
}

std::string_view Step::rows() const {
  const auto found = result->find("rows");
  return found ? found->raw() : std::string_view();
}

void Step::each(const RowCallback& on_row) const {
  const auto found = result->find("rows");
  if (!found) return;
  for (const json::View row : found->children()) on_row(ReplyRow(row));
}

Result<Reply> Reply::parse(std::string text, std::size_t requests) {
  const json::ParseOptions options{.max_depth = 64, .keep_depth = kKeepDepth, .max_nodes = kMaxNodes};
  auto document = json::Document::parse(std::move(text), options);
  if (!document) return fail(commit_unknown("the database's answer is not JSON: " + document.error().message));
  Reply reply(std::move(*document));
  const json::View root = reply.document_.root();
  reply.baton_ = text_at(root, "baton");
  reply.base_url_ = text_at(root, "base_url");
  if (const auto results = root.find("results")) reply.results_ = results->children();
  if (reply.results_.size() != requests) return fail(commit_unknown("the database's answer is not Hrana's"));
  return reply;
}

std::optional<ServerError> Reply::error(std::size_t request) const {
  const json::View result = results_.at(request);
  if (text_at(result, "type") == "ok") return std::nullopt;
  const auto error = result.find("error");
  return error ? error_in(*error) : ServerError{.code = {}, .message = "an answer without a type"};
}

std::vector<Step> Reply::steps(std::size_t request, std::size_t count) const {
  std::vector<Step> steps(count);
  const auto response = results_.at(request).find("response");
  const auto result = response ? response->find("result") : std::nullopt;
  const auto done = result ? result->find("step_results") : std::nullopt;
  const auto failed = result ? result->find("step_errors") : std::nullopt;
  if (!done || !failed) return steps;
  const std::vector<json::View> results = done->children();
  const std::vector<json::View> errors = failed->children();
  for (std::size_t i = 0; i < count && i < results.size() && i < errors.size(); ++i) {
    if (results[i].kind() == json::Kind::object) {
      steps[i] = {.state = Step::State::done, .result = results[i]};
    } else if (errors[i].kind() == json::Kind::object) {
      steps[i] = {.state = Step::State::failed, .error = error_in(errors[i])};
    }
  }
  return steps;
}

ServerError read_error(std::string_view body) {
  if (const auto document = json::Document::parse(std::string(body))) return error_in(document->root());
  constexpr std::size_t kMost = 300;
  return {.code = {}, .message = std::string(body.substr(0, kMost))};
}

}  // namespace medialith::db::libsql
