// A certificate and a client for tests of TLS.
#pragma once

#include <cstdio>
#include <filesystem>
#include <string>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "net/stream_test.hpp"

namespace medialith::net::testing {

/// A self-signed certificate in a folder of its own.
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

/// A blocking TLS client over a plain one.
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

}  // namespace medialith::net::testing
