#include "app/server.hpp"

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <future>
#include <memory>
#include <system_error>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "api/assets.hpp"
#include "api/auth.hpp"
#include "api/bulk.hpp"
#include "api/bulk_work.hpp"
#include "api/exports.hpp"
#include "api/facets.hpp"
#include "api/generations.hpp"
#include "api/imports.hpp"
#include "api/jobs.hpp"
#include "api/keys.hpp"
#include "api/me.hpp"
#include "api/replay.hpp"
#include "api/system.hpp"
#include "api/trash.hpp"
#include "api/uploads.hpp"
#include "api/usage.hpp"
#include "app/banner.hpp"
#include "app/bootstrap.hpp"
#include "app/console_files.hpp"
#include "app/control.hpp"
#include "app/data_folder.hpp"
#include "app/faults.hpp"
#include "app/figures.hpp"
#include "app/membership.hpp"
#include "app/options.hpp"
#include "app/process.hpp"
#include "app/request_log.hpp"
#include "app/server_identity.hpp"
#include "app/stores.hpp"
#include "base/bytes.hpp"
#include "base/metrics.hpp"
#include "base/password.hpp"
#include "compat/fumi.hpp"
#include "domain/assets.hpp"
#include "http/server.hpp"
#include "intake/intake.hpp"
#include "movers/copy.hpp"
#include "net/listener.hpp"
#include "web/authenticate.hpp"
#include "web/edge.hpp"
#include "web/narrow_pool.hpp"

namespace medialith::app {
namespace {

constexpr std::chrono::seconds kDrain{10};
constexpr std::chrono::seconds kFatalDrain{1};  // for the answers that say so
constexpr std::chrono::seconds kDrainJobs{5};
constexpr std::chrono::seconds kFlushLog{1};
constexpr int kExitFatal = 70;  // EX_SOFTWARE; a supervisor starts the server again
constexpr std::int64_t kCountedItems = 10'000;

LogSettings log_settings(const Config& config) {
  const std::string level = config.text("MEDIALITH_LOG_LEVEL");
  return {.format = config.text("MEDIALITH_LOG_FORMAT") == "text" ? LogFormat::text : LogFormat::json,
          .level = level == "debug"   ? LogLevel::debug
                   : level == "warn"  ? LogLevel::warn
                   : level == "error" ? LogLevel::error
                                      : LogLevel::info};
}

Result<Secret> secret_of(const Config& config, const DataFolder& folder, Random& random) {
  TRY_ASSIGN(std::optional<Secret> configured, configured_secret(config));
  if (configured) return std::move(*configured);
  return folder.secret_key(random);
}

net::RuntimeOptions threads() {
  const std::size_t cores = std::max(1U, std::thread::hardware_concurrency());
  return {.loops = cores, .work_threads = cores};
}

/// What requests are served with, in the order in which it is built. Destroyed in reverse.
struct Server {
  Signals& signals;
  SystemClock system_clock;
  MarkedClock clock{system_clock};
  SystemRandom random;
  UuidMaker uuids{clock, random};
  domain::RidMaker rids{clock, random};
  db::sqlite::Tokenizer tokenizer = {};
  domain::FacetCache facets = domain::FacetCache();
  domain::TextCache texts = domain::TextCache();
  web::PageCache pages = web::PageCache();
  DataFolder folder;
  Logger log;
  net::Runtime runtime{threads()};
  TestFaults faults;
  std::atomic<bool> failed = false;  // it must end, and not serve again
  Stores stores = {};
  Metrics metrics = {};
  web::BodyBudget bodies{};
  web::InFlight in_flight{};
  web::KnownPrincipals known{clock};
  web::NarrowPool hashing{runtime.work(), web::kHashesAtOnce, web::kHashesWaiting};
  std::atomic<bool> draining = false;
};

/// What the disk holds is not known any more: nothing is written from here on, those who wait are told, and the next
/// start goes on from what it does hold.
void end_after_fatal(Server& server, const Error& error) {
  server.log.error("database_failed", error);
  fmt::print(stderr, "medialith: the disk failed under the database; ending, to start again from what it holds: {}\n",
             error.detail);
  server.failed = true;
  server.signals.ask();
}

/// Two servers over one folder's files would each lose what the other keeps.
void end_without_files(Server& server, const Error& error) {
  server.log.error("files_lost", error);
  fmt::print(stderr, "medialith: {}\n", error.message);
  server.failed = true;
  server.signals.ask();
}

/// What it shares with the others over its database, and the limits that are shared. Built when the database is open.
struct Shared {
  Shared(Server& server, const Config& config, const DatabaseChoice& choice);

