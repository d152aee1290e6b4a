// Where the files are kept, as the options say: below the data folder, or in a bucket (contracts S3-8, S3-9).
#pragma once

#include <string>
#include <vector>

#include "base/config.hpp"
#include "base/result.hpp"
#include "blob/s3/options.hpp"

namespace medialith::app {

enum class StoreKind : std::uint8_t { disk, s3 };

struct StoreChoice {
  StoreKind kind = StoreKind::disk;
  blob::S3Options s3 = {};               ///< for s3; without its staging folder
  std::string name;                      ///< the folder, or bucket and endpoint: for logs and people
  std::string keys;                      ///< where the keys come from, for people; empty for disk
  std::vector<std::string> losers = {};  ///< options that name a bucket which is not used
};

/// Errors: precondition_failed, naming the variable that is missing; validation_failed for a value that is none.
Result<StoreChoice> choose_store(const Config& config);

}  // namespace medialith::app
