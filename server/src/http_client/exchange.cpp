#include "http_client/exchange.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace medialith::http_client {
namespace {

using Clock = std::chrono::steady_clock;

Clock::time_point deadline_of(std::chrono::milliseconds total) {
  return total == std::chrono::milliseconds::max() ? Clock::time_point::max() : Clock::now() + total;
}

}  // namespace

std::optional<std::string_view> Head::header(std::string_view name) const {
  const auto found = std::ranges::find(headers, name, &Header::name);
  return found == headers.end() ? std::nullopt : std::optional<std::string_view>(found->value);
}

Exchange::~Exchange() { state_->abandon(); }

Task<Result<void>> Exchange::write(std::span<const std::byte> bytes) { return state_->write(bytes); }
Task<Result<Head>> Exchange::head() { return state_->head(); }
Task<Result<std::size_t>> Exchange::read(std::span<std::byte> out) { return state_->read(out); }
Task<Result<Response>> Exchange::response(std::size_t limit) { return state_->response(limit); }

ExchangeState::ExchangeState(Request request, Poke poke)
    : request_(std::move(request)),
      length_(request_.streamed_length.value_or(request_.body.size())),
      deadline_(deadline_of(request_.timeouts.total)),
      poke_(std::move(poke)) {}

// ── the owner's side

bool ExchangeState::ready(Wait wait) const {
  if (ended_) return true;
  switch (wait) {
    case Wait::room:
      return outgoing_.size() < kBufferBytes;
    case Wait::head:
      return head_.has_value();
    case Wait::bytes:
      return !incoming_.empty();
    case Wait::full_or_end:
      return incoming_.size() >= kBufferBytes;
  }
  std::unreachable();
}

Task<void> ExchangeState::until(Wait wait) {
  {
    const std::scoped_lock lock(mutex_);
    if (ready(wait)) co_return;
  }
  auto start = [this, wait](net::Completion done) {
    std::unique_lock lock(mutex_);
    if (ready(wait)) {
      lock.unlock();
      done({});
      return;
    }
    wait_ = wait;
    waiter_.emplace(std::move(done));
  };
  const Result<void> woken = co_await net::await_completion(std::move(start));
  static_cast<void>(woken);  // what happened stands in the state
}

Result<bool> ExchangeState::put(std::span<const std::byte>& bytes) {
  bool paused = false;
  {
    const std::scoped_lock lock(mutex_);
    if (error_) return std::unexpected(*error_);
    if (ended_) return false;
    const std::size_t room = kBufferBytes - std::min(outgoing_.size(), kBufferBytes);
    const ByteSpan piece = bytes.first(std::min(room, bytes.size()));
    outgoing_ += text_of(piece);
    bytes = bytes.subspan(piece.size());
    written_ += piece.size();
    paused = send_paused_ && !piece.empty();
  }
  if (paused) poke_(shared_from_this());
  return true;
}

Task<Result<void>> ExchangeState::write(std::span<const std::byte> bytes) {
  if (!request_.streamed_length || bytes.size() > length_ - written_) {
    co_return fail(ErrorCode::internal, "A request's body is longer than it was declared.");
  }
  while (!bytes.empty()) {
    co_await until(Wait::room);
    CO_TRY_ASSIGN(const bool goes_on, put(bytes));
    if (!goes_on) break;
  }
  co_return Result<void>{};
}

Task<Result<Head>> ExchangeState::head() {
  co_await until(Wait::head);
  const std::scoped_lock lock(mutex_);
  if (head_) co_return *head_;
  co_return std::unexpected(*error_);
}

Task<Result<std::size_t>> ExchangeState::read(std::span<std::byte> out) {
  if (handed_out_ == taken_.size()) {
    co_await until(Wait::bytes);
    taken_.clear();
    handed_out_ = 0;
    bool paused = false;
    {
      const std::scoped_lock lock(mutex_);
      std::swap(taken_, incoming_);
      paused = receive_paused_;
      if (taken_.empty() && error_) co_return std::unexpected(*error_);
    }
    if (paused) poke_(shared_from_this());
  }
  const std::size_t size = std::min(out.size(), taken_.size() - handed_out_);
  std::memcpy(out.data(), taken_.data() + handed_out_, size);
  handed_out_ += size;
  co_return size;
}

