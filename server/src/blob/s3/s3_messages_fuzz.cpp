// What a provider may answer through every reader of S3's XML. What is read can be written and read again.
#include <cstdint>
#include <cstdlib>

#include "blob/s3/messages.hpp"

namespace {

using namespace medialith;
using namespace medialith::blob::s3;

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view xml(reinterpret_cast<const char*>(data), size);
  (void)parse_error(xml);
  if (const auto list = parse_objects(xml)) {
    for (const ListedObject& object : list->objects) require(object.key.size() <= xml.size());
  }
  if (const auto list = parse_uploads(xml)) require(list->uploads.size() <= xml.size());
  if (const auto list = parse_parts(xml)) require(list->parts.size() <= xml.size());
  if (const auto id = parse_upload_id(xml)) require(!id->empty());
  if (const auto etag = parse_etag(xml, "CompleteMultipartUploadResult")) require(!etag->empty());
  (void)parse_versioning(xml);
  if (const auto role = parse_assumed_role(xml)) require(role->expires_at.has_value());
  if (const auto rules = parse_cors(xml)) {
    const auto again = parse_cors(cors_body(*rules));
    require(again && again->size() == rules->size());
  }
  return 0;
}
