#include "web/cursor.hpp"

#include <limits>

#include "base/bytes.hpp"
#include "gtest/gtest.h"

namespace medialith::web {
namespace {

constexpr std::string_view kList = "generations newest";

void expect_refused(const CursorSealer& sealer, std::string_view list, std::string_view cursor) {
  const auto opened = sealer.open(list, cursor);
  ASSERT_FALSE(opened) << cursor;
  EXPECT_EQ(opened.error().code, ErrorCode::invalid_cursor);
}

TEST(CursorSealer, OpensWhatItSealed) {
  const CursorSealer sealer(bytes_of("secret"));
  for (const std::int64_t rid : {std::int64_t{0}, std::int64_t{1}, std::int64_t{-1}, std::int64_t{1} << 60U,
                                 std::numeric_limits<std::int64_t>::max(), std::numeric_limits<std::int64_t>::min()}) {
    for (const double key : {0.0, 1.5, -1e300}) {
      const auto opened = sealer.open(kList, sealer.seal(kList, {rid, key}));
      ASSERT_TRUE(opened);
      EXPECT_EQ(*opened, (domain::Position{rid, key}));
    }
  }
  EXPECT_TRUE(CursorSealer(bytes_of("secret")).open(kList, sealer.seal(kList, {1}))) << "after a restart";
}

TEST(CursorSealer, RefusesAnotherListOrServer) {
  const CursorSealer sealer(bytes_of("secret"));
  const std::string cursor = sealer.seal(kList, {42});
  expect_refused(sealer, "generations oldest", cursor);
  expect_refused(sealer, "assets newest", cursor);
  expect_refused(sealer, "", cursor);
  expect_refused(CursorSealer(bytes_of("another secret")), kList, cursor);
}

TEST(CursorSealer, RefusesEveryChange) {
  const CursorSealer sealer(bytes_of("secret"));
  const std::string cursor = sealer.seal(kList, {42});
  for (std::size_t i = 0; i < cursor.size(); ++i) {
    expect_refused(sealer, kList, cursor.substr(0, i));
    std::string changed = cursor;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    expect_refused(sealer, kList, changed);
  }
  for (const char* more : {"A", "=", " ", "AAAA"}) expect_refused(sealer, kList, cursor + more);
  for (const char* none : {"", "42", "null", "!!!!", "AAAAAAAAAAAAAAAAAAAAAA"}) expect_refused(sealer, kList, none);
}

}  // namespace
}  // namespace medialith::web
