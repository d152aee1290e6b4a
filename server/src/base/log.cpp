#include "base/log.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>
#include <vector>

#include <spdlog/logger.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/sinks/rotating_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>

#include "base/json.hpp"

namespace medialith {

struct Logger::Core {
  spdlog::logger out;
  LogSettings settings;
  const Clock& clock;

  Core(spdlog::sink_ptr sink, const LogSettings& options, const Clock& source)
      : out("medialith", std::move(sink)), settings(options), clock(source) {
    out.set_pattern("%v");
    out.set_level(spdlog::level::trace);  // enabled() has decided before
    out.flush_on(spdlog::level::warn);
  }
};

namespace {

constexpr std::array<std::string_view, 4> kNames = {"debug", "info", "warn", "error"};
constexpr std::array<std::string_view, 4> kTextNames = {"DEBUG", "INFO ", "WARN ", "ERROR"};
constexpr std::array<spdlog::level::level_enum, 4> kLevels = {spdlog::level::debug, spdlog::level::info,
                                                              spdlog::level::warn, spdlog::level::err};

std::size_t index_of(LogLevel level) { return static_cast<std::size_t>(level); }

// DEL and the C1 controls (U+0080 to U+009F) drive terminals too, and JSON leaves them alone.
bool is_terminal_control(std::string_view text, std::size_t i) {
  const auto c = static_cast<unsigned char>(text[i]);
  if (c == 0x7f) return true;
  if (c != 0xc2 || i + 1 == text.size()) return false;
  return static_cast<unsigned char>(text[i + 1]) < 0xa0;
}

bool is_clean(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (is_terminal_control(text, i)) return false;
  }
  return json::is_valid_utf8(text);
}

// A JSON string; in a text that is not clean, every byte beyond ASCII and DEL is written as \xNN.
void append_quoted(std::string& out, std::string_view text) {
  if (is_clean(text)) return json::append_string(out, text);
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string clean;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x7f) {
      clean += c;
    } else {
      clean += "\\x";
      clean += kHex[byte >> 4];
      clean += kHex[byte & 0xfU];
    }
  }
  json::append_string(out, clean);
}

// Plain words stand without quotes in the text format.
void append_word(std::string& out, std::string_view text) {
  const bool plain = !text.empty() && std::ranges::all_of(text, [](char c) {
    return c > ' ' && c < 0x7f && c != '"' && c != '\\' && c != '=';
  });
  if (plain) {
    out += text;
  } else {
    append_quoted(out, text);
  }
}

struct AppendValue {
  std::string& out;
  LogFormat format;
  void operator()(std::string_view value) const {
    format == LogFormat::json ? append_quoted(out, value) : append_word(out, value);
  }
  void operator()(std::int64_t value) const { fmt::format_to(std::back_inserter(out), "{}", value); }
  void operator()(std::uint64_t value) const { fmt::format_to(std::back_inserter(out), "{}", value); }
  void operator()(double value) const { json::Writer(out).number(value); }
  void operator()(bool value) const { out += value ? "true" : "false"; }
};

void append_field(std::string& out, LogFormat format, const LogField& field) {
  if (format == LogFormat::json) {
    out += ',';
    append_quoted(out, field.name());
    out += ':';
  } else {
    out += ' ';
    append_word(out, field.name());
    out += '=';
  }
  std::visit(AppendValue{out, format}, field.value());
}

// {"time":…,"level":…,"event":…   or   2026-11-21T09:36:00.123Z INFO  event
void append_head(std::string& out, LogFormat format, Time time, LogLevel level, std::string_view event) {
  if (format == LogFormat::json) {
    out += R"({"time":")";
    append_iso8601(out, time);
    out += R"(","level":")";
    out += kNames.at(index_of(level));
    out += R"(","event":)";
    append_quoted(out, event);
  } else {
    append_iso8601(out, time);
    out += ' ';
    out += kTextNames.at(index_of(level));
    out += ' ';
    append_word(out, event);
  }
}

}  // namespace

Logger Logger::to_stderr(const LogSettings& settings, const Clock& clock) {
  return Logger(std::make_shared<Core>(std::make_shared<spdlog::sinks::stderr_sink_mt>(), settings, clock));
}

Logger Logger::to_stream(const LogSettings& settings, const Clock& clock, std::ostream& out) {
  return Logger(std::make_shared<Core>(std::make_shared<spdlog::sinks::ostream_sink_mt>(out), settings, clock));
}

Result<Logger> Logger::to_file(const LogSettings& settings, const Clock& clock, const RotatingFile& file) {
  try {
    auto sink =
        std::make_shared<spdlog::sinks::rotating_file_sink_mt>(file.path.string(), file.max_bytes, file.max_files);
    return Logger(std::make_shared<Core>(std::move(sink), settings, clock));
  } catch (const spdlog::spdlog_ex& error) {
    return fail(ErrorCode::unavailable, "The log file cannot be opened: " + file.path.string(), error.what());
  }
}

Logger Logger::for_request(std::string request_id) const {
  Logger logger = *this;
  logger.request_id_ = std::move(request_id);
  return logger;
}

bool Logger::enabled(LogLevel level) const { return level >= core_->settings.level; }

void Logger::flush() const { core_->out.flush(); }

void Logger::write(LogLevel level, std::string_view event, std::span<const LogField> fields) const {
  if (!enabled(level)) return;
  const LogFormat format = core_->settings.format;
  std::string line;
  append_head(line, format, core_->clock.now(), level, event);
  if (!request_id_.empty()) append_field(line, format, {"requestId", request_id_});
  for (const LogField& field : fields) append_field(line, format, field);
  if (format == LogFormat::json) line += '}';
  core_->out.log(kLevels.at(index_of(level)), spdlog::string_view_t(line));
}

void Logger::log(LogLevel level, std::string_view event, Fields fields) const {
  write(level, event, std::span(fields.begin(), fields.size()));
}

void Logger::error(std::string_view event, const Error& error, Fields fields) const {
  std::vector<LogField> all(fields);
  all.emplace_back("code", wire_name(error.code));
  all.emplace_back("message", error.message);
  if (!error.detail.empty()) all.emplace_back("detail", error.detail);
  write(LogLevel::error, event, all);
}

}  // namespace medialith
