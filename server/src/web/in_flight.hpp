// Idempotency keys whose first request is still at work: a second one is told to wait instead of doing it twice.
#pragma once

#include <mutex>
#include <set>
#include <string>
#include <utility>

namespace medialith::web {

/// Thread-safe.
class InFlight {
 public:
  /// Holds a key until it is destroyed. Movable.
  class Hold {
   public:
    Hold() = default;
    Hold(InFlight* owner, std::pair<std::int64_t, std::string> key) : owner_(owner), key_(std::move(key)) {}
    Hold(Hold&& other) noexcept : owner_(std::exchange(other.owner_, nullptr)), key_(std::move(other.key_)) {}
    Hold& operator=(Hold&&) = delete;
    ~Hold() {
      if (owner_ != nullptr) owner_->release(key_);
    }
    explicit operator bool() const { return owner_ != nullptr; }

   private:
    InFlight* owner_ = nullptr;
    std::pair<std::int64_t, std::string> key_;
  };

  /// False when another request holds the key.
  Hold try_hold(std::int64_t user_rid, std::string key) {
    const std::lock_guard lock(mutex_);
    auto [it, inserted] = keys_.emplace(user_rid, std::move(key));
    return inserted ? Hold(this, *it) : Hold();
  }

 private:
  void release(const std::pair<std::int64_t, std::string>& key) {
    const std::lock_guard lock(mutex_);
    keys_.erase(key);
  }

  std::mutex mutex_;
  std::set<std::pair<std::int64_t, std::string>> keys_;
};

}  // namespace medialith::web
