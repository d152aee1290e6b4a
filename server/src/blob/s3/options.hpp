// What an S3 store is told, and what it found out about the provider.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "blob/s3/address.hpp"
#include "blob/s3/credentials.hpp"
#include "blob/s3/retry.hpp"

namespace medialith::blob {

struct S3Options {
  s3::AddressSettings address;
  std::optional<s3::Credentials> keys = {};  ///< unset: those of a role
  s3::RoleSettings role = {};
  bool create_bucket = false;  ///< make the bucket when it is not there
  /// Folder for the local copy of an upload that is too large for memory and will be read back. It exists.
  std::string staging_folder = {};

  /// Parts of uploads: S3 takes no smaller ones than 5 MiB but the last, and 10 000 of them.
  std::uint64_t part_size = 8ULL << 20;
  /// Parts of uploads that clients send to the store themselves: each needs a URL.
  std::uint64_t direct_part_size = 64ULL << 20;
  /// What is larger is copied in parts of `copy_part_size`: S3 copies no more than 5 GiB in one go.
  std::uint64_t largest_copy = 5ULL << 30;
  std::uint64_t copy_part_size = 512ULL << 20;
  s3::RetryPolicy retry = {};
};

/// What the provider can do, tried out when the store is opened.
struct S3Facts {
  bool made_bucket = false;
  bool conditional_put = false;       ///< If-None-Match: * is obeyed by puts
  bool conditional_complete = false;  ///< and when a multipart upload is completed
  bool conditional_copy = false;      ///< x-amz-copy-source-if-match is obeyed when an object is copied
  bool checksums = false;             ///< x-amz-checksum-sha256 is kept and told
  bool md5_etags = false;             ///< the ETag of a put is the MD5 of its bytes
  /// Deleted and overwritten objects are kept as old versions, and paid for; nullopt: it does not say.
  std::optional<bool> versioned = {};
};

}  // namespace medialith::blob
