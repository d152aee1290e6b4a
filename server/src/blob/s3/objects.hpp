// Objects of the bucket: looking, making, copying, removing. Nothing here overwrites: a name is used once, and what is
// not known after a lost answer is looked up (reliability.md §3.5).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/hash.hpp"
#include "blob/s3/core.hpp"
#include "blob/store.hpp"

namespace medialith::blob::s3 {

struct ObjectInfo {
  std::uint64_t size = 0;
  std::string etag;
  std::string sha256 = {};  ///< base64, where the provider keeps it
};

/// A multipart upload under way.
struct Upload {
  std::string object;
  std::string id;
};

/// Below `incoming/`, and nobody else's.
std::string incoming_name(Random& random);

// Errors of everything below: unavailable, overloaded, outcome_unknown, internal (see Client), and what is named.

/// nullopt when there is none.
Task<Result<std::optional<ObjectInfo>>> find_object(Core& core, std::string object);
/// Error: blob_missing.
Task<Result<ObjectInfo>> stat_object(Core& core, std::string object);

/// Bytes and what is known of them.
struct Content {
  std::span<const std::byte> bytes;  ///< live until the call has ended
  Digest sha256;
  Md5::Value md5;
};
/// Errors: already_exists; disk_full; blob_corrupt when something else arrived than was sent (it is removed).
Task<Result<void>> put_object(Core& core, std::string object, Content content);

Task<Result<Upload>> begin_upload(Core& core, std::string object);
/// Makes the object of the parts, `size` bytes in all. Errors as put_object().
Task<Result<void>> complete_upload(Core& core, Upload upload, std::vector<Part> parts, std::uint64_t size);
/// One that is not there is success.
Task<Result<void>> abort_upload(Core& core, Upload upload);
/// Every part that has arrived, in order. Error: blob_missing when there is no such upload.
Task<Result<std::vector<Part>>> list_parts(Core& core, Upload upload);

/// Copies what `source` says of `from`, within the provider. Errors: already_exists; blob_missing; blob_corrupt when
/// `from` has changed since.
Task<Result<void>> copy_object(Core& core, std::string from, ObjectInfo source, std::string to);

/// One that is not there is success.
Task<Result<void>> remove_object(Core& core, std::string object);

/// The size of the parts when `size` bytes go by equal ones: `smallest`, or more where 10 000 parts would not do.
std::uint64_t part_size_for(std::uint64_t size, std::uint64_t smallest);
/// The size of part `number`, from 1, of a stream that may have up to `most` bytes. Equal ones as long as 10 000 of
/// `smallest` do, since some providers (R2) demand that; else each thousand has parts twice as large.
std::uint64_t growing_part_size(std::uint64_t number, std::uint64_t most, std::uint64_t smallest);

/// The ETag of an object made of these parts, where ETags are MD5 sums.
std::string etag_of_parts(std::span<const Part> parts);

}  // namespace medialith::blob::s3
