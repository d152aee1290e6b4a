#include "base/json.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <utility>

#include <simdjson.h>

#include "base/json_number.hpp"

namespace medialith::json {

namespace ondemand = simdjson::ondemand;

struct Document::Storage {
  std::string text;               // with SIMDJSON_PADDING bytes of capacity beyond its end
  std::unique_ptr<char[]> arena;  // unescaped strings; made when the first one has an escape
  std::size_t arena_used = 0;
  std::vector<Node> nodes;  // in preorder
};

namespace {

constexpr std::string_view kWhitespace = " \t\n\r";
constexpr std::size_t kMaxPathKey = 64;  // bytes of one member's name in an error path

std::string_view trim_end(std::string_view text) {
  const std::size_t last = text.find_last_not_of(kWhitespace);
  return text.substr(0, last == std::string_view::npos ? 0 : last + 1);
}

// Where a value stands: a chain on the stack, written out only when something is wrong.
struct Place {
  const Place* parent = nullptr;
  std::string_view key;  // a member of an object …
  std::size_t index = 0;
  bool in_array = false;  // … or an element of an array
};

bool is_plain_name(std::string_view key) {
  return !key.empty() && key.size() <= kMaxPathKey && std::ranges::all_of(key, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
           c == '$';
  });
}

// The front of a name, not cut inside a character.
std::string_view shortened(std::string_view key) {
  if (key.size() <= kMaxPathKey) return key;
  std::size_t size = kMaxPathKey;
  while (size > 0 && (static_cast<unsigned char>(key[size]) & 0xc0U) == 0x80U) --size;
  return key.substr(0, size);
}

std::string path_of(const Place& place) {
  if (place.parent == nullptr) return {};
  std::string path = path_of(*place.parent);
  if (place.in_array) {
    path += '[' + std::to_string(place.index) + ']';
  } else if (is_plain_name(place.key)) {
    if (!path.empty()) path += '.';
    path += place.key;
  } else {
    path += '[';
    append_string(path, shortened(place.key));
    path += ']';
  }
  return path;
}

Error error_at(const Place& place, std::string_view code, std::string message) {
  Error error = make_error(ErrorCode::malformed_json, message);
  if (place.parent != nullptr) error.fields.push_back({path_of(place), std::string(code), std::move(message)});
  return error;
}

Error library_error(simdjson::error_code code) {
  switch (code) {
    case simdjson::EMPTY:
      return make_error(ErrorCode::malformed_json, "The JSON is empty.");
    case simdjson::UTF8_ERROR:
      return make_error(ErrorCode::malformed_json, "The JSON is not valid UTF-8.");
    case simdjson::UNESCAPED_CHARS:
      return make_error(ErrorCode::malformed_json, "A JSON string holds a control character that is not escaped.");
    case simdjson::UNCLOSED_STRING:
      return make_error(ErrorCode::malformed_json, "A JSON string is not closed.");
    case simdjson::CAPACITY:
      return make_error(ErrorCode::body_too_large, "The JSON is too large.");
    case simdjson::MEMALLOC:
      return make_error(ErrorCode::overloaded, "There is no memory for the JSON.");
    default:
      return make_error(ErrorCode::malformed_json, "The JSON is malformed.", simdjson::error_message(code));
  }
}

// Four hexadecimal digits as a number, or nullopt.
std::optional<std::uint32_t> hex4(std::string_view text) {
  if (text.size() < 4) return std::nullopt;
  std::uint32_t value = 0;
  const auto read = std::from_chars(text.data(), text.data() + 4, value, 16);
  // from_chars would take a sign.
  if (read.ptr != text.data() + 4 || text.front() == '-') return std::nullopt;
  return value;
}

char* put_utf8(char* to, std::uint32_t c) {
  const auto put = [&to](std::uint32_t byte) { *to++ = static_cast<char>(byte); };
  if (c < 0x80) {
    put(c);
  } else if (c < 0x800) {
    put(0xc0U | c >> 6);
    put(0x80U | (c & 0x3fU));
  } else if (c < 0x10000) {
    put(0xe0U | c >> 12);
    put(0x80U | (c >> 6 & 0x3fU));
    put(0x80U | (c & 0x3fU));
  } else {
    put(0xf0U | c >> 18);
    put(0x80U | (c >> 12 & 0x3fU));
    put(0x80U | (c >> 6 & 0x3fU));
    put(0x80U | (c & 0x3fU));
  }
  return to;
}

enum class Unescape : std::uint8_t { ok, malformed, nul_character, lone_surrogate };

// Reads what follows `\u` and writes the character. simdjson 3.0.1 takes any pair of escapes for a surrogate pair.
Unescape unescape_unicode(std::string_view& rest, char*& to) {
  const auto first = hex4(rest);
  if (!first) return Unescape::malformed;
  rest.remove_prefix(4);
  if (*first == 0) return Unescape::nul_character;
  std::uint32_t c = *first;
  if (c >= 0xdc00 && c < 0xe000) return Unescape::lone_surrogate;
  if (c >= 0xd800 && c < 0xdc00) {
    const auto second = rest.starts_with("\\u") ? hex4(rest.substr(2)) : std::nullopt;
    if (!second || *second < 0xdc00 || *second >= 0xe000) return Unescape::lone_surrogate;
    rest.remove_prefix(6);
    c = 0x10000 + ((c - 0xd800) << 10) + (*second - 0xdc00);
  }
  to = put_utf8(to, c);
  return Unescape::ok;
}

// Writes `rest`, which is what stands between the quotes, to `to`, which has room for as many bytes.
Unescape unescape(std::string_view rest, char*& to) {
  while (true) {
    const std::size_t run = std::min(rest.find('\\'), rest.size());
    to = std::copy_n(rest.data(), run, to);
    rest.remove_prefix(run);
    if (rest.empty()) return Unescape::ok;
    if (rest.size() < 2) return Unescape::malformed;
    const char escape = rest[1];
    rest.remove_prefix(2);
    if (escape == 'u') {
      if (const auto result = unescape_unicode(rest, to); result != Unescape::ok) return result;
      continue;
    }
    constexpr std::string_view kEscapes = "\"\\/bfnrt";
    constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
    const std::size_t which = kEscapes.find(escape);
    if (which == std::string_view::npos) return Unescape::malformed;
    *to++ = kMeanings[which];
  }
}

}  // namespace

