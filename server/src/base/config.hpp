// Configuration: a table of options, each declared once, read from the environment and overridden by flags.
//
//   constexpr std::array kOptions = {
//       Option{.name = "MEDIALITH_DATA", .flag = "--data", .fallback = "./data", .doc = "Folder of database and
//       files."}, Option{.name = "MEDIALITH_MAX_FILE_SIZE", .type = OptionType::size, .fallback = "10GiB", .min = 1,
//              .doc = "Largest file that is taken."},
//   };
//   auto config = Config::load(kOptions, read_environment(environ), flags);
//
// The table and the settings structs that modules are given are made in app/; no module sees a Config.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "base/secret.hpp"

namespace medialith {

enum class OptionType : std::uint8_t { text, choice, boolean, integer, size, duration, list };

/// One option. The table and its texts outlive every Config made from it (a constexpr array of literals, as a rule).
struct Option {
  std::string_view name = {};  ///< of the environment variable
  std::string_view flag = {};  ///< with its dashes, or empty: environment only
  OptionType type = OptionType::text;
  std::string_view fallback = {};  ///< what holds when nothing is set, spelled as a user would; empty: nothing
  std::int64_t min = 0;            ///< of an integer; bytes of a size, milliseconds of a duration
  std::int64_t max = INT64_MAX;
  std::string_view choices = {};  ///< of a choice: `single|accounts`
  bool secret = false;            ///< read by secret(), shown nowhere; text only
  std::string_view group = {};    ///< heading in the reference
  std::string_view doc = {};      ///< one or two sentences
};

/// `min` or `max` of an option as a user would write it: `10GiB`, `24h`, `64`.
std::string print_limit(const Option& option, std::int64_t limit);

/// Variables by name. Copied from the process once, at its start.
using Environment = std::map<std::string, std::string, std::less<>>;
Environment read_environment(const char* const* variables);

/// A flag as it was given, `--data` and `./data`; a later one overrides an earlier one.
using FlagValue = std::pair<std::string, std::string>;

enum class Source : std::uint8_t { unset, fallback, environment, flag };

/// Where a value comes from, for `doctor`.
struct Explanation {
  std::string_view name = {};
  std::string value = {};  ///< as it was written; "[secret]" for a secret; empty when unset
  Source source = Source::unset;
  std::string_view flag = {};          ///< when the source is a flag
  bool overrides_environment = false;  ///< a flag that won over a variable
};

/// Checked values. Immutable, so thread-safe. Asking for a name that is not in the table, or as another type than it
/// has, is a bug and ends the process.
class Config {
 public:
  /// An empty variable is unset; an empty flag unsets too. Errors: validation_failed with every offence in `fields`
  /// (path: the variable or flag; code: `unknown`, `invalid`, `out_of_range`). Unknown is a variable that begins with
  /// MEDIALITH_ and is not in the table, or any flag that is not; variables of other programs are not ours to judge.
  static Result<Config> load(std::span<const Option> options, const Environment& environment,
                             std::span<const FlagValue> flags = {});

  /// Whether there is a value, be it the fallback.
  bool has(std::string_view name) const;
  Source source(std::string_view name) const;

  /// Text or choice; empty when unset.
  std::string text(std::string_view name) const;
  Secret secret(std::string_view name) const;
  std::vector<std::string> list(std::string_view name) const;
  // These need a value: give the option a fallback or ask has() before.
  bool boolean(std::string_view name) const;
  std::int64_t integer(std::string_view name) const;
  std::uint64_t size(std::string_view name) const;
  std::chrono::milliseconds duration(std::string_view name) const;

  /// In the order of the table.
  std::vector<Explanation> explain() const;

 private:
  struct Value {
    const Option* option = nullptr;
    Source source = Source::unset;
    bool overrides_environment = false;
    Secret text;              // as it was written; a secret must be wiped, the others do not mind
    std::int64_t number = 0;  // of a boolean, an integer, a size, a duration
  };
  const Value& value(std::string_view name) const;
  const Value& value(std::string_view name, OptionType type) const;
  const Value& set_value(std::string_view name, OptionType type) const;
  std::vector<Value> values_;  // in the order of the table
};

/// docs/reference/configuration.md: a table for each group, in the order of the options.
std::string configuration_reference(std::span<const Option> options);

}  // namespace medialith
