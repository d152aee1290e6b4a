#include "base/config.hpp"

#include <algorithm>
#include <cassert>

#include "base/config_value.hpp"
#include "base/text.hpp"

namespace medialith {
namespace {

constexpr std::string_view kOwnPrefix = "MEDIALITH_";

bool is_number(OptionType type) {
  return type == OptionType::integer || type == OptionType::size || type == OptionType::duration;
}

std::vector<std::string_view> choices_of(const Option& option) {
  std::vector<std::string_view> choices;
  std::string_view rest = option.choices;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('|'), rest.size());
    choices.push_back(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return choices;
}

bool is_choice(const Option& option, std::string_view text) {
  const auto choices = choices_of(option);
  return std::ranges::find(choices, text) != choices.end();
}

bool is_declared(std::span<const Option> options, std::string_view given, std::string_view Option::* member) {
  return std::ranges::find(options, given, member) != options.end();
}

// What a value has to look like, as the end of "MEDIALITH_X must be …".
std::string expectation(const Option& option) {
  switch (option.type) {
    case OptionType::choice: {
      std::string text = "one of";
      std::string_view separator = " ";
      for (const std::string_view choice : choices_of(option)) {
        text.append(separator).append(choice);
        separator = ", ";
      }
      return text;
    }
    case OptionType::boolean:
      return "true or false";
    case OptionType::integer:
      return "a whole number";
    case OptionType::size:
      return "a size such as 64KiB or 10GiB";
    case OptionType::duration:
      return "a duration such as 30d, 24h, 15m or 0s";
    default:
      return "a text";
  }
}

std::string range_of(const Option& option) {
  if (option.max == INT64_MAX) return "at least " + print_limit(option, option.min);
  return "between " + print_limit(option, option.min) + " and " + print_limit(option, option.max);
}

// The number behind a text, or 0 for types that have none; nullopt when the text does not parse.
std::optional<std::int64_t> parse_number(const Option& option, std::string_view text) {
  switch (option.type) {
    case OptionType::choice:
      return is_choice(option, text) ? std::optional<std::int64_t>(0) : std::nullopt;
    case OptionType::boolean: {
      const auto value = parse_boolean(text);
      return value ? std::optional<std::int64_t>(*value) : std::nullopt;
    }
    case OptionType::integer:
      return parse_integer(text);
    case OptionType::size:
      return parse_size(text);
    case OptionType::duration: {
      const auto value = parse_duration(text);
      return value ? std::optional<std::int64_t>(value->count()) : std::nullopt;
    }
    default:
      return 0;
  }
}

// Nothing when the text is good; `number` is its number then.
std::optional<FieldError> check(const Option& option, std::string_view given_as, std::string_view text,
                                std::int64_t& number) {
  const auto parsed = parse_number(option, text);
  const auto refused = [&](std::string_view code, std::string_view must) {
    std::string message = std::string(given_as).append(" must be ").append(must);
    if (!option.secret) message.append(", not \"").append(text).append("\"");
    return FieldError{std::string(given_as), std::string(code), message + "."};
  };
  if (!parsed) return refused("invalid", expectation(option));
  if (is_number(option.type) && (*parsed < option.min || *parsed > option.max)) {
    return refused("out_of_range", range_of(option));
  }
  number = *parsed;
  return std::nullopt;
}

// How many letters must be changed, added or dropped (Levenshtein).
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = diagonal + (a[i - 1] == b[j - 1] ? 0U : 1U);
      diagonal = std::exchange(row[j], std::min({change, row[j] + 1, row[j - 1] + 1}));
    }
  }
  return row[b.size()];
}

FieldError unknown(std::span<const Option> options, std::string_view given, std::string_view Option::* member) {
  constexpr std::size_t kClose = 3;
  constexpr std::size_t kMaxLength = 100;
  std::string message = "There is no option " + std::string(given.substr(0, kMaxLength)) + ".";
  std::string_view nearest;
  std::size_t least = kClose + 1;
  for (const Option& option : options) {
    if ((option.*member).empty() || given.size() > kMaxLength) continue;
    const std::size_t away = distance(given, option.*member);
    if (away < least) {
      least = away;
      nearest = option.*member;
    }
  }
  if (!nearest.empty()) message.append(" Did you mean ").append(nearest).append("?");
  return {std::string(given), "unknown", message};
}

// The last flag of an option; nullptr when there is none.
const std::string* find_flag(const Option& option, std::span<const FlagValue> flags) {
  const std::string* found = nullptr;
  for (const auto& [flag, text] : flags) {
    if (!option.flag.empty() && flag == option.flag) found = &text;
  }
  return found;
}

