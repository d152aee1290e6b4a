#include <array>

#include "base/config.hpp"

namespace medialith {
namespace {

// Inside a cell of a Markdown table.
void append_cell(std::string& out, std::string_view text) {
  for (const char c : text) {
    if (c == '|') out += '\\';
    out += c == '\n' ? ' ' : c;
  }
}

std::string code(std::string_view text) { return text.empty() ? "" : "`" + std::string(text) + "`"; }

std::string type_and_limits(const Option& option) {
  constexpr std::array<std::string_view, 7> kNames = {"text", "choice",   "boolean", "integer",
                                                      "size", "duration", "list"};
  if (option.secret) return "secret text";
  if (option.type == OptionType::choice) {
    std::string text;
    for (const char c : option.choices) text += c == '|' ? std::string("` or `") : std::string(1, c);
    return "`" + text + "`";
  }
  std::string text(kNames.at(static_cast<std::size_t>(option.type)));
  if (option.type != OptionType::integer && option.type != OptionType::size && option.type != OptionType::duration) {
    return text;
  }
  if (option.min > 0) text += ", at least " + print_limit(option, option.min);
  if (option.max != INT64_MAX) text += ", at most " + print_limit(option, option.max);
  return text;
}

}  // namespace

std::string configuration_reference(std::span<const Option> options) {
  std::string out =
      "# Configuration\n\n"
      "Every option is an environment variable; a flag, where there is one, overrides it. An empty variable counts as "
      "not set. An unknown `MEDIALITH_` variable or a value that does not parse stops the start, and all such errors "
      "are reported at once. `medialith doctor` shows which values hold and where each comes from.\n\n"
      "Sizes are bytes or carry a unit (`KB`, `MB`, `GB`, `TB`: powers of 1000; `KiB`, `MiB`, `GiB`, `TiB`: powers of "
      "1024). Durations carry units: `250ms`, `90s`, `15m`, `24h`, `30d`, `1h30m`. Lists are separated by commas or "
      "spaces.\n";
  std::string_view group;
  bool first = true;
  for (const Option& option : options) {
    if (first || option.group != group) {
      group = option.group;
      if (!group.empty()) out.append("\n## ").append(group).append("\n");
      out += "\n| Variable | Flag | Value | Default | What it does |\n|---|---|---|---|---|\n";
      first = false;
    }
    for (const std::string& cell : {code(option.name), code(option.flag), type_and_limits(option),
                                    code(option.fallback), std::string(option.doc)}) {
      out += "| ";
      append_cell(out, cell);
      out += ' ';
    }
    out += "|\n";
  }
  return out;
}

}  // namespace medialith
