#include "http/server.hpp"

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>
#include <unordered_set>

#include "http/connection.hpp"
#include "net/listener.hpp"

namespace medialith::http {

// Shared by the server and its connections, which the runtime may outlive the server with.
struct Server::Impl : std::enable_shared_from_this<Server::Impl> {
  struct Live {
    Connection connection;
    net::ByteStream& stream;
  };
  struct Loop {
    Loop(const Impl& server, const Router& table, const Clock& time, Random& random)
        : context{.router = table,
                  .limits = server.options.limits,
                  .base_path = server.options.base_path,
                  .proxies = server.proxies,
                  .callbacks = server.callbacks,
                  .clock = time,
                  .draining = server.draining,
                  .next_id = random.u64()} {}
    ConnectionContext context;
    std::unordered_set<Live*> live;  // on the loop's thread alone
  };

  Impl(net::Runtime& r, const Router& table, ServerOptions o, ServerCallbacks c, const Clock& time, Random& random);

  Result<void> start();
  std::size_t drain(std::chrono::milliseconds grace);
  bool admit(const std::string& address);
  void leave(const std::string& address);
  void on_stream(std::size_t index, std::unique_ptr<net::ByteStream> stream);
  static Task<void> serve(std::shared_ptr<Impl> self, std::size_t index, std::unique_ptr<net::ByteStream> stream,
                          std::string address);
  enum class Which : std::uint8_t { idle, all };
  void close_connections(Which which);
  bool wait_until_empty(std::chrono::milliseconds most);

  net::Runtime& runtime;
  const ServerOptions options;
  const ServerCallbacks callbacks;
  TrustedProxies proxies;
  std::atomic<bool> draining = false;
  std::vector<std::unique_ptr<Loop>> loops;
  std::unique_ptr<net::Listener> listener;

