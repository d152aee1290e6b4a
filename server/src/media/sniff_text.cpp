#include "media/sniff_text.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>

namespace medialith::media {
namespace {

constexpr std::size_t kTextWindow = 4096;  // behind a long comment or prologue the root element is not looked for
constexpr std::size_t kMarkWindow = 1024;  // what the most curious reader of the past looked through

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }
bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f'; }

bool has_utf16_mark(std::span<const std::byte> head) {
  if (head.size() < 2) return false;
  const auto a = static_cast<std::uint8_t>(head[0]);
  const auto b = static_cast<std::uint8_t>(head[1]);
  return (a == 0xFE && b == 0xFF) || (a == 0xFF && b == 0xFE);
}

// The start as lower-case ASCII without a byte order mark; UTF-16 is narrowed, so that a document in it is seen too.
std::string folded(std::span<const std::byte> head, std::size_t window) {
  head = head.first(std::min(head.size(), window));
  std::string out;
  out.reserve(head.size());
  if (has_utf16_mark(head)) {
    const std::size_t low = static_cast<std::uint8_t>(head[0]) == 0xFF ? 0 : 1;
    for (std::size_t i = 2; i + 1 < head.size(); i += 2) {
      out += head[i + 1 - low] == std::byte{0} ? lower(static_cast<char>(head[i + low])) : '?';
    }
    return out;
  }
  for (const std::byte byte : head) out += lower(static_cast<char>(byte));
  if (out.starts_with("\xEF\xBB\xBF")) out.erase(0, 3);
  return out;
}

std::string_view skip_space(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  return text;
}

// Past white space, comments, processing instructions and document types other than HTML's.
std::string_view skip_prologue(std::string_view text) {
  for (;;) {
    text = skip_space(text);
    std::string_view end;
    if (text.starts_with("<!--")) {
      end = "-->";
    } else if (text.starts_with("<?")) {
      end = "?>";
    } else if (text.starts_with("<!doctype") && !text.starts_with("<!doctype html")) {
      const auto subset = text.find('[');
      end = subset < text.find('>') ? "]>" : ">";
    } else {
      return text;
    }
    const auto at = text.find(end);
    if (at == std::string_view::npos) return {};
    text.remove_prefix(at + end.size());
  }
}

bool starts_with_tag(std::string_view text, std::string_view tag) {
  if (!text.starts_with(tag)) return false;
  if (text.size() == tag.size()) return true;
  const char next = text[tag.size()];
  return is_space(next) || next == '>' || next == '/';
}

// WHATWG MIME Sniffing §7.1, and what else a browser acts on at the start of a document.
constexpr std::array<std::string_view, 42> kHtmlTags = {
    "<!doctype html", "<html",  "<head",    "<script",   "<iframe",   "<h1",     "<div",      "<font",
    "<table",         "<a",     "<style",   "<title",    "<b",        "<body",   "<br",       "<p",
    "<meta",          "<link",  "<img",     "<object",   "<embed",    "<applet", "<form",     "<input",
    "<video",         "<audio", "<base",    "<frameset", "<math",     "<center", "<button",   "<template",
    "<details",       "<span",  "<marquee", "<isindex",  "<textarea", "<select", "<noscript", "<portal",
    "<plaintext",     "<xmp"};

bool looks_like_json(std::string_view text) {
  text = skip_space(text);
  if (text.empty() || (text.front() != '{' && text.front() != '[')) return false;
  const bool object = text.front() == '{';
  text = skip_space(text.substr(1));
  if (text.empty()) return false;
  const std::string_view next = object ? "\"}" : "\"{[]-0123456789tfn";
  return next.contains(text.front());
}

}  // namespace

bool looks_like_text(std::span<const std::byte> head) {
  if (has_utf16_mark(head)) return true;
  return std::ranges::none_of(head, [](std::byte byte) {
    const auto c = static_cast<std::uint8_t>(byte);
    return c <= 0x08 || c == 0x0B || (c >= 0x0E && c <= 0x1A) || (c >= 0x1C && c <= 0x1F);
  });
}

std::string_view text_signature(std::span<const std::byte> head) {
  const std::string text = folded(head, kTextWindow);
  const std::string_view start = skip_space(text);
  if (start.starts_with("webvtt")) return "text/vtt";
  if (!start.starts_with('<')) return looks_like_json(start) ? "application/json" : "";
  const std::string_view root = skip_prologue(start);
  if (starts_with_tag(root, "<svg") || root.starts_with("<svg:svg")) return "image/svg+xml";
  if (start.starts_with("<!doctype svg")) return "image/svg+xml";
  if (std::ranges::any_of(kHtmlTags, [&](std::string_view tag) { return starts_with_tag(root, tag); })) {
    return "text/html";
  }
  if (start.starts_with("<?")) return "application/xml";
  if (start.starts_with("<!")) return "text/html";
  return "";
}

bool has_html_mark(std::span<const std::byte> head) {
  const std::string text = folded(head, kMarkWindow);
  static constexpr std::array<std::string_view, 6> kMarks = {"<script", "<html", "<svg",
                                                             "<iframe", "<body", "<!doctype"};
  return std::ranges::any_of(kMarks, [&](std::string_view mark) { return text.contains(mark); });
}

}  // namespace medialith::media
