#include "base/hash.hpp"

#include <string>
#include <utility>

#include "gtest/gtest.h"
#include "rapidcheck/gtest.h"

namespace medialith {
namespace {

TEST(Sha256, FollowsFips180) {
  EXPECT_EQ(to_hex(sha256("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(to_hex(sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Sha256, StartsAnewAfterFinish) {
  Sha256 hash;
  hash.update(bytes_of("something else"));
  hash.finish();
  hash.update(bytes_of("a"));
  hash.update(bytes_of("bc"));
  Sha256 moved = std::move(hash);
  EXPECT_EQ(moved.finish(), sha256("abc"));
}

RC_GTEST_PROP(Sha256, DoesNotDependOnThePieces, (const std::string& a, const std::string& b)) {
  Sha256 hash;
  hash.update(bytes_of(a));
  hash.update(bytes_of(b));
  RC_ASSERT(hash.finish() == sha256(a + b));
}

TEST(Md5, FollowsRfc1321AndStartsAnewAfterFinish) {
  Md5 hash;
  EXPECT_EQ(to_hex(hash.finish()), "d41d8cd98f00b204e9800998ecf8427e");
  hash.update(bytes_of("message "));
  hash.update(bytes_of("digest"));
  EXPECT_EQ(to_hex(hash.finish()), "f96b697d7cb7938d525a2f31aaf161d0");
}

TEST(Hmac, FollowsRfc4231) {
  EXPECT_EQ(to_hex(hmac_sha256(bytes_of("Jefe"), bytes_of("what do ya want for nothing?"))),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(to_hex(hmac_sha256({}, {})), "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

TEST(Hkdf, FollowsRfc5869WithoutSalt) {
  // Test case 3, the first 32 bytes.
  EXPECT_EQ(to_hex(hkdf_sha256(from_hex("0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b").value(), "")),
            "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d");
  EXPECT_NE(hkdf_sha256(bytes_of("secret"), "cookies"), hkdf_sha256(bytes_of("secret"), "links"));
}

TEST(ConstantTime, ComparesEveryByte) {
  EXPECT_TRUE(equal_in_constant_time(bytes_of("abc"), bytes_of("abc")));
  EXPECT_FALSE(equal_in_constant_time(bytes_of("abc"), bytes_of("abd")));
  EXPECT_FALSE(equal_in_constant_time(bytes_of("abc"), bytes_of("abcd")));
  EXPECT_TRUE(equal_in_constant_time({}, {}));
}

}  // namespace
}  // namespace medialith
