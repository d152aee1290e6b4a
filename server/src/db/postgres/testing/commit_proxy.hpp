// A TCP proxy before PostgreSQL that cuts a connection at its COMMIT.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/fd.hpp"

namespace medialith::db {

/// What happens to the next COMMIT that comes by.
enum class Cut : std::uint8_t {
  none,
  reply,   ///< it reaches the server, and its answer nobody
  commit,  ///< it reaches nobody
};

class CommitProxy {
 public:
  /// To 127.0.0.1:`port`.
  explicit CommitProxy(std::uint16_t port)
      : target_(port), listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address = loopback(0);
    socklen_t size = sizeof(address);
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (::bind(listener_.get(), generic, size) != 0 || ::listen(listener_.get(), 64) != 0 ||
        ::getsockname(listener_.get(), generic, &size) != 0) {
      throw std::runtime_error("the proxy cannot listen");
    }
    port_ = ntohs(address.sin_port);
    accepting_ = std::thread([this] { accept(); });
  }
  ~CommitProxy() {
    closing_ = true;
    ::shutdown(listener_.get(), SHUT_RDWR);
    accepting_.join();
    for (std::thread& thread : carrying_) thread.join();
  }
  CommitProxy(const CommitProxy&) = delete;
  CommitProxy& operator=(const CommitProxy&) = delete;

  std::uint16_t port() const { return port_; }
  void cut_next(Cut cut) { cut_ = cut; }
  int cuts() const { return cuts_; }
  /// From now on nobody gets a connection any more; those that are there stay.
  void refuse() { refusing_ = true; }

 private:
  static sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
  }

  void accept() {
    while (!closing_) {
      net::Fd client(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      if (!client || refusing_) continue;
      net::Fd server(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
      const sockaddr_in address = loopback(target_);
      if (::connect(server.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) continue;
      carrying_.emplace_back([this, c = std::move(client), s = std::move(server)] { carry(c.get(), s.get()); });
    }
  }

  // False when the connection is at its end.
  static bool pass(int from, int to, std::string& piece) {
    std::array<char, 65536> buffer{};
    const ssize_t size = ::recv(from, buffer.data(), buffer.size(), 0);
    if (size <= 0) return false;
    piece.assign(buffer.data(), static_cast<std::size_t>(size));
    return to < 0 || ::send(to, piece.data(), piece.size(), MSG_NOSIGNAL) == size;
  }

  void carry(int client, int server) {
    std::string piece;
    while (!closing_) {
      std::array<pollfd, 2> sockets = {pollfd{client, POLLIN, 0}, pollfd{server, POLLIN, 0}};
      if (::poll(sockets.data(), sockets.size(), 50) <= 0) continue;
      if (sockets[1].revents != 0 && !pass(server, client, piece)) return;
      if (sockets[0].revents == 0) continue;
      if (!pass(client, -1, piece)) return;
      const bool commits = piece.contains("COMMIT");
      const Cut cut = commits ? cut_.exchange(Cut::none) : Cut::none;
      if (cut != Cut::none) ++cuts_;
      if (cut == Cut::commit) return;
      if (::send(server, piece.data(), piece.size(), MSG_NOSIGNAL) < 0) return;
      if (cut == Cut::reply) {
        pass(server, -1, piece);  // it has been done by then
        return;
      }
    }
  }

  std::uint16_t target_;
  std::uint16_t port_ = 0;
  net::Fd listener_;
  std::atomic<bool> closing_ = false;
  std::atomic<Cut> cut_ = Cut::none;
  std::atomic<int> cuts_ = 0;
  std::atomic<bool> refusing_ = false;
  std::vector<std::thread> carrying_;  // of accepting_
  std::thread accepting_;
};

}  // namespace medialith::db
