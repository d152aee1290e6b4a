#include "http_client/client.hpp"

#include <algorithm>
#include <atomic>
#include <deque>
#include <fstream>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <utility>

#include <curl/curl.h>

#include "http_client/exchange.hpp"
#include "http_client/transfer.hpp"

namespace medialith::http_client {
namespace {

using Clock = std::chrono::steady_clock;
using StatePtr = std::shared_ptr<ExchangeState>;

// Deadlines are looked at so often, and are exact to that.
constexpr std::chrono::milliseconds kTick{50};
constexpr std::chrono::milliseconds kIdle{60'000};

Error stopped() { return make_error(ErrorCode::unavailable, "The server is stopping.", "the HTTP client has stopped"); }

// libcurl counts these and asks for them around everything else.
class Library {
 public:
  Library() : ready_(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK) {}
  ~Library() {
    if (ready_) curl_global_cleanup();
  }
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;
  bool ready() const { return ready_; }

 private:
  const bool ready_;
};

struct MultiCleanup {
  void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
};

}  // namespace

struct Client::Core {
 public:
  explicit Core(ClientOptions options) : options_(std::move(options)) {}

  Result<void> open(const std::shared_ptr<Core>& self);
  void close();
  void enqueue(StatePtr state);
  /// net_out shall look at the state. Thread-safe.
  void poke(StatePtr state);
  ClientStats stats() const;

 private:
  // On net_out.
  void run();
  bool take_orders();
  void begin(StatePtr state);
  void begin_waiting();
  void obey(const StatePtr& state);
  void end_finished();
  void end(Transfer& transfer, std::optional<Error> error);
  void check_deadlines(Clock::time_point now);
  void end_everything();

  const ClientOptions options_;
  const Library library_;
  std::unique_ptr<CURLM, MultiCleanup> multi_;
  std::thread thread_;

  std::mutex mutex_;  // guards these three
  std::deque<StatePtr> started_;
  std::vector<StatePtr> poked_;
  bool stopping_ = false;

  // net_out's alone.
  std::deque<StatePtr> waiting_;
  std::vector<StatePtr> orders_;
  std::unordered_map<Transfer*, std::unique_ptr<Transfer>> active_;
  Clock::time_point next_check_;

  std::atomic<std::size_t> waiting_count_ = 0;  // of started_ and waiting_
  std::atomic<std::size_t> active_count_ = 0;
  std::atomic<std::uint64_t> requests_ = 0;
  std::atomic<std::uint64_t> failures_ = 0;
  std::atomic<std::uint64_t> connections_ = 0;
};

Result<void> Client::Core::open(const std::shared_ptr<Core>& self) {
  if (!options_.ca_file.empty() && !std::ifstream(options_.ca_file)) {
    return fail(ErrorCode::unavailable, "The file of trusted authorities cannot be read.", options_.ca_file);
  }
  if (library_.ready()) multi_.reset(curl_multi_init());
  if (!multi_) return fail(ErrorCode::unavailable, "The HTTP client cannot be started.", "libcurl");
  curl_multi_setopt(multi_.get(), CURLMOPT_MAXCONNECTS, static_cast<long>(options_.max_idle_connections));
  curl_multi_setopt(multi_.get(), CURLMOPT_PIPELINING, static_cast<long>(CURLPIPE_NOTHING));
  thread_ = std::thread([self]() noexcept { self->run(); });
  return {};
}

void Client::Core::close() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  curl_multi_wakeup(multi_.get());
  thread_.join();
  multi_.reset();
}

void Client::Core::enqueue(StatePtr state) {
  requests_.fetch_add(1, std::memory_order_relaxed);
  bool full = false;
  {
    const std::scoped_lock lock(mutex_);
    full = waiting_count_ >= options_.max_waiting;
    if (!full && !stopping_) {
      ++waiting_count_;
      started_.push_back(std::move(state));
      curl_multi_wakeup(multi_.get());
      return;
    }
  }
  state->end(full ? make_error(ErrorCode::overloaded, "The server is busy. Try again in a moment.",
                               "too many outgoing requests wait")
                  : stopped());
}

void Client::Core::poke(StatePtr state) {
  const std::scoped_lock lock(mutex_);
  if (stopping_) return;
  poked_.push_back(std::move(state));
  curl_multi_wakeup(multi_.get());
}

ClientStats Client::Core::stats() const {
  return {.waiting = waiting_count_,
          .active = active_count_,
          .requests = requests_,
          .failures = failures_,
          .connections = connections_};
}

void Client::Core::run() {
  while (take_orders()) {
    for (const StatePtr& state : orders_) obey(state);
    orders_.clear();
    begin_waiting();
    int running = 0;
    curl_multi_perform(multi_.get(), &running);
    end_finished();
    if (const auto now = Clock::now(); now >= next_check_) check_deadlines(now);
    const bool busy = !active_.empty() || !waiting_.empty();
    const bool more = active_.size() < options_.max_active && !waiting_.empty();
    const auto longest = more ? std::chrono::milliseconds(0) : busy ? kTick : kIdle;
    // Ends earlier when a socket is ready, a timer of libcurl's has run out, or somebody woke us.
    curl_multi_poll(multi_.get(), nullptr, 0, static_cast<int>(longest.count()), nullptr);
  }
  end_everything();
}

bool Client::Core::take_orders() {
  const std::scoped_lock lock(mutex_);
  std::ranges::move(started_, std::back_inserter(waiting_));
  started_.clear();
  std::swap(orders_, poked_);
  return !stopping_;
}

void Client::Core::begin_waiting() {
  while (active_.size() < options_.max_active && !waiting_.empty()) {
    StatePtr state = std::move(waiting_.front());
    waiting_.pop_front();
    --waiting_count_;
    if (!state->abandoned()) begin(std::move(state));
  }
}

void Client::Core::begin(StatePtr state) {
  auto owned = std::make_unique<Transfer>(std::move(state));
  Transfer& transfer = *owned;
  Result<void> ready = transfer.set_up(options_.ca_file);
  if (ready && curl_multi_add_handle(multi_.get(), transfer.handle()) != CURLM_OK) {
    ready = fail(transfer.cut_short("libcurl: out of memory"));
  }
  if (!ready) {
    ++failures_;
    transfer.state().end(std::move(ready).error());
    return;
  }
  active_.emplace(&transfer, std::move(owned));
  ++active_count_;
}

void Client::Core::obey(const StatePtr& state) {
  if (state->transfer == nullptr) return;  // waits still, or has ended
  if (state->abandoned()) {
    end(*state->transfer, std::nullopt);
  } else {
    state->transfer->unpause();
  }
}

void Client::Core::end_finished() {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_.get(), &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    Transfer* transfer = nullptr;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer);
    end(*transfer, transfer->outcome(message->data.result));
  }
}

