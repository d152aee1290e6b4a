// What the parts of the S3 store share.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "blob/part_buffer.hpp"
#include "blob/s3/client.hpp"
#include "blob/s3/options.hpp"
#include "net/runtime.hpp"

namespace medialith::blob::s3 {

/// What a store stands on; all of it outlives the store, its uploads and readers.
struct Parts {
  http_client::Client& http;
  net::Pool& disk;  ///< hashing, local copies, and giving up uploads that were cut
  const Clock& clock;
  Random& random;
};

/// Thread-safe. Shared by the store, its uploads and readers, so that each may end last.
struct Core {
  Core(Address address, S3Options given, Parts parts)
      : options(std::move(given)),
        disk(parts.disk),
        credentials(make_credentials(options, parts)),
        client(std::move(address), options.address.region, options.retry,
               {parts.http, *credentials, parts.clock, parts.random}) {}

  const S3Options options;
  net::Pool& disk;
  const std::unique_ptr<CredentialSource> credentials;
  Client client;
  const BufferedBytes buffered_bytes = std::make_shared<std::atomic<std::uint64_t>>(0);
  S3Facts facts;  ///< set once, before the store is given out

 private:
  static std::unique_ptr<CredentialSource> make_credentials(const S3Options& options, const Parts& parts) {
    if (options.keys) return std::make_unique<FixedCredentials>(*options.keys);
    return std::make_unique<RoleCredentials>(
        options.role, options.address.region,
        RoleCredentials::Parts{.http = parts.http, .disk = parts.disk, .clock = parts.clock});
  }
};

}  // namespace medialith::blob::s3
