#include "app/banner.hpp"

#include <array>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "app/print.hpp"

namespace medialith::app {
namespace {

std::string host_of(const BannerFacts& facts) {
  const std::string host = facts.listen.substr(0, facts.listen.rfind(':'));
  return host == "0.0.0.0" || host == "[::]" || host.empty() ? facts.outward_address : host;
}

}  // namespace

std::string outward_address() {
  std::string text = "127.0.0.1";
  const int probe = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (probe < 0) return text;
  // Connecting a datagram socket chooses a route and a source and sends nothing. 192.0.2.0/24 is nobody's (RFC 5737).
  sockaddr_in address{};
  socklen_t size = sizeof address;
  address.sin_family = AF_INET;
  address.sin_port = htons(9);
  ::inet_pton(AF_INET, "192.0.2.1", &address.sin_addr);
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  std::array<char, INET_ADDRSTRLEN> out{};
  if (::connect(probe, generic, size) == 0 && ::getsockname(probe, generic, &size) == 0 &&
      ::inet_ntop(AF_INET, &address.sin_addr, out.data(), out.size()) != nullptr) {
    text = out.data();
  }
  ::close(probe);
  return text;
}

std::string banner(const BannerFacts& facts) {
  const std::string url = fmt::format("{}://{}:{}{}", facts.scheme, host_of(facts), facts.port, facts.base_path);
  const std::string page = facts.public_url.empty() ? url : facts.public_url;
  std::string text = fmt::format("\nMedialith {} ready in {} ms\n\n", MEDIALITH_VERSION, facts.start.count());
  const auto line = [&](std::string_view name, const std::string& value) {
    text += fmt::format("  {:<8} {}\n", name, value);
  };
  if (facts.access_token != nullptr) {
    line("Open", fmt::format("{}/#token={}", page, facts.access_token->reveal()));
    line("", "whoever has this link is the owner; it is shown this once");
  } else if (facts.setup_token != nullptr) {
    line("Open", fmt::format("{}/#setup={}", page, facts.setup_token->reveal()));
    line("", "nobody can sign in yet: whoever opens this link makes the first admin, once, within 30 minutes");
  } else {
    line("Open", fmt::format("{:<36} {}", page,
                             facts.local_only ? "this machine only, no login"
                             : facts.single   ? "asks for the access token"
                                              : "asks for a login"));
  }
  line("API", fmt::format("{:<36} reference  {}/docs", url + "/v1", url));
  line("Data", fmt::format("{}   {}{} items{}", facts.data, group_digits(facts.items), facts.more_items ? "+" : "",
                           facts.free_bytes ? "   " + print_bytes(*facts.free_bytes) + " free" : ""));
  if (facts.local_only) {
    text += fmt::format(
        "\n  Try      drop pictures on the page   ·   curl -T picture.png '{}/v1/uploads?filename=picture.png'"
        " -X POST\n",
        url);
    text +=
        "  Your app on http://localhost:3000?   MEDIALITH_ALLOWED_ORIGINS=http://localhost:3000 make run\n"
        "  Phone or laptop?                     make run LISTEN=0.0.0.0      (prints a link with a token)\n"
        "  Doubt it?                            make prove                   (kills it 20 times, counts what was "
        "lost)\n";
  }
  if (facts.over_ssh && facts.local_only) {
    text += fmt::format("  From your own machine:               ssh -L {0}:127.0.0.1:{0} THIS_HOST\n", facts.port);
  }
  if (!facts.file_system_warning.empty()) text += fmt::format("\n  Careful: {}\n", facts.file_system_warning);
  return text + "\n";
}

std::string kept_line(const intake::Kept& kept) {
  return fmt::format("  {} · {} · {} · {} ms\n", kept.duplicate ? "already here" : "kept", printable(kept.name),
                     print_bytes(kept.size), kept.took.count());
}

void print_without_waiting(std::string_view line) {
  pollfd out{.fd = STDOUT_FILENO, .events = POLLOUT, .revents = 0};
  if (::poll(&out, 1, 0) != 1 || (out.revents & POLLOUT) == 0) return;
  (void)!::write(STDOUT_FILENO, line.data(), line.size());  // nobody is told of a terminal that has gone
}

}  // namespace medialith::app
