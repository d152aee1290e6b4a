#include "base/metrics.hpp"

#include <array>
#include <limits>
#include <thread>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace medialith {
namespace {

TEST(Metrics, WritesCountersAndGaugesByName) {
  Metrics metrics;
  metrics.counter("medialith_requests_total", "Requests.", {{"status", "200"}, {"method", "GET"}}).add(3);
  metrics.counter("medialith_requests_total", "Requests.", {{"method", "PUT"}, {"status", "204"}}).add();
  Gauge& open = metrics.gauge("medialith_open", "Open\nconnections \\.");
  open.set(5);
  open.add(-7);
  metrics.asked("medialith_free", "Free.", [] { return 1.5; }, {{"pool", "a\"b\\c\nd"}});
  metrics.asked("medialith_writes_total", "Writes.", [] { return 7.0; });
  EXPECT_EQ(metrics.exposition(),
            "# HELP medialith_free Free.\n"
            "# TYPE medialith_free gauge\n"
            "medialith_free{pool=\"a\\\"b\\\\c\\nd\"} 1.5\n"
            "# HELP medialith_open Open\\nconnections \\\\.\n"
            "# TYPE medialith_open gauge\n"
            "medialith_open -2\n"
            "# HELP medialith_requests_total Requests.\n"
            "# TYPE medialith_requests_total counter\n"
            "medialith_requests_total{method=\"GET\",status=\"200\"} 3\n"
            "medialith_requests_total{method=\"PUT\",status=\"204\"} 1\n"
            "# HELP medialith_writes_total Writes.\n"
            "# TYPE medialith_writes_total counter\n"
            "medialith_writes_total 7\n");
}

TEST(Metrics, WritesHistogramsWithCumulativeBuckets) {
  Metrics metrics;
  constexpr std::array kBounds = {0.5, 1.0};
  Histogram& plain = metrics.histogram("h", "H.", kBounds);
  for (const double value : {0.25, 0.5, 0.75, 4.0}) plain.observe(value);
  metrics.histogram("h", "H.", kBounds, {{"op", "x"}}).observe(1.0);
  EXPECT_EQ(metrics.exposition(),
            "# HELP h H.\n"
            "# TYPE h histogram\n"
            "h_bucket{le=\"0.5\"} 2\n"
            "h_bucket{le=\"1\"} 3\n"
            "h_bucket{le=\"+Inf\"} 4\n"
            "h_sum 5.5\n"
            "h_count 4\n"
            "h_bucket{op=\"x\",le=\"0.5\"} 0\n"
            "h_bucket{op=\"x\",le=\"1\"} 1\n"
            "h_bucket{op=\"x\",le=\"+Inf\"} 1\n"
            "h_sum{op=\"x\"} 1\n"
            "h_count{op=\"x\"} 1\n");
}

TEST(Metrics, SpellsWhatIsNoNumber) {
  Metrics metrics;
  metrics.asked("a", "A.", [] { return std::numeric_limits<double>::quiet_NaN(); });
  metrics.asked("b", "B.", [] { return -std::numeric_limits<double>::infinity(); });
  EXPECT_THAT(metrics.exposition(), testing::AllOf(testing::HasSubstr("a NaN\n"), testing::HasSubstr("b -Inf\n")));
}

TEST(Metrics, AnswersTwiceWithTheSameMetric) {
  Metrics metrics;
  EXPECT_EQ(&metrics.counter("c", "C.", {{"a", "1"}, {"b", "2"}}),
            &metrics.counter("c", "C.", {{"b", "2"}, {"a", "1"}}));
  EXPECT_NE(&metrics.counter("c", "C.", {{"a", "1"}}), &metrics.counter("c", "C.", {{"a", "2"}}));
}

TEST(MetricsDeathTest, RefusesWhatPrometheusWould) {
  Metrics metrics;
  metrics.counter("taken", "T.");
  EXPECT_DEATH(metrics.gauge("taken", "T."), "another type");
  EXPECT_DEATH(metrics.counter("a-b", "X."), "not a metric's name");
  EXPECT_DEATH(metrics.counter("a", "X.", {{"le", "1"}}), "not a label's name");
}

TEST(Metrics, LosesNoUpdateOfManyThreads) {
  Metrics metrics;
  Counter& counter = metrics.counter("c", "C.");
  Histogram& histogram = metrics.histogram("h", "H.", latency_buckets());
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 5000; ++i) {
          counter.add();
          histogram.observe(0.5);
        }
      });
    }
    EXPECT_THAT(metrics.exposition(), testing::HasSubstr("h_count"));
  }
  EXPECT_EQ(counter.value(), 20'000U);
  EXPECT_EQ(histogram.sum(), 10'000.0);
}

}  // namespace
}  // namespace medialith
