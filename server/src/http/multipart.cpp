#include "http/multipart.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

#include "http/content_disposition.hpp"
#include "http/media_type.hpp"
#include "http/text.hpp"

namespace medialith::http {
namespace {

constexpr std::size_t kMaxBoundary = 70;
constexpr std::size_t kSearchBlock = 128;

// True when CR and, two bytes on, `-` stand somewhere in the block; reads two bytes beyond it.
bool may_begin_delimiter(const char* block) {
  unsigned char found = 0;  // of the bytes' own width: a wider one costs four fifths of the speed
  for (std::size_t i = 0; i < kSearchBlock; ++i) {
    found |= static_cast<unsigned char>((block[i] ^ '\r') | (block[i + 2] ^ '-')) == 0 ? 1 : 0;
  }
  return found != 0;
}

std::unexpected<Error> malformed(std::string message) { return fail(ErrorCode::invalid_request, std::move(message)); }

std::span<const std::byte> as_bytes(std::string_view text) { return std::as_bytes(std::span(text)); }

bool is_boundary(std::string_view text) {
  const auto allowed = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           std::string_view("'()+_,-./:=? ").contains(c);
  };
  return !text.empty() && text.size() <= kMaxBoundary && text.back() != ' ' && std::ranges::all_of(text, allowed);
}

// The fields of a part that mean something to us; others are ignored (RFC 7578 §4.8).
struct PartFields {
  std::optional<std::string_view> disposition;
  std::optional<std::string_view> content_type;
  std::optional<std::string_view> transfer_encoding;
};

Result<void> read_field(std::string_view line, PartFields& fields) {
  const std::size_t colon = line.find(':');
  const std::string_view name = line.substr(0, colon);
  if (colon == std::string_view::npos || !is_token(name)) return malformed("A part has a malformed header.");
  const std::string_view value = trim(line.substr(colon + 1));
  if (!is_field_value(value)) return malformed("A part has a control character in a header.");
  std::optional<std::string_view>* slot = nullptr;
  if (iequals(name, "content-disposition")) slot = &fields.disposition;
  if (iequals(name, "content-type")) slot = &fields.content_type;
  if (iequals(name, "content-transfer-encoding")) slot = &fields.transfer_encoding;
  if (slot == nullptr) return {};
  if (*slot) return malformed("A part has the same header twice.");
  *slot = value;
  return {};
}

// `head`: the lines of a part's head, each ended by CR LF.
Result<PartHead> parse_head(std::string_view head) {
  PartFields fields;
  while (!head.empty()) {
    const std::size_t end = head.find("\r\n");
    TRY(read_field(head.substr(0, end), fields));
    head.remove_prefix(end + 2);
  }
  if (!fields.disposition) return malformed("A part has no Content-Disposition.");
  TRY_ASSIGN(auto disposition, parse_content_disposition(*fields.disposition));
  if (disposition.type != "form-data" || !disposition.name) {
    return malformed("A part's Content-Disposition is not form-data with a name.");
  }
  // RFC 7578 §4.7 deprecates it; base64 would be stored as it looks.
  const std::string_view encoding = fields.transfer_encoding.value_or("binary");
  if (!iequals(encoding, "binary") && !iequals(encoding, "8bit") && !iequals(encoding, "7bit")) {
    return malformed("A part has a Content-Transfer-Encoding, which form data must not have.");
  }
  PartHead part;
  part.name = std::move(*disposition.name);
  part.filename = std::move(disposition.filename);
  part.content_type = fields.content_type.value_or("");
  return part;
}

}  // namespace

Result<MultipartParser> MultipartParser::create(std::string_view content_type, MultipartLimits limits) {
  const auto type = parse_media_type(content_type);
  if (!type || type->essence != "multipart/form-data") {
    return fail(ErrorCode::unsupported_media_type, "The body must be multipart/form-data.");
  }
  const std::string* boundary = type->find("boundary");
  if (boundary == nullptr || !is_boundary(*boundary)) {
    return malformed("The Content-Type has no valid boundary.");
  }
  return MultipartParser(*boundary, limits);
}

MultipartParser::MultipartParser(std::string_view boundary, MultipartLimits limits)
    : delimiter_("\r\n--" + std::string(boundary)), limits_(limits) {}

void MultipartParser::feed(std::span<const std::byte> input) {
  assert(input_.empty());
  input_ = std::string_view(reinterpret_cast<const char*>(input.data()), input.size());
}

Result<void> MultipartParser::finish() const {
  if (ended_) return {};
  return fail(ErrorCode::length_mismatch, "The form ends before its last boundary: it was cut on the way.");
}

Result<MultipartParser::Event> MultipartParser::next() {
  while (true) {
    switch (state_) {
      case State::preamble:
        TRY(count_ignored(take_data().size()));
        break;
      case State::data: {
        const auto data = take_data();
        if (!data.empty()) return Event{Kind::data, data};
        break;
      }
      case State::delimiter:
        state_ = State::line;
        if (std::exchange(in_part_, false)) return Event{Kind::part_end};
        break;
      case State::line:
      case State::dash:
      case State::line_feed:
        TRY(take_line());
        if (ended_) return Event{Kind::end};
        break;
      case State::head: {
        TRY_ASSIGN(const bool complete, take_head());
        if (complete) return Event{Kind::part_begin};
        break;
      }
      case State::epilogue:
        TRY(count_ignored(input_.size()));
        advance(input_.size());
        break;
    }
    if (input_.empty() && state_ != State::delimiter) return Event{Kind::need_input};
  }
}

