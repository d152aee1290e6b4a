#include "http/trusted_proxies.hpp"

#include <gtest/gtest.h>

namespace medialith::http {
namespace {

TrustedProxies trust(std::vector<std::string> entries) {
  const auto proxies = TrustedProxies::parse(entries);
  EXPECT_TRUE(proxies);
  return *proxies;
}

std::string client(const TrustedProxies& proxies, std::vector<std::string> forwarded, std::string from = "10.0.0.1") {
  Headers headers;
  for (const std::string& value : forwarded) headers.add("X-Forwarded-For", value);
  return proxies.resolve({.address = std::move(from)}, headers).address;
}

TEST(TrustedProxies, ContainsAddressesAndNetworks) {
  const TrustedProxies proxies = trust({"10.0.0.0/8", "192.0.2.7", "2001:db8::/33", "::1"});
  for (const char* inside :
       {"10.0.0.1", "10.255.255.255", "192.0.2.7", "2001:db8::1", "2001:db8:7fff::", "::1", "::ffff:10.1.1.1"}) {
    EXPECT_TRUE(proxies.contains(inside)) << inside;
  }
  for (const char* outside : {"11.0.0.1", "9.255.255.255", "192.0.2.6", "2001:db8:8000::", "::2", "::a00:1", "", "x",
                              "10.0.0", "10.0.0.1 ", "10.0.0.1/8"}) {
    EXPECT_FALSE(proxies.contains(outside)) << outside;
  }
  EXPECT_TRUE(trust({"0.0.0.0/0"}).contains("203.0.113.1"));
  EXPECT_FALSE(trust({"0.0.0.0/0"}).contains("2001:db8::1"));
  EXPECT_FALSE(TrustedProxies().contains("127.0.0.1"));
}

TEST(TrustedProxies, RefusesWhatIsNoNetwork) {
  for (const char* entry :
       {"", "x", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/8/8", "::/129", "10.0.0", "proxy.example.com"}) {
    const auto proxies = TrustedProxies::parse(std::vector<std::string>{"127.0.0.1", entry});
    ASSERT_FALSE(proxies) << entry;
    EXPECT_EQ(proxies.error().code, ErrorCode::invalid_request);
  }
}

TEST(TrustedProxies, TheClientIsTheRightmostAddressThatIsNotTrusted) {
  const TrustedProxies proxies = trust({"10.0.0.0/8"});
  EXPECT_EQ(client(proxies, {"203.0.113.9"}), "203.0.113.9");
  EXPECT_EQ(client(proxies, {"198.51.100.1, 203.0.113.9, 10.0.0.2"}), "203.0.113.9");
  EXPECT_EQ(client(proxies, {"198.51.100.1", "203.0.113.9,10.0.0.2"}), "203.0.113.9");
  EXPECT_EQ(client(proxies, {"10.0.0.3, 10.0.0.2"}), "10.0.0.3");
  EXPECT_EQ(client(proxies, {"2001:db8::1"}), "2001:db8::1");
}

TEST(TrustedProxies, AMalformedChainIsAsIfThereWereNone) {
  const TrustedProxies proxies = trust({"10.0.0.0/8"});
  for (const char* chain : {"", "unknown", "203.0.113.9, unknown", "203.0.113.9,", "203.0.113.9:80", "[2001:db8::1]",
                            "203.0.113.999", "203.0.113.9 198.51.100.1"}) {
    EXPECT_EQ(client(proxies, {chain}), "10.0.0.1") << chain;
  }
  EXPECT_EQ(client(proxies, {}), "10.0.0.1");
}

TEST(TrustedProxies, OthersAreNotBelieved) {
  EXPECT_EQ(client(trust({"10.0.0.0/8"}), {"203.0.113.9"}, "192.0.2.1"), "192.0.2.1");
  EXPECT_EQ(client(TrustedProxies(), {"203.0.113.9"}, "127.0.0.1"), "127.0.0.1");
}

TEST(TrustedProxies, TheProtocolIsHttpOrHttps) {
  const TrustedProxies proxies = trust({"10.0.0.1"});
  const auto secure = [&](std::vector<std::string> values, bool encrypted) {
    Headers headers;
    for (const std::string& value : values) headers.add("X-Forwarded-Proto", value);
    return proxies.resolve({.address = "10.0.0.1", .secure = encrypted}, headers).secure;
  };
  EXPECT_TRUE(secure({"https"}, false));
  EXPECT_TRUE(secure({"HTTPS"}, false));
  EXPECT_FALSE(secure({"http"}, true));
  for (const char* malformed : {"", "httpss", "https, http", "ws"}) {
    EXPECT_FALSE(secure({malformed}, false)) << malformed;
    EXPECT_TRUE(secure({malformed}, true)) << malformed;
  }
  EXPECT_FALSE(secure({"https", "https"}, false));
}

TEST(IsLoopback, KnowsBothFamilies) {
  EXPECT_TRUE(is_loopback("127.0.0.1"));
  EXPECT_TRUE(is_loopback("127.3.2.1"));
  EXPECT_TRUE(is_loopback("::1"));
  EXPECT_FALSE(is_loopback("128.0.0.1"));
  EXPECT_FALSE(is_loopback("::2"));
  EXPECT_FALSE(is_loopback(""));
}

}  // namespace
}  // namespace medialith::http
