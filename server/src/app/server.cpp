#include "app/server.hpp"

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <thread>
#include <utility>

#include <fmt/format.h>
#include <signal.h>

#include "api/assets.hpp"
#include "api/auth.hpp"
#include "api/generations.hpp"
#include "api/keys.hpp"
#include "api/me.hpp"
#include "api/replay.hpp"
#include "api/system.hpp"
#include "api/uploads.hpp"
#include "app/banner.hpp"
#include "app/bootstrap.hpp"
#include "app/console_files.hpp"
#include "app/data_folder.hpp"
#include "app/faults.hpp"
#include "app/options.hpp"
#include "base/bytes.hpp"
#include "base/metrics.hpp"
#include "blob/disk/disk_store.hpp"
#include "db/sqlite/sqlite_database.hpp"
#include "http/server.hpp"
#include "intake/intake.hpp"
#include "web/authenticate.hpp"
#include "web/edge.hpp"
#include "web/narrow_pool.hpp"

namespace medialith::app {
namespace {

constexpr std::chrono::seconds kDrain{10};

/// Blocks the signals that end the server in every thread made from now on; wait() takes them one by one.
class Signals {
 public:
  Signals() {
    sigemptyset(&set_);
    sigaddset(&set_, SIGTERM);
    sigaddset(&set_, SIGINT);
    pthread_sigmask(SIG_BLOCK, &set_, nullptr);
  }
  void wait() const {
    int signal = 0;
    sigwait(&set_, &signal);
  }
  /// A second signal means: now.
  void exit_on_next() const {
    std::thread([set = set_] {
      int signal = 0;
      sigwait(&set, &signal);
      std::_Exit(130);
    }).detach();
  }

 private:
  sigset_t set_{};
};

LogSettings log_settings(const Config& config) {
  const std::string level = config.text("MEDIALITH_LOG_LEVEL");
  return {.format = config.text("MEDIALITH_LOG_FORMAT") == "text" ? LogFormat::text : LogFormat::json,
          .level = level == "debug"   ? LogLevel::debug
                   : level == "warn"  ? LogLevel::warn
                   : level == "error" ? LogLevel::error
                                      : LogLevel::info};
}

Result<Secret> secret_of(const Config& config, const DataFolder& folder, Random& random) {
  for (const std::string_view name : {"MEDIALITH_SECRET", "AUTH_SECRET"}) {
    if (!config.has(name)) continue;
    Secret secret = config.secret(name);
    if (secret.size() < kMinSecret) {
      return fail(ErrorCode::validation_failed, fmt::format("{} must have at least 32 characters.", name));
    }
    return secret;
  }
  return folder.secret_key(random);
}

/// What lives while the server does, in the order in which it is built. Destroyed in reverse.
struct Server {
  SystemClock clock;
  SystemRandom random;
  UuidMaker uuids{clock, random};
  domain::RidMaker rids{clock};
  DataFolder folder;
  Logger log;
  net::Runtime runtime;
  TestFaults faults;
  std::unique_ptr<blob::DiskStore> blobs = {};
  std::unique_ptr<db::SqliteDatabase> database = {};
  Metrics metrics = {};
  web::RateLimiter user_mutations{clock, web::kUserMutations};
  web::RateLimiter anonymous_mutations{clock, web::kAnonymousMutations};
  web::RateLimiter wrong_passwords{clock, web::kWrongPasswords};
  web::BodyBudget bodies{};
  web::InFlight in_flight{};
  web::NarrowPool hashing{runtime.work(), web::kHashesAtOnce, web::kHashesWaiting};
  std::atomic<bool> draining = false;

