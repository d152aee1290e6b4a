#include "app/faults.hpp"

#include <atomic>
#include <charconv>
#include <csignal>
#include <memory>
#include <optional>

#include <fmt/format.h>
#include <unistd.h>

namespace medialith::app {
namespace {

struct PointAt {
  std::string point;
  std::int64_t passes;
};

std::optional<std::int64_t> number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 1) return std::nullopt;
  return value;
}

/// `PREFIX POINT[:N]`, N being 1 where it is left out.
std::optional<PointAt> point_at(std::string_view prefix, std::string_view word) {
  if (!word.starts_with(prefix)) return std::nullopt;
  word.remove_prefix(prefix.size());
  const std::size_t colon = word.find(':');
  const auto passes = colon == std::string_view::npos ? std::optional<std::int64_t>(1) : number(word.substr(colon + 1));
  if (!passes) return std::nullopt;
  return PointAt{std::string(word.substr(0, colon)), *passes};
}

using Passing = std::function<void(std::string_view)>;

Passing killer(PointAt at) {
  auto passes = std::make_shared<std::atomic<std::int64_t>>(0);
  return [at = std::move(at), passes](std::string_view point) {
    if (point == at.point && passes->fetch_add(1) + 1 == at.passes) ::kill(::getpid(), SIGKILL);
  };
}

// The other threads go on: what they tell now, they tell without what this point stands before.
Passing holder(PointAt at) {
  auto passes = std::make_shared<std::atomic<std::int64_t>>(0);
  return [at = std::move(at), passes](std::string_view point) {
    if (point != at.point || passes->fetch_add(1) + 1 < at.passes) return;
    while (true) ::pause();
  };
}

std::optional<Passing> passing(std::string_view word) {
  if (auto at = point_at("kill_at=", word)) return killer(std::move(*at));
  if (auto at = point_at("hold_at=", word)) return holder(std::move(*at));
  return std::nullopt;
}

std::function<bool()> every(std::int64_t n) {
  auto groups = std::make_shared<std::atomic<std::int64_t>>(0);
  return [groups, n] { return (groups->fetch_add(1) + 1) % n == 0; };
}

bool set_switch(TestFaults& faults, std::string_view word) {
  const std::pair<std::string_view, bool*> switches[] = {
      {"answer_before_commit", &faults.database.answer_before_commit},
      {"answer_refusals_before_commit", &faults.database.answer_refusals_before_commit},
      {"keep_group_after_full", &faults.database.keep_group_after_full},
      {"believe_in_commits", &faults.database.believe_in_commits},
      {"row_before_blob", &faults.intake.row_before_blob},
      {"no_file_fsync", &faults.disk.no_file_fsync},
      {"no_directory_fsync", &faults.disk.no_directory_fsync},
      {"no_parent_fsync", &faults.disk.no_parent_fsync},
      {"skip_hash", &faults.copy.skip_hash},
      {"no_fence", &faults.jobs.no_fence},
      {"no_recheck", &faults.jobs.no_recheck},
  };
  for (const auto& [name, flag] : switches) {
    if (name == word) return *flag = true;
  }
  return false;
}

}  // namespace

Result<TestFaults> parse_faults(const std::vector<std::string>& words) {
  TestFaults faults;
  for (const std::string& word : words) {
    if (set_switch(faults, word)) continue;
    const std::string_view view = word;
    if (const auto at = passing(view)) {
      faults.database.at = *at;
      faults.disk.at = *at;
    } else if (const auto n = view.starts_with("drop_group:") ? number(view.substr(11)) : std::nullopt) {
      faults.database.drop_group = every(*n);
    } else {
      return fail(ErrorCode::validation_failed, fmt::format("MEDIALITH_TEST_FAULTS has no `{}`.", word));
    }
  }
  return faults;
}

}  // namespace medialith::app