Task<Result<Response>> ExchangeState::response(std::size_t limit) {
  Response response;
  bool paused = false;
  for (;;) {
    co_await until(Wait::full_or_end);
    {
      const std::scoped_lock lock(mutex_);
      if (error_) co_return std::unexpected(*error_);
      if (incoming_.size() > limit - response.body.size()) {
        co_return fail(ErrorCode::internal, "The answer of another server is too large.",
                       "more than " + format_size(limit));
      }
      response.body += incoming_;
      incoming_.clear();
      paused = receive_paused_;
      if (ended_) {
        response.head = *head_;
        co_return response;
      }
    }
    if (paused) poke_(shared_from_this());
  }
}

void ExchangeState::abandon() {
  {
    const std::scoped_lock lock(mutex_);
    abandoned_ = true;
    if (ended_) return;
  }
  poke_(shared_from_this());
}

// ── the side of net_out

net::Completion ExchangeState::take_waiter() {
  if (!waiter_ || !ready(wait_)) return [](const Result<void>&) {};
  net::Completion waiter = std::move(*waiter_);
  waiter_.reset();
  return waiter;
}

ExchangeState::Given ExchangeState::give(std::span<char> out) {
  net::Completion waiter;
  std::size_t size = 0;
  {
    const std::scoped_lock lock(mutex_);
    if (abandoned_) return {.flow = Flow::stops, .bytes = 0};
    if (!request_.streamed_length) {
      const ByteSpan rest = request_.body.subspan(given_);
      size = std::min(out.size(), rest.size());
      std::memcpy(out.data(), rest.data(), size);
    } else {
      size = std::min(out.size(), outgoing_.size());
      send_paused_ = size == 0 && given_ < length_;
      if (send_paused_) return {.flow = Flow::pauses, .bytes = 0};
      std::memcpy(out.data(), outgoing_.data(), size);
      outgoing_.erase(0, size);
    }
    given_ += size;
    waiter = take_waiter();
  }
  waiter({});
  return {.flow = Flow::goes_on, .bytes = size};
}

void ExchangeState::take_head(Head head) {
  net::Completion waiter;
  {
    const std::scoped_lock lock(mutex_);
    head_.emplace(std::move(head));
    waiter = take_waiter();
  }
  waiter({});
}

ExchangeState::Flow ExchangeState::take_body(std::string_view bytes) {
  net::Completion waiter;
  {
    const std::scoped_lock lock(mutex_);
    if (abandoned_) return Flow::stops;
    receive_paused_ = incoming_.size() >= kBufferBytes;
    if (receive_paused_) return Flow::pauses;
    incoming_ += bytes;
    waiter = take_waiter();
  }
  waiter({});
  return Flow::goes_on;
}

void ExchangeState::end(std::optional<Error> error) {
  net::Completion waiter;
  {
    const std::scoped_lock lock(mutex_);
    ended_ = true;
    error_ = std::move(error);
    waiter = take_waiter();
  }
  waiter({});
}

bool ExchangeState::abandoned() const {
  const std::scoped_lock lock(mutex_);
  return abandoned_;
}

bool ExchangeState::paused() const {
  const std::scoped_lock lock(mutex_);
  return receive_paused_ || send_paused_;
}

std::optional<ExchangeState::Paused> ExchangeState::unpause() {
  const std::scoped_lock lock(mutex_);
  const bool receives = receive_paused_ && incoming_.size() < kBufferBytes;
  const bool sends = send_paused_ && !outgoing_.empty();
  if (!receives && !sends) return std::nullopt;
  if (receives) receive_paused_ = false;
  if (sends) send_paused_ = false;
  return Paused{.receive = receive_paused_, .send = send_paused_};
}

}  // namespace medialith::http_client
