#include "web/filter.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.hpp"
#include "domain/assets.hpp"
#include "domain/search_words.hpp"

namespace medialith::web {
namespace {

constexpr std::size_t kMaxValues = 50;
constexpr std::size_t kMaxValueBytes = 1024;

bool any_text(std::string_view text) { return !text.empty() && text.size() <= kMaxValueBytes; }
bool is_status(std::string_view text) { return domain::status_from(text).has_value(); }
bool is_kind(std::string_view text) { return domain::asset_kind_from(text).has_value(); }

class Reader {
 public:
  Reader(const std::vector<http::QueryParameter>& named, std::vector<FieldError>& errors)
      : named_(named), errors_(errors) {}

  std::vector<std::string> values(std::string_view name, bool (*valid)(std::string_view)) {
    std::vector<std::string> values;
    for (const http::QueryParameter& parameter : named_) {
      if (parameter.name != name) continue;
      if (!valid(parameter.value)) {
        errors_.push_back({std::string(name), "not_allowed", fmt::format("This is no value of `{}`.", name)});
        return {};
      }
      values.push_back(parameter.value);
    }
    if (values.size() > kMaxValues)
      errors_.push_back({std::string(name), "too_many", "At most 50 values are allowed."});
    return values;
  }

  std::optional<bool> boolean(std::string_view name) {
    const std::string* sent = find(name);
    if (sent == nullptr) return std::nullopt;
    if (*sent == "true" || *sent == "false") return *sent == "true";
    errors_.push_back({std::string(name), "wrong_type", "This must be true or false."});
    return std::nullopt;
  }

  std::optional<std::int64_t> bytes(std::string_view name) {
    const std::string* sent = find(name);
    if (sent == nullptr) return std::nullopt;
    const auto value = parse_integer(*sent);
    if (value && *value >= 0) return value;
    errors_.push_back({std::string(name), "wrong_type", "This must be a number of bytes."});
    return std::nullopt;
  }

  std::optional<Time> time(std::string_view name) {
    const std::string* sent = find(name);
    if (sent == nullptr) return std::nullopt;
    const auto parsed = parse_iso8601(*sent);
    if (parsed) return *parsed;
    errors_.push_back({std::string(name), "not_a_time", "This must be a time such as 2026-01-31T12:00:00.000Z."});
    return std::nullopt;
  }

 private:
  const std::string* find(std::string_view name) const {
    const auto found = std::ranges::find(named_, name, &http::QueryParameter::name);
    return found == named_.end() ? nullptr : &found->value;
  }
  const std::vector<http::QueryParameter>& named_;
  std::vector<FieldError>& errors_;
};

}  // namespace

domain::Filter read_filter(const std::vector<http::QueryParameter>& named, std::vector<FieldError>& errors) {
  Reader reader(named, errors);
  return {.models = reader.values("model", any_text),
          .providers = reader.values("provider", any_text),
          .categories = reader.values("category", any_text),
          .statuses = reader.values("status", is_status),
          .tags = reader.values("tag", any_text),
          .loras = reader.values("lora", any_text),
          .samplers = reader.values("sampler", any_text),
          .seeds = reader.values("seed", any_text),
          .generations = reader.values("generation", any_text),
          .favorite = reader.boolean("favorite"),
          .kinds = reader.values("type", is_kind),
          .min_size = reader.bytes("minSize"),
          .created_after = reader.time("createdAfter"),
          .created_before = reader.time("createdBefore"),
          .deleted = reader.boolean("deleted").value_or(false)};
}

std::vector<std::string> read_words(const std::vector<http::QueryParameter>& named) {
  const auto found = std::ranges::find(named, "q", &http::QueryParameter::name);
  return found == named.end() ? std::vector<std::string>() : domain::split_words(found->value);
}

const std::vector<http::Parameter>& filter_parameters() {
  static const std::vector<http::Parameter> parameters = {
      {"q", "query", "string",
       "Words that must all be there, in any form; the last may be the beginning of one, from three letters. Any text "
       "is "
       "valid. Only when the words find nothing: each as a part of a word."},
      {"model", "query", "string", "Only of this model, by id.", true},
      {"provider", "query", "string", "Only of this provider.", true},
      {"category", "query", "string", "Only of this category.", true},
      {"status", "query", "string", "Only `pending`, `processing`, `completed` or `failed`.", true},
      {"favorite", "query", "boolean", "Only favourites, or only others."},
      {"tag", "query", "string", "Only with this tag.", true},
      {"generation", "query", "string", "Only this generation, by id; of assets: only its.", true},
      {"seed", "query", "string", "Only with this seed, in the recipe or the input parameters.", true},
      {"lora", "query", "string", "Only with this LoRA in the recipe.", true},
      {"sampler", "query", "string", "Only with this sampler in the recipe.", true},
      {"type", "query", "string", "Only `image`, `video`, `audio` or `file`; of generations: that have one.", true},
      {"minSize", "query", "integer", "Only files of at least so many bytes; of generations: that have one."},
      {"createdAfter", "query", "date-time", "From this moment on."},
      {"createdBefore", "query", "date-time", "Before this moment."},
      {"deleted", "query", "boolean", "true: only what lies in the trash. Default: only what does not."},
  };
  return parameters;
}

}  // namespace medialith::web
