#include "base/testing/real_server.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/json.hpp"

namespace medialith::testing {
namespace {

struct Pipe {
  int read_end;
  int write_end;
};

Pipe make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("There is no pipe left.");
  return {ends[0], ends[1]};
}

int spawn_node(std::vector<std::string> words, int input, int output) {
  std::vector<char*> arguments;
  arguments.reserve(words.size() + 1);
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  pid_t process = -1;
  const int error = ::posix_spawnp(&process, arguments[0], &actions, nullptr, arguments.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  if (error != 0) throw std::runtime_error(fmt::format("node cannot be started: {}", std::strerror(error)));
  return process;
}

json::Document parse_object(const std::string& line) {
  auto document = json::Document::parse(line);
  if (!document || document->root().kind() != json::Kind::object) {
    throw std::runtime_error("A server script answered no JSON: " + line);
  }
  return *std::move(document);
}

}  // namespace

RealServer::RealServer(const std::string& script, const std::vector<std::string>& options) {
  std::vector<std::string> words = {"node", script};
  words.insert(words.end(), options.begin(), options.end());
  const Pipe in = make_pipe();
  const Pipe out = make_pipe();
  process_ = spawn_node(std::move(words), in.read_end, out.write_end);
  ::close(in.read_end);
  ::close(out.write_end);
  input_ = in.write_end;
  output_ = out.read_end;
  try {
    announced_ = read_line();
    parse_object(announced_);
  } catch (...) {
    stop();
    throw;
  }
}

RealServer::~RealServer() { stop(); }

void RealServer::stop() {
  ::close(input_);
  int status = 0;
  while (::waitpid(process_, &status, 0) < 0 && errno == EINTR) continue;
  ::close(output_);
}

std::string RealServer::at(std::string_view name) const {
  const json::Document document = parse_object(announced_);
  const auto member = document.root().find(name);
  if (!member) throw std::runtime_error(fmt::format("The server announced no {}: {}", name, announced_));
  return std::string(member->kind() == json::Kind::string ? member->text() : member->raw());
}

std::string RealServer::call(std::string_view function) {
  const std::string line = fmt::format("{}\n", function);
  if (::write(input_, line.data(), line.size()) != static_cast<ssize_t>(line.size())) {
    throw std::runtime_error("The server script is gone.");
  }
  const json::Document answer = parse_object(read_line());
  if (const auto error = answer.root().find("error")) {
    throw std::runtime_error(fmt::format("{}: {}", function, error->text()));
  }
  return std::string(answer.root().find("done").value().raw());
}

std::string RealServer::read_line() {
  std::array<char, 4096> piece{};
  for (;;) {
    if (const auto end = buffer_.find('\n'); end != std::string::npos) {
      std::string line = buffer_.substr(0, end);
      buffer_.erase(0, end + 1);
      return line;
    }
    const ssize_t count = ::read(output_, piece.data(), piece.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) throw std::runtime_error("A server script ended; its last words are above.");
    buffer_.append(piece.data(), static_cast<std::size_t>(count));
  }
}

}  // namespace medialith::testing
