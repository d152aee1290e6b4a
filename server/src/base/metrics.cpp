#include "base/metrics.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <charconv>
#include <cmath>

namespace medialith {
namespace {

bool is_name(std::string_view name) {
  return !name.empty() && (name.front() < '0' || name.front() > '9') && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
}

void append_number(std::string& out, double value) {
  if (std::isnan(value)) {
    out += "NaN";
  } else if (std::isinf(value)) {
    out += value > 0 ? "+Inf" : "-Inf";
  } else {
    std::array<char, 32> text;
    out.append(text.data(), std::to_chars(text.data(), text.data() + text.size(), value).ptr);
  }
}

void append_escaped(std::string& out, std::string_view text, bool quotes) {
  for (const char c : text) {
    if (c == '\n') {
      out += "\\n";
    } else {
      if (c == '\\' || (c == '"' && quotes)) out += '\\';
      out += c;
    }
  }
}

std::string printed(Metrics::Labels labels) {
  std::vector<std::pair<std::string_view, std::string_view>> sorted(labels);
  std::ranges::sort(sorted);
  std::string out;
  for (const auto& [name, value] : sorted) {
    assert(is_name(name) && name != "le" && "not a label's name");
    if (!out.empty()) out += ',';
    out.append(name).append("=\"");
    append_escaped(out, value, true);
    out += '"';
  }
  return out;
}

// name{labels,le="bound"} value
void append_sample(std::string& out, std::string_view name, std::string_view labels, double value) {
  out += name;
  if (!labels.empty()) out.append("{").append(labels).append("}");
  out += ' ';
  append_number(out, value);
  out += '\n';
}

void append_histogram(std::string& out, const std::string& name, const std::string& labels, const Histogram& metric) {
  std::uint64_t total = 0;
  const auto bounds = metric.bounds();
  for (std::size_t i = 0; i <= bounds.size(); ++i) {
    total += metric.count(i);
    std::string with_bound = labels.empty() ? "le=\"" : labels + ",le=\"";
    append_number(with_bound, i < bounds.size() ? bounds[i] : INFINITY);
    with_bound += '"';
    append_sample(out, name + "_bucket", with_bound, static_cast<double>(total));
  }
  append_sample(out, name + "_sum", labels, metric.sum());
  append_sample(out, name + "_count", labels, static_cast<double>(total));
}

}  // namespace

Histogram::Histogram(std::span<const double> bounds)
    : bounds_(bounds.begin(), bounds.end()), counts_(bounds.size() + 1) {
  assert(std::ranges::is_sorted(bounds_) && "buckets ascend");
}

void Histogram::observe(double value) {
  const auto bucket = std::ranges::lower_bound(bounds_, value) - bounds_.begin();
  counts_[static_cast<std::size_t>(bucket)].fetch_add(1, std::memory_order_relaxed);
  sum_.fetch_add(value, std::memory_order_relaxed);
}

std::span<const double> latency_buckets() {
  static constexpr std::array kBounds = {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
                                         0.25,   0.5,   1.0,    2.5,   5.0,  10.0,  30.0};
  return kBounds;
}

Metrics::Metric& Metrics::slot(Type type, std::string_view name, std::string_view help, Labels labels, Metric fresh) {
  assert(is_name(name) && "not a metric's name");
  const std::scoped_lock lock(mutex_);
  auto family = families_.find(name);
  if (family == families_.end()) family = families_.emplace(name, Family{type, std::string(help), {}}).first;
  assert(family->second.type == type && "the name belongs to a metric of another type");
  return family->second.metrics.try_emplace(printed(labels), std::move(fresh)).first->second;
}

Counter& Metrics::counter(std::string_view name, std::string_view help, Labels labels) {
  return *std::get<std::unique_ptr<Counter>>(slot(Type::counter, name, help, labels, std::make_unique<Counter>()));
}

Gauge& Metrics::gauge(std::string_view name, std::string_view help, Labels labels) {
  return *std::get<std::unique_ptr<Gauge>>(slot(Type::gauge, name, help, labels, std::make_unique<Gauge>()));
}

void Metrics::asked(std::string_view name, std::string_view help, std::function<double()> read, Labels labels) {
  slot(name.ends_with("_total") ? Type::counter : Type::gauge, name, help, labels, std::move(read));
}

Histogram& Metrics::histogram(std::string_view name, std::string_view help, std::span<const double> bounds,
                              Labels labels) {
  return *std::get<std::unique_ptr<Histogram>>(
      slot(Type::histogram, name, help, labels, std::make_unique<Histogram>(bounds)));
}

void Metrics::append(std::string& out, const std::string& name, const std::string& labels, const Metric& metric) {
  if (const auto* counter = std::get_if<std::unique_ptr<Counter>>(&metric)) {
    append_sample(out, name, labels, static_cast<double>((*counter)->value()));
  } else if (const auto* gauge = std::get_if<std::unique_ptr<Gauge>>(&metric)) {
    append_sample(out, name, labels, static_cast<double>((*gauge)->value()));
  } else if (const auto* read = std::get_if<std::function<double()>>(&metric)) {
    append_sample(out, name, labels, (*read)());
  } else {
    append_histogram(out, name, labels, *std::get<std::unique_ptr<Histogram>>(metric));
  }
}

std::string Metrics::exposition() const {
  constexpr std::array<std::string_view, 3> kTypes = {"counter", "gauge", "histogram"};
  std::string out;
  const std::scoped_lock lock(mutex_);
  for (const auto& [name, family] : families_) {
    out.append("# HELP ").append(name).append(" ");
    append_escaped(out, family.help, false);
    out.append("\n# TYPE ").append(name).append(" ").append(kTypes.at(static_cast<std::size_t>(family.type)));
    out += '\n';
    for (const auto& [labels, metric] : family.metrics) append(out, name, labels, metric);
  }
  return out;
}

}  // namespace medialith
