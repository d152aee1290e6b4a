#include "net/tls.hpp"

#include "net/tls_test.hpp"

namespace medialith::net {
namespace {

using namespace std::chrono_literals;
using testing::Certificate;
using testing::Client;
using testing::OneShot;
using testing::TlsClient;

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
