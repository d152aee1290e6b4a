#include "simulation.hpp"

#include <algorithm>
#include <exception>

#include <fmt/format.h>

#include "model.hpp"

namespace medialith::sim {
namespace {

constexpr std::size_t kLeastSteps = 15;
constexpr std::size_t kMoreSteps = 60;
constexpr std::size_t kGenerationNames = 12;  // few, so that clients meet
constexpr std::size_t kRemembered = 12;

bool is_injected(ErrorCode code) {
  return code == ErrorCode::unavailable || code == ErrorCode::overloaded || code == ErrorCode::disk_full ||
         code == ErrorCode::outcome_unknown;
}

class Simulation {
 public:
  Simulation(const Folder& folder, std::uint64_t seed, const Planted& planted)
      : draw_(seed ^ 0x5eed), with_faults_(seed % 4 != 0), system_(folder, seed, with_faults_, planted) {
    model_.forgets_home = planted.model_forgets_home;
  }

  Verdict run() {
    const std::size_t steps = kLeastSteps + draw_.below(kMoreSteps);
    for (std::size_t i = 0; i < steps && verdict_.problems.empty(); ++i) {
      const Step step = next();
      // A clock may have been set back while the server stood still.
      const auto passed = static_cast<int>(draw_.below(step.kind == Kind::restart ? 100 : 4));
      system_.advance(std::chrono::milliseconds(step.kind == Kind::restart ? -passed : passed));
      take(step);
    }
    if (verdict_.problems.empty()) verdict_.problems = system_.audit();
    return std::move(verdict_);
  }

 private:
  void complain(std::string what) { verdict_.problems.push_back(std::move(what)); }

  /// Performs a step and compares what came of it.
  void take(const Step& step) {
    ++verdict_.steps_done;
    verdict_.steps.push_back(step.text());
    Model after = model_;
    const Told told = after.apply(step);
    const std::uint64_t faults = system_.store_faults();
    const Result<Outcome> outcome = system_.perform(step);
    verdict_.steps.back() += outcome ? fmt::format(" → {}{}", outcome->status, outcome->replayed ? " replayed" : "")
                                     : fmt::format(" → {}", wire_name(outcome.error().code));
    Listing listing = system_.look();
    after.learn(listing.generation_ids_and_prompts, listing.asset_ids_and_names);
    settle(told, outcome, std::move(after), listing);
    for (std::string& wrong : listing.wrong) complain(std::move(wrong));
    check_orphans(listing, outcome, system_.store_faults() != faults);
    if (!step.key.empty()) remember(step);
  }

  void settle(const Told& told, const Result<Outcome>& outcome, Model after, const Listing& listing) {
    if (outcome) {
      const bool as_told = !told.refused && told.replayed == outcome->replayed && told.status == outcome->status;
      if (!as_told) return complain(fmt::format("should be {}", text_of(told)));
      return expect(std::move(after), listing);
    }
    const ErrorCode code = outcome.error().code;
    if (told.refused == code) return expect(model_, listing);
    if (!with_faults_ || !is_injected(code)) return complain(fmt::format("should be {}", text_of(told)));
    const bool may_have_happened = code == ErrorCode::outcome_unknown && !told.refused;
    if (!may_have_happened) return expect(model_, listing);
    ++verdict_.unknown;
    expect(after.lines() == listing.lines ? std::move(after) : model_, listing);
  }

  static std::string text_of(const Told& told) {
    if (told.refused) return std::string(wire_name(*told.refused));
    return fmt::format("{}{}", told.status, told.replayed ? " replayed" : "");
  }

  void expect(Model model, const Listing& listing) {
    const auto wanted = model.lines();
    model_ = std::move(model);
    if (wanted == listing.lines) return;
    std::vector<std::string> missing;
    std::vector<std::string> surplus;
    std::ranges::set_difference(wanted, listing.lines, std::back_inserter(missing));
    std::ranges::set_difference(listing.lines, wanted, std::back_inserter(surplus));
    for (const std::string& line : missing) complain("missing: " + line);
    for (const std::string& line : surplus) complain("surplus: " + line);
  }