void Client::Core::end(Transfer& transfer, std::optional<Error> error) {
  const auto node = active_.extract(&transfer);
  curl_multi_remove_handle(multi_.get(), transfer.handle());
  connections_ += transfer.connections();
  --active_count_;
  if (error && !transfer.state().abandoned()) ++failures_;
  transfer.state().end(std::move(error));
}

void Client::Core::check_deadlines(Clock::time_point now) {
  next_check_ = now + kTick;
  std::vector<std::pair<Transfer*, std::string_view>> overdue;
  for (const auto& [transfer, owned] : active_) {
    if (const std::string_view reason = transfer->overdue(now); !reason.empty()) overdue.emplace_back(transfer, reason);
  }
  for (const auto& [transfer, reason] : overdue) end(*transfer, transfer->cut_short(reason));

  const auto given_up = [&](const StatePtr& state) {
    const bool late = now >= state->deadline();
    if (!late && !state->abandoned()) return false;
    if (late) {
      ++failures_;
      state->end(make_error(ErrorCode::unavailable, "The server is busy. Try again in a moment.",
                            "the deadline passed while too many outgoing requests waited"));
    }
    return true;
  };
  waiting_count_ -= std::erase_if(waiting_, given_up);
}

void Client::Core::end_everything() {
  while (!active_.empty()) {
    Transfer& transfer = *active_.begin()->first;
    end(transfer, transfer.cut_short("the HTTP client has stopped"));
  }
  for (const StatePtr& state : waiting_) state->end(stopped());
  waiting_.clear();
  orders_.clear();
}

std::unique_ptr<Exchange> Client::start(Request request) {
  auto poke = [core = core_](StatePtr state) { core->poke(std::move(state)); };
  auto state = std::make_shared<ExchangeState>(std::move(request), std::move(poke));
  core_->enqueue(state);
  return std::unique_ptr<Exchange>(new Exchange(std::move(state)));
}

Task<Result<Response>> Client::send(Request request, std::size_t limit) {
  const std::unique_ptr<Exchange> exchange = start(std::move(request));
  co_return co_await exchange->response(limit);
}

ClientStats Client::stats() const { return core_->stats(); }

Result<std::unique_ptr<Client>> Client::open(ClientOptions options) {
  auto core = std::make_shared<Core>(std::move(options));
  TRY(core->open(core));
  return std::unique_ptr<Client>(new Client(std::move(core)));
}

Client::~Client() { core_->close(); }

}  // namespace medialith::http_client
