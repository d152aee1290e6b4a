// The bytes of a copy: gives the target's store the blobs that rows name, and takes from it what none names any more.
#pragma once

#include "movers/copy.hpp"

namespace medialith::movers {

/// All of it outlives the copy.
struct BlobParts {
  const Reading& rows;    ///< of the database whose `blobs` rows say what belongs in the target's store
  const Reading& source;  ///< of the source's database as it is now
  blob::BlobStore& from;
  blob::BlobStore& to;
  const CopyFaults& faults;
  const OnProgress& on_progress;
};

/// Counts what is missing, and what is there and should not be. Changes nothing.
Result<BlobFigures> compare_blobs(const BlobParts& parts);

struct CopiedBlobs {
  BlobFigures figures;
  /// Some were deleted at the source before their bytes were read: the rows name what nobody has any more.
  bool some_gone = false;
};

/// Sends what is missing, a few blobs at a time and each in pieces, and removes what should not be there. A blob whose
/// bytes are not those of its row is reported and left out; the others go on.
/// Errors: what either store fails with, apart from damage at the source.
Result<CopiedBlobs> copy_blobs(const BlobParts& parts);

}  // namespace medialith::movers
