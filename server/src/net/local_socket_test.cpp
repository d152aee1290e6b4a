#include "net/local_socket.hpp"

#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "net/fd.hpp"

namespace medialith::net {
namespace {

/// A folder whose path is longer than a socket's address has room for.
class LongFolder {
 public:
  LongFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "medialith_socket_XXXXXX").string();
    root_ = ::mkdtemp(pattern.data());
    path_ = root_ / std::string(100, 'a') / std::string(100, 'b');
    std::filesystem::create_directories(path_);
    fd_.reset(::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  }
  ~LongFolder() { std::filesystem::remove_all(root_); }
  int fd() const { return fd_.get(); }
  std::filesystem::path operator/(const char* name) const { return path_ / name; }

 private:
  std::filesystem::path root_;
  std::filesystem::path path_;
  Fd fd_;
};

Task<std::string> shout(std::string line) { co_return line + "!"; }

class LocalSocket : public ::testing::Test {
 protected:
  void SetUp() override { runtime.start(); }
  void TearDown() override { runtime.stop(); }
  std::unique_ptr<LocalListener> listen(LocalSocketLimits limits = {}) {
    return LocalListener::open(runtime, folder.fd(), "control.sock", shout, limits).value();
  }
  Result<std::optional<std::string>> ask(std::string_view line) { return ask_local(folder.fd(), "control.sock", line); }

  LongFolder folder;
  Runtime runtime{RuntimeOptions{.loops = 1, .work_threads = 1, .disk_threads = 1}};
};

TEST_F(LocalSocket, AnswersALineInAFolderWithALongPath) {
  const auto listener = listen();
  EXPECT_EQ(ask("hello").value(), "hello!");
  EXPECT_EQ(ask("").value(), "!");
}

TEST_F(LocalSocket, IsForItsOwnerAlone) {
  const auto listener = listen();
  struct stat info{};
  ASSERT_EQ(::stat((folder / "control.sock").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777U, 0600U);
}

TEST_F(LocalSocket, NobodyListens) {
  EXPECT_EQ(ask("hello").value(), std::nullopt);
  listen().reset();
  EXPECT_EQ(ask("hello").value(), std::nullopt);
  EXPECT_FALSE(std::filesystem::exists(folder / "control.sock"));
}

TEST_F(LocalSocket, ReplacesAStaleFile) {
  auto first = listen();
  const std::filesystem::path kept = folder / "kept";
  std::filesystem::create_hard_link(folder / "control.sock", kept);
  first.reset();
  std::filesystem::rename(kept, folder / "control.sock");  // as a kill leaves it
  EXPECT_EQ(ask("hello").value(), std::nullopt);
  const auto second = listen();
  EXPECT_EQ(ask("hello").value(), "hello!");
}

TEST_F(LocalSocket, SeveralAskAtOnce) {
  const auto listener = listen();
  std::vector<std::string> answers(8);
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < answers.size(); ++i) {
      threads.emplace_back([&, i] { answers[i] = ask(std::to_string(i)).value().value(); });
    }
  }
  EXPECT_THAT(answers, ::testing::ElementsAre("0!", "1!", "2!", "3!", "4!", "5!", "6!", "7!"));
}

TEST_F(LocalSocket, LinesAreBounded) {
  const auto listener = listen({.line_bytes = 100});
  EXPECT_EQ(ask(std::string(100, 'x')).error().code, ErrorCode::unavailable);  // the answer would be too long
  EXPECT_EQ(ask(std::string(101, 'x')).error().code, ErrorCode::unavailable);
  EXPECT_EQ(ask_local(folder.fd(), "control.sock", std::string(101, 'x'), {.line_bytes = 100}).error().code,
            ErrorCode::body_too_large);
  EXPECT_EQ(ask("hello").value(), "hello!");
}

TEST_F(LocalSocket, ASilentPeerIsLetGo) {
  const auto listener = listen({.connections = 1, .request_within = std::chrono::milliseconds(20)});
  const Fd silent(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{.sun_family = AF_UNIX};
  fmt::format_to(address.sun_path, "/proc/self/fd/{}/control.sock", folder.fd());
  ASSERT_EQ(::connect(silent.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  char byte = 0;
  EXPECT_EQ(::recv(silent.get(), &byte, 1, 0), 0) << "closed by the other end";
  EXPECT_EQ(ask("hello").value(), "hello!");
}

}  // namespace
}  // namespace medialith::net
