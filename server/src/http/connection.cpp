#include "http/connection.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "http/text.hpp"
#include "http/uri.hpp"

namespace medialith::http {
namespace {

using Monotonic = std::chrono::steady_clock;

// Nothing to wait for; what a route made for one request answers with.
Task<Response> ready(Response response) { co_return response; }

// X-Request-Id of a client that brings its own.
bool is_request_id(std::string_view text) {
  constexpr std::size_t kLongest = 64;
  return !text.empty() && text.size() <= kLongest && std::ranges::all_of(text, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '_' ||
           c == '-';
  });
}

std::string allow_list(const std::vector<Method>& methods) {
  std::string list;
  for (const Method method : methods) {
    list += method_name(method);
    list += ", ";
  }
  return list + "OPTIONS";
}

}  // namespace

Connection::Connection(ConnectionContext& context, net::ByteStream& stream)
    : context_(context),
      stream_(stream),
      codec_(context.limits),
      peer_{.address = stream.peer_address(),
            .secure = stream.encrypted(),
            .loopback = is_loopback(stream.peer_address())} {}

Task<void> Connection::run() {
  stream_.set_write_stall(context_.limits.stall_deadline);
  try {
    while (co_await serve_one()) {
    }
  } catch (const std::exception& exception) {
    // A bug of a BodySource or a callback; the connection alone pays for it, and the peer sees that it has not all.
    context_.callbacks.on_failure(Request(), exception.what());
    stream_.abort();
  }
  stream_.close();
}

// True while the connection may carry another request.
Task<bool> Connection::serve_one() {
  RequestHead head;
  Result<bool> received = co_await receive_head(head);
  if (!received) co_return co_await refuse(std::move(received).error());
  if (!*received) co_return false;

  Request request;
  RequestBody body(stream_, buffer_, codec_, context_.limits, head);
  describe(request, head);
  request.body = &body;
  Response response = co_await answer(request, body);
  context_.requests.fetch_add(1, std::memory_order_relaxed);
  body.release();

  const bool keep = head.keep_alive && !context_.draining.load(std::memory_order_relaxed) &&
                    body.drainable(context_.limits.drain_bytes);
  const bool kept = co_await respond(request, response, head.http11, keep);
  if (kept) {
    const Result<void> drained = co_await body.drain();
    context_.bytes_received.fetch_add(body.received(), std::memory_order_relaxed);
    co_return drained.has_value();
  }
  context_.bytes_received.fetch_add(body.received(), std::memory_order_relaxed);
  if (body.finished() && buffer_.empty()) {
    co_await stream_.shutdown();
  } else {
    co_await linger();
  }
  co_return false;
}

// Answers what is no request; where its end is nobody knows, so nothing of the connection is used any more.
Task<bool> Connection::refuse(Error error) {
  Request request;
  request.started = Monotonic::now();
  request.peer = peer_;
  request.id = make_id();
  Response response = context_.callbacks.present(error, request);
  context_.requests.fetch_add(1, std::memory_order_relaxed);
  (void)co_await respond(request, response, true, false);
  co_await linger();
  co_return false;
}

Task<Result<std::size_t>> Connection::read_more() {
  const std::size_t capacity = buffer_.view().size() < ReadBuffer::kIdle ? ReadBuffer::kIdle : ReadBuffer::kFull;
  Result<std::size_t> got = co_await stream_.read_some(buffer_.room(capacity));
  if (got) buffer_.commit(*got);
  co_return got;
}

// False when the peer has gone without asking anything.
Task<Result<bool>> Connection::receive_head(RequestHead& head) {
  codec_.reset();
  if (buffer_.empty()) {
    if (context_.draining.load(std::memory_order_relaxed)) co_return false;
    buffer_.rest();
    idle_ = true;
    stream_.set_deadline(Monotonic::now() + context_.limits.idle_deadline);
    const Result<std::size_t> got = co_await read_more();
    idle_ = false;
    if (!got || *got == 0) co_return false;
  }
  for (bool timed = false;; timed = true) {
    CO_TRY_ASSIGN(const std::size_t taken, codec_.parse_head(buffer_.view(), head));
    if (taken > 0) {
      buffer_.consume(taken);
      context_.bytes_received.fetch_add(taken, std::memory_order_relaxed);
      co_return true;
    }
    // Most heads come in one piece and need no deadline of their own.
    if (!timed) stream_.set_deadline(Monotonic::now() + context_.limits.header_deadline);
    Result<std::size_t> got = co_await read_more();
    if (!got && got.error().code == ErrorCode::request_timeout) {
      co_return fail(ErrorCode::request_timeout, "The head of the request took too long.");
    }
    if (!got || *got == 0) co_return false;
  }
}

