#include "db/postgres/values.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "db/postgres/session.hpp"

namespace medialith::db::postgres {
namespace {

std::string wire(std::initializer_list<int> words) {
  std::string bytes;
  for (const int word : words) {
    bytes += static_cast<char>(static_cast<unsigned>(word) >> 8U);
    bytes += static_cast<char>(word);
  }
  return bytes;
}

// digits, weight, sign, scale, then digits of base 10 000
TEST(DecimalText, KeepsEveryDigitAndTheScale) {
  EXPECT_EQ(decimal_text(wire({1, -1, 0, 4, 250})), "0.0250");
  EXPECT_EQ(decimal_text(wire({0, 0, 0, 2})), "0.00");
  EXPECT_EQ(decimal_text(wire({2, 1, 0x4000, 0, 1, 2})), "-10002");
  EXPECT_EQ(decimal_text(wire({1, 1, 0, 1, 12})), "120000.0");
  EXPECT_EQ(decimal_text(wire({1, -2, 0, 7, 1230})), "0.0000123");
  EXPECT_EQ(decimal_text(wire({0, 0, 0xC000, 0})), "NaN");
}

TEST(KnownParameters, LeavesOutThoseOfOtherDrivers) {
  EXPECT_EQ(known_parameters_only("postgres://u@h/d"), "postgres://u@h/d");
  EXPECT_EQ(known_parameters_only("postgres://u:p?x@h/d?schema=public"), "postgres://u:p?x@h/d");
  EXPECT_EQ(known_parameters_only("postgres://h?schema=/public"), "postgres://h");
  EXPECT_EQ(known_parameters_only("postgres://u@h/d?pgbouncer=true&sslmode=require&connection_limit=1"),
            "postgres://u@h/d?sslmode=require");
  EXPECT_EQ(known_parameters_only("postgres://u@h/d?schema=public"), "postgres://u@h/d");
}

TEST(SessionUrl, WhatCannotBeReadOfItIsNotRepeated) {
  for (const char* password : {"zz%zz", "zz/zz", "zz@zz"}) {
    const auto refused = Session::open(Secret(fmt::format("postgres://u:{}@127.0.0.1:1/d", password)));
    ASSERT_FALSE(refused) << password;
    EXPECT_EQ(refused.error().code, ErrorCode::precondition_failed) << password;
    EXPECT_FALSE((refused.error().message + refused.error().detail).contains("zz")) << password;
  }
}

}  // namespace
}  // namespace medialith::db::postgres
