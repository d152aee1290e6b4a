// The XML that S3 speaks. What comes from outside is untrusted: it may be anything, and is refused when it is not what
// was asked for. Entities beyond XML's own five are not expanded and nothing is fetched.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "blob/s3/sigv4.hpp"

namespace medialith::blob::s3 {

/// `<Error>`, with which S3 tells what is wrong, in some answers under the status 200.
struct ErrorBody {
  std::string code;
  std::string message;
  std::string region;  ///< where the bucket lies, when the request went to another region
};
/// nullopt when `xml` is no such thing.
std::optional<ErrorBody> parse_error(std::string_view xml);

// Errors of every function below: unavailable, the answer is not what was asked for.

/// The UploadId of InitiateMultipartUploadResult.
Result<std::string> parse_upload_id(std::string_view xml);
/// The ETag of CompleteMultipartUploadResult, CopyObjectResult or CopyPartResult, without its quotes.
Result<std::string> parse_etag(std::string_view xml, std::string_view root);

struct ListedObject {
  std::string key;
  std::uint64_t size = 0;
  Time modified;
};
struct ObjectList {
  std::vector<ListedObject> objects;
  std::string continuation;  ///< empty at the end
};
/// ListBucketResult (version 2).
Result<ObjectList> parse_objects(std::string_view xml);

struct ListedUpload {
  std::string key;
  std::string upload_id;
  Time initiated;
};
struct UploadList {
  std::vector<ListedUpload> uploads;
  std::string next_key;  ///< empty at the end
  std::string next_upload_id;
};
/// ListMultipartUploadsResult.
Result<UploadList> parse_uploads(std::string_view xml);

struct Part {
  std::uint32_t number = 0;
  std::string etag;  ///< without quotes
  std::uint64_t size = 0;
};
struct PartList {
  std::vector<Part> parts;
  std::string next_marker;  ///< empty at the end
};
/// ListPartsResult.
Result<PartList> parse_parts(std::string_view xml);

/// True when VersioningConfiguration says Enabled or Suspended.
Result<bool> parse_versioning(std::string_view xml);

/// AssumeRoleWithWebIdentityResponse of the security token service.
Result<Credentials> parse_assumed_role(std::string_view xml);

/// A rule of a bucket's CORS configuration.
struct CorsRule {
  std::vector<std::string> origins;
  std::vector<std::string> methods;
  std::vector<std::string> headers;
  std::vector<std::string> exposed;
};
Result<std::vector<CorsRule>> parse_cors(std::string_view xml);

std::string complete_body(std::span<const Part> parts);
std::string cors_body(std::span<const CorsRule> rules);
/// The body that makes a bucket in `region`; empty for us-east-1, which must not be named.
std::string create_bucket_body(std::string_view region);

/// An ETag as a header has it, without quotes and weakness.
std::string bare_etag(std::string_view header);

}  // namespace medialith::blob::s3