// One pass over a text. Every method but run() returns false once error_ is set.
class Walker {
 public:
  Walker(const ParseOptions& options, Document::Storage& storage)
      : storage_(storage),
        max_depth_(std::min(options.max_depth, kMaxDepth)),
        keep_depth_(options.keep_depth),
        max_nodes_(options.max_nodes) {}

  Result<void> run() {
    ondemand::parser parser;
    // simdjson counts the levels on its own when it is built for debugging.
    if (auto code = parser.allocate(storage_.text.size(), kMaxDepth + 8)) return fail(library_error(code));
    const simdjson::padded_string_view padded(storage_.text, storage_.text.capacity());
    if (auto code = parser.iterate(padded).get(document_)) return fail(library_error(code));
    const Place root;
    if (!walk(document_, root, 0, true)) return fail(std::move(error_));
    return {};
  }

 private:
  using Node = Document::Node;

  static std::string_view token_of(ondemand::document& document) {
    std::string_view token;
    if (document.raw_json_token().get(token) != simdjson::SUCCESS) return {};
    return token;
  }
  static std::string_view token_of(ondemand::value& value) { return value.raw_json_token(); }

  // Start of the next token, or the end of the text.
  const char* next_token() {
    const char* location = nullptr;
    const char* const end = storage_.text.data() + storage_.text.size();
    return document_.current_location().get(location) == simdjson::SUCCESS ? location : end;
  }

  bool refuse(Error error) {
    error_ = std::move(error);
    return false;
  }
  bool malformed(const char* where) {
    const auto offset = where - storage_.text.data();
    return refuse(
        make_error(ErrorCode::malformed_json, "The JSON is malformed at byte " + std::to_string(offset) + "."));
  }
  bool malformed() { return malformed(next_token()); }

  // Source is the document, for the root, or a value.
  template <class Source>
  bool walk(Source& source, const Place& place, std::size_t depth, bool keep) {
    const std::string_view token = trim_end(token_of(source));
    if (token.empty()) return malformed();
    const std::size_t index = storage_.nodes.size();
    if (keep) {
      if (index >= max_nodes_) {
        return refuse(error_at(place, "too_many_values", "The JSON has more values than this server reads at once."));
      }
      storage_.nodes.push_back({.raw = token, .key = place.key, .text = {}, .end = 0, .kind = Kind::null});
    }
    Node node{.raw = token, .key = place.key, .text = {}, .end = 0, .kind = Kind::null};
    if (!walk_kind(source, place, depth, keep, node)) return false;
    if (place.parent == nullptr && !at_end(node)) return malformed(node.raw.data() + node.raw.size());
    if (keep) {
      node.end = static_cast<std::uint32_t>(storage_.nodes.size());
      storage_.nodes[index] = node;
    }
    return true;
  }

  bool at_end(const Node& root) const {
    const std::string_view all = trim_end(storage_.text);
    return root.raw.data() + root.raw.size() == all.data() + all.size();
  }

