// JSON in and out.
//
// In: a text is walked once to every leaf (RFC 8259; duplicate keys, U+0000, lone surrogates, numbers that a double
// cannot hold and nesting that is too deep are refused), and the outer levels are kept as nodes. What may be any JSON
// is then kept as a slice of the request and never re-serialised, so keys, order and spelling survive. Out: Writer,
// which appends to a string.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace medialith::json {

enum class Kind : std::uint8_t { null, boolean, number, string, array, object };

/// "object", "string" … as error messages name it.
std::string_view kind_name(Kind kind);

struct ParseOptions {
  std::size_t max_depth = 64;         ///< nesting beyond it is 400; at most kMaxDepth
  std::size_t keep_depth = 8;         ///< containers nested deeper are checked but only kept as a raw slice
  std::size_t max_nodes = 1'000'000;  ///< values kept as nodes (about 64 bytes each); more is 400
};

/// The deepest nesting any caller may allow: the walk recurses.
inline constexpr std::size_t kMaxDepth = 1000;

class View;

/// A parsed text. Owns the text and the nodes; views point into it. Movable; views survive a move.
class Document {
 public:
  /// Errors: malformed_json, with one entry in `fields` where the offence has a path. Its code is one of
  /// `duplicate_member`, `nul_character`, `lone_surrogate`, `number_out_of_range`, `too_deep`, `too_many_values`.
  static Result<Document> parse(std::string text, const ParseOptions& options = {});
  View root() const;

 private:
  friend class View;
  friend class Walker;
  struct Node {
    std::string_view raw;   // the slice as sent, without surrounding white space
    std::string_view key;   // unescaped, for a member of an object
    std::string_view text;  // unescaped, for a string
    std::uint32_t end;      // index one past this node's last descendant
    Kind kind;
  };
  struct Storage;
  explicit Document(std::shared_ptr<const Storage> storage) : storage_(std::move(storage)) {}
  std::shared_ptr<const Storage> storage_;
};

/// A value inside a Document, valid while the Document lives. Cheap to copy.
class View {
 public:
  Kind kind() const;
  /// The value exactly as it was sent.
  std::string_view raw() const;
  /// The unescaped text of a string; empty for others.
  std::string_view text() const;
  /// True only for `true`.
  bool boolean() const;
  /// The exact value of a number such as 12, 12.0 or 1.2e1; nullopt when it is not an integer that fits.
  std::optional<std::int64_t> integer() const;
  /// The nearest double of a number; 0 for others.
  double number() const;
  /// A member's key, unescaped; empty for others.
  std::string_view key() const;
  /// A member by name; nullopt when absent, when this is not an object or when it is below keep_depth.
  std::optional<View> find(std::string_view name) const;
  /// Members of an object or elements of an array, in order. Empty for others and for containers below keep_depth.
  std::vector<View> children() const;

 private:
  friend class Document;
  View(const Document::Storage* storage, std::uint32_t index) : storage_(storage), index_(index) {}
  const Document::Node& node() const;
  const Document::Storage* storage_;
  std::uint32_t index_;
};

/// True when the two texts are equal as JSON values: order of members apart, numbers compared by every digit, so that
/// 1.0 is 1 and 1e2 is 100. Texts that are not valid JSON are equal when their bytes are.
bool equal(std::string_view a, std::string_view b);

/// Appends JSON to a string it does not own. The caller keeps the nesting right; assertions check it (of the 64
/// innermost containers). Text must be valid UTF-8: it is escaped where JSON demands it and otherwise left alone.
class Writer {
 public:
  explicit Writer(std::string& out) : out_(out) {}
  Writer& begin_object();
  Writer& end_object();
  Writer& begin_array();
  Writer& end_array();
  Writer& key(std::string_view name);
  Writer& string(std::string_view value);
  Writer& integer(std::int64_t value);
  /// The shortest text that reads back as the same double; null when it is not finite.
  Writer& number(double value);
  Writer& boolean(bool value);
  /// ISO 8601 with milliseconds and Z, as a string.
  Writer& time(Time value);
  Writer& null();
  /// A value that is JSON already.
  Writer& raw(std::string_view json);

 private:
  bool begin_value();
  void separate();
  void begin(char bracket, bool object);
  void end(char bracket, bool object);
  bool in_object() const { return depth_ != 0 && (objects_ & 1U) != 0; }
  std::string& out_;
  std::uint64_t objects_ = 0;  // one bit for each open container, innermost lowest: set for an object
  std::uint32_t depth_ = 0;
  bool first_ = true;  // nothing written in the current container yet
  bool after_key_ = false;
};

/// Whether a text may go to a Writer.
bool is_valid_utf8(std::string_view text);

/// `value` as a JSON string with its quotes, appended.
void append_string(std::string& out, std::string_view value);

}  // namespace medialith::json
