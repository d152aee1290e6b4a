#include "app/banner.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include "app/print.hpp"

namespace medialith::app {
namespace {

std::string host_of(const std::string& listen) {
  const std::string host = listen.substr(0, listen.rfind(':'));
  return host == "0.0.0.0" || host == "[::]" || host.empty() ? "127.0.0.1" : host;
}

}  // namespace

std::string banner(const BannerFacts& facts) {
  const std::string url = fmt::format("{}://{}:{}", facts.scheme, host_of(facts.listen), facts.port);
  std::string text = fmt::format("\nMedialith {} ready in {} ms\n\n", MEDIALITH_VERSION, facts.start.count());
  const auto line = [&](std::string_view name, const std::string& value) {
    text += fmt::format("  {:<8} {}\n", name, value);
  };
  if (facts.access_token != nullptr) {
    line("Open", fmt::format("{}/#token={}", url, facts.access_token->reveal()));
    line("", "whoever has this link is the owner; it is shown this once");
  } else {
    line("Open", fmt::format("{:<36} {}", url,
                             facts.local_only ? "this machine only, no login"
                             : facts.single   ? "asks for the access token"
                                              : "asks for a login"));
  }
  line("API", fmt::format("{:<36} reference  {}/docs", url + "/v1", url));
  line("Data", fmt::format("{}   {}{} items{}", facts.data, group_digits(facts.items), facts.more_items ? "+" : "",
                           facts.free_bytes ? "   " + print_bytes(*facts.free_bytes) + " free" : ""));
  if (facts.setup_token != nullptr) {
    text += fmt::format(
        "\n  Nobody can sign in yet. Within 30 minutes, make the first admin:\n"
        "  curl {}/v1/auth/setup -H 'Content-Type: application/json' -d"
        " '{{\"token\":\"{}\",\"email\":\"you@example.com\",\"password\":\"…\"}}'\n",
        url, facts.setup_token->reveal());
  } else if (facts.local_only) {
    text += fmt::format(
        "\n  Try      drop pictures on the page   ·   curl -T picture.png '{}/v1/uploads?filename=picture.png'"
        " -X POST\n",
        url);
    text +=
        "  Your app on http://localhost:3000?   MEDIALITH_ALLOWED_ORIGINS=http://localhost:3000 make run\n"
        "  Phone or laptop?                     make run LISTEN=0.0.0.0      (prints a link with a token)\n";
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
