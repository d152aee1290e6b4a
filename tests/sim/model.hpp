// What should be in the database, kept in memory and written down independently of the server's SQL.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "step.hpp"

namespace medialith::sim {

enum class Gone : std::uint8_t { no, self, with_generation };

/// Ids that the server chooses are empty until they are learned.
struct Generation {
  std::string id;
  std::string prompt;
  std::int64_t version = 1;
  bool deleted = false;
};

struct Asset {
  std::string id;
  int home = -1;  ///< index of its generation
  std::string filename;
  std::string sha256;  ///< hex
  std::uint64_t size = 0;
  std::int64_t version = 1;
  Gone gone = Gone::no;
};

enum class Thing : std::uint8_t { generation, asset };

struct Answer {
  std::string fingerprint;
  int status = 0;
  Thing thing = Thing::generation;
  int index = 0;
  std::string sha256;  ///< of an upload
};

struct Change {
  std::int64_t version = 0;
  bool deleted = false;
};

/// What came of a step when nothing fails.
struct Told {
  std::optional<ErrorCode> refused;
  bool replayed = false;
  int status = 0;
};

/// Small and copied freely: a step whose outcome is unknown leaves two of them.
class Model {
 public:
  /// Wrong on purpose: an upload does not raise the version of its home. The comparison has to find it.
  bool forgets_home = false;

  Told apply(const Step& step);

  /// One line for everything that is there, sorted; comparable with System::lines().
  std::vector<std::string> lines() const;
  /// Takes over ids that the server chose, from what is there: generations by prompt, assets by bytes and home.
  void learn(const std::vector<std::pair<std::string, std::string>>& generation_ids_and_prompts,
             const std::vector<std::pair<std::string, std::string>>& asset_ids_and_names);

  const std::vector<Generation>& generations() const { return generations_; }
  const std::vector<Asset>& assets() const { return assets_; }

 private:
  Told create(const Step& step);
  Told edit(const Step& step);
  Told remove(const Step& step);
  Told restore(const Step& step);
  Told upload(const Step& step);
  Told remove_asset(const Step& step);
  Told restore_asset(const Step& step);
  int find_generation(const std::string& id) const;
  int find_asset(const std::string& id) const;
  int find_same(const std::string& sha256, std::uint64_t size, int home) const;
  Told done(const Step& step, int status, Thing thing, int index, std::string sha256 = {});
  void record(Thing thing, int index, bool deleted);
  void touch(int generation);
  void move(int asset, Gone gone);

  std::vector<Generation> generations_;
  std::vector<Asset> assets_;
  std::map<std::string, Answer> answers_;
  std::map<std::pair<Thing, int>, Change> changes_;
  std::int64_t head_ = 0;
};

}  // namespace medialith::sim
