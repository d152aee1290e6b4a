// Where the keys come from that requests are signed with: fixed ones, or a role's, which are fetched anew before they
// expire (web identity in Kubernetes, the container's endpoint on ECS and EKS, the instance's on EC2).
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/secret.hpp"
#include "blob/s3/sigv4.hpp"
#include "http_client/client.hpp"
#include "net/runtime.hpp"
#include "net/task.hpp"

namespace medialith::blob::s3 {

/// What AWS's own tools read from the environment, under the names that they gave it. Empty: not set.
struct RoleSettings {
  std::string role_arn;              ///< AWS_ROLE_ARN, with
  std::string web_identity_file;     ///< AWS_WEB_IDENTITY_TOKEN_FILE
  std::string sts_endpoint;          ///< AWS_ENDPOINT_URL_STS; empty: the region's
  std::string container_uri;         ///< AWS_CONTAINER_CREDENTIALS_FULL_URI, or the relative one behind its host
  Secret container_token;            ///< AWS_CONTAINER_AUTHORIZATION_TOKEN
  std::string container_token_file;  ///< AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE
  std::string instance_endpoint = "http://169.254.169.254";  ///< AWS_EC2_METADATA_SERVICE_ENDPOINT
};

/// Thread-safe.
class CredentialSource {
 public:
  virtual ~CredentialSource() = default;
  /// Keys that are good for a while. Errors: unavailable.
  virtual Task<Result<Credentials>> get() = 0;
};

class FixedCredentials final : public CredentialSource {
 public:
  explicit FixedCredentials(Credentials credentials) : credentials_(std::move(credentials)) {}
  Task<Result<Credentials>> get() override { co_return credentials_; }

 private:
  const Credentials credentials_;
};

/// Keys of a role: of the web identity when one is set, else the container's, else the instance's.
class RoleCredentials final : public CredentialSource {
 public:
  /// Fetched anew this long before they expire, by one caller at a time; until they do, what is there is used by the
  /// others, and when that fails.
  static constexpr std::chrono::minutes kRefreshBefore{5};

  struct Parts {
    http_client::Client& http;
    net::Pool& disk;  ///< token files are read on it
    const Clock& clock;
  };
  RoleCredentials(RoleSettings settings, std::string region, Parts parts)
      : settings_(std::move(settings)), region_(std::move(region)), parts_(parts) {}

  Task<Result<Credentials>> get() override;

 private:
  std::optional<Credentials> cached(std::chrono::milliseconds left) const;
  Task<Result<Credentials>> fetch();
  Task<Result<Credentials>> assume_role();
  Task<Result<Credentials>> ask_container();
  Task<Result<Credentials>> ask_instance();
  Task<Result<std::string>> read_file(std::string path);
  Task<Result<std::string>> ask(http_client::Request request);

  const RoleSettings settings_;
  const std::string region_;
  const Parts parts_;
  mutable std::mutex mutex_;
  std::optional<Credentials> credentials_;  // guarded by mutex_
  std::atomic<bool> refreshing_ = false;
};

}  // namespace medialith::blob::s3
