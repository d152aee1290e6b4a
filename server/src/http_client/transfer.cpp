#include "http_client/transfer.hpp"

#include <algorithm>
#include <utility>

#include "base/text.hpp"

namespace medialith::http_client {
namespace {

constexpr long kSocketPieceBytes = 64L << 10;  // handed to the kernel, or asked of it, at once
constexpr std::string_view kUnreachable = "Another server cannot be reached.";
constexpr std::string_view kIncomplete = "Another server did not answer completely.";

bool has_control(std::string_view text) {
  return std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

bool is_sendable(const Request& request) {
  const auto bad = [](const Header& header) { return has_control(header.name) || has_control(header.value); };
  return !has_control(request.method) && !has_control(request.url) && std::ranges::none_of(request.headers, bad);
}

bool may_repeat(std::string_view method) { return method == "GET" || method == "HEAD"; }

// Sets options until one is refused.
class Options {
 public:
  explicit Options(CURL* easy) : easy_(easy) {}
  template <class T>
  Options& set(CURLoption option, T value) {
    if (code_ == CURLE_OK) code_ = curl_easy_setopt(easy_, option, value);
    return *this;
  }
  CURLcode code() const { return code_; }

 private:
  CURL* easy_;
  CURLcode code_ = CURLE_OK;
};

}  // namespace

Transfer::Transfer(std::shared_ptr<ExchangeState> state)
    : state_(std::move(state)), easy_(curl_easy_init()), moved_at_(std::chrono::steady_clock::now()) {
  state_->transfer = this;
}

Transfer::~Transfer() {
  state_->transfer = nullptr;
  curl_easy_cleanup(easy_);
  curl_slist_free_all(headers_);
}

Result<void> Transfer::set_up(const std::string& ca_file) {
  const Request& request = state_->request();
  if (!is_sendable(request)) {
    return fail(ErrorCode::internal, "A request has characters that HTTP does not allow.", request.method);
  }
  if (easy_ == nullptr) return fail(ErrorCode::unavailable, std::string(kUnreachable), "libcurl: out of memory");
  TRY(set_headers());
  const auto connect = std::clamp<std::int64_t>(request.timeouts.connect.count(), 1, 1L << 30);
  Options options(easy_);
  options.set(CURLOPT_URL, request.url.c_str())
      .set(CURLOPT_PATH_AS_IS, 1L)
      .set(CURLOPT_PROTOCOLS_STR, "http,https")
      .set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1))
      .set(CURLOPT_PROXY, "")
      .set(CURLOPT_NOSIGNAL, 1L)
      // Else the end of an exchange whose name is still being looked up would hold up all others.
      .set(CURLOPT_QUICK_EXIT, 1L)
      .set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(connect))
      .set(CURLOPT_BUFFERSIZE, kSocketPieceBytes)
      .set(CURLOPT_UPLOAD_BUFFERSIZE, kSocketPieceBytes)
      .set(CURLOPT_USERAGENT, "medialith/" MEDIALITH_VERSION)
      .set(CURLOPT_ERRORBUFFER, &message_[0])
      .set(CURLOPT_PRIVATE, this);
  if (!ca_file.empty()) options.set(CURLOPT_CAINFO, ca_file.c_str());
  for (const CURLcode code : {options.code(), set_method(), set_callbacks()}) {
    if (code != CURLE_OK) return fail(*outcome(code));
  }
  return {};
}

bool Transfer::add_header(const std::string& line) {
  curl_slist* longer = curl_slist_append(headers_, line.c_str());
  if (longer != nullptr) headers_ = longer;
  return longer != nullptr;
}

Result<void> Transfer::set_headers() {
  // What libcurl would add by itself.
  bool added = add_header("Expect:") && add_header("Accept:");
  bool typed = false;
  for (const Header& header : state_->request().headers) {
    // libcurl's way to write a header without a value.
    added = added && add_header(header.value.empty() ? header.name + ";" : header.name + ": " + header.value);
    typed = typed || to_lower(header.name) == "content-type";
  }
  if (!typed) added = added && add_header("Content-Type:");
  added = added && curl_easy_setopt(easy_, CURLOPT_HTTPHEADER, headers_) == CURLE_OK;
  if (!added) return fail(ErrorCode::unavailable, std::string(kUnreachable), "libcurl: out of memory");
  return {};
}

CURLcode Transfer::set_method() {
  const Request& request = state_->request();
  const auto length = static_cast<curl_off_t>(request.streamed_length.value_or(request.body.size()));
  const bool sends = length > 0 || request.method == "POST" || request.method == "PUT" || request.method == "PATCH";
  Options options(easy_);
  if (sends) {
    options.set(CURLOPT_UPLOAD, 1L).set(CURLOPT_INFILESIZE_LARGE, length);
  } else if (request.method == "HEAD") {
    return options.set(CURLOPT_NOBODY, 1L).code();
  }
  return options.set(CURLOPT_CUSTOMREQUEST, request.method.c_str()).code();
}

