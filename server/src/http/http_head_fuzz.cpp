// Request heads and chunked bodies. What the codec takes in one piece it must take byte by byte with the same result,
// and a body must never be longer than its encoding.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "http/codec.hpp"

namespace {

using medialith::http::Framing;
using medialith::http::RequestCodec;
using medialith::http::RequestHead;
using medialith::http::ServerLimits;

struct Outcome {
  bool complete = false;
  bool refused = false;
  std::size_t head = 0;
  std::size_t total = 0;
  std::string target;
  std::string body;
  bool operator==(const Outcome&) const = default;
};

// Shows the codec `step` more bytes at a time.
Outcome parse(std::string_view input, std::size_t step) {
  const ServerLimits limits;
  RequestCodec codec(limits);
  codec.reset();
  RequestHead head;
  Outcome outcome;
  std::size_t shown = 0;
  const auto show_more = [&] {
    if (shown == input.size()) return false;
    shown = std::min(input.size(), shown + step);
    return true;
  };
  while (outcome.head == 0) {
    if (!show_more()) return outcome;
    const auto taken = codec.parse_head(input.substr(0, shown), head);
    outcome.refused = !taken;
    if (!taken) return outcome;
    outcome.head = *taken;
  }
  outcome.total = outcome.head;
  outcome.target = head.target;
  outcome.complete = head.framing != Framing::chunked;
  while (!outcome.complete) {
    const auto piece = codec.decode(input.substr(outcome.total, shown - outcome.total));
    outcome.refused = !piece;
    if (!piece) return outcome;
    outcome.total += piece->consumed;
    outcome.body += piece->body;
    outcome.complete = piece->done;
    if (!piece->done && piece->body.empty() && !show_more()) return outcome;
  }
  return outcome;
}

void require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const Outcome whole = parse(input, std::max<std::size_t>(size, 1));
  const Outcome bytes = parse(input, 1);
  require(whole.total <= size && whole.body.size() <= whole.total - whole.head);
  require(whole.refused == bytes.refused && whole.head == bytes.head && whole.target == bytes.target);
  if (!whole.refused) require(whole == bytes);
  return 0;
}
