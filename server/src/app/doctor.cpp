#include "app/doctor.hpp"

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "app/bootstrap.hpp"
#include "app/control.hpp"
#include "app/data_folder.hpp"
#include "app/databases.hpp"
#include "app/doctor_bucket.hpp"
#include "app/doctor_report.hpp"
#include "app/membership.hpp"
#include "app/options.hpp"
#include "blob/disk/disk_store.hpp"
#include "domain/accounts.hpp"
#include "http/limits.hpp"
#include "intake/intake.hpp"
#include "web/body_budget.hpp"
#include "web/narrow_pool.hpp"

namespace medialith::app {
namespace {

constexpr std::uint64_t kLittleRoom = 1'000'000'000;
constexpr std::size_t kShownProblems = 10;

std::string source_of(const Explanation& explanation) {
  switch (explanation.source) {
    case Source::environment:
      return "environment";
    case Source::flag:
      return explanation.overrides_environment ? fmt::format("{}, over the environment", explanation.flag)
                                               : std::string(explanation.flag);
    case Source::fallback:
      return "default";
    case Source::unset:
      break;
  }
  return "";
}

void report_options(Report& report, const Config& config) {
  report.heading("Configuration (a server that runs has read its own environment)");
  std::string unset;
  for (const Explanation& explanation : config.explain()) {
    if (explanation.source == Source::unset) {
      unset += fmt::format("{}{}", unset.empty() ? "" : " ", explanation.name);
      continue;
    }
    report.fact(explanation.name, fmt::format("{}   ({})", explanation.value, source_of(explanation)));
  }
  report.fact("not set", unset);
}

// ---- the machine --------------------------------------------------------------------------------------------------

std::string print_limit(rlim_t value) { return value == RLIM_INFINITY ? "unlimited" : std::to_string(value); }

void report_limits(Report& report, const web::Settings& settings) {
  report.heading("Limits");
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  const http::ServerLimits http;
  const std::string descriptors = fmt::format("{} (hard limit {}), {} connections", print_limit(files.rlim_cur),
                                              print_limit(files.rlim_max), http.max_connections);
  // A connection takes one, a download or an upload another.
  if (files.rlim_cur < 2 * http.max_connections) {
    report.warn("open files", descriptors + ": raise it (ulimit -n, LimitNOFILE)");
  } else {
    report.good("open files", descriptors);
  }
  rlimit size{};
  ::getrlimit(RLIMIT_FSIZE, &size);
  if (size.rlim_cur != RLIM_INFINITY) {
    report.wrong("file size", fmt::format("files end at {} bytes (ulimit -f), the database too", size.rlim_cur));
  }
  report.fact("largest file", fmt::format("{} bytes", settings.max_file_size));
  report.fact("bodies that must be whole",
              fmt::format("{} bytes together, wait {} s", web::kBodyBudget, web::kBudgetWait.count()));
  report.fact("heads", fmt::format("{} bytes, {} fields, within {} ms", http.max_header_bytes, http.max_header_fields,
                                   http.header_deadline.count()));
  report.fact("connections", fmt::format("{}, {} an address", http.max_connections, http.max_connections_per_address));
  report.fact("writes that wait", fmt::format("{}", db::kWriteQueue));
  report.fact("password hashes", fmt::format("{} at once, {} wait", web::kHashesAtOnce, web::kHashesWaiting));
}

void report_room(Report& report, const std::string& path) {
  struct statvfs info{};
  if (::statvfs(path.c_str(), &info) != 0) return;
  const std::uint64_t room = std::uint64_t{info.f_bavail} * info.f_frsize;
  const std::string text = fmt::format("{} MB, {} inodes", room / 1'000'000, info.f_favail);
  // Some file systems count no inodes.
  const bool little = room < kLittleRoom || (info.f_files != 0 && info.f_favail < 10'000);
  little ? report.warn("free", text + ": uploads will soon be refused") : report.good("free", text);
}

// ---- the folder ---------------------------------------------------------------------------------------------------

void report_rights(Report& report, const std::string& path) {
  struct stat info{};
  if (::stat(path.c_str(), &info) != 0) return;
  if ((info.st_mode & 077U) != 0) report.warn("rights", path + " can be entered by others: chmod 700");
}

/// What the database says of itself, read on a connection of its own.
struct DatabaseFacts {
  std::optional<std::string> store_id;
  std::optional<std::string> secret_id;
  std::optional<std::string> clock_mark;
  std::vector<std::string> problems;  ///< of quick_check
};

Result<DatabaseFacts> read_database(const DatabaseChoice& choice) {
  DatabaseFacts facts;
  const SystemClock clock;
  auto read = [&](db::Connection& connection) -> Result<void> {
    TRY_ASSIGN(facts.store_id, domain::find_meta(connection, kStoreId));
    TRY_ASSIGN(facts.secret_id, domain::find_meta(connection, kSecretId));
    TRY_ASSIGN(facts.clock_mark, domain::find_meta(connection, kClockMark));
    if (!choice.is_file()) return {};
    return connection.each(db::Sql("PRAGMA quick_check"), [&](const db::Row& row) {
      if (row.text(0) != "ok") facts.problems.emplace_back(row.text(0));
    });
  };
  TRY(look_into(choice, clock, read));
  return facts;
}

/// False when there is nothing to look into yet, or nothing that can be read; either has been reported.
bool report_schema(Report& report, const DatabaseChoice& choice) {
  const auto migrations = migration_states(choice);
  if (!migrations) {
    report.wrong("schema", Report::sentence(migrations.error()));
    return false;
  }
  const auto pending =
      std::ranges::count_if(*migrations, [](const db::MigrationState& state) { return !state.applied_at; });
  if (pending == std::ssize(*migrations)) {
    report.fact("schema", choice.is_file() ? "a start was cut short before it made the tables: the next one does"
                                           : "not there yet: the first start makes it");
    return false;
  }
  report.good("schema", fmt::format("{} migrations, {} pending", migrations->size(), pending));
  return true;
}

/// A server goes on from the time that its database has seen, wherever the machine's clock has been set since.
void report_clock(Report& report, const std::optional<std::string>& mark) {
  const auto seen = mark ? parse_iso8601(*mark) : Result<Time>();
  if (!seen) return report.wrong("clock", Report::sentence(seen.error()));
  const bool behind = SystemClock().now() < *seen;
  behind
      ? report.warn("clock", fmt::format("is behind {}, which the database has seen: the server goes by that", *mark))
      : report.good("clock", "not behind what the database has seen");
}

/// The server does not say what it does with a commit; Turso's own do keep it.
void report_libsql_durability(Report& report, std::string_view name) {
  if (name.ends_with(".turso.io")) return;
  report.warn("durability",
              "a self-hosted sqld does not fsync its commits: a power cut may take what was acknowledged");
}

/// nullopt: there is no database yet, or it cannot be read, which has been reported.
std::optional<DatabaseFacts> report_database(Report& report, const Config& config) {
  report.heading("Database");
  const auto choice = choose_database(config);
  if (!choice) {
    report.wrong("choice", Report::sentence(choice.error()));
    return std::nullopt;
  }
  report.good(title(choice->engine), fmt::format("{}   ({})", choice->name, choice->chosen_by));
  for (const std::string& loser : choice->losers) report.fact("not used", loser);
  if (choice->is_file()) {
    std::error_code missing;
    if (const auto size = std::filesystem::file_size(choice->path, missing); missing || size == 0) {
      report.fact("file", "not there yet: the first start makes it");
      return std::nullopt;
    }
  } else {
    const auto server = describe_server(*choice);
    if (!server) {
      report.wrong("server", Report::sentence(server.error()));
      return std::nullopt;
    }
    report.good("server", *server);
    if (choice->engine == DatabaseEngine::libsql) report_libsql_durability(report, choice->name);
  }
  if (!report_schema(report, *choice)) return std::nullopt;
  auto facts = read_database(*choice);
  if (!facts) {
    report.wrong(choice->is_file() ? "quick_check" : "connection", Report::sentence(facts.error()));
    return std::nullopt;
  }
  if (choice->is_file() && facts->problems.empty()) report.good("quick_check", "every page was read");
  for (std::size_t i = 0; i < std::min(facts->problems.size(), kShownProblems); ++i) {
    report.wrong("quick_check", facts->problems[i]);
  }
  report_clock(report, facts->clock_mark);
  return std::move(*facts);
}

/// Where the secret comes from and whether it is the database's. Never makes one.
void report_secret(Report& report, const Config& config, const std::optional<DatabaseFacts>& database) {
  report.heading("Secret");
  const std::string file = DataFolder::secret_key_of(config.text("MEDIALITH_DATA"));
  auto secret = configured_secret(config);
  if (!secret) return report.wrong("source", Report::sentence(secret.error()));
  std::string source = config.has("MEDIALITH_SECRET") ? "MEDIALITH_SECRET" : "AUTH_SECRET";
  if (!*secret) {
    source = file;
    auto kept = read_secret_key(file);
    if (!kept) return report.wrong("source", Report::sentence(kept.error()));
    if (!*kept) return report.fact("source", file + " will be made at the first start");
    *secret = std::move(**kept);
    struct stat info{};
    if (::stat(file.c_str(), &info) == 0 && (info.st_mode & 077U) != 0) {
      report.warn("rights", file + " can be read by others: chmod 600");
    }
  }
  if (database && database->secret_id && *database->secret_id != secret_id(**secret)) {
    return report.wrong("source", source + " is not the secret that the database was made with");
  }
  report.good("source", source);
}

void report_store_id(Report& report, const std::optional<std::string>& in_store,
                     const std::optional<DatabaseFacts>& database) {
  const auto in_database = database ? database->store_id : std::nullopt;
  const std::string here = in_store.value_or("none");
  const std::string there = in_database.value_or("none");
  if (in_store == in_database) return report.good("STORE_ID", here == "none" ? "none yet" : here + ", in both");
  if (!in_database) return report.fact("STORE_ID", here + " beside the files; the database gets it at the next start");
  report.wrong("STORE_ID",
               fmt::format("{} beside the files, {} in the database: check which folder is mounted, or which"
                           " bucket and prefix are set",
                           here, there));
}

/// Tries what every upload relies on. Only under the folder's lock: a store is opened by one process at a time.
void report_probe(Report& report, const std::string& root) {
  net::Runtime runtime({.loops = 1, .work_threads = 1, .disk_threads = 1});
  SystemRandom random;
  const auto store = blob::DiskStore::open(root, runtime.disk(), random);
  if (!store) return report.wrong("probe", Report::sentence(store.error()));
  report.check("probe", (*store)->probe(), "a file was written, flushed and read back");
}

void report_folder(Report& report, const Config& config, const std::optional<DatabaseFacts>& database, bool may_probe) {
  const std::string root = DataFolder::blobs_of(config.text("MEDIALITH_DATA"));
  std::error_code error;
  if (!std::filesystem::exists(root, error)) {
    const bool lost = database && database->store_id;
    lost ? report.wrong("folder", root + " is not there, though the database has files: check which folder is mounted")
         : report.fact("folder", root + " is not there yet: the first start makes it");
    return;
  }
  const auto glance = blob::glance_at_store(root);
  if (!glance) return report.wrong("folder", Report::sentence(glance.error()));
  report.good("folder", root);
  const blob::FileSystemKind& kind = glance->file_system;
  kind.warning.empty() ? report.good("file system", kind.name)
                       : report.warn("file system", fmt::format("{}. {}", kind.name, kind.warning));
  report_room(report, root);
  report_store_id(report, glance->id, database);
  if (may_probe) report_probe(report, root);
}

void report_files(Report& report, const Config& config, const std::optional<DatabaseFacts>& database, bool may_probe,
                  Cors cors) {
  report.heading("Files");
  const auto files = choose_store(config);
  if (!files) return report.wrong("choice", Report::sentence(files.error()));
  for (const std::string& loser : files->losers) report.fact("not used", loser);
  if (files->kind == StoreKind::disk) return report_folder(report, config, database, may_probe);
  if (const auto id = report_bucket(report, *files, web_settings(config), cors)) report_store_id(report, *id, database);
}

}  // namespace

Diagnosis diagnose(const Config& config, Cors cors) {
  Report report;
  report.found().text = fmt::format("Medialith {}\n", MEDIALITH_VERSION);
  report_options(report, config);
  const std::string data = config.text("MEDIALITH_DATA");
  const web::Settings settings = web_settings(config);

  report.heading("Data folder");
  std::error_code error;
  const bool there = std::filesystem::is_directory(data, error);
  report.fact("path", std::filesystem::absolute(data, error).lexically_normal().string());
  // Held until the end, so that no server starts while its store is tried.
  std::optional<DataFolder> lock;
  if (!there) {
    report.fact("folder", "not there yet: the first start makes it");
  } else {
    report_rights(report, data);
    auto locked = DataFolder::try_open(data);
    if (!locked) {
      report.wrong("lock", Report::sentence(locked.error()));
    } else if (*locked) {
      lock = std::move(*locked);
      report.good("lock", "no server runs over it");
    } else {
      const std::string holder = lock_holder(data);
      server_runs(data) ? report.good("lock", fmt::format("held by the server with pid {}, which answers", holder))
                        : report.warn("lock", fmt::format("held by pid {}, which does not answer", holder));
    }
  }
  const auto database = report_database(report, config);
  report_secret(report, config, database);
  report_files(report, config, database, lock.has_value(), cors);
  report_limits(report, settings);
  return std::move(report.found());
}

Result<int> run_doctor(const Config& config, Cors cors) {
  const Diagnosis found = diagnose(config, cors);
  fmt::print("{}\n", found.text);
  if (found.wrong == 0 && found.warnings == 0) fmt::print("Nothing is wrong.\n");
  if (found.warnings > 0) fmt::print("{} to be careful about.\n", found.warnings);
  if (found.wrong > 0) fmt::print("{} wrong.\n", found.wrong);
  return found.wrong == 0 ? 0 : 1;
}

}  // namespace medialith::app