  web::Sharing sharing;
  web::RateLimiter user_mutations;
  web::RateLimiter anonymous_mutations;
  Membership membership;
  web::GuessLimit guesses;
};

Shared::Shared(Server& server, const Config& config, const DatabaseChoice& choice)
    : sharing(server.stores.database->is_shared() ? web::Sharing::with_others : web::Sharing::alone),
      user_mutations(server.clock, web::kUserMutations, sharing),
      anonymous_mutations(server.clock, web::kAnonymousMutations, sharing),
      membership({.database = *server.stores.database,
                  .blobs = *server.stores.blobs,
                  .clock = server.clock,
                  .random = server.random,
                  .uuids = server.uuids,
                  .metrics = server.metrics,
                  .log = server.log,
                  .server = identify_server(server.folder, server.random),
                  .gc_grace = gc_grace(config),
                  .limits = {{"user mutations", user_mutations}, {"anonymous mutations", anonymous_mutations}},
                  .on_files_lost = [&server](const Error& error) { end_without_files(server, error); },
                  .open_wakeups =
                      [&server, &choice](std::function<void()> on_told) {
                        return open_wakeups(choice, server.random, server.log, std::move(on_told));
                      },
                  .faults = server.faults.jobs}),
      guesses(*server.stores.database, membership.clock(), web::kWrongGuesses) {}

/// What a start finds out.
struct Prepared {
  DatabaseChoice choice;
  Secret secret;
  PasswordHasher passwords;
  FirstUsers first;
  std::int64_t items = 0;
};

/// Where the files are, and what was found out about a bucket's provider.
void tell_files(const Server& server, const StoreChoice& files) {
  server.log.info("files_chosen",
                  {{"where", files.name}, {"not_used", fmt::format("{}", fmt::join(files.losers, ", "))}});
  if (server.stores.bucket == nullptr) return;
  const blob::S3Facts& facts = server.stores.bucket->facts();
  server.log.info("bucket_probed", {{"made", facts.made_bucket},
                                    {"conditional_put", facts.conditional_put},
                                    {"conditional_complete", facts.conditional_complete},
                                    {"conditional_copy", facts.conditional_copy},
                                    {"checksums", facts.checksums},
                                    {"md5_etags", facts.md5_etags},
                                    {"versioned", facts.versioned.value_or(false)}});
}

/// Opens everything and checks that it belongs together.
Result<Prepared> prepare(Server& server, const Config& config, const web::Settings& settings) {
  TRY_ASSIGN(DatabaseChoice choice, choose_database(config));
  server.log.info("database_chosen", {{"engine", title(choice.engine)},
                                      {"database", choice.name},
                                      {"by", choice.chosen_by},
                                      {"not_used", fmt::format("{}", fmt::join(choice.losers, ", "))}});
  // One hash takes longer than opening a database does.
  auto passwords = std::async(std::launch::async, [] { return PasswordHasher::make(); });
  TRY_ASSIGN(Secret secret, secret_of(config, server.folder, server.random));
  const StoreParts parts{server.folder, server.runtime,
                         server.clock,  server.random,
                         server.faults, [&server](const Error& error) { end_after_fatal(server, error); }};
  TRY_ASSIGN(const StoreChoice files, choose_store(config));
  TRY_ASSIGN(server.stores, open_stores(parts, choice, files));
  tell_files(server, files);
  if (gc_grace(config).count() == 0) {
    server.log.warn("no_grace", {{"why", "MEDIALITH_GC_GRACE is 0s: no file comes back once it is deleted for good"}});
  }
  TRY(net::run_sync(server.stores.database->read(movers::refuse_unfinished_copy)));
  TRY(net::run_sync(restore_clock(*server.stores.database, server.clock, server.log)));
  const BootstrapParts bootstrap{*server.stores.database, *server.stores.blobs, server.clock, server.random,
                                 server.uuids};
  TRY(net::run_sync(check_store_id(bootstrap)));
  TRY(net::run_sync(check_secret(bootstrap, secret)));
  TRY_ASSIGN(const std::int64_t newest, net::run_sync(server.stores.database->read(domain::newest_rid)));
  server.rids.start_after(newest);
  TRY_ASSIGN(FirstUsers first, net::run_sync(ensure_users(bootstrap, settings)));
  auto count = [](db::Connection& connection) { return domain::count_all_assets(connection, kCountedItems + 1); };
  TRY_ASSIGN(const std::int64_t items, net::run_sync(server.stores.database->read(count)));
  TRY_ASSIGN(PasswordHasher hasher, passwords.get());
  return Prepared{std::move(choice), std::move(secret), std::move(hasher), std::move(first), items};
}

web::Services make_services(Server& server, Shared& shared, const Prepared& prepared, web::Settings settings) {
  const ByteSpan key = bytes_of(prepared.secret.reveal());
  settings.access_token_hash = prepared.first.access_token_hash;
  return {.runtime = server.runtime,
          .database = *server.stores.database,
          .clock = server.clock,
          .random = server.random,
          .uuids = server.uuids,
          .rids = server.rids,
          .tokenizer = server.tokenizer,
          .facets = server.facets,
          .texts = server.texts,
          .pages = server.pages,
          .log = server.log,
          .settings = std::move(settings),
          .cursors = web::CursorSealer(key),
          .urls = web::UrlSigner(key),
          .local = prepared.first.local,
          .user_mutations = shared.user_mutations,
          .anonymous_mutations = shared.anonymous_mutations,
          .guesses = shared.guesses,
          .bodies = server.bodies,
          .in_flight = server.in_flight,
          .known = server.known,
          .hashing = server.hashing,
          .passwords = prepared.passwords};
}

/// Fumi's wire is a stranger to the native one: what it borrows is handed to it here.
void add_fumi_routes(http::Router& router, web::Services& services, intake::Intake& intake) {
  web::Routes routes(services, router, compat::fumi_wire());
  compat::add_fumi_history_routes(routes, [](web::Context& context, std::string request) {
    return api::start_operation(context, domain::BulkAction::trash, std::move(request), std::nullopt);
  });
  compat::add_fumi_upload_route(routes, intake);
}

void add_routes(http::Router& router, Server& server, web::Services& services, intake::Intake& intake) {
  web::Routes routes(services, router, api::native_wire());
  api::add_auth_routes(routes);
  api::add_me_routes(routes);
  api::add_key_routes(routes);
  api::add_generation_routes(routes);
  api::add_asset_routes(routes, *server.stores.blobs);
  api::add_upload_routes(routes, intake);
  api::add_facet_routes(routes);
  api::add_trash_routes(routes);
  api::add_bulk_routes(routes);
  api::add_job_routes(routes);
  api::add_usage_routes(routes, *server.stores.blobs);
  api::add_export_routes(routes);
  api::add_import_routes(routes);
  add_fumi_routes(router, services, intake);
  api::add_health_routes(router, {*server.stores.database, *server.stores.blobs, server.metrics,
                                  [&server] { return server.draining.load(); }});
  api::add_document_routes(
      router,
      {.version = MEDIALITH_VERSION,
       .base_url = services.settings.public_url.empty() ? services.settings.base_path : services.settings.public_url,
       .cookie_name = web::login_cookie_name(services.settings),
       .signature_parameter = "sig"},
      compat::fumi_schemas());
  api::add_console_routes(router, console_files());
}

/// A kept file's line on the terminal; dropped rather than waited for.
void tell_kept(const intake::Kept& kept) { print_without_waiting(kept_line(kept)); }

/// What answers requests, built over a prepared server.
class Site {
 public:
  Site(Server& server, Shared& shared, const Config& config, const Prepared& prepared, const web::Settings& settings,
       const http::Origins& origins)
      : services_(make_services(server, shared, prepared, settings)),
        intake_({*server.stores.database, *server.stores.blobs, server.clock, server.random, server.uuids, server.rids,
                 server.runtime.work()},
                intake_policy(config), server.faults.intake, tell_kept),
        edge_(services_.settings, origins, server.log),
        inner_([this](http::Request& request, const http::Route& route) { return edge_.serve(request, route); }) {
    add_routes(router_, server, services_, intake_);
    requests_.emplace(router_, server.metrics, server.log, server.clock);
    http_.emplace(server.runtime, router_, http_options(config, settings), callbacks(server), server.clock,
                  server.random);
    register_figures(server.metrics, {*server.stores.database, server.stores.disk, server.stores.bucket, server.runtime,
                                      *http_, server.stores.http.get(), server.hashing, server.bodies});
  }