CURLcode Transfer::set_callbacks() {
  void* self = this;
  return Options(easy_)
      .set(CURLOPT_HEADERFUNCTION, &Transfer::on_header)
      .set(CURLOPT_HEADERDATA, self)
      .set(CURLOPT_WRITEFUNCTION, &Transfer::on_body)
      .set(CURLOPT_WRITEDATA, self)
      .set(CURLOPT_READFUNCTION, &Transfer::on_give)
      .set(CURLOPT_READDATA, self)
      .set(CURLOPT_PREREQFUNCTION, &Transfer::on_request)
      .set(CURLOPT_PREREQDATA, self)
      .code();
}

// libcurl asks before it puts the request on a connection, and again before it repeats it on another because a kept one
// was closed. The first try may have had its effect by then.
int Transfer::on_request(void* self, char* /*peer*/, char* /*local*/, int /*peer_port*/, int /*local_port*/) {
  const auto& transfer = *static_cast<Transfer*>(self);
  const bool allowed = transfer.sent_bytes() == 0 || may_repeat(transfer.state_->request().method);
  return allowed ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
}

std::size_t Transfer::on_header(char* data, std::size_t size, std::size_t count, void* self) {
  return static_cast<Transfer*>(self)->take_header_line({data, size * count}) ? size * count : 0;
}

bool Transfer::take_header_line(std::string_view line) {
  head_bytes_ += line.size();
  if (head_bytes_ > kMaxHeadBytes) return false;
  if (head_done_) return true;  // a trailer
  if (line.starts_with("HTTP/")) {
    head_.headers.clear();  // those of an interim response
  } else if (const std::size_t colon = line.find(':'); colon != std::string_view::npos) {
    head_.headers.push_back(
        {.name = to_lower(trimmed(line.substr(0, colon))), .value = std::string(trimmed(line.substr(colon + 1)))});
  } else if (trimmed(line).empty()) {
    head_.status = static_cast<int>(number(CURLINFO_RESPONSE_CODE));
    head_done_ = head_.status >= 200;
    if (head_done_) state_->take_head(std::move(head_));
  }
  return true;
}

std::size_t Transfer::on_body(char* data, std::size_t size, std::size_t count, void* self) {
  switch (static_cast<Transfer*>(self)->state_->take_body({data, size * count})) {
    case ExchangeState::Flow::goes_on:
      return size * count;
    case ExchangeState::Flow::pauses:
      return CURL_WRITEFUNC_PAUSE;
    case ExchangeState::Flow::stops:
      return CURL_WRITEFUNC_ERROR;
  }
  std::unreachable();
}

std::size_t Transfer::on_give(char* out, std::size_t size, std::size_t count, void* self) {
  const ExchangeState::Given given = static_cast<Transfer*>(self)->state_->give({out, size * count});
  switch (given.flow) {
    case ExchangeState::Flow::goes_on:
      return given.bytes;
    case ExchangeState::Flow::pauses:
      return CURL_READFUNC_PAUSE;
    case ExchangeState::Flow::stops:
      return CURL_READFUNC_ABORT;
  }
  std::unreachable();
}

void Transfer::unpause() {
  const auto still = state_->unpause();
  if (!still) return;
  moved_at_ = std::chrono::steady_clock::now();
  const int rest = (still->receive ? CURLPAUSE_RECV : 0) | (still->send ? CURLPAUSE_SEND : 0);
  // Calls on_body with what it held back; an error of that shows when the transfer goes on.
  static_cast<void>(curl_easy_pause(easy_, rest));
}

std::int64_t Transfer::number(CURLINFO what) const {
  long value = 0;
  return curl_easy_getinfo(easy_, what, &value) == CURLE_OK ? value : 0;
}

std::int64_t Transfer::sent_bytes() const { return number(CURLINFO_REQUEST_SIZE); }
std::uint64_t Transfer::connections() const { return static_cast<std::uint64_t>(number(CURLINFO_NUM_CONNECTS)); }

std::string_view Transfer::overdue(std::chrono::steady_clock::time_point now) {
  if (now >= state_->deadline()) return "the deadline passed";
  curl_off_t up = 0;
  curl_off_t down = 0;
  curl_easy_getinfo(easy_, CURLINFO_SIZE_UPLOAD_T, &up);
  curl_easy_getinfo(easy_, CURLINFO_SIZE_DOWNLOAD_T, &down);
  const std::int64_t moved = sent_bytes() + up + down + static_cast<std::int64_t>(head_bytes_);
  const bool connecting = sent_bytes() == 0;  // has a deadline of its own
  if (connecting || moved != moved_ || state_->paused()) {
    moved_ = moved;
    moved_at_ = now;
  }
  return now - moved_at_ < state_->request().timeouts.stall ? std::string_view{} : "nothing came or went for too long";
}

Error Transfer::cut_short(std::string_view reason) const {
  if (sent_bytes() > 0) return make_error(ErrorCode::outcome_unknown, std::string(kIncomplete), std::string(reason));
  return make_error(ErrorCode::unavailable, std::string(kUnreachable), std::string(reason));
}

std::optional<Error> Transfer::outcome(CURLcode code) const {
  if (code == CURLE_OK && head_done_) return std::nullopt;
  const std::string_view said = message_[0] != '\0' ? std::string_view(&message_[0]) : curl_easy_strerror(code);
  return cut_short(said);
}

}  // namespace medialith::http_client