// The bytes before the next delimiter as far as the input shows them; empty when there are none. Moves to
// State::delimiter once the whole delimiter has been seen.
std::span<const std::byte> MultipartParser::take_data() {
  if (matched_ > 0) return resume_match();
  const std::size_t at = find_delimiter();
  if (at != std::string_view::npos) {
    const std::string_view data = input_.substr(0, at);
    advance(at + delimiter_.size());
    state_ = State::delimiter;
    return as_bytes(data);
  }
  matched_ = open_match();
  const std::string_view data = input_.substr(0, input_.size() - matched_);
  input_ = {};
  return as_bytes(data);
}

// Goes on with a delimiter that the end of the input cut. What was held back is its own beginning, so when it turns out
// to be data it is taken from delimiter_; no other delimiter begins inside, since CR stands only at its start.
std::span<const std::byte> MultipartParser::resume_match() {
  const std::string_view wanted = std::string_view(delimiter_).substr(matched_);
  const auto [at, _] = std::ranges::mismatch(wanted, input_);
  const auto same = static_cast<std::size_t>(at - wanted.begin());
  const bool disproved = same < wanted.size() && same < input_.size();
  advance(same);
  matched_ += same;
  if (matched_ == delimiter_.size()) {
    matched_ = 0;
    state_ = State::delimiter;
    return {};
  }
  if (!disproved) return {};
  return as_bytes(std::string_view(delimiter_).substr(0, std::exchange(matched_, 0)));
}

// Where the delimiter begins, or npos. Blocks are ruled out by a loop that the compiler turns into vector instructions,
// whatever the bytes are; only one that has CR and, two bytes on, `-` is looked at closely.
std::size_t MultipartParser::find_delimiter() const {
  const std::size_t length = delimiter_.size();
  if (input_.size() < length) return std::string_view::npos;
  const char* const bytes = input_.data();
  const std::size_t starts = input_.size() - length + 1;
  for (std::size_t block = 0; block < starts; block += kSearchBlock) {
    const std::size_t count = std::min(kSearchBlock, starts - block);
    if (count == kSearchBlock && !may_begin_delimiter(bytes + block)) continue;
    for (std::size_t at = block; at < block + count; ++at) {
      if (bytes[at] == '\r' && bytes[at + 2] == '-' && input_.substr(at, length) == delimiter_) return at;
    }
  }
  return std::string_view::npos;
}

// How many bytes at the end of the input may be the beginning of a delimiter. Only its last CR can begin one.
std::size_t MultipartParser::open_match() const {
  const std::string_view tail = input_.substr(input_.size() - std::min(input_.size(), delimiter_.size() - 1));
  const std::size_t cr = tail.rfind('\r');
  if (cr == std::string_view::npos || !delimiter_.starts_with(tail.substr(cr))) return 0;
  return tail.size() - cr;
}

// The rest of a delimiter's line: `--` ends the form, white space and CR LF begin a part (RFC 2046 §5.1.1).
Result<void> MultipartParser::take_line() {
  while (!input_.empty()) {
    const char c = input_.front();
    advance(1);
    if (state_ == State::line && c == '-') {
      state_ = State::dash;
    } else if (state_ == State::line && c == '\r') {
      state_ = State::line_feed;
    } else if (state_ == State::line && (c == ' ' || c == '\t')) {
      TRY(count_ignored(1));
    } else if (state_ == State::dash && c == '-') {
      state_ = State::epilogue;
      ended_ = true;
      ignored_ = 0;
      return {};
    } else if (state_ == State::line_feed && c == '\n') {
      if (++parts_ > limits_.max_parts) return malformed("The form has too many parts.");
      state_ = State::head;
      head_.clear();
      return {};
    } else {
      return malformed("A boundary is followed by something else than the end of its line.");
    }
  }
  return {};
}

// Collects a part's head up to its empty line; true when it is complete.
Result<bool> MultipartParser::take_head() {
  while (!input_.empty()) {
    head_.push_back(input_.front());
    advance(1);
    if (head_.size() > limits_.max_part_head_bytes) return malformed("The headers of a part are too long.");
    if (head_ != "\r\n" && !head_.ends_with("\r\n\r\n")) continue;
    head_.resize(head_.size() - 2);
    TRY_ASSIGN(part_, parse_head(head_));
    in_part_ = true;
    state_ = State::data;
    return true;
  }
  return false;
}

// Bytes that mean nothing are allowed, but not without end.
Result<void> MultipartParser::count_ignored(std::size_t bytes) {
  ignored_ += bytes;
  if (ignored_ > limits_.max_part_head_bytes) return malformed("The form has too many bytes outside its parts.");
  return {};
}

}  // namespace medialith::http
