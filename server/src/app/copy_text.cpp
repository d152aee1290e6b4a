#include "app/copy_text.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "app/print.hpp"

namespace medialith::app {
namespace {

constexpr std::chrono::milliseconds kRedraw{100};
constexpr std::uint64_t kBarWidth = 30;

std::string amount(const movers::CopyProgress& progress, std::uint64_t value) {
  return progress.table.empty() ? print_bytes(value) : group_digits(static_cast<std::int64_t>(value));
}

std::string files(std::int64_t count, std::uint64_t bytes) {
  return fmt::format("{} ({})", group_digits(count), print_bytes(bytes));
}

std::string table_of(const movers::CopyReport& report) {
  std::string text = fmt::format("  {:<14}{:>12}{:>12}{:>12}{:>12}\n", "", "rows", "added", "changed", "deleted");
  for (const movers::TableFigures& table : report.tables) {
    text += fmt::format("  {:<14}{:>12}{:>12}{:>12}{:>12}\n", table.table, group_digits(table.rows),
                        group_digits(table.added), group_digits(table.changed), group_digits(table.deleted));
  }
  return text;
}

}  // namespace

std::string CopyMeter::show(const movers::CopyProgress& progress) {
  const auto now = clock_.monotonic();
  const bool blobs = progress.table.empty();
  if (!begun_ || blobs != blobs_) {
    begun_ = true;
    blobs_ = blobs;
    tenth_ = 0;
    first_done_ = progress.done;
    since_ = now;
    drawn_ = now - kRedraw;
  }
  const std::uint64_t percent = progress.total == 0 ? 100 : progress.done * 100 / progress.total;
  if (style_ == Style::bar) {
    if (now - drawn_ < kRedraw) return {};
    drawn_ = now;
    return bar(progress, percent);
  }
  if (percent / 10 == tenth_) return {};
  tenth_ = percent / 10;
  return fmt::format("{}: {} % of {}\n", blobs ? "files" : "rows", tenth_ * 10, amount(progress, progress.total));
}

std::string CopyMeter::bar(const movers::CopyProgress& progress, std::uint64_t percent) {
  const auto took = std::chrono::duration<double>(drawn_ - since_).count();
  const auto done = static_cast<double>(progress.done - std::min(progress.done, first_done_));
  const double rate = took > 0 ? done / took : 0;
  std::string left;
  if (rate > 0) {
    const auto seconds = static_cast<std::uint64_t>(static_cast<double>(progress.total - progress.done) / rate);
    left = fmt::format("   {}:{:02} left", seconds / 60, seconds % 60);
  }
  const std::uint64_t filled = std::min(kBarWidth, percent * kBarWidth / 100);
  return fmt::format("\r\x1b[K  {:<14} [{}{}] {:>3} %  {} of {}{}", progress.table.empty() ? "files" : progress.table,
                     std::string(filled, '#'), std::string(kBarWidth - filled, ' '), percent,
                     amount(progress, progress.done), amount(progress, progress.total), left);
}

std::string CopyMeter::end() const { return style_ == Style::bar && begun_ ? "\r\x1b[K" : ""; }

std::string copy_report(const movers::CopyReport& report, const CopyNames& names, std::chrono::milliseconds took) {
  const movers::BlobFigures& blobs = report.blobs;
  std::string text =
      fmt::format("{} {} to {} in {:.1f} s\n\n{}\n", report.complete() ? "Copied" : "NOT WHOLLY COPIED:", names.from,
                  names.to, std::chrono::duration<double>(took).count(), table_of(report));
  text += fmt::format("  files sent                  {}\n", files(blobs.sent, blobs.sent_bytes));
  text += fmt::format("  files there already         {}\n", files(blobs.there, blobs.there_bytes));
  text += fmt::format("  files removed               {}\n", group_digits(blobs.removed));
  text += fmt::format("  views of the source         {}\n", report.views);
  if (report.complete()) {
    return text + "\nEvery row was compared after it was written, every file with its SHA-256 as it was sent.\n";
  }
  text += fmt::format("\n{} damaged at the source, not copied:\n", blobs.damaged.size());
  for (const movers::DamagedBlob& blob : blobs.damaged) {
    text += fmt::format("  {}: {} ({})\n", blob.key, blob.why,
                        blob.asset.empty() ? "of no asset" : "asset " + printable(blob.asset));
  }
  return text +
         "\nNo server starts over the target until a run has copied everything. Put the files back at the source\n"
         "or delete them there for good, and run the copy again: what is there is not sent twice.\n";
}

std::string plan_report(const movers::CopyReport& report, const CopyNames& names) {
  const movers::BlobFigures& blobs = report.blobs;
  return fmt::format(
      "Dry run: nothing was changed. A copy of {} to {} would write\n\n{}\n"
      "  files to send               {}\n  files there already         {}\n  files to remove             {}\n",
      names.from, names.to, table_of(report), files(blobs.sent, blobs.sent_bytes),
      files(blobs.there, blobs.there_bytes), group_digits(blobs.removed));
}

}  // namespace medialith::app
