#include "app/server_identity.hpp"

#include <array>
#include <fstream>
#include <string>

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bytes.hpp"

namespace medialith::app {
namespace {

std::string host_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? std::string(name.data()) : "unknown";
}

/// Another one after each boot, the same in all containers of a machine.
std::string boot_id() {
  std::ifstream file("/proc/sys/kernel/random/boot_id");
  std::string id;
  std::getline(file, id);
  return id;
}

std::string some_letters(Random& random) {
  std::array<std::byte, 5> bytes{};
  random.fill(bytes);
  return to_base32(bytes);
}

}  // namespace

jobs::Server identify_process(Random& random) {
  std::string name = fmt::format("{}.{}.{}", host_name(), ::getpid(), some_letters(random));
  return {.name = name, .place = name};
}

jobs::Server identify_server(const DataFolder& folder, Random& random) {
  jobs::Server server = identify_process(random);
  const std::string boot = boot_id();
  struct stat status{};
  if (!boot.empty() && ::fstat(folder.fd(), &status) == 0) {
    server.place = fmt::format("{}/{}/{}", boot, status.st_dev, status.st_ino);
  }
  return server;
}

}  // namespace medialith::app
