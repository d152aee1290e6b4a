// The server's core under simulation: intake and domain over SQLite and a store in memory, both behind what injects
// faults, on one thread.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "blob/memory/memory_store.hpp"
#include "blob/testing/faulty_store.hpp"
#include "db/sqlite/sqlite_database.hpp"
#include "db/testing/faulty_database.hpp"
#include "domain/accounts.hpp"
#include "intake/intake.hpp"
#include "net/runtime.hpp"
#include "step.hpp"

namespace medialith::sim {

/// Runs jobs on the caller's thread.
class InlinePool final : public net::Pool {
 public:
  bool post(std::move_only_function<void()> job) override {
    job();
    return true;
  }
  std::size_t waiting() const override { return 0; }
};

/// A folder with an empty, migrated database to begin from, gone with the object.
class Folder {
 public:
  Folder();
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  /// The database's path, with a fresh copy of the empty one.
  std::filesystem::path fresh() const;
  const domain::Principal& owner() const { return owner_; }

 private:
  std::filesystem::path path_;
  domain::Principal owner_;
};

/// What is wrong on purpose.
struct Planted {
  bool row_before_blob = false;
  bool keep_group_after_full = false;  ///< with every third group losing its transaction
  bool model_forgets_home = false;
};

struct Outcome {
  bool replayed = false;
  int status = 0;
};

struct Listing {
  std::vector<std::string> lines;  ///< as Model::lines()
  std::vector<std::pair<std::string, std::string>> generation_ids_and_prompts;
  std::vector<std::pair<std::string, std::string>> asset_ids_and_names;
  std::vector<std::string> wrong;  ///< rows that contradict each other or the store
  std::size_t orphans = 0;         ///< blobs without a row
};

class System {
 public:
  System(const Folder& folder, std::uint64_t seed, bool with_faults, const Planted& planted);

  /// Performs the step as the API does: the key's answer is looked up first.
  Result<Outcome> perform(const Step& step);
  void advance(std::chrono::milliseconds by) { clock_.advance(by); }
  /// Everything that is there, read behind the faults' back.
  Listing look();
  /// At the end: what full text holds agrees with the rows, every blob's bytes with its row.
  std::vector<std::string> audit();
  std::uint64_t store_faults() const { return store_->injected(); }

 private:
  struct Attempt;
  void open();
  Task<Result<Outcome>> run(const Step& step);
  Task<Result<Outcome>> run_edit(Attempt& attempt);
  Task<Result<Outcome>> run_upload(Attempt& attempt);
  template <class F>
  Task<Result<Outcome>> mutate(const Attempt& attempt, int status, F fn);
  Result<void> look_at_blobs(db::Connection& connection, Listing& listing);

  const Folder& folder_;
  std::filesystem::path path_;
  std::uint64_t seed_;
  bool with_faults_;
  Planted planted_;
  ManualClock clock_;
  SeededRandom random_;
  UuidMaker uuids_{clock_, random_};
  std::optional<domain::RidMaker> rids_;  // a new one for each start, as the process has
  InlinePool pool_;
  blob::MemoryStore memory_{clock_};
  std::unique_ptr<blob::FaultyStore> store_;
  std::unique_ptr<db::SqliteDatabase> sqlite_;
  std::unique_ptr<db::FaultyDatabase> database_;
};

}  // namespace medialith::sim
