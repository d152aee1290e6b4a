#include "http/range.hpp"

#include <random>

#include <gtest/gtest.h>

namespace medialith::http {
namespace {

std::string show(const RangeDecision& decision, std::uint64_t size) {
  if (decision.kind == RangeKind::unsatisfiable) return "416 " + unsatisfied_range(size);
  if (decision.kind == RangeKind::part) return "206 " + content_range(decision.offset, decision.length, size);
  return decision.offset == 0 && decision.length == size ? "200" : "broken";
}

std::string decide(const char* range, std::uint64_t size) { return show(decide_range(range, size), size); }

TEST(Range, FollowsTheTable) {
  struct Case {
    const char* range;
    const char* result;
  };
  const Case cases[] = {
      {"bytes=0-0", "206 bytes 0-0/10"},
      {"bytes=0-9", "206 bytes 0-9/10"},
      {"bytes=0-", "206 bytes 0-9/10"},
      {"bytes=9-", "206 bytes 9-9/10"},
      {"bytes=4-100", "206 bytes 4-9/10"},
      {"bytes=4-99999999999999999999999999", "206 bytes 4-9/10"},
      {"bytes=-3", "206 bytes 7-9/10"},
      {"bytes=-10", "206 bytes 0-9/10"},
      {"bytes=-11", "206 bytes 0-9/10"},
      {"bytes=-99999999999999999999999999", "206 bytes 0-9/10"},
      {"Bytes = 1-2 ", "206 bytes 1-2/10"},
      {"bytes=10-", "416 bytes */10"},
      {"bytes=10-20", "416 bytes */10"},
      {"bytes=18446744073709551615-", "416 bytes */10"},
      {"bytes=18446744073709551616-", "416 bytes */10"},
      {"bytes=-0", "416 bytes */10"},
      {"bytes=5-4", "200"},
      {"bytes=0-1,4-5", "200"},
      {"bytes=0-1,", "200"},
      {"bytes=-3,0-1", "200"},
      {"bytes=", "200"},
      {"bytes=-", "200"},
      {"bytes=--1", "200"},
      {"bytes=+1-2", "200"},
      {"bytes=1 - 2", "200"},
      {"bytes=0x1-2", "200"},
      {"bytes", "200"},
      {"0-1", "200"},
      {"items=0-1", "200"},
      {"", "200"},
  };
  for (const Case& c : cases) EXPECT_EQ(decide(c.range, 10), c.result) << c.range;
  EXPECT_EQ(show(decide_range(std::nullopt, 10), 10), "200");
}

TEST(Range, OfAnEmptyFile) {
  EXPECT_EQ(decide("bytes=0-", 0), "416 bytes */0");
  EXPECT_EQ(decide("bytes=-5", 0), "200");
  EXPECT_EQ(decide("bytes=-0", 0), "416 bytes */0");
}

TEST(Range, AThousandRangesAreTheWhole) {
  std::string ranges = "bytes=0-0";
  for (int i = 1; i < 1000; ++i) ranges += "," + std::to_string(i) + "-" + std::to_string(i);
  EXPECT_EQ(decide(ranges.c_str(), 5000), "200");
}

TEST(Range, AgreesWithAModel) {
  const std::uint32_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  for (int i = 0; i < 5000; ++i) {
    const std::uint64_t size = random() % 20;
    const std::uint64_t first = random() % 25;
    const std::uint64_t last = random() % 25;
    std::vector<std::uint64_t> wanted;
    for (std::uint64_t at = 0; at < size; ++at) {
      if (at >= first && at <= last) wanted.push_back(at);
    }
    const std::string range = "bytes=" + std::to_string(first) + "-" + std::to_string(last);
    const RangeDecision decision = decide_range(range, size);
    if (last < first) {
      EXPECT_EQ(decision.kind, RangeKind::whole) << range;
    } else if (wanted.empty()) {
      EXPECT_EQ(decision.kind, RangeKind::unsatisfiable) << range;
    } else {
      ASSERT_EQ(decision.kind, RangeKind::part) << range;
      EXPECT_EQ(decision.offset, wanted.front());
      EXPECT_EQ(decision.length, wanted.size());
    }
  }
}

TEST(IfRange, OnlyTheExactRepresentationIsCut) {
  const Validators current{.etag = "\"a\"", .last_modified = Time{784111777123}};
  const auto with = [&](const char* condition, Method method = Method::get) {
    Headers headers;
    headers.add("Range", "bytes=0-0");
    headers.add("If-Range", condition);
    return show(decide_range(method, headers, current, 10), 10);
  };
  EXPECT_EQ(with("\"a\""), "206 bytes 0-0/10");
  EXPECT_EQ(with("Sun, 06 Nov 1994 08:49:37 GMT"), "206 bytes 0-0/10");
  EXPECT_EQ(with("\"b\""), "200");
  EXPECT_EQ(with("W/\"a\""), "200");
  EXPECT_EQ(with("Sun, 06 Nov 1994 08:49:38 GMT"), "200");
  EXPECT_EQ(with("*"), "200");
  EXPECT_EQ(with("a"), "200");
  EXPECT_EQ(with(""), "200");
  EXPECT_EQ(with("\"a\"", Method::head), "200");
}

}  // namespace
}  // namespace medialith::http
