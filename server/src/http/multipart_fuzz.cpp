// The first byte chooses how the body is cut; the events must not depend on it.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "http/multipart.hpp"

namespace {

using namespace medialith::http;

std::string run(std::string_view body, std::size_t piece) {
  auto parser =
      MultipartParser::create("multipart/form-data; boundary=b", {.max_parts = 4, .max_part_head_bytes = 256});
  if (!parser) std::abort();
  std::string log;
  while (true) {
    const auto event = parser->next();
    if (!event) return log + "!";
    switch (event->kind) {
      case MultipartParser::Kind::need_input: {
        if (body.empty()) return parser->finish() ? log : log + "!";
        const std::string_view next = body.substr(0, piece);
        parser->feed(std::as_bytes(std::span(next)));
        body.remove_prefix(next.size());
        break;
      }
      case MultipartParser::Kind::part_begin:
        log += "[" + parser->part().name + "|" + parser->part().filename.value_or("-") + "]";
        break;
      case MultipartParser::Kind::data:
        if (event->data.empty()) std::abort();
        log.append(reinterpret_cast<const char*>(event->data.data()), event->data.size());
        break;
      case MultipartParser::Kind::part_end:
        log += ".";
        break;
      case MultipartParser::Kind::end:
        log += "$";
        break;
    }
  }
}

// An error may come before or after the data that stands in front of it, so only whole forms compare.
void check(std::string_view body, std::size_t piece) {
  const std::string whole = run(body, body.size() + 1);
  const std::string cut = run(body, piece);
  if (whole.ends_with('!') != cut.ends_with('!')) std::abort();
  if (!whole.ends_with('!') && whole != cut) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view body(reinterpret_cast<const char*>(data) + 1, size - 1);
  check(body, 1 + data[0] % 16);
  // The same with what most inputs lack: a part to be in.
  check("--b\r\nContent-Disposition: form-data; name=f\r\n\r\n" + std::string(body) + "\r\n--b--", 1 + data[0] % 16);
  const std::string content_type = "multipart/form-data; " + std::string(body);
  static_cast<void>(MultipartParser::create(content_type));
  return 0;
}