  Result<void> open_stores(const Config& config);
  BootstrapParts bootstrap() { return {*database, *blobs, clock, random, uuids}; }
};

Result<void> Server::open_stores(const Config& config) {
  TRY_ASSIGN(const DatabaseChoice choice, choose_database(config));
  log.info("database_chosen", {{"path", choice.path},
                               {"by", choice.chosen_by},
                               {"not_used", fmt::format("{}", fmt::join(choice.losers, ", "))}});
  const std::string root = folder.path() + "/blobs";
  TRY(make_durable_folder(root));
  TRY_ASSIGN(blobs, blob::DiskStore::open(root, runtime.disk(), random, {.faults = faults.disk}));
  TRY(blobs->probe());
  TRY_ASSIGN(database, db::SqliteDatabase::open({.path = choice.path,
                                                 .loops = runtime.loop_count(),
                                                 .current_loop = net::Runtime::current_loop,
                                                 .faults = faults.database},
                                                clock, runtime.work()));
  return {};
}

void register_metrics(Server& server) {
  Metrics& metrics = server.metrics;
  db::Database& database = *server.database;
  metrics.gauge("medialith_db_commits_total", "Groups of writes committed.",
                [&] { return static_cast<double>(database.stats().groups); });
  metrics.gauge("medialith_db_writes_total", "Writes committed or refused in them.",
                [&] { return static_cast<double>(database.stats().writes); });
  metrics.gauge("medialith_db_write_queue", "Writes that wait for the writer now.",
                [&] { return static_cast<double>(database.stats().queue_length); });
  metrics.gauge("medialith_db_short_reads_moved_total", "Short reads that took over 5 ms and went to the work pool.",
                [&] { return static_cast<double>(database.stats().short_reads_moved); });
  metrics.gauge("medialith_work_queue", "Jobs that wait for a thread of the work pool now.",
                [&] { return static_cast<double>(server.runtime.work().waiting()); });
  metrics.gauge("medialith_disk_queue", "Jobs that wait for a thread of the disk pool now.",
                [&] { return static_cast<double>(server.runtime.disk().waiting()); });
}

void add_routes(http::Router& router, Server& server, web::Services& services, intake::Intake& intake) {
  web::Routes routes(services, router, api::render_replay);
  api::add_auth_routes(routes);
  api::add_me_routes(routes);
  api::add_key_routes(routes);
  api::add_generation_routes(routes);
  api::add_asset_routes(routes, *server.blobs);
  api::add_upload_routes(routes, intake);
  api::add_health_routes(
      router, {*server.database, *server.blobs, server.metrics, [&server] { return server.draining.load(); }});
  api::add_document_routes(router, {.version = MEDIALITH_VERSION,
                                    .base_url = services.settings.public_url.empty() ? services.settings.base_path
                                                                                     : services.settings.public_url,
                                    .cookie_name = web::login_cookie_name(services.settings),
                                    .signature_parameter = "sig"});
  api::add_console_routes(router, console_files());
}

void print_banner(const Config& config, Server& server, const http::Server& http, const FirstUsers& first,
                  const web::Settings& settings, std::chrono::steady_clock::time_point started) {
  const BannerFacts facts{
      .start = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - started),
      .scheme = config.has("MEDIALITH_TLS_CERTIFICATE") ? "https" : "http",
      .listen = config.text("MEDIALITH_LISTEN"),
      .port = http.port(),
      .data = std::filesystem::absolute(server.folder.path()).lexically_normal().string(),
      .single = settings.profile == web::Profile::single,
      .local_only = settings.local_without_login,
      .free_bytes = server.blobs->free_bytes(),
      .file_system_warning = server.blobs->file_system_kind().warning,
      .over_ssh = std::getenv("SSH_CONNECTION") != nullptr,  // NOLINT(concurrency-mt-unsafe): nobody writes it
      .access_token = first.access_token ? &*first.access_token : nullptr,
      .setup_token = first.setup_token ? &*first.setup_token : nullptr};
  fmt::print("{}", banner(facts));
  std::fflush(stdout);
}

}  // namespace

