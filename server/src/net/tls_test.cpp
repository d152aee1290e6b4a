#include "net/tls.hpp"

#include <filesystem>
#include <fstream>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "net/stream_test.hpp"

namespace medialith::net {
namespace {

using namespace std::chrono_literals;
using testing::Client;
using testing::OneShot;

// A self-signed certificate in a folder of its own.
class Certificate {
 public:
  Certificate() {
    std::string name = (std::filesystem::temp_directory_path() / "tls_test.XXXXXX").string();
    EXPECT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
    EVP_PKEY* key = EVP_EC_gen("P-256");
    X509* certificate = X509_new();
    X509_gmtime_adj(X509_getm_notBefore(certificate), -60);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_set_pubkey(certificate, key);
    X509_NAME* subject = X509_get_subject_name(certificate);
    const auto* common = reinterpret_cast<const unsigned char*>("localhost");
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, common, -1, -1, 0);
    X509_set_issuer_name(certificate, subject);
    EXPECT_NE(X509_sign(certificate, key, EVP_sha256()), 0);
    FILE* out = std::fopen(certificate_file().c_str(), "w");
    PEM_write_X509(out, certificate);
    std::fclose(out);
    out = std::fopen(key_file().c_str(), "w");
    PEM_write_PrivateKey(out, key, nullptr, nullptr, 0, nullptr, nullptr);
    std::fclose(out);
    X509_free(certificate);
    EVP_PKEY_free(key);
  }
  ~Certificate() { std::filesystem::remove_all(folder_); }
  Certificate(const Certificate&) = delete;
  Certificate& operator=(const Certificate&) = delete;
  std::string certificate_file() const { return folder_ / "certificate.pem"; }
  std::string key_file() const { return folder_ / "key.pem"; }

 private:
  std::filesystem::path folder_;
};

// A blocking TLS client over a plain one.
class TlsClient {
 public:
  explicit TlsClient(std::uint16_t port, int newest = TLS1_3_VERSION)
      : client_(port), context_(SSL_CTX_new(TLS_client_method())), ssl_(SSL_new(context_)) {
    SSL_set_max_proto_version(ssl_, newest);
    SSL_set_fd(ssl_, client_.fd());
  }
  ~TlsClient() {
    SSL_free(ssl_);
    SSL_CTX_free(context_);
  }
  TlsClient(const TlsClient&) = delete;
  TlsClient& operator=(const TlsClient&) = delete;
  bool handshake() const { return SSL_connect(ssl_) == 1; }
  SSL* ssl() const { return ssl_; }
  const Client& plain() const { return client_; }
  void send(std::string_view text) const {
    std::size_t sent = 0;
    ASSERT_EQ(SSL_write_ex(ssl_, text.data(), text.size(), &sent), 1);
  }
  std::string receive() const {
    std::string all;
    std::string piece(64 * 1024, '\0');
    std::size_t got = 0;
    while (SSL_read_ex(ssl_, piece.data(), piece.size(), &got) == 1) all.append(piece, 0, got);
    return all;
  }

 private:
  Client client_;
  SSL_CTX* context_;
  SSL* ssl_;
};

std::shared_ptr<const TlsContext> load(const Certificate& certificate) {
  auto context = TlsContext::load(certificate.certificate_file(), certificate.key_file());
  EXPECT_TRUE(context) << (context ? "" : context.error().detail);
  return *context;
}

Task<Result<std::string>> answer(ByteStream& stream) {
  CO_TRY_ASSIGN(const std::string text, co_await testing::read_text(stream));
  const std::string large(1024 * 1024, 'x');
  const std::array buffers = {testing::bytes_of("head "), testing::bytes_of(text), testing::bytes_of(large)};
  CO_TRY(co_await stream.write(buffers));
  co_await stream.shutdown();
  CO_TRY_ASSIGN(const std::string end, co_await testing::read_text(stream));
  co_return text + (stream.encrypted() && !stream.can_send_file() ? " encrypted" : "") + end;
}

TEST(Tls, CarriesBytesBothWays) {
  const Certificate certificate;
  OneShot server(answer, load(certificate));
  const TlsClient client(server.port());
  ASSERT_TRUE(client.handshake());
  client.send("hello");
  EXPECT_EQ(client.receive(), "head hello" + std::string(1024 * 1024, 'x'));
  SSL_shutdown(client.ssl());
  EXPECT_EQ(server.result(), "hello encrypted");
}

TEST(Tls, ACutConnectionIsNotAnOrderlyEnd) {
  const Certificate certificate;
  OneShot server([](ByteStream& stream) -> Task<Result<std::string>> { return testing::read_text(stream); },
                 load(certificate));
  const TlsClient client(server.port());
  ASSERT_TRUE(client.handshake());
  client.plain().end();
  EXPECT_EQ(server.result().error().code, ErrorCode::unavailable);
}

TEST(Tls, RefusesOldVersions) {
  const Certificate certificate;
  OneShot server([](ByteStream& stream) -> Task<Result<std::string>> { return testing::read_text(stream); },
                 load(certificate));
  const TlsClient client(server.port(), TLS1_1_VERSION);
  EXPECT_FALSE(client.handshake());
  EXPECT_EQ(server.result().error().code, ErrorCode::unavailable);
}

TEST(Tls, AnUnfinishedHandshakeFailsAtTheDeadline) {
  const Certificate certificate;
  OneShot server(
      [](ByteStream& stream) -> Task<Result<std::string>> {
        stream.set_deadline(std::chrono::steady_clock::now() + 10ms);
        return testing::read_text(stream);
      },
      load(certificate));
  const Client client(server.port());
  client.send("\x16\x03\x01");
  EXPECT_EQ(server.result().error().code, ErrorCode::request_timeout);
}

TEST(Tls, ChoosesHttp11) {
  const Certificate certificate;
  OneShot server(answer, load(certificate));
  const TlsClient client(server.port());
  const unsigned char offered[] = "\x02h2\x08http/1.1";
  SSL_set_alpn_protos(client.ssl(), offered, sizeof offered - 1);
  ASSERT_TRUE(client.handshake());
  const unsigned char* chosen = nullptr;
  unsigned length = 0;
  SSL_get0_alpn_selected(client.ssl(), &chosen, &length);
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(chosen), length), "http/1.1");
}

TEST(Tls, NamesTheFileThatCannotBeUsed) {
  const Certificate certificate;
  const Certificate other;
  const auto missing = TlsContext::load("/nowhere/certificate.pem", certificate.key_file());
  ASSERT_FALSE(missing);
  EXPECT_NE(missing.error().message.find("/nowhere/certificate.pem"), std::string::npos);
  const auto mismatch = TlsContext::load(certificate.certificate_file(), other.key_file());
  ASSERT_FALSE(mismatch);
  EXPECT_EQ(mismatch.error().code, ErrorCode::unavailable);
  EXPECT_NE(mismatch.error().message.find(other.key_file()), std::string::npos);
}

}  // namespace
}  // namespace medialith::net