// A peer that still sends would be answered with a reset, which destroys the response on its way: we say that nothing
// follows, read a little more, and leave it time to look (R-H3).
Task<void> Connection::linger() {
  const auto until = Monotonic::now() + context_.limits.linger_deadline;
  co_await stream_.shutdown();
  stream_.set_deadline(until);
  for (std::size_t left = context_.limits.drain_bytes; left > 0;) {
    buffer_.consume(buffer_.view().size());
    const auto room = buffer_.room(ReadBuffer::kIdle);
    const Result<std::size_t> got = co_await stream_.read_some(room.first(std::min(room.size(), left)));
    if (!got || *got == 0) co_return;
    left -= *got;
  }
  const auto rest = std::chrono::ceil<std::chrono::milliseconds>(until - Monotonic::now());
  if (rest.count() > 0 && !context_.draining.load(std::memory_order_relaxed)) co_await net::sleep_for(rest);
}

std::string Connection::make_id() {
  // SplitMix64 of a counter with a random start: unique in a process, not guessable from outside.
  std::uint64_t z = context_.next_id += 0x9e3779b97f4a7c15U;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
  z ^= z >> 31;
  std::string id(16, '0');
  for (char& digit : id) {
    digit = "0123456789abcdef"[z & 0xf];
    z >>= 4;
  }
  return id;
}

void Connection::describe(Request& request, RequestHead& head) {
  request.started = Monotonic::now();
  request.method = head.method;
  request.target = std::move(head.target);
  request.headers = std::move(head.headers);
  request.host = std::move(head.host);
  request.peer = context_.proxies.resolve(peer_, request.headers);
  const auto own = request.headers.find("x-request-id");
  request.id = own && is_request_id(*own) ? std::string(*own) : make_id();
}

// Fills in what the target says and finds its route.
Result<Router::Match> Connection::locate(Request& request) const {
  TRY_ASSIGN(const Target target, split_target(request.target, request.host));
  request.raw_query = target.query;
  TRY_ASSIGN(request.query, parse_query(target.query));
  std::string_view path = target.path;
  const bool inside = path.starts_with(context_.base_path) &&
                      (path.size() == context_.base_path.size() || path[context_.base_path.size()] == '/');
  if (inside) path.remove_prefix(context_.base_path.size());
  if (path.empty()) path = "/";
  std::string storage;
  TRY_ASSIGN(const std::string_view decoded, decode_path(path, storage));
  request.path = decoded;
  if (!inside) return Router::Match();
  return context_.router.match(request.method, path);
}

Task<Response> Connection::answer(Request& request, RequestBody& body) {
  std::string what;
  try {
    Result<Router::Match> located = locate(request);
    if (located && located->route != nullptr) {
      request.path_values = std::move(located->path_values);
      body.set_limit(located->route->body.max_bytes);
      co_return co_await context_.callbacks.middleware(request, *located->route);
    }
    const Route unrouted = make_unrouted(request, std::move(located));
    co_return co_await context_.callbacks.middleware(request, unrouted);
  } catch (const std::exception& exception) {
    what = exception.what();
  }
  co_return fail_safely(request, what);
}

Route Connection::make_unrouted(const Request& request, Result<Router::Match> located) const {
  Route route{.method = request.method, .access = Access::open, .unlisted = true};
  Error error;
  std::string allow;
  if (!located) {
    route.operation = kInvalidTarget;
    error = std::move(located).error();
  } else if (located->allowed.empty()) {
    route.operation = kNoRoute;
    error = make_error(ErrorCode::not_found, "There is nothing at this address.");
  } else {
    allow = allow_list(located->allowed);
    route.operation = request.method == Method::options ? kOptions : kMethodNotAllowed;
    error = make_error(ErrorCode::method_not_allowed, "This address takes " + allow + ".");
  }
  route.handler = [this, error = std::move(error), allow = std::move(allow)](Request& unrouted) {
    return ready(present_unrouted(unrouted, error, allow));
  };
  return route;
}

Response Connection::present_unrouted(const Request& request, const Error& error, const std::string& allow) const {
  Response response;
  if (request.method == Method::options && !allow.empty()) {
    response.status = 204;
  } else {
    response = context_.callbacks.present(error, request);
  }
  if (!allow.empty()) response.headers.set("Allow", allow);
  return response;
}

Response Connection::fail_safely(const Request& request, std::string_view what) const {
  context_.callbacks.on_failure(request, what);
  return context_.callbacks.present(make_error(ErrorCode::internal, "The server failed to answer. It has been logged."),
                                    request);
}

}  // namespace medialith::http
