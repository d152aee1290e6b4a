// The two ends of `medialith copy`: how they are named, whether they go together, and how they are opened.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "app/data_folder.hpp"
#include "app/options.hpp"
#include "app/stores.hpp"
#include "blob/store.hpp"
#include "movers/copy.hpp"
#include "net/runtime.hpp"

namespace medialith::app {

/// A deployment as the command line names it.
struct Place {
  std::string named;  ///< as it was given
  Config config;      ///< that a server there would run with
  DatabaseChoice choice;
  StoreChoice files;
  std::string data() const { return config.text("MEDIALITH_DATA"); }
};

/// `named` is a data folder, which need not be there yet, or a file of the environment of a server: the environment of
/// this process says nothing of either place. Errors: those of the file and of its options, naming `flag`.
Result<Place> find_place(std::string_view flag, const std::string& named);

/// What opening a place takes; outlives what was opened.
struct SideParts {
  net::Runtime& runtime;
  SystemClock& clock;
  Random& random;
};

/// A deployment to read from, which may be served meanwhile. Nothing of it is locked or changed.
struct OpenSource {
  movers::Reading read;
  std::unique_ptr<http_client::Client> http;  ///< with a bucket
  std::unique_ptr<blob::BlobStore> blobs;
  std::string id;  ///< STORE_ID
  Secret secret;
  movers::Side side() const { return {read, *blobs}; }
};
/// `place` outlives what is opened. Errors: precondition_failed with a sentence for the operator when there is no whole
/// deployment of this version; what opening fails with.
Result<OpenSource> open_source(const Place& place, const SideParts& parts);

/// Whether the target may get the source's secret; nothing is made. True: it has none yet and needs secret.key.
/// Errors: precondition_failed when it has another one.
Result<bool> needs_secret(const Place& target, const Secret& secret);

/// What a dry run compares with: the target as it is, or an empty one where there is none yet.
struct TargetGlance {
  movers::Reading read;
  std::unique_ptr<http_client::Client> http;  ///< with a bucket
  std::unique_ptr<blob::BlobStore> blobs;
  movers::CopyOrigin origin;
  movers::Side side() const { return {read, *blobs}; }
};
Result<TargetGlance> look_at_target(const Place& place, const OpenSource& source, const SideParts& parts);

}  // namespace medialith::app
