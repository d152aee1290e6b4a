// A load generator for what wrk cannot do well: many uploads of one size, and the latency of a single client.
//   bench_client upload PORT CONNECTIONS BYTES COUNT   one JSON line: rate, MB/s, p50 and p99 in ms
//   bench_client get PORT TARGET COUNT                 one connection, one request after the other
//   bench_client mixed PORT TARGET LISTS UPDATES       64 connections: lists of TARGET while generations change
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

namespace medialith::bench {
namespace {

using Steady = std::chrono::steady_clock;

/// One keep-alive connection; ends the program at the first thing that is not as it should be.
class Connection {
 public:
  explicit Connection(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int one = 1;
    ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) die("connect");
  }
  ~Connection() { ::close(socket_); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) die("send");
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
  }

  /// Reads one response and answers its status.
  int receive(std::string* body = nullptr) {
    while (buffer_.find("\r\n\r\n") == std::string::npos) fill();
    const std::size_t head = buffer_.find("\r\n\r\n") + 4;
    const int status = std::atoi(buffer_.c_str() + 9);
    const std::size_t field = buffer_.find("Content-Length: ");
    const std::size_t length = field < head ? std::strtoull(buffer_.c_str() + field + 16, nullptr, 10) : 0;
    while (buffer_.size() < head + length) fill();
    if (status >= 400) die(buffer_.substr(0, head + length));
    if (body != nullptr) *body = buffer_.substr(head, length);
    buffer_.erase(0, head + length);
    return status;
  }

 private:
  void fill() {
    char piece[65536];
    const ssize_t size = ::recv(socket_, piece, sizeof piece, 0);
    if (size <= 0) die("receive");
    buffer_.append(piece, static_cast<std::size_t>(size));
  }
  [[noreturn]] static void die(std::string_view why) {
    fmt::print(stderr, "bench_client: {}\n", why);
    std::exit(1);
  }
  int socket_;
  std::string buffer_;
};

/// Read from the database each time, never a page that is kept.
std::string get_request(std::uint16_t port, std::string_view target) {
  return fmt::format("GET {} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nCache-Control: no-cache\r\n\r\n", target, port);
}

std::string patch_request(std::uint16_t port, std::string_view id, int rating) {
  const std::string body = fmt::format(R"({{"rating":{}}})", rating);
  return fmt::format(
      "PATCH /v1/generations/{} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nContent-Type: application/json\r\n"
      "Content-Length: {}\r\n\r\n{}",
      id, port, body.size(), body);
}

void print(std::vector<double> ms, double seconds, double bytes) {
  std::ranges::sort(ms);
  const auto at = [&](double q) { return ms[static_cast<std::size_t>(q * static_cast<double>(ms.size() - 1))]; };
  fmt::print("{{\"rate\":{:.2f},\"mb_per_s\":{:.1f},\"p50_ms\":{:.3f},\"p99_ms\":{:.3f},\"max_ms\":{:.3f}}}\n",
             static_cast<double>(ms.size()) / seconds, bytes * static_cast<double>(ms.size()) / seconds / 1e6, at(0.5),
             at(0.99), ms.back());
}

int upload(std::uint16_t port, int connections, std::size_t bytes, int count) {
  std::atomic<int> next = 0;
  std::mutex mutex;
  std::vector<double> ms;
  const auto start = Steady::now();
  auto work = [&] {
    Connection connection(port);
    std::string content(bytes, 'Z');
    for (int n = next++; n < count; n = next++) {
      // Every file is another one: known bytes are not kept twice.
      const std::string name = fmt::format("{}-{}-{}", ::getpid(), n, start.time_since_epoch().count());
      std::memcpy(content.data(), name.data(), std::min(bytes, name.size()));
      const auto begun = Steady::now();
      connection.send(
          fmt::format("POST /v1/uploads?filename=b.bin HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nContent-Type: "
                      "application/octet-stream\r\nContent-Length: {}\r\n\r\n",
                      port, bytes));
      connection.send(content);
      connection.receive();
      const double took = std::chrono::duration<double, std::milli>(Steady::now() - begun).count();
      const std::lock_guard lock(mutex);
      ms.push_back(took);
    }
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < connections; ++i) threads.emplace_back(work);
  for (std::thread& thread : threads) thread.join();
  print(std::move(ms), std::chrono::duration<double>(Steady::now() - start).count(), static_cast<double>(bytes));
  return 0;
}

int get(std::uint16_t port, const std::string& target, int count) {
  Connection connection(port);
  std::vector<double> ms;
  const std::string request = get_request(port, target);
  const auto start = Steady::now();
  for (int n = 0; n < count; ++n) {
    const auto begun = Steady::now();
    connection.send(request);
    connection.receive();
    ms.push_back(std::chrono::duration<double, std::milli>(Steady::now() - begun).count());
  }
  print(std::move(ms), std::chrono::duration<double>(Steady::now() - start).count(), 0);
  return 0;
}

/// Every `"id":"gen_…"` of a page.
std::vector<std::string> ids_of(const std::string& page) {
  constexpr std::string_view kMark = R"("id":"gen_)";
  std::vector<std::string> ids;
  for (std::size_t at = page.find(kMark); at != std::string::npos; at = page.find(kMark, at + 1)) {
    const std::size_t begin = at + 6;
    ids.push_back(page.substr(begin, page.find('"', begin) - begin));
  }
  return ids;
}

int mixed(std::uint16_t port, const std::string& target, int lists, int updates) {
  constexpr int kListing = 48;
  constexpr int kUpdating = 16;
  std::string page;
  Connection first(port);
  first.send(get_request(port, target));
  first.receive(&page);
  const std::vector<std::string> ids = ids_of(page);
  if (ids.empty()) return 1;
  std::atomic<int> listed = 0;
  std::atomic<int> updated = 0;
  std::mutex mutex;
  std::vector<double> ms;
  const auto start = Steady::now();
  auto timed = [&](Connection& connection, const std::string& request) {
    const auto begun = Steady::now();
    connection.send(request);
    connection.receive();
    const double took = std::chrono::duration<double, std::milli>(Steady::now() - begun).count();
    const std::lock_guard lock(mutex);
    ms.push_back(took);
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < kListing; ++i) {
    threads.emplace_back([&] {
      Connection connection(port);
      while (listed++ < lists) timed(connection, get_request(port, target));
    });
  }
  for (int i = 0; i < kUpdating; ++i) {
    threads.emplace_back([&] {
      Connection connection(port);
      for (int n = updated++; n < updates; n = updated++) {
        timed(connection, patch_request(port, ids[static_cast<std::size_t>(n) % ids.size()], 1 + n % 5));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  print(std::move(ms), std::chrono::duration<double>(Steady::now() - start).count(), 0);
  return 0;
}

int run(const std::vector<std::string>& arguments) {
  const auto port = static_cast<std::uint16_t>(std::stoi(arguments.at(1)));
  if (arguments[0] == "upload") {
    return upload(port, std::stoi(arguments.at(2)), std::stoul(arguments.at(3)), std::stoi(arguments.at(4)));
  }
  if (arguments[0] == "get") return get(port, arguments.at(2), std::stoi(arguments.at(3)));
  if (arguments[0] == "mixed")
    return mixed(port, arguments.at(2), std::stoi(arguments.at(3)), std::stoi(arguments.at(4)));
  fmt::print(stderr, "bench_client: no verb {}\n", arguments[0]);
  return 2;
}

}  // namespace
}  // namespace medialith::bench

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  return medialith::bench::run({argv + 1, argv + argc});
}
