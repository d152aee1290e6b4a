#include "app/process.hpp"

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <thread>

#include <malloc.h>
#include <sys/resource.h>
#include <sys/stat.h>

namespace medialith::app {
namespace {

constexpr int kArenas = 2;
constexpr rlim_t kDescriptors = 65'536;

void raise_descriptors() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= kDescriptors) return;
  limit.rlim_cur = std::min(limit.rlim_max, kDescriptors);
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

void harden_process() {
  constexpr rlimit kNoCore{0, 0};
  ::setrlimit(RLIMIT_CORE, &kNoCore);
  ::umask(077);
  (void)::signal(SIGPIPE, SIG_IGN);
  (void)::signal(SIGXFSZ, SIG_IGN);
  raise_descriptors();
  ::mallopt(M_ARENA_MAX, kArenas);
}

Signals::Signals() {
  sigset_t set{};
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  std::thread([set, state = state_] {
    int signal = 0;
    sigwait(&set, &signal);
    if (!state->ready) std::_Exit(0);
    state->ask();
    sigwait(&set, &signal);
    std::_Exit(128 + signal);
  }).detach();
}

void Signals::ready() { state_->ready = true; }

void Signals::ask() { state_->ask(); }

void Signals::State::ask() {
  asked = true;
  asked.notify_all();
}

void Signals::wait() { state_->asked.wait(false); }

}  // namespace medialith::app
