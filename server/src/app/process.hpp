// What the process as a whole is told once, at its very start, and the signals that end it.
#pragma once

#include <atomic>
#include <memory>

namespace medialith::app {

/// Nothing of memory in core files, new files for their owner alone, a full disk or a closed pipe as an error of the
/// write, as many descriptors as may be had, and memory that goes back: two arenas instead of eight a core.
void harden_process();

/// Takes SIGTERM and SIGINT from the moment it is made, before any other thread is: on a thread of its own. The first
/// one before ready() ends the process at once, with 0: what a start has written is whole at every step. After ready()
/// the first one ends wait(), a second one the process.
class Signals {
 public:
  Signals();
  void ready();
  void wait();
  /// Ends wait() as a signal does: the process itself has found that it must not go on. Thread-safe.
  void ask();

 private:
  struct State {
    std::atomic<bool> ready = false;
    std::atomic<bool> asked = false;
    void ask();
  };
  std::shared_ptr<State> state_ = std::make_shared<State>();
};

}  // namespace medialith::app