  http::Server& http() { return *http_; }
  web::Services& services() { return services_; }

 private:
  static http::ServerOptions http_options(const Config& config, const web::Settings& settings) {
    return {.listen = config.text("MEDIALITH_LISTEN"),
            .tls_certificate_file = config.text("MEDIALITH_TLS_CERTIFICATE"),
            .tls_key_file = config.text("MEDIALITH_TLS_KEY"),
            .base_path = settings.base_path,
            .trusted_proxies = config.list("MEDIALITH_TRUSTED_PROXIES")};
  }
  http::ServerCallbacks callbacks(Server& server) {
    return {
        .middleware = [this](http::Request& request,
                             const http::Route& route) { return requests_->serve(inner_, request, route); },
        .present = [this](const Error& error, const http::Request& request) { return edge_.present(error, request); },
        .on_failure =
            [&log = server.log](const http::Request& request, std::string_view what) {
              log.for_request(request.id).error("request_broke", {{"what", what}});
            }};
  }

  web::Services services_;
  intake::Intake intake_;
  http::Router router_;
  web::Edge edge_;
  http::Middleware inner_;
  std::optional<RequestLog> requests_;  // made when the routes are there
  std::optional<http::Server> http_;
};

/// A busy port is the commonest way not to start: says how to start all the same.
Result<void> listen(http::Server& http, const std::string& address) {
  auto started = http.start();
  const bool busy = !started && started.error().detail == std::generic_category().message(EADDRINUSE);
  const auto parsed = net::parse_host_port(address);
  if (!busy || !parsed) return started;
  Error error = std::move(started).error();
  error.message += fmt::format(" Stop it, or take another port: make run PORT={}, or --listen {}:{}.", parsed->port + 3,
                               parsed->host, parsed->port + 3);
  return fail(std::move(error));
}

Task<void> keep_flushing(Server& server) {
  const auto flush = [&server]() -> Result<void> {
    server.log.flush();
    return {};
  };
  do {
    co_await net::sleep_for(kFlushLog);
  } while (co_await net::run_on(server.runtime.work(), flush));  // until the pool has stopped
}

void print_banner(const Config& config, const Server& server, const http::Server& http, const Prepared& prepared,
                  const web::Settings& settings, std::chrono::steady_clock::time_point started) {
  const FirstUsers& first = prepared.first;
  const BannerFacts facts{
      .start = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - started),
      .scheme = config.has("MEDIALITH_TLS_CERTIFICATE") ? "https" : "http",
      .listen = config.text("MEDIALITH_LISTEN"),
      .outward_address = outward_address(),
      .port = http.port(),
      .public_url = settings.public_url,
      .base_path = settings.base_path,
      .data = std::filesystem::absolute(server.folder.path()).lexically_normal().string(),
      .single = settings.profile == web::Profile::single,
      .local_only = settings.local_without_login,
      .items = std::min(prepared.items, kCountedItems),
      .more_items = prepared.items > kCountedItems,
      .free_bytes = server.stores.blobs->free_bytes(),
      .file_system_warning = server.stores.disk != nullptr ? server.stores.disk->file_system_kind().warning : "",
      .over_ssh = std::getenv("SSH_CONNECTION") != nullptr,  // NOLINT(concurrency-mt-unsafe): nobody writes it
      .access_token = first.access_token ? &*first.access_token : nullptr,
      .setup_token = first.setup_token ? &*first.setup_token : nullptr};
  fmt::print("{}", banner(facts));
  std::fflush(stdout);
}

/// The command line's way in. A file system without sockets takes nothing else from the server.
std::unique_ptr<net::LocalListener> open_control(Server& server, AdminParts& parts) {
  auto control = serve_control(server.runtime, server.folder, parts, server.log);
  if (control) return std::move(*control);
  server.log.warn("no_control_socket", {{"why", control.error().message}});
  return nullptr;
}

}  // namespace