  mutable std::mutex mutex;
  std::condition_variable emptied;
  std::map<std::string, std::size_t> open_by_address;
  std::size_t open = 0;
  std::uint64_t accepted = 0;
  std::uint64_t refused = 0;
  bool drained = false;
};

Server::Impl::Impl(net::Runtime& r, const Router& table, ServerOptions o, ServerCallbacks c, const Clock& time,
                   Random& random)
    : runtime(r), options(std::move(o)), callbacks(std::move(c)) {
  for (std::size_t i = 0; i < runtime.loop_count(); ++i) {
    loops.push_back(std::make_unique<Loop>(*this, table, time, random));
  }
}

Result<void> Server::Impl::start() {
  const std::string& base = options.base_path;
  if (!base.empty() && (!base.starts_with('/') || base.ends_with('/'))) {
    return fail(ErrorCode::invalid_request, "The base path '" + base + "' must begin with a slash and not end in one.");
  }
  if (options.tls_certificate_file.empty() != options.tls_key_file.empty()) {
    return fail(ErrorCode::invalid_request, "TLS needs both a certificate file and a key file.");
  }
  TRY_ASSIGN(proxies, TrustedProxies::parse(options.trusted_proxies));
  std::shared_ptr<const net::TlsContext> tls;
  if (!options.tls_key_file.empty()) {
    TRY_ASSIGN(tls, net::TlsContext::load(options.tls_certificate_file, options.tls_key_file));
  }
  auto deal = [self = shared_from_this()](std::size_t index, std::unique_ptr<net::ByteStream> stream) {
    self->on_stream(index, std::move(stream));
  };
  TRY_ASSIGN(listener, net::Listener::open(runtime, options.listen, std::move(tls), std::move(deal)));
  return {};
}

bool Server::Impl::admit(const std::string& address) {
  const bool counted = !is_loopback(address) && !proxies.contains(address);
  const std::scoped_lock lock(mutex);
  const auto found = open_by_address.find(address);
  const std::size_t there = found == open_by_address.end() ? 0 : found->second;
  if (draining || open >= options.limits.max_connections ||
      (counted && there >= options.limits.max_connections_per_address)) {
    ++refused;
    return false;
  }
  ++open;
  ++accepted;
  ++open_by_address[address];
  return true;
}

void Server::Impl::leave(const std::string& address) {
  const std::scoped_lock lock(mutex);
  const auto found = open_by_address.find(address);
  if (--found->second == 0) open_by_address.erase(found);
  if (--open == 0) emptied.notify_all();
}

void Server::Impl::on_stream(std::size_t index, std::unique_ptr<net::ByteStream> stream) {
  std::string address = stream->peer_address();
  if (!admit(address)) return;
  runtime.spawn(index, serve(shared_from_this(), index, std::move(stream), std::move(address)));
}

Task<void> Server::Impl::serve(std::shared_ptr<Impl> self, std::size_t index, std::unique_ptr<net::ByteStream> stream,
                               std::string address) {
  Loop& loop = *self->loops[index];
  Live live{.connection = {loop.context, *stream}, .stream = *stream};
  // A guard, because the frame may also be destroyed with its loop.
  struct Registered {
    Registered(Impl& impl, Loop& l, Live& entry, const std::string& from)
        : server(impl), where(l), what(entry), address(from) {
      where.live.insert(&what);
    }
    ~Registered() {
      where.live.erase(&what);
      server.leave(address);
    }
    Registered(const Registered&) = delete;
    Registered& operator=(const Registered&) = delete;
    Impl& server;
    Loop& where;
    Live& what;
    const std::string& address;
  };
  const Registered registered(*self, loop, live, address);
  co_await live.connection.run();
}

void Server::Impl::close_connections(Which which) {
  for (std::size_t i = 0; i < loops.size(); ++i) {
    net::post_to(runtime.loop(i), [self = shared_from_this(), i, which] {
      for (Live* live : self->loops[i]->live) {
        if (live->connection.idle()) live->stream.close();
        // What is cut must not look complete.
        if (which == Which::all) live->stream.abort();
      }
    });
  }
}

bool Server::Impl::wait_until_empty(std::chrono::milliseconds most) {
  std::unique_lock lock(mutex);
  return emptied.wait_for(lock, most, [this] { return open == 0; });
}

std::size_t Server::Impl::drain(std::chrono::milliseconds grace) {
  {
    const std::scoped_lock lock(mutex);
    drained = true;
    draining = true;
  }
  if (!listener) return 0;
  listener->close();
  close_connections(Which::idle);
  if (wait_until_empty(grace)) return 0;
  const std::size_t cut = [this] {
    const std::scoped_lock lock(mutex);
    return open;
  }();
  close_connections(Which::all);
  // Handlers that wait for something else end when that ends; no longer for them.
  constexpr std::chrono::milliseconds kUnwind{1000};
  (void)wait_until_empty(kUnwind);
  return cut;
}

Server::Server(net::Runtime& runtime, const Router& router, ServerOptions options, ServerCallbacks callbacks,
               const Clock& clock, Random& random)
    : impl_(std::make_shared<Impl>(runtime, router, std::move(options), std::move(callbacks), clock, random)) {}

Server::~Server() {
  if (!impl_->drained) (void)impl_->drain(std::chrono::milliseconds(0));
  impl_->listener.reset();
}

Result<void> Server::start() { return impl_->start(); }

std::uint16_t Server::port() const { return impl_->listener->port(); }

std::size_t Server::drain(std::chrono::milliseconds grace) { return impl_->drain(grace); }

ServerStats Server::stats() const {
  ServerStats stats;
  for (const auto& loop : impl_->loops) {
    stats.requests += loop->context.requests.load(std::memory_order_relaxed);
    stats.bytes_received += loop->context.bytes_received.load(std::memory_order_relaxed);
    stats.bytes_sent += loop->context.bytes_sent.load(std::memory_order_relaxed);
  }
  const std::scoped_lock lock(impl_->mutex);
  stats.connections_open = impl_->open;
  stats.connections = impl_->accepted;
  stats.connections_refused = impl_->refused;
  return stats;
}

}  // namespace medialith::http
