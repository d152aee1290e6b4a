// Finding out at the start what the provider can do, and whether it can be trusted with blobs at all.
#pragma once

#include "blob/s3/core.hpp"

namespace medialith::blob::s3 {

/// Looks for the bucket and makes it when the options say so. Errors: unavailable, with a sentence that says what to
/// mend (no such bucket, wrong keys, another region).
Task<Result<void>> reach_bucket(Core& core);

/// Reaches the bucket, writes, reads and removes an object of its own and sets `core.facts`. Errors: those of
/// reach_bucket(); unavailable also because what was written cannot be read again.
Task<Result<void>> probe(Core& core);

}  // namespace medialith::blob::s3
