// What a simulated client does next, made from a seed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/hash.hpp"
#include "base/random.hpp"

namespace medialith::sim {

/// Draws from a seed.
class Draw {
 public:
  explicit Draw(std::uint64_t seed) : random_(seed) {}
  std::uint64_t below(std::uint64_t bound) { return random_.u64() % bound; }
  /// `chance` in 1 000.
  bool happens(unsigned chance) { return below(1000) < chance; }
  std::string word();
  std::string bytes(std::size_t length);
  Random& random() { return random_; }

 private:
  SeededRandom random_;
};

enum class Kind : std::uint8_t {
  create,
  edit,
  remove,
  restore,
  upload,
  remove_asset,
  restore_asset,
  restart,
};

struct Step {
  Kind kind = Kind::restart;
  std::string generation;                    ///< its id; of an upload its home, empty for none
  std::string asset;                         ///< its id
  std::optional<std::int64_t> seen_version;  ///< the change is made from this version
  std::string prompt;                        ///< of a create, an edit, and of an upload's recipe
  std::string filename;
  std::string bytes;
  std::optional<std::uint64_t> cut_at;  ///< the connection ends after so many bytes
  std::uint64_t missing = 0;            ///< so many bytes more are declared than come
  std::string key;                      ///< Idempotency-Key, empty for none

  /// What a stored answer is compared with: as in web/, an upload's bytes take part by their length alone.
  std::string fingerprint() const;
  /// For people.
  std::string text() const;
};

/// A PNG that looks whole to who reads its headers; with A1111's text when there is a prompt.
std::string make_png(Draw& draw, const std::string& prompt);

}  // namespace medialith::sim
