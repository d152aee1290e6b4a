// Finding out at the start what the provider can do, and whether it can be trusted with blobs at all.
#pragma once

#include "blob/s3/core.hpp"

namespace medialith::blob::s3 {

/// Looks for the bucket, makes it when the options say so, writes, reads and removes an object of its own and sets
/// `core.facts`. Errors: unavailable, with a sentence that says what to mend (no such bucket, wrong keys, another
/// region), or because what was written cannot be read again.
Task<Result<void>> probe(Core& core);

}  // namespace medialith::blob::s3
