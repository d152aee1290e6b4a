// Range requests (RFC 9110 §14): one range or the whole.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "http/conditional.hpp"

namespace medialith::http {

enum class RangeKind : std::uint8_t {
  whole,          ///< 200 with everything
  part,           ///< 206 with Content-Range: content_range()
  unsatisfiable,  ///< 416 with Content-Range: unsatisfied_range()
};

struct RangeDecision {
  RangeKind kind = RangeKind::whole;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;  ///< of what is sent; 0 for unsatisfiable
};

/// What a GET answers. A field that is absent, malformed (reversed too), of another unit, or of several ranges gives
/// the whole; a first byte at or past the end, or a suffix of no bytes, is unsatisfiable (R-H7). Numbers of any length.
RangeDecision decide_range(std::optional<std::string_view> range, std::uint64_t size);

/// The same, with If-Range before it: a tag that is not the current one (strong comparison), or a date that is not
/// exactly Last-Modified, gives the whole (RFC 9110 §13.1.5). For methods other than GET always the whole.
RangeDecision decide_range(Method method, const Headers& headers, const Validators& current, std::uint64_t size);

/// "bytes 0-99/1000"; `length` is not 0.
std::string content_range(std::uint64_t offset, std::uint64_t length, std::uint64_t size);
/// "bytes */1000".
std::string unsatisfied_range(std::uint64_t size);

}  // namespace medialith::http
