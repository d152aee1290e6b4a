// multipart/form-data (RFC 7578, RFC 2046 §5.1), read while it streams.
//
//   TRY_ASSIGN(auto parser, MultipartParser::create(content_type));
//   for (;;) {
//     TRY_ASSIGN(const auto event, parser.next());
//     switch (event.kind) {
//       need_input: bytes = next of the body; empty: TRY(parser.finish()), done; else parser.feed(bytes)
//       part_begin: parser.part()          data: event.data          part_end:          end: the last boundary
//     }
//   }
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace medialith::http {

struct MultipartLimits {
  std::size_t max_parts = 64;
  std::size_t max_part_head_bytes =
      8 * 1024;  ///< of one part; also of what stands before the first boundary or after the last
};

/// What stands before the bytes of a part.
struct PartHead {
  std::string name;                     ///< of the form field
  std::optional<std::string> filename;  ///< UTF-8 without control characters; a name for people, never a path
  std::string content_type;             ///< as sent; empty when there is none (RFC 7578 §4.4: then text/plain)
};

/// Linear in the bytes fed, however they are cut; copies nothing but part heads. Used by one caller at a time.
class MultipartParser {
 public:
  enum class Kind : std::uint8_t { need_input, part_begin, data, part_end, end };
  struct Event {
    Kind kind = Kind::need_input;
    std::span<const std::byte> data = {};  ///< for `data`: never empty, valid until the next call of any member
  };

  /// Errors: unsupported_media_type when `content_type` is not multipart/form-data, invalid_request when its boundary
  /// is missing or malformed (RFC 2046 §5.1.1: 1 to 70 characters of its alphabet).
  static Result<MultipartParser> create(std::string_view content_type, MultipartLimits limits = {});

  /// The next bytes of the body, which live until next() has said need_input again. Called only then.
  void feed(std::span<const std::byte> input);
  /// Errors: invalid_request for a malformed body, too many parts or too long a head. After an error the parser is
  /// done.
  Result<Event> next();
  /// The body is at its end. Error: length_mismatch when the last boundary has not come: what was read is cut.
  Result<void> finish() const;
  /// The part of the last part_begin.
  const PartHead& part() const { return part_; }

 private:
  enum class State : std::uint8_t { preamble, data, delimiter, line, dash, line_feed, head, epilogue };

  MultipartParser(std::string_view boundary, MultipartLimits limits);
  std::span<const std::byte> take_data();
  std::span<const std::byte> resume_match();
  std::size_t find_delimiter() const;
  std::size_t open_match() const;
  Result<void> take_line();
  Result<bool> take_head();
  Result<void> count_ignored(std::size_t bytes);
  void advance(std::size_t bytes) { input_.remove_prefix(bytes); }

  std::string delimiter_;  // CR LF "--" boundary; CR stands nowhere else in it
  MultipartLimits limits_;
  std::string_view input_;
  State state_ = State::preamble;
  std::size_t matched_ = 2;  // bytes of the delimiter that ended the input; a body may begin without CR LF
  std::size_t parts_ = 0;
  std::size_t ignored_ = 0;
  bool in_part_ = false;
  bool ended_ = false;
  std::string head_;
  PartHead part_;
};

}  // namespace medialith::http
