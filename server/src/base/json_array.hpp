// A JSON array too large to hold, read an element at a time while it streams.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace medialith::json {

/// Cuts an array's text into the texts of its elements. Finds where each ends and that commas and brackets stand where
/// they have to; whether an element is valid JSON is for Document::parse to say. Linear in the bytes fed, however they
/// are cut; holds one element. Used by one caller at a time.
class ArrayReader {
 public:
  /// `max_element`: bytes of one element.
  explicit ArrayReader(std::size_t max_element) : max_element_(max_element) {}

  /// The next bytes, which live until next() has answered nullopt. Called only then.
  void feed(std::string_view input) { input_ = input; }
  /// The next element's text; nullopt: all that was fed is read. Errors: malformed_json, body_too_large (an element).
  Result<std::optional<std::string>> next();
  /// The text is at its end. Error: malformed_json when the array has not come to its own.
  Result<void> finish() const;

  /// How much of an element is held.
  std::size_t held() const { return element_.size(); }
  /// Elements that next() has answered.
  std::size_t count() const { return count_; }

 private:
  enum class State { before, first, element, after, comma, ended };

  Result<bool> take(char c);
  bool ends_element(char c);
  void begin_element(char c);

  std::size_t max_element_;
  std::string_view input_;
  State state_ = State::before;
  std::string element_;
  std::size_t depth_ = 0;   // brackets open inside the element
  bool in_string_ = false;  // and where in a string it is
  bool escaped_ = false;
  std::size_t count_ = 0;
};

}  // namespace medialith::json
