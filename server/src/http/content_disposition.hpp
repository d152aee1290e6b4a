// Content-Disposition, written (RFC 6266) and read (RFC 7578 §4.2), with RFC 8187 extended values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace medialith::http {

enum class Disposition : std::uint8_t { inline_, attachment };

/// The field's value for any file name: an ASCII `filename` that every client understands and, where that is not the
/// whole name, the exact one as `filename*`. No byte of the name can end the value (R-F6). Bytes that are not UTF-8 are
/// only in the fallback, as `_`. An empty name gives the bare disposition.
std::string content_disposition(Disposition disposition, std::string_view filename);

struct ParsedDisposition {
  std::string type;                     ///< lower case: "form-data", "attachment", "inline"
  std::optional<std::string> name;      ///< of a form field
  std::optional<std::string> filename;  ///< from `filename*` when there is one, else `filename`; never a path for us
};

/// Linear in the length. Errors: invalid_request for a malformed value, another charset than UTF-8 in `filename*`, or a
/// name or file name that is not UTF-8 or has control characters in it (R-F1).
Result<ParsedDisposition> parse_content_disposition(std::string_view value);

}  // namespace medialith::http