Result<int> serve(const Config& config) {
  const auto started = std::chrono::steady_clock::now();
  Signals signals;
  TRY_ASSIGN(TestFaults faults, parse_faults(config.list("MEDIALITH_TEST_FAULTS")));
  const web::Settings settings = web_settings(config);
  TRY_ASSIGN(const http::Origins origins, http::Origins::create({.listen = config.text("MEDIALITH_LISTEN"),
                                                                 .public_url = settings.public_url,
                                                                 .allowed = settings.allowed_origins}));
  TRY_ASSIGN(DataFolder folder, DataFolder::open(config.text("MEDIALITH_DATA")));
  const SystemClock log_clock;
  TRY_ASSIGN(Logger log, Logger::to_file(log_settings(config), log_clock, {.path = folder.log_file()}));
  Server server{.signals = signals, .folder = std::move(folder), .log = std::move(log), .faults = std::move(faults)};
  TRY_ASSIGN(const Prepared prepared, prepare(server, config, settings));
  Shared shared(server, config, prepared.choice);
  TRY(net::run_sync(shared.membership.join()));
  AdminParts admin{
      *server.stores.database,      prepared.choice, server.clock, server.random, server.uuids, server.runtime.work(),
      shared.membership.scheduler()};
  Site site(server, shared, config, prepared, settings, origins);
  // From here on coroutines refer to all of the above: their loops end before it goes, whatever happens.
  struct StopLoops {
    net::Runtime& runtime;
    ~StopLoops() { runtime.stop(); }
  };
  const StopLoops stop_loops{server.runtime};
  server.runtime.start();
  TRY(listen(site.http(), config.text("MEDIALITH_LISTEN")));
  auto control = open_control(server, admin);
  server.runtime.spawn(0, keep_flushing(server));
  server.runtime.spawn(0, api::resume_operations(site.services()));
  shared.membership.start(server.runtime);
  signals.ready();
  server.log.info("ready", {{"port", site.http().port()}, {"version", MEDIALITH_VERSION}});
  print_banner(config, server, site.http(), prepared, settings, started);
  signals.wait();
  server.draining = true;
  control.reset();
  const std::size_t connections = site.http().drain(server.failed ? kFatalDrain : kDrain);
  const std::size_t jobs = shared.membership.leave(server.failed ? kFatalDrain : kDrainJobs);
  server.log.info("stopped", {{"connections_cut", connections}, {"jobs_cut", jobs}});
  server.log.flush();
  return server.failed ? kExitFatal : 0;
}

}  // namespace medialith::app
