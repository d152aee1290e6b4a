#include "net/tls.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <vector>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <unistd.h>

#include "net/socket.hpp"

namespace medialith::net {
namespace {

struct FreeSsl {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
using SslPtr = std::unique_ptr<SSL, FreeSsl>;
using ContextPtr = std::unique_ptr<SSL_CTX, FreeSsl>;

std::string last_ssl_error() {
  std::array<char, 256> text{};
  ERR_error_string_n(ERR_peek_last_error(), text.data(), text.size());
  ERR_clear_error();
  return text.data();
}

// OpenSSL works on the non-blocking socket itself: no copies through memory BIOs, and it says what it waits for.
class TlsStream final : public ByteStream {
 public:
  TlsStream(SslPtr ssl, const AnyExecutor& executor, int fd, std::string peer_address)
      : socket_(executor, fd, std::move(peer_address)), ssl_(std::move(ssl)) {}

  Task<Result<std::size_t>> read_some(std::span<std::byte> out) override;
  Task<Result<void>> write(std::span<const std::span<const std::byte>> buffers) override;
  void set_deadline(std::chrono::steady_clock::time_point when) override { socket_.set_deadline(when); }
  void set_write_stall(std::chrono::milliseconds most) override { socket_.set_write_stall(most); }
  Task<void> shutdown() override {
    if (socket_.fd() >= 0 && SSL_is_init_finished(ssl_.get()) && !broken_) {
      ERR_clear_error();
      SSL_shutdown(ssl_.get());  // the close alert; a full socket buffer may swallow it, and the FIN says the same
      ERR_clear_error();
    }
    socket_.shutdown();
    co_return;
  }
  void close() override { socket_.close(); }
  void abort() override { socket_.abort(); }
  std::string peer_address() const override { return socket_.peer_address(); }
  bool encrypted() const override { return true; }

 private:
  // Waits for what a call that returned `code` asks for. Any other failure is the connection's end.
  Task<Result<void>> settle(int code);
  Task<Result<void>> write_all(std::span<const std::byte> bytes);

  Socket socket_;
  SslPtr ssl_;
  bool broken_ = false;  // after a fatal error OpenSSL forbids every further call
};

Task<Result<void>> TlsStream::settle(int code) {
  const int saved_errno = errno;
  switch (SSL_get_error(ssl_.get(), code)) {
    case SSL_ERROR_WANT_READ:
      return socket_.readable();
    case SSL_ERROR_WANT_WRITE:
      return socket_.writable();
    default:
      break;
  }
  broken_ = true;
  Error error = connection_lost(saved_errno);
  if (ERR_peek_last_error() != 0) error.detail = last_ssl_error();
  return [](Error e) -> Task<Result<void>> { co_return fail(std::move(e)); }(std::move(error));
}

Task<Result<std::size_t>> TlsStream::read_some(std::span<std::byte> out) {
  for (;;) {
    if (broken_ || socket_.fd() < 0) co_return fail(connection_lost(EBADF));
    ERR_clear_error();
    std::size_t got = 0;
    const int code = SSL_read_ex(ssl_.get(), out.data(), out.size(), &got);
    if (code == 1) {
      if (socket_.turn_is_over()) co_await socket_.yield();
      co_return got;
    }
    // Only the close alert is an orderly end; a bare FIN may be an attacker's and ends as an error.
    if (SSL_get_error(ssl_.get(), code) == SSL_ERROR_ZERO_RETURN) co_return std::size_t{0};
    CO_TRY(co_await settle(code));
  }
}

Task<Result<void>> TlsStream::write_all(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    if (broken_ || socket_.fd() < 0) co_return fail(connection_lost(EBADF));
    ERR_clear_error();
    std::size_t sent = 0;
    const int code = SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &sent);
    if (code == 1) {
      bytes = bytes.subspan(sent);
      if (socket_.turn_is_over()) co_await socket_.yield();
      continue;
    }
    CO_TRY(co_await settle(code));
  }
  co_return Result<void>();
}

Task<Result<void>> TlsStream::write(std::span<const std::span<const std::byte>> buffers) {
  // A record costs a system call: small neighbours, such as a head and its body, go in one.
  constexpr std::size_t kRecord = 16 * 1024;
  std::vector<std::byte> joined;
  for (const auto& buffer : buffers) {
    if (joined.size() + buffer.size() <= kRecord) {
      joined.insert(joined.end(), buffer.begin(), buffer.end());
      continue;
    }
    CO_TRY(co_await write_all(joined));
    joined.clear();
    CO_TRY(co_await write_all(buffer));
  }
  co_return co_await write_all(joined);
}

// We speak HTTP/1.1 only; a client that offers other protocols too must not assume them.
int select_protocol(SSL* /*ssl*/, const unsigned char** out, unsigned char* out_length, const unsigned char* offered,
                    unsigned int offered_length, void* /*argument*/) {
  static constexpr std::array<unsigned char, 9> kHttp11 = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
  unsigned char* chosen = nullptr;
  const int found = SSL_select_next_proto(&chosen, out_length, kHttp11.data(), kHttp11.size(), offered, offered_length);
  *out = chosen;
  return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

class OpenSslContext final : public TlsContext {
 public:
  explicit OpenSslContext(ContextPtr context) : context_(std::move(context)) {}

  Result<std::unique_ptr<ByteStream>> accept(const AnyExecutor& executor, int fd,
                                             std::string peer_address) const override {
    SslPtr ssl(SSL_new(context_.get()));
    if (!ssl || SSL_set_fd(ssl.get(), fd) != 1) {
      ::close(fd);
      return fail(ErrorCode::unavailable, "TLS could not be started.", last_ssl_error());
    }
    SSL_set_accept_state(ssl.get());
    return std::make_unique<TlsStream>(std::move(ssl), executor, fd, std::move(peer_address));
  }

 private:
  ContextPtr context_;
};

}  // namespace

Result<std::shared_ptr<const TlsContext>> TlsContext::load(const std::string& certificate_file,
                                                           const std::string& key_file) {
  ContextPtr context(SSL_CTX_new(TLS_server_method()));
  if (!context) return fail(ErrorCode::unavailable, "TLS could not be started.", last_ssl_error());
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  // Partial writes keep memory flat; released buffers make an idle connection cheap.
  SSL_CTX_set_mode(context.get(),
                   SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_alpn_select_cb(context.get(), select_protocol, nullptr);
  if (SSL_CTX_use_certificate_chain_file(context.get(), certificate_file.c_str()) != 1) {
    return fail(ErrorCode::unavailable, "The TLS certificate " + certificate_file + " cannot be used.",
                last_ssl_error());
  }
  if (SSL_CTX_use_PrivateKey_file(context.get(), key_file.c_str(), SSL_FILETYPE_PEM) != 1 ||
      SSL_CTX_check_private_key(context.get()) != 1) {
    return fail(ErrorCode::unavailable, "The TLS key " + key_file + " cannot be used with its certificate.",
                last_ssl_error());
  }
  return std::make_shared<const OpenSslContext>(std::move(context));
}

}  // namespace medialith::net
