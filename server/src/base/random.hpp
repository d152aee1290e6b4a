// Randomness, injected: the server draws from getrandom(2), a test from a seed that it prints.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <span>

namespace medialith {

/// Thread-safe.
class Random {
 public:
  virtual ~Random() = default;
  virtual void fill(std::span<std::byte> out) = 0;
  std::uint64_t u64() {
    std::uint64_t value = 0;
    fill(std::as_writable_bytes(std::span(&value, 1)));
    return value;
  }
};

/// getrandom(2) for every call, so that no secret waits in memory and a forked child never repeats its parent. Ends the
/// process rather than answer with weak bytes.
class SystemRandom final : public Random {
 public:
  void fill(std::span<std::byte> out) override;
};

/// The same bytes for the same seed (xoshiro256**). For tests and simulations only.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed);
  void fill(std::span<std::byte> out) override;

 private:
  std::mutex mutex_;
  std::array<std::uint64_t, 4> state_{};
};

}  // namespace medialith