void report_unknown(std::span<const Option> options, const Environment& environment, std::span<const FlagValue> flags,
                    std::vector<FieldError>& errors) {
  for (const auto& [name, text] : environment) {
    if (!name.starts_with(kOwnPrefix) || is_declared(options, name, &Option::name)) continue;
    errors.push_back(unknown(options, name, &Option::name));
  }
  for (const auto& [flag, text] : flags) {
    if (!is_declared(options, flag, &Option::flag)) errors.push_back(unknown(options, flag, &Option::flag));
  }
}

}  // namespace

std::string print_limit(const Option& option, std::int64_t limit) {
  if (option.type == OptionType::size) return print_size(limit);
  if (option.type == OptionType::duration) return print_duration(std::chrono::milliseconds(limit));
  return std::to_string(limit);
}

Environment read_environment(const char* const* variables) {
  Environment environment;
  for (; *variables != nullptr; ++variables) {
    const std::string_view variable(*variables);
    const std::size_t sign = variable.find('=');
    if (sign == std::string_view::npos) continue;
    environment.emplace(variable.substr(0, sign), variable.substr(sign + 1));
  }
  return environment;
}

Result<Config> Config::load(std::span<const Option> options, const Environment& environment,
                            std::span<const FlagValue> flags) {
  Config config;
  std::vector<FieldError> errors;
  report_unknown(options, environment, flags, errors);
  for (const Option& option : options) {
    Value value;
    value.option = &option;
    std::string_view text = option.fallback;
    std::string_view given_as = option.name;
    value.source = text.empty() ? Source::unset : Source::fallback;
    const auto variable = environment.find(option.name);
    const bool in_environment = variable != environment.end() && !variable->second.empty();
    if (in_environment) {
      text = variable->second;
      value.source = Source::environment;
    }
    if (const std::string* flag = find_flag(option, flags)) {
      text = *flag;
      given_as = option.flag;
      value.source = text.empty() ? Source::unset : Source::flag;
      value.overrides_environment = in_environment;
    }
    value.text = Secret(text);
    if (value.source != Source::unset) {
      if (auto error = check(option, given_as, text, value.number)) errors.push_back(*std::move(error));
    }
    config.values_.push_back(std::move(value));
  }
  if (errors.empty()) return config;
  Error error = make_error(ErrorCode::validation_failed, "The configuration is not valid.");
  error.fields = std::move(errors);
  return fail(std::move(error));
}

const Config::Value& Config::value(std::string_view name) const {
  const auto found = std::ranges::find_if(values_, [name](const Value& v) { return v.option->name == name; });
  assert(found != values_.end() && "no such option");
  return *found;
}

const Config::Value& Config::value(std::string_view name, OptionType type) const {
  const Value& found = value(name);
  assert(found.option->type == type && "the option has another type");
  return found;
}

const Config::Value& Config::set_value(std::string_view name, OptionType type) const {
  const Value& found = value(name, type);
  assert(found.source != Source::unset && "the option has no value");
  return found;
}

bool Config::has(std::string_view name) const { return value(name).source != Source::unset; }

Source Config::source(std::string_view name) const { return value(name).source; }

std::string Config::text(std::string_view name) const {
  const Value& found = value(name);
  assert((found.option->type == OptionType::text || found.option->type == OptionType::choice) &&
         "the option has another type");
  assert(!found.option->secret && "the option is a secret");
  return std::string(found.text.reveal());
}

Secret Config::secret(std::string_view name) const {
  const Value& found = value(name, OptionType::text);
  assert(found.option->secret && "the option is no secret");
  return found.text;
}

std::vector<std::string> Config::list(std::string_view name) const {
  return parse_list(value(name, OptionType::list).text.reveal());
}

bool Config::boolean(std::string_view name) const { return set_value(name, OptionType::boolean).number != 0; }

std::int64_t Config::integer(std::string_view name) const { return set_value(name, OptionType::integer).number; }

std::uint64_t Config::size(std::string_view name) const {
  return static_cast<std::uint64_t>(set_value(name, OptionType::size).number);
}

std::chrono::milliseconds Config::duration(std::string_view name) const {
  return std::chrono::milliseconds(set_value(name, OptionType::duration).number);
}

std::vector<Explanation> Config::explain() const {
  std::vector<Explanation> rows;
  for (const Value& v : values_) {
    Explanation row{.name = v.option->name, .value = {}, .source = v.source, .flag = {}};
    if (v.source == Source::flag) row.flag = v.option->flag;
    row.overrides_environment = v.overrides_environment;
    if (v.source != Source::unset) row.value = v.option->secret ? "[secret]" : std::string(v.text.reveal());
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace medialith
