#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>

#include "net/listener.hpp"

namespace medialith::net {
namespace {

// The socket inodes that listen on `port`: proc(5), /proc/net/tcp. Columns: number, local address, remote address,
// state (0A = LISTEN), queues, timer, retransmits, uid, timeout, inode.
void find_inodes(const char* table, std::uint16_t port, std::set<std::string>& inodes) {
  std::ifstream file(table);
  std::string line;
  std::getline(file, line);  // headings
  while (std::getline(file, line)) {
    std::istringstream columns(line);
    std::string number, local, remote, state, queues, timer, retransmits, uid, timeout, inode;
    columns >> number >> local >> remote >> state >> queues >> timer >> retransmits >> uid >> timeout >> inode;
    const std::size_t colon = local.rfind(':');
    if (state != "0A" || colon == std::string::npos) continue;
    if (std::strtoul(local.c_str() + colon + 1, nullptr, 16) == port) inodes.insert("socket:[" + inode + "]");
  }
}

bool holds_one(const std::filesystem::path& process, const std::set<std::string>& inodes) {
  std::error_code error;
  for (std::filesystem::directory_iterator fd(process / "fd", error), end; !error && fd != end; fd.increment(error)) {
    std::error_code gone;
    if (inodes.contains(std::filesystem::read_symlink(fd->path(), gone).string())) return true;
  }
  return false;
}

}  // namespace

std::string port_holder(std::uint16_t port) {
  std::set<std::string> inodes;
  find_inodes("/proc/net/tcp", port, inodes);
  find_inodes("/proc/net/tcp6", port, inodes);
  if (inodes.empty()) return {};
  std::error_code error;
  for (std::filesystem::directory_iterator entry("/proc", error), end; !error && entry != end; entry.increment(error)) {
    const std::string pid = entry->path().filename().string();
    if (pid.find_first_not_of("0123456789") != std::string::npos || !holds_one(entry->path(), inodes)) continue;
    std::ifstream file(entry->path() / "comm");
    std::string name;
    std::getline(file, name);
    return name.append(" (pid ").append(pid).append(")");
  }
  return {};
}

}  // namespace medialith::net
