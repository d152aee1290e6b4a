// What `medialith doctor` collects while it looks.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "app/doctor.hpp"

namespace medialith::app {

/// Collects lines: `name` in a column, and what is wrong marked so that it is found.
class Report {
 public:
  void heading(std::string_view title) { found_.text += fmt::format("\n{}\n", title); }
  void fact(std::string_view name, std::string_view value) { add("", name, value); }
  void good(std::string_view name, std::string_view value) { add("ok", name, value); }
  void warn(std::string_view name, std::string_view value) {
    add("careful", name, value);
    ++found_.warnings;
  }
  void wrong(std::string_view name, std::string_view value) {
    add("WRONG", name, value);
    ++found_.wrong;
  }
  /// Good when there is no error.
  void check(std::string_view name, const Result<void>& result, std::string_view good_value) {
    result ? good(name, good_value) : wrong(name, sentence(result.error()));
  }
  static std::string sentence(const Error& error) {
    return error.detail.empty() ? error.message : fmt::format("{} ({})", error.message, error.detail);
  }
  Diagnosis& found() { return found_; }

 private:
  void add(std::string_view mark, std::string_view name, std::string_view value) {
    found_.text += fmt::format("  {:<8} {:<28} {}\n", mark, name, value);
  }
  Diagnosis found_;
};

}  // namespace medialith::app