Result<int> serve(const Config& config) {
  const auto started = std::chrono::steady_clock::now();
  const Signals signals;
  TRY_ASSIGN(TestFaults faults, parse_faults(config.list("MEDIALITH_TEST_FAULTS")));
  const web::Settings settings = web_settings(config);
  TRY_ASSIGN(const http::Origins origins, http::Origins::create({.listen = config.text("MEDIALITH_LISTEN"),
                                                                 .public_url = settings.public_url,
                                                                 .allowed = settings.allowed_origins}));
  TRY_ASSIGN(DataFolder folder, DataFolder::open(config.text("MEDIALITH_DATA")));
  const SystemClock log_clock;
  TRY_ASSIGN(Logger log, Logger::to_file(log_settings(config), log_clock, {.path = folder.log_file()}));
  Server server{.folder = std::move(folder),
                .log = std::move(log),
                .runtime = net::Runtime({.loops = std::max(1U, std::thread::hardware_concurrency()),
                                         .work_threads = std::max(1U, std::thread::hardware_concurrency())}),
                .faults = std::move(faults)};
  TRY_ASSIGN(const Secret secret, secret_of(config, server.folder, server.random));
  TRY(server.open_stores(config));
  TRY(net::run_sync(check_store_id(server.bootstrap())));
  TRY_ASSIGN(const std::int64_t newest, net::run_sync(server.database->read(domain::newest_rid)));
  server.rids.start_after(newest);
  TRY(net::run_sync(check_secret(server.bootstrap(), secret)));
  TRY_ASSIGN(const FirstUsers first, net::run_sync(ensure_users(server.bootstrap(), settings)));
  TRY(net::run_sync(server.blobs->sweep_staging(server.clock.now())));
  register_metrics(server);

  TRY_ASSIGN(const PasswordHasher passwords, PasswordHasher::make());
  const ByteSpan key = bytes_of(secret.reveal());
  web::Services services{.runtime = server.runtime,
                         .database = *server.database,
                         .clock = server.clock,
                         .random = server.random,
                         .uuids = server.uuids,
                         .rids = server.rids,
                         .log = server.log,
                         .settings = settings,
                         .cursors = web::CursorSealer(key),
                         .urls = web::UrlSigner(key),
                         .local = first.local,
                         .user_mutations = server.user_mutations,
                         .anonymous_mutations = server.anonymous_mutations,
                         .wrong_passwords = server.wrong_passwords,
                         .bodies = server.bodies,
                         .in_flight = server.in_flight,
                         .hashing = server.hashing,
                         .passwords = passwords};
  services.settings.access_token_hash = first.access_token_hash;
  intake::Intake intake(
      {*server.database, *server.blobs, server.clock, server.random, server.uuids, server.rids, server.runtime.work()},
      intake_policy(config), server.faults.intake);
  http::Router router;
  add_routes(router, server, services, intake);
  web::Edge edge(services.settings, origins, server.log);
  http::Server http(
      server.runtime, router,
      {.listen = config.text("MEDIALITH_LISTEN"),
       .tls_certificate_file = config.text("MEDIALITH_TLS_CERTIFICATE"),
       .tls_key_file = config.text("MEDIALITH_TLS_KEY"),
       .base_path = settings.base_path,
       .trusted_proxies = config.list("MEDIALITH_TRUSTED_PROXIES")},
      {.middleware = [&edge](http::Request& request, const http::Route& route) { return edge.serve(request, route); },
       .present = [&edge](const Error& error, const http::Request& request) { return edge.present(error, request); },
       .on_failure =
           [&server](const http::Request& request, std::string_view what) {
             server.log.for_request(request.id).error("request_broke", {{"what", what}});
           }},
      server.clock, server.random);
  server.runtime.start();
  TRY(http.start());
  print_banner(config, server, http, first, settings, started);
  signals.wait();
  signals.exit_on_next();
  server.draining = true;
  http.drain(kDrain);
  server.runtime.stop();
  server.log.flush();
  return 0;
}

}  // namespace medialith::app
