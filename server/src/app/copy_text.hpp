// What `medialith copy` says: how far it is, and what it did.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "movers/copy.hpp"

namespace medialith::app {

/// Turns progress into what is to be printed. On a terminal a bar that redraws itself; elsewhere a line for each tenth,
/// so that a log stays readable. Used by one thread at a time.
class CopyMeter {
 public:
  enum class Style : std::uint8_t { bar, lines };
  CopyMeter(const Clock& clock, Style style) : clock_(clock), style_(style) {}
  /// What to print now; empty when nothing new is worth it.
  std::string show(const movers::CopyProgress& progress);
  /// What takes the bar away.
  std::string end() const;

 private:
  std::string bar(const movers::CopyProgress& progress, std::uint64_t percent);

  const Clock& clock_;
  const Style style_;
  bool blobs_ = false;
  bool begun_ = false;
  std::uint64_t tenth_ = 0;  // that was told last
  std::uint64_t first_done_ = 0;
  std::chrono::steady_clock::time_point since_;
  std::chrono::steady_clock::time_point drawn_;
};

struct CopyNames {
  std::string_view from;
  std::string_view to;
};
/// The final report. `planned`: of a dry run.
std::string copy_report(const movers::CopyReport& report, const CopyNames& names, std::chrono::milliseconds took);
std::string plan_report(const movers::CopyReport& report, const CopyNames& names);

}  // namespace medialith::app
