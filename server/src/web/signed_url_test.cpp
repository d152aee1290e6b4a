#include "web/signed_url.hpp"

#include <algorithm>
#include <set>

#include "base/bytes.hpp"
#include "gtest/gtest.h"

namespace medialith::web {
namespace {

constexpr Time kNow{1'790'000'000'000};
constexpr std::int64_t kExpires = 1'790'000'000 + 3600;
constexpr std::string_view kAsset = "img_abcdefghijklmnopqrstuvwxyz";

class SignedUrl : public testing::Test {
 protected:
  /// Every refusal is the same, whatever its reason (R-S6).
  void expect_refused(std::string_view query, std::string_view asset = kAsset, Time now = kNow) {
    const auto verified = signer_.verify(asset, query, now);
    ASSERT_FALSE(verified) << query;
    EXPECT_EQ(verified.error().code, ErrorCode::invalid_signature);
    EXPECT_EQ(verified.error().message, "This link is not valid or has expired. Ask for a new one.");
    EXPECT_TRUE(verified.error().fields.empty());
  }
  static std::string replaced(std::string text, std::string_view from, std::string_view to) {
    const std::size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return text.replace(at, from.size(), to);
  }

  const UrlSigner signer_{bytes_of("secret")};
  const std::string query_ = signer_.sign(kAsset, {.expires_s = kExpires, .epoch = 3});
};

TEST_F(SignedUrl, SaysWhatWasSigned) {
  const auto claims = signer_.verify(kAsset, query_, kNow);
  ASSERT_TRUE(claims);
  EXPECT_EQ(claims->expires_s, kExpires);
  EXPECT_EQ(claims->epoch, 3);
  EXPECT_FALSE(claims->download);
  const auto download = signer_.verify(kAsset, signer_.sign(kAsset, {.expires_s = kExpires, .download = true}), kNow);
  ASSERT_TRUE(download);
  EXPECT_TRUE(download->download);
  EXPECT_TRUE(UrlSigner(bytes_of("secret")).verify(kAsset, query_, kNow)) << "after a restart";
}

TEST_F(SignedUrl, EndsWhenItSays) {
  EXPECT_TRUE(signer_.verify(kAsset, query_, {kExpires * 1000 - 1}));
  expect_refused(query_, kAsset, {kExpires * 1000});
  expect_refused(query_, kAsset, {kExpires * 1000 + 1});
}

TEST_F(SignedUrl, NamesOneAssetOfOneServer) {
  expect_refused(query_, "img_abcdefghijklmnopqrstuvwxyy");
  expect_refused(query_, "");
  expect_refused(UrlSigner(bytes_of("another secret")).sign(kAsset, {.expires_s = kExpires, .epoch = 3}));
  // Lengths are part of what is signed: an asset's id and the claims cannot trade characters.
  expect_refused(signer_.sign(std::string(kAsset) + "e", {.expires_s = kExpires, .epoch = 3}));
}

TEST_F(SignedUrl, RefusesEveryOtherClaim) {
  expect_refused(replaced(query_, std::to_string(kExpires), std::to_string(kExpires + 1)));
  expect_refused(replaced(query_, "epoch=3", "epoch=4"));
  expect_refused(replaced(query_, "epoch=3", "epoch=3&download=1"));
  const std::string download = signer_.sign(kAsset, {.expires_s = kExpires, .epoch = 3, .download = true});
  expect_refused(replaced(download, "&download=1", ""));
  expect_refused(replaced(download, "download=1", "download=0"));
}

TEST_F(SignedUrl, RefusesEveryOtherSpelling) {
  const std::string exp = "exp=" + std::to_string(kExpires);
  const std::string sig = query_.substr(query_.find("sig="));
  for (const std::string& spelling : {query_ + "&x=1",
                                      "x=1&" + query_,
                                      query_ + "&",
                                      "&" + query_,
                                      query_ + "&" + exp,
                                      exp + "&" + query_,
                                      query_ + "&" + sig,
                                      sig + "&" + exp + "&epoch=3",
                                      "epoch=3&" + exp + "&" + sig,
                                      exp + "&&epoch=3&" + sig,
                                      replaced(query_, "epoch=3", "epoch=03"),
                                      replaced(query_, "epoch=3", "epoch=+3"),
                                      replaced(query_, "epoch=3", "epoch=%33"),
                                      replaced(query_, "epoch=", "Epoch="),
                                      replaced(query_, "exp=", "exp=0"),
                                      replaced(query_, "sig=", "sig=%"),
                                      replaced(query_, "&", ";"),
                                      query_ + "=",
                                      query_ + "%00",
                                      "?" + query_,
                                      query_ + " ",
                                      query_ + "#"}) {
    expect_refused(spelling);
  }
}

TEST_F(SignedUrl, RefusesACutOrChangedSignature) {
  for (std::size_t length = 0; length < query_.size(); ++length) expect_refused(query_.substr(0, length));
  for (std::size_t i = query_.find("sig=") + 4; i < query_.size(); ++i) {
    std::string changed = query_;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    expect_refused(changed);
  }
}

TEST_F(SignedUrl, RefusesNumbersThatAreNone) {
  for (const char* query : {"", "sig=", "exp=&epoch=1&sig=x", "exp=-1&epoch=1&sig=x", "exp=1&epoch=-1&sig=x",
                            "exp=99999999999999999999&epoch=1&sig=x", "exp=a&epoch=1&sig=x", "exp=1"}) {
    expect_refused(query);
  }
}

TEST(DefaultExpiry, IsOneGridSoThatLinksOfAnHourAreEqual) {
  constexpr std::int64_t hour_ms = std::chrono::milliseconds(kUrlGrid).count();
  const Time start{kNow.ms / hour_ms * hour_ms};
  std::set<std::int64_t> of_the_hour;
  for (std::int64_t minute = 0; minute < 60; ++minute) {
    const Time now = start + std::chrono::minutes(minute);
    of_the_hour.insert(default_expiry_s(now));
    EXPECT_GT(default_expiry_s(now), now.ms / 1000 + 3599) << "at least an hour is left";
  }
  EXPECT_EQ(of_the_hour.size(), 1U);
  EXPECT_EQ(default_expiry_s(start), start.ms / 1000 + 7200);
  EXPECT_EQ(default_expiry_s(start + kUrlGrid), default_expiry_s(start) + 3600);
}

}  // namespace
}  // namespace medialith::web
