#include <cstdio>
#include <fstream>
#include <stdexcept>
#include <string>

#include <gtest/gtest.h>
#include <unistd.h>

#include "base/testing/real_server.hpp"

namespace medialith::testing {
namespace {

/// A script of its own, in place of one that starts something real.
class Script {
 public:
  explicit Script(const std::string& text)
      : path_(::testing::TempDir() + "medialith-script-" + std::to_string(::getpid()) + ".mjs") {
    std::ofstream(path_) << text;
  }
  ~Script() { std::remove(path_.c_str()); }
  Script(const Script&) = delete;
  Script& operator=(const Script&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

constexpr auto kAnswers = R"js(
import { createInterface } from 'node:readline';
console.log(JSON.stringify({ url: 'http://x', port: 7, word: process.argv[2] }));
for await (const line of createInterface({ input: process.stdin })) {
  console.log(line === 'fail' ? '{"error":"it cannot"}' : JSON.stringify({ done: `${line} ended` }));
}
)js";

TEST(RealServer, hands_out_what_the_script_announces_and_calls_its_functions) {
  const Script script(kAnswers);
  RealServer server(script.path(), {"--fsync=off"});
  EXPECT_EQ(server.at("url"), "http://x");
  EXPECT_EQ(server.at("port"), "7");
  EXPECT_EQ(server.at("word"), "--fsync=off");
  EXPECT_THROW(server.at("password"), std::runtime_error);
  EXPECT_EQ(server.call("restart"), "\"restart ended\"");
  EXPECT_THROW(server.call("fail"), std::runtime_error);
}

TEST(RealServer, fails_when_the_script_ends_before_it_is_ready) {
  const Script script("process.exit(1);");
  EXPECT_THROW(RealServer{script.path()}, std::runtime_error);
}

}  // namespace
}  // namespace medialith::testing
