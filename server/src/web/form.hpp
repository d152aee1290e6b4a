// An uploaded form: small fields, and one file whose bytes are never all in memory.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "http/message.hpp"
#include "http/multipart.hpp"

namespace medialith::web {

/// What a wire's form has beside its part `file`.
struct FormFields {
  std::string_view home;       ///< the field that names what the file belongs to: "generationId"
  bool drops_unknown = false;  ///< else a field that is not known is 400
};

/// Used by one coroutine. The body outlives it.
class Form {
 public:
  /// Errors: unsupported_media_type, invalid_request (the content type is no form's).
  static Result<Form> create(http::BodyReader& body, std::string_view content_type, FormFields fields);

  /// Reads fields up to the file, of which `file()` then tells. Error: validation_failed naming `file` when there is
  /// none, or a field that is unknown, repeated or too long.
  Task<Result<void>> find_file();
  const http::PartHead& file() const { return parser_.part(); }
  /// Its name; none when the form gives none, or an empty one.
  std::optional<std::string> filename() const;

  /// The file's next bytes, a view that lives until the next call; empty at its end. The rest of the form is read
  /// before that end is told: a body that is cut behind the file leaves nothing.
  Task<Result<std::span<const std::byte>>> next();

  /// next(), and at the file's end what it belongs to in `home`: the form may name it behind the file. Both outlive it.
  std::function<Task<Result<std::span<const std::byte>>>()> source(std::optional<std::string>& home);

 private:
  using Kind = http::MultipartParser::Kind;

  Form(http::BodyReader& body, http::MultipartParser parser, FormFields fields)
      : body_(body), parser_(std::move(parser)), fields_(fields) {}
  Task<Result<http::MultipartParser::Event>> next_event();
  Task<Result<void>> read_field();
  Task<Result<void>> read_rest();

  http::BodyReader& body_;
  http::MultipartParser parser_;
  FormFields fields_;
  std::optional<std::string> home_;
  bool at_end_ = false;
};

/// Whether this is a form's content type; also one without its boundary.
bool is_form(std::string_view content_type);

}  // namespace medialith::web