  /// Bytes that no row names may stay behind only where something failed.
  void check_orphans(const Listing& listing, const Result<Outcome>& outcome, bool store_failed) {
    const bool excused = store_failed || (!outcome && is_injected(outcome.error().code));
    if (listing.orphans > orphans_ && !excused) complain("bytes were left behind that no row names");
    orphans_ = listing.orphans;
  }

  void remember(const Step& step) {
    if (remembered_.size() == kRemembered) remembered_.erase(remembered_.begin());
    remembered_.push_back(step);
  }

  // ---- what to do next ----

  Step next() {
    if (draw_.happens(25)) return {.kind = Kind::restart};
    if (!remembered_.empty() && draw_.happens(180)) return again();
    Step step{.kind = static_cast<Kind>(draw_.below(7))};
    switch (step.kind) {
      case Kind::create:
        step.generation = fmt::format("g{}", draw_.below(kGenerationNames));
        step.prompt = draw_.word();
        break;
      case Kind::upload:
        make_upload(step);
        break;
      case Kind::remove_asset:
      case Kind::restore_asset:
        step.asset = some_asset();
        break;
      default:
        step.generation = some_generation();
        if (step.kind == Kind::edit) step.prompt = draw_.word();
    }
    add_version(step);
    if (draw_.happens(400)) step.key = draw_.word();
    return step;
  }

  /// A retry with an old key; at times of something else, which must be refused.
  Step again() {
    Step step = remembered_[draw_.below(remembered_.size())];
    if (draw_.happens(850)) {
      step.cut_at.reset();
      return step;
    }
    if (step.kind == Kind::upload) {
      step.bytes.back() = static_cast<char>(step.bytes.back() ^ 1);
    } else if (step.kind == Kind::create || step.kind == Kind::edit) {
      step.prompt = draw_.word();
    }
    return step;
  }

  void make_upload(Step& step) {
    step.filename = draw_.word();
    if (draw_.happens(500)) step.generation = some_generation();
    if (!bytes_.empty() && draw_.happens(300)) {
      step.bytes = bytes_[draw_.below(bytes_.size())];  // without a recipe of its own
    } else if (draw_.happens(200)) {
      step.prompt = draw_.word();
      step.bytes = make_png(draw_, step.prompt);
    } else {
      step.bytes = draw_.happens(500) ? make_png(draw_, "") : draw_.bytes(1 + draw_.below(3000));
      bytes_.push_back(step.bytes);
    }
    if (draw_.happens(100)) step.cut_at = draw_.below(step.bytes.size());
    if (draw_.happens(40)) step.missing = 1 + draw_.below(10);
  }

  void add_version(Step& step) {
    const bool takes_one = step.kind == Kind::edit || step.kind == Kind::remove || step.kind == Kind::remove_asset;
    if (!takes_one || draw_.happens(500)) return;
    std::int64_t version = 1;
    for (const Generation& g : model_.generations()) version = g.id == step.generation ? g.version : version;
    for (const Asset& a : model_.assets()) version = !step.asset.empty() && a.id == step.asset ? a.version : version;
    step.seen_version = version + static_cast<std::int64_t>(draw_.happens(250) ? 1 + draw_.below(2) : 0);
  }

  std::string some_generation() {
    const auto& all = model_.generations();
    if (all.empty() || draw_.happens(50)) return fmt::format("g{}", draw_.below(kGenerationNames));
    return all[draw_.below(all.size())].id;
  }

  std::string some_asset() {
    const auto& all = model_.assets();
    return all.empty() || draw_.happens(30) ? "img_nobody" : all[draw_.below(all.size())].id;
  }

  Draw draw_;
  bool with_faults_;
  System system_;
  Model model_;
  Verdict verdict_;
  std::vector<Step> remembered_;    // with keys
  std::vector<std::string> bytes_;  // that were sent
  std::size_t orphans_ = 0;
};

}  // namespace

Verdict simulate(const Folder& folder, std::uint64_t seed, const Planted& planted) {
  try {
    return Simulation(folder, seed, planted).run();
  } catch (const std::exception& thrown) {
    Verdict verdict;
    verdict.problems = {thrown.what()};
    return verdict;
  }
}

}  // namespace medialith::sim
