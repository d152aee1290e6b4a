// Structured logs: one event name and typed fields a line, as JSON or as text for a terminal.
//
//   log.info("upload_kept", {{"asset", id}, {"bytes", size}, {"ms", elapsed}});
#pragma once

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <iosfwd>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"

namespace medialith {

enum class LogLevel : std::uint8_t { debug, info, warn, error };
enum class LogFormat : std::uint8_t { json, text };

/// One field of a line; lives no longer than the call it is an argument of. A Secret does not compile.
class LogField {
 public:
  using Value = std::variant<std::string_view, std::int64_t, std::uint64_t, double, bool>;

  LogField(std::string_view name, std::string_view value) : name_(name), value_(value) {}
  LogField(std::string_view name, const std::string& value) : name_(name), value_(std::string_view(value)) {}
  LogField(std::string_view name, const char* value) : name_(name), value_(std::string_view(value)) {}
  LogField(std::string_view name, bool value) : name_(name), value_(value) {}
  LogField(std::string_view name, std::floating_point auto value) : name_(name), value_(static_cast<double>(value)) {}
  template <std::integral T>
  LogField(std::string_view name, T value)
      : name_(name),
        value_(static_cast<std::conditional_t<std::signed_integral<T>, std::int64_t, std::uint64_t>>(value)) {}
  /// In milliseconds, with their fraction.
  template <class Rep, class Period>
  LogField(std::string_view name, std::chrono::duration<Rep, Period> value)
      : name_(name), value_(std::chrono::duration<double, std::milli>(value).count()) {}
  LogField(std::string_view name, const Secret& value) = delete;

  std::string_view name() const { return name_; }
  const Value& value() const { return value_; }

 private:
  std::string_view name_;
  Value value_;
};

struct LogSettings {
  LogFormat format = LogFormat::json;
  LogLevel level = LogLevel::info;  ///< what is below is dropped before it is formatted
};

struct RotatingFile {
  std::filesystem::path path = {};
  std::size_t max_bytes = std::size_t{64} * 1024 * 1024;  ///< then it becomes name.1.log and a new one is begun
  std::size_t max_files = 5;                              ///< old ones kept beside it
};

/// Writes lines to one sink. Cheap to copy (copies share the sink); passed by reference, never global. Thread-safe.
/// Control characters and bytes that are not UTF-8 are escaped, so no value can forge a line or drive a terminal.
class Logger {
 public:
  using Fields = std::initializer_list<LogField>;

  /// The clock outlives the logger and its copies. So does the stream of to_stream(), which is for tests and tools.
  static Logger to_stderr(const LogSettings& settings, const Clock& clock);
  static Logger to_stream(const LogSettings& settings, const Clock& clock, std::ostream& out);
  /// Lines reach the file at the latest with the next warning or flush(). Errors: unavailable.
  static Result<Logger> to_file(const LogSettings& settings, const Clock& clock, const RotatingFile& file);

  /// The same sink; every line carries `requestId`.
  Logger for_request(std::string request_id) const;

  /// `event` is a lower_snake word that is searched for: it never holds values.
  void debug(std::string_view event, Fields fields = {}) const { log(LogLevel::debug, event, fields); }
  void info(std::string_view event, Fields fields = {}) const { log(LogLevel::info, event, fields); }
  void warn(std::string_view event, Fields fields = {}) const { log(LogLevel::warn, event, fields); }
  void error(std::string_view event, Fields fields = {}) const { log(LogLevel::error, event, fields); }
  /// A failure with its code, message and detail.
  void error(std::string_view event, const Error& error, Fields fields = {}) const;
  void log(LogLevel level, std::string_view event, Fields fields = {}) const;

  bool enabled(LogLevel level) const;
  void flush() const;

 private:
  struct Core;
  void write(LogLevel level, std::string_view event, std::span<const LogField> fields) const;
  explicit Logger(std::shared_ptr<Core> core) : core_(std::move(core)) {}
  std::shared_ptr<Core> core_;
  std::string request_id_;
};

}  // namespace medialith
