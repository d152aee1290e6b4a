#include "web/form.hpp"

#include <utility>

#include <fmt/format.h>

#include "base/bytes.hpp"
#include "http/text.hpp"
#include "web/schema.hpp"

namespace medialith::web {
namespace {

using Bytes = std::span<const std::byte>;

constexpr std::size_t kMaxFormField = 1024;

}  // namespace

Result<Form> Form::create(http::BodyReader& body, std::string_view content_type, FormFields fields) {
  TRY_ASSIGN(auto parser, http::MultipartParser::create(content_type));
  return Form(body, std::move(parser), fields);
}

Task<Result<void>> Form::find_file() {
  while (true) {
    CO_TRY_ASSIGN(const auto event, co_await next_event());
    if (event.kind == Kind::end) co_return fail(invalid("file", "required", "The form needs a part `file`."));
    if (event.kind != Kind::part_begin) continue;
    if (parser_.part().name == "file") co_return Result<void>();
    CO_TRY(co_await read_field());
  }
}

Task<Result<Bytes>> Form::next() {
  if (at_end_) co_return Bytes();
  CO_TRY_ASSIGN(const auto event, co_await next_event());
  if (event.kind == Kind::data) co_return event.data;
  at_end_ = true;
  CO_TRY(co_await read_rest());
  co_return Bytes();
}

std::optional<std::string> Form::filename() const {
  const auto& name = file().filename;
  return name && !name->empty() ? name : std::nullopt;
}

std::function<Task<Result<Bytes>>()> Form::source(std::optional<std::string>& home) {
  return [this, &home]() -> Task<Result<Bytes>> {
    CO_TRY_ASSIGN(const Bytes bytes, co_await next());
    if (bytes.empty()) home = home_;
    co_return bytes;
  };
}

Task<Result<void>> Form::read_rest() {
  while (true) {
    CO_TRY_ASSIGN(const auto event, co_await next_event());
    if (event.kind == Kind::end) co_return Result<void>();
    if (event.kind != Kind::part_begin) continue;
    if (parser_.part().name == "file") co_return fail(invalid("file", "repeated", "One request takes one file."));
    CO_TRY(co_await read_field());
  }
}

Task<Result<http::MultipartParser::Event>> Form::next_event() {
  while (true) {
    CO_TRY_ASSIGN(const auto event, parser_.next());
    if (event.kind != Kind::need_input) co_return event;
    CO_TRY_ASSIGN(const Bytes bytes, co_await body_.next());
    if (bytes.empty()) {
      CO_TRY(parser_.finish());
      co_return http::MultipartParser::Event{Kind::end};
    }
    parser_.feed(bytes);
  }
}

Task<Result<void>> Form::read_field() {
  const std::string name = parser_.part().name;
  std::string value;
  while (true) {
    CO_TRY_ASSIGN(const auto event, co_await next_event());
    if (event.kind != Kind::data) break;
    value += text_of(event.data);
    if (value.size() > kMaxFormField) co_return fail(invalid(name, "too_long", "This field is too long."));
  }
  if (name == fields_.home && home_) {
    co_return fail(invalid(name, "repeated", fmt::format("`{}` may be given once.", name)));
  }
  if (name == fields_.home) {
    home_ = std::move(value);
  } else if (name != "userId" && !fields_.drops_unknown) {
    co_return fail(invalid(name, "unknown", fmt::format("There is no field `{}` here.", name)));
  }
  co_return Result<void>();
}

bool is_form(std::string_view content_type) {
  constexpr std::string_view kForm = "multipart/form-data";
  return http::iequals(content_type.substr(0, kForm.size()), kForm);
}

}  // namespace medialith::web
