#include <algorithm>
#include <array>
#include <string>

#include "media/sniff_signature.hpp"
#include "media/sniff_text.hpp"
#include "media/type.hpp"

namespace medialith::media {
namespace {

constexpr std::string_view kUnknown = "application/octet-stream";

std::string_view type_of_extension(std::string_view filename) {
  struct Row {
    std::string_view extension;
    std::string_view content_type;
  };
  // Only what can change the answer: flavours of text, sound in a container, bytes without a signature.
  static constexpr std::array kRows = {
      Row{"txt", "text/plain"},     Row{"log", "text/plain"},      Row{"json", "application/json"},
      Row{"csv", "text/csv"},       Row{"md", "text/markdown"},    Row{"markdown", "text/markdown"},
      Row{"vtt", "text/vtt"},       Row{"html", "text/html"},      Row{"htm", "text/html"},
      Row{"xhtml", "text/html"},    Row{"svg", "image/svg+xml"},   Row{"xml", "application/xml"},
      Row{"js", "text/javascript"}, Row{"mjs", "text/javascript"}, Row{"css", "text/css"},
      Row{"m4a", "audio/mp4"},      Row{"m4b", "audio/mp4"},       Row{"weba", "audio/webm"},
      Row{"pcm", "audio/pcm"},
  };
  const auto dot = filename.rfind('.');
  if (dot == std::string_view::npos || filename.size() - dot > 10) return kUnknown;
  std::string extension(filename.substr(dot + 1));
  std::ranges::transform(extension, extension.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; });
  const auto row = std::ranges::find(kRows, extension, &Row::extension);
  return row == kRows.end() ? kUnknown : row->content_type;
}

Sniffed row(std::string_view content_type) {
  const TypeInfo& type = type_info(content_type);
  return {.content_type = type.content_type, .kind = type.kind, .extension = type.extension, .active = type.active};
}

Sniffed polyglot() {
  Sniffed out = row(kUnknown);
  out.active = true;
  return out;
}

bool is_text_flavour(std::string_view content_type) {
  return content_type.starts_with("text/") || content_type == "application/json" || content_type == "application/xml" ||
         content_type == "image/svg+xml";
}

// Signatures that are themselves printable could begin a text that a careless reader takes for a document. The others
// hold bytes that no text has, and a PNG's text may well speak of HTML: it is a prompt.
bool is_printable_signature(std::string_view content_type) {
  static constexpr std::array<std::string_view, 5> kPrintable = {"image/gif", "image/bmp", "image/webp", "audio/wav",
                                                                 "video/x-msvideo"};
  return std::ranges::find(kPrintable, content_type) != kPrintable.end();
}

Sniffed with_signature(std::string_view found, std::string_view hint, std::span<const std::byte> head) {
  if (!type_info(found).inline_safe) return row(found);  // an archive may hold anything; it is served inert
  const bool html = is_printable_signature(found) && has_html_mark(head);
  if (html || has_pdf_mark(head)) return polyglot();
  if (has_zip_entry(head)) return polyglot();
  if (found == "video/mp4" && hint == "audio/mp4") return row(hint);
  if (found == "video/webm" && hint == "audio/webm") return row(hint);
  return row(found);
}

}  // namespace

Sniffed sniff(std::span<const std::byte> head, std::string_view declared_type, std::string_view filename) {
  head = head.first(std::min(head.size(), kSniffBytes));
  std::string_view hint = type_info(declared_type).content_type;
  if (hint == kUnknown) hint = type_of_extension(filename);

  if (const auto found = binary_signature(head); !found.empty()) return with_signature(found, hint, head);
  if (has_pdf_mark(head)) return row("application/pdf");
  if (!looks_like_text(head)) return row(hint == "audio/pcm" ? hint : kUnknown);

  const std::string_view found = text_signature(head);
  if (type_info(found).active) return row(found);
  if (is_text_flavour(hint)) return row(hint);
  if (hint == "audio/pcm") return row(hint);  // silence and short takes can pass for text
  if (!found.empty()) return row(found);
  return row(head.empty() ? kUnknown : "text/plain");
}

}  // namespace medialith::media