  template <class Source>
  bool walk_kind(Source& source, const Place& place, std::size_t depth, bool keep, Node& node) {
    switch (node.raw.front()) {
      case '{':
      case '[':
        return walk_container(source, place, depth, keep, node);
      case '"': {
        node.kind = Kind::string;
        // Consumes the token: a string that is skipped may be taken for a key.
        if (source.get_raw_json_string().error() != simdjson::SUCCESS) return malformed();
        const std::size_t mark = storage_.arena_used;
        if (!read_string(node.raw, place, node.text)) return false;
        if (!keep) storage_.arena_used = mark;
        return true;
      }
      case 't':
      case 'f':
        node.kind = Kind::boolean;
        return node.raw == "true" || node.raw == "false" || malformed(node.raw.data());
      case 'n':
        return node.raw == "null" || malformed(node.raw.data());
      default:
        node.kind = Kind::number;
        return walk_number(place, node);
    }
  }

  bool walk_number(const Place& place, const Node& node) {
    switch (check_number(node.raw)) {
      case NumberCheck::ok:
        return true;
      case NumberCheck::out_of_range:
        return refuse(error_at(place, "number_out_of_range", "A number is beyond the range of a double."));
      default:
        return malformed(node.raw.data());
    }
  }

  template <class Source>
  bool walk_container(Source& source, const Place& place, std::size_t depth, bool keep, Node& node) {
    if (depth >= max_depth_) {
      return refuse(
          error_at(place, "too_deep", "The JSON is nested deeper than " + std::to_string(max_depth_) + " levels."));
    }
    const bool keep_children = keep && depth < keep_depth_;
    const std::size_t mark = storage_.arena_used;
    const bool is_object = node.raw.front() == '{';
    node.kind = is_object ? Kind::object : Kind::array;
    if (is_object) {
      ondemand::object object;
      if (source.get_object().get(object) != simdjson::SUCCESS) return malformed();
      if (!walk_object(object, place, depth + 1, keep_children)) return false;
    } else {
      ondemand::array array;
      if (source.get_array().get(array) != simdjson::SUCCESS) return malformed();
      if (!walk_array(array, place, depth + 1, keep_children)) return false;
    }
    if (!keep_children) storage_.arena_used = mark;
    const char* const start = node.raw.data();
    node.raw = trim_end({start, static_cast<std::size_t>(next_token() - start)});
    return true;
  }

  bool walk_array(ondemand::array& array, const Place& place, std::size_t depth, bool keep) {
    Place child{.parent = &place, .key = {}, .index = 0, .in_array = true};
    for (auto element : array) {
      ondemand::value value;
      if (std::move(element).get(value) != simdjson::SUCCESS) return malformed();
      if (!walk(value, child, depth, keep)) return false;
      ++child.index;
    }
    return true;
  }

  bool walk_object(ondemand::object& object, const Place& place, std::size_t depth, bool keep) {
    const std::size_t first_key = keys_.size();
    for (auto element : object) {
      ondemand::field field;
      if (std::move(element).get(field) != simdjson::SUCCESS) return malformed();
      Place child{.parent = &place, .key = {}, .index = 0, .in_array = false};
      // The token of a key ends before the colon, which stage 1 of simdjson has found outside any string.
      const char* const start = field.key().raw() - 1;
      const char* const value_start = field.value().raw_json_token().data();
      const std::string_view upto_colon = trim_end({start, static_cast<std::size_t>(value_start - start)});
      const std::string_view token = trim_end(upto_colon.substr(0, upto_colon.size() - 1));
      child.key = token;  // what an error about the key itself shows
      std::string_view key;
      if (!read_string(token, child, key)) return false;
      child.key = key;
      keys_.push_back(key);
      if (!walk(field.value(), child, depth, keep)) return false;
    }
    return check_keys(first_key, place);
  }

  // Refuses two equal keys among those from `first` on and forgets them. Sorting keeps large objects cheap whatever
  // their keys are.
  bool check_keys(std::size_t first, const Place& place) {
    const auto begin = keys_.begin() + static_cast<std::ptrdiff_t>(first);
    std::sort(begin, keys_.end());
    const auto twice = std::adjacent_find(begin, keys_.end());
    if (twice != keys_.end()) {
      const Place child{.parent = &place, .key = *twice, .index = 0, .in_array = false};
      return refuse(error_at(child, "duplicate_member", "A member stands twice in one object."));
    }
    keys_.resize(first);
    return true;
  }

