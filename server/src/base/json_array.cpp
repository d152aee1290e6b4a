#include "base/json_array.hpp"

#include <utility>

#include <fmt/format.h>

#include "base/bytes.hpp"

namespace medialith::json {
namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

std::unexpected<Error> malformed(std::string message) { return fail(ErrorCode::malformed_json, std::move(message)); }

}  // namespace

/// Whether the element is complete with `c`, which belongs to it. A number or word ends where something else begins.
bool ArrayReader::ends_element(char c) {
  if (in_string_) {
    const bool closes = c == '"' && !escaped_;
    escaped_ = c == '\\' && !escaped_;
    in_string_ = !closes;
    return closes && depth_ == 0;
  }
  if (c == '"') in_string_ = true;
  if (c == '{' || c == '[') ++depth_;
  if (c == '}' || c == ']') return --depth_ == 0;
  return false;
}

void ArrayReader::begin_element(char c) {
  element_.clear();
  depth_ = 0;
  in_string_ = false;
  escaped_ = false;
  element_ += c;
  (void)ends_element(c);  // no first character is a last one too
  state_ = State::element;
}

/// True when `c` has completed an element.
Result<bool> ArrayReader::take(char c) {
  if (state_ == State::element) {
    const bool bare = !in_string_ && depth_ == 0;  // a number or word, which has no last character of its own
    if (!bare || (c != ',' && c != ']' && !is_space(c))) {
      if (element_.size() == max_element_) {
        return fail(ErrorCode::body_too_large,
                    fmt::format("Item {} is larger than the {} allowed.", count_, format_size(max_element_)));
      }
      if (bare && (c == '}' || c == '{' || c == '[' || c == '"')) return malformed("The array is not valid JSON.");
      element_ += c;
      if (!ends_element(c)) return false;
      state_ = State::after;
      return true;
    }
    // `c` follows the word; it says what comes next.
    state_ = c == ',' ? State::comma : c == ']' ? State::ended : State::after;
    return true;
  }
  if (is_space(c)) return false;
  if (state_ == State::before && c == '[') {
    state_ = State::first;
  } else if ((state_ == State::first || state_ == State::after) && c == ']') {
    state_ = State::ended;
  } else if (state_ == State::after && c == ',') {
    state_ = State::comma;
  } else if ((state_ == State::first || state_ == State::comma) && c != ',' && c != ']' && c != '}') {
    begin_element(c);
  } else {
    return malformed(state_ == State::before ? "The body must be a JSON array." : "The array is not valid JSON.");
  }
  return false;
}

Result<std::optional<std::string>> ArrayReader::next() {
  while (!input_.empty()) {
    TRY_ASSIGN(const bool complete, take(input_.front()));
    input_.remove_prefix(1);
    if (!complete) continue;
    ++count_;
    return std::exchange(element_, {});
  }
  return std::nullopt;
}

Result<void> ArrayReader::finish() const {
  if (state_ != State::ended) return malformed("The body ends before its array does.");
  return {};
}

}  // namespace medialith::json
