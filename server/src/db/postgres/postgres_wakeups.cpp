#include "db/postgres/postgres_wakeups.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <memory>
#include <optional>
#include <span>
#include <thread>
#include <utility>

#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>

#include "base/error.hpp"
#include "db/postgres/server.hpp"
#include "db/postgres/session.hpp"
#include "net/fd.hpp"

namespace medialith::db {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

class PostgresWakeups final : public Wakeups {
 public:
  PostgresWakeups(PostgresWakeupsOptions options, Random& random)
      : options_(std::move(options)),
        channel_("medialith " + options_.schema),
        random_(random),
        bell_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
        thread_([this]() noexcept { run(); }) {}
  ~PostgresWakeups() override {
    closing_ = true;
    ring();
    thread_.join();
  }
  PostgresWakeups(const PostgresWakeups&) = delete;
  PostgresWakeups& operator=(const PostgresWakeups&) = delete;

  void tell() override {
    if (!untold_.exchange(true)) ring();
  }

 private:
  void ring() const { (void)::eventfd_write(bell_.get(), 1); }

  void run() {
    bool told_why = false;
    while (!closing_) {
      auto session = listen();
      const Result<void> listening = session ? Result<void>() : std::unexpected(session.error());
      if (session || !told_why) options_.on_listening(listening);
      told_why = !session;
      if (session) {
        options_.on_told();
        serve(*session);
      }
      const bool hopeless = !session && session.error().code == ErrorCode::precondition_failed;
      if (closing_ || hopeless) return;
      const milliseconds more(static_cast<std::int64_t>(random_.u64() % 500));
      await_bell(-1, Clock::now() + kWakeupsAgain + more);
    }
  }

  Result<postgres::Session> listen() {
    TRY_ASSIGN(postgres::Session session, postgres::Session::open(options_.url));
    const auto facts = postgres::greet(session);
    if (!facts) return std::unexpected(facts.error().error);
    if (!facts->direct) {
      return fail(ErrorCode::precondition_failed,
                  "A pooler stands before the database, which passes on nothing that servers tell each other. Set"
                  " POSTGRES_URL_NON_POOLING to the URL of the database itself.");
    }
    auto done = session.run_script(fmt::format("LISTEN \"{}\"", channel_));
    if (!done) return std::unexpected(std::move(done).error().error);
    return session;
  }

  /// Until the connection is lost, or this ends.
  void serve(postgres::Session& session) {
    Clock::time_point next = Clock::now();
    while (true) {
      const bool closing = closing_;
      if (untold_ && (closing || Clock::now() >= next)) {
        untold_ = false;
        if (!send(session)) {
          untold_ = true;
          return;
        }
        if (!receive(session)) return;  // what came with the answer makes no socket readable
        next = Clock::now() + kBetweenWakeups;
      }
      if (closing) return;
      const auto until = untold_ ? std::optional(next) : std::nullopt;
      if (await_bell(session.socket(), until) && !receive(session)) return;
    }
  }

  bool send(postgres::Session& session) const {
    const Value channel = std::string_view(channel_);
    session.send("SELECT pg_notify($1, '')", std::span(&channel, 1));
    return session.trip().has_value();
  }

  /// False when the connection is lost.
  bool receive(postgres::Session& session) const {
    PGconn* handle = session.handle();
    if (PQconsumeInput(handle) == 0) return false;
    struct Free {
      void operator()(PGnotify* notification) const { PQfreemem(notification); }
    };
    bool told = false;
    while (const std::unique_ptr<PGnotify, Free> notification{PQnotifies(handle)}) {
      told = told || notification->be_pid != PQbackendPID(handle);
    }
    if (told) options_.on_told();
    return PQstatus(handle) == CONNECTION_OK;
  }

  /// Waits for tell(), the end, the time or `socket` (-1: none). True when that has something.
  bool await_bell(int socket, std::optional<Clock::time_point> until) const {
    const auto left = until ? std::chrono::ceil<milliseconds>(*until - Clock::now()).count() : -1;
    std::array<pollfd, 2> waited = {pollfd{bell_.get(), POLLIN, 0}, pollfd{socket, POLLIN, 0}};
    if (::poll(waited.data(), waited.size(), static_cast<int>(until ? std::max<std::int64_t>(left, 0) : -1)) < 0) {
      return false;
    }
    eventfd_t rung = 0;
    if (waited[0].revents != 0) (void)::eventfd_read(bell_.get(), &rung);
    return waited[1].revents != 0;
  }

  const PostgresWakeupsOptions options_;
  const std::string channel_;
  Random& random_;
  const net::Fd bell_;
  std::atomic<bool> untold_ = false;
  std::atomic<bool> closing_ = false;
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace

std::unique_ptr<Wakeups> open_postgres_wakeups(PostgresWakeupsOptions options, Random& random) {
  return std::make_unique<PostgresWakeups>(std::move(options), random);
}

}  // namespace medialith::db