  // The text of a token with its quotes: a part of the text, or of the arena when there are escapes.
  bool read_string(std::string_view token, const Place& place, std::string_view& out) {
    if (token.size() < 2 || token.back() != '"') return malformed(token.data());
    const std::string_view inside = token.substr(1, token.size() - 2);
    out = inside;
    if (inside.find('\\') == std::string_view::npos) return true;
    // An unescaped string is never longer, so the size of the text is enough for all of them.
    if (!storage_.arena) storage_.arena = std::make_unique_for_overwrite<char[]>(storage_.text.size());
    char* const start = storage_.arena.get() + storage_.arena_used;
    char* end = start;
    switch (unescape(inside, end)) {
      case Unescape::ok:
        break;
      case Unescape::malformed:
        return malformed(token.data());
      case Unescape::nul_character:
        return refuse(error_at(place, "nul_character", "A string holds the character U+0000, which cannot be kept."));
      case Unescape::lone_surrogate:
        return refuse(error_at(place, "lone_surrogate", "A string holds half of a surrogate pair."));
    }
    out = {start, static_cast<std::size_t>(end - start)};
    storage_.arena_used += out.size();
    return true;
  }

  Document::Storage& storage_;
  const std::size_t max_depth_;
  const std::size_t keep_depth_;
  const std::size_t max_nodes_;
  ondemand::document document_;
  std::vector<std::string_view> keys_;  // of all objects that are open, outermost first
  Error error_;
};

bool is_valid_utf8(std::string_view text) { return simdjson::validate_utf8(text.data(), text.size()); }

std::string_view kind_name(Kind kind) {
  constexpr std::array<std::string_view, 6> kNames = {"null", "boolean", "number", "string", "array", "object"};
  return kNames.at(std::to_underlying(kind));
}

Result<Document> Document::parse(std::string text, const ParseOptions& options) {
  auto storage = std::make_shared<Storage>();
  storage->text = std::move(text);
  storage->text.reserve(storage->text.size() + simdjson::SIMDJSON_PADDING);
  TRY(Walker(options, *storage).run());
  return Document(std::move(storage));
}

View Document::root() const { return {storage_.get(), 0}; }

const Document::Node& View::node() const { return storage_->nodes[index_]; }
Kind View::kind() const { return node().kind; }
std::string_view View::raw() const { return node().raw; }
std::string_view View::text() const { return node().text; }
std::string_view View::key() const { return node().key; }
bool View::boolean() const { return kind() == Kind::boolean && raw() == "true"; }

std::optional<std::int64_t> View::integer() const {
  if (kind() != Kind::number) return std::nullopt;
  std::int64_t value = 0;
  const auto fits = [&value](std::string_view text) {
    const char* const end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, value);
    return read.ec == std::errc() && read.ptr == end;
  };
  if (fits(raw())) return value;
  const Decimal decimal = decimal_of(raw());
  const auto size = static_cast<std::int64_t>(decimal.digits.size());
  constexpr std::int64_t kMostDigits = 19;
  if (decimal.exponent < size || decimal.exponent > kMostDigits) return std::nullopt;
  std::string whole = decimal.negative ? "-" : "";
  whole += size == 0 ? "0" : decimal.digits;
  whole.append(static_cast<std::size_t>(decimal.exponent - size), '0');
  return fits(whole) ? std::optional(value) : std::nullopt;
}

double View::number() const {
  double value = 0;
  if (kind() == Kind::number) std::from_chars(raw().data(), raw().data() + raw().size(), value);
  return value;
}

std::optional<View> View::find(std::string_view name) const {
  if (kind() != Kind::object) return std::nullopt;
  for (std::uint32_t i = index_ + 1; i < node().end; i = storage_->nodes[i].end) {
    if (storage_->nodes[i].key == name) return View(storage_, i);
  }
  return std::nullopt;
}

std::vector<View> View::children() const {
  std::vector<View> views;
  for (std::uint32_t i = index_ + 1; i < node().end; i = storage_->nodes[i].end) views.push_back(View(storage_, i));
  return views;
}

namespace {

bool equal_views(const View& a, const View& b) {
  if (a.kind() != b.kind()) return false;
  if (a.raw() == b.raw()) return true;
  switch (a.kind()) {
    case Kind::number:
      return decimal_of(a.raw()) == decimal_of(b.raw());
    case Kind::string:
      return a.text() == b.text();
    case Kind::array:
      return std::ranges::equal(a.children(), b.children(), equal_views);
    case Kind::object: {
      auto left = a.children();
      auto right = b.children();
      std::ranges::sort(left, {}, &View::key);
      std::ranges::sort(right, {}, &View::key);
      return std::ranges::equal(left, right,
                                [](const View& x, const View& y) { return x.key() == y.key() && equal_views(x, y); });
    }
    default:
      return false;  // null and booleans have one spelling each
  }
}

}  // namespace

bool equal(std::string_view a, std::string_view b) {
  if (a == b) return true;
  constexpr ParseOptions kWhole{.max_depth = kMaxDepth, .keep_depth = kMaxDepth, .max_nodes = UINT32_MAX};
  const auto left = Document::parse(std::string(a), kWhole);
  const auto right = Document::parse(std::string(b), kWhole);
  return left && right && equal_views(left->root(), right->root());
}

}  // namespace medialith::json
