// Counters, gauges and histograms, and their text for Prometheus (exposition format 0.0.4).
//
// Metrics are registered once, with their labels, when the server is put together; what counts keeps a reference.
// Updating is one or two relaxed atomic additions; no lock is taken.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace medialith {

/// Only grows. Thread-safe.
class Counter {
 public:
  void add(std::uint64_t n = 1) { value_.fetch_add(n, std::memory_order_relaxed); }
  std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

/// Goes up and down. Thread-safe.
class Gauge {
 public:
  void set(std::int64_t value) { value_.store(value, std::memory_order_relaxed); }
  void add(std::int64_t n = 1) { value_.fetch_add(n, std::memory_order_relaxed); }
  std::int64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::int64_t> value_{0};
};

/// Counts observations by size. Thread-safe; a scrape during an update may see its parts one apart.
class Histogram {
 public:
  /// `bounds` are the upper, inclusive ends of the buckets, ascending; one for all that is larger is added.
  explicit Histogram(std::span<const double> bounds);
  void observe(double value);
  std::span<const double> bounds() const { return bounds_; }
  /// Observations in one bucket alone; `bucket` up to and including bounds().size().
  std::uint64_t count(std::size_t bucket) const { return counts_[bucket].load(std::memory_order_relaxed); }
  double sum() const { return sum_.load(std::memory_order_relaxed); }

 private:
  std::vector<double> bounds_;
  std::vector<std::atomic<std::uint64_t>> counts_;
  std::atomic<double> sum_{0};
};

/// Seconds from 0.5 ms to 30 s, for requests, statements and flushes.
std::span<const double> latency_buckets();

/// Owns the metrics. Registering twice the same name and labels answers with the same metric. A name registered with
/// another type, and a name or a label that Prometheus would not take, are bugs and end the process. Thread-safe.
class Metrics {
 public:
  using Labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;

  /// Named `medialith_…_total`.
  Counter& counter(std::string_view name, std::string_view help, Labels labels = {});
  Gauge& gauge(std::string_view name, std::string_view help, Labels labels = {});
  /// Asked at every scrape, from its thread; what it reads lives until the last scrape. Must not register metrics. What
  /// is named `…_total` is a counter, all else a gauge.
  void asked(std::string_view name, std::string_view help, std::function<double()> read, Labels labels = {});
  Histogram& histogram(std::string_view name, std::string_view help, std::span<const double> bounds,
                       Labels labels = {});

  /// All metrics by name, as `text/plain; version=0.0.4`.
  std::string exposition() const;

 private:
  enum class Type : std::uint8_t { counter, gauge, histogram };
  using Metric = std::variant<std::unique_ptr<Counter>, std::unique_ptr<Gauge>, std::function<double()>,
                              std::unique_ptr<Histogram>>;
  struct Family {
    Type type;
    std::string help;
    std::map<std::string, Metric> metrics;  // by their labels as they are printed, without braces
  };
  Metric& slot(Type type, std::string_view name, std::string_view help, Labels labels, Metric fresh);
  static void append(std::string& out, const std::string& name, const std::string& labels, const Metric& metric);

  mutable std::mutex mutex_;
  std::map<std::string, Family, std::less<>> families_;
};

}  // namespace medialith
