#include "app/control.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <utility>

#include <fmt/format.h>
#include <poll.h>

#include "app/databases.hpp"
#include "app/membership.hpp"
#include "app/options.hpp"
#include "app/server_identity.hpp"
#include "app/store_choice.hpp"
#include "base/json.hpp"
#include "base/metrics.hpp"
#include "blob/s3/s3_store.hpp"
#include "http_client/client.hpp"

namespace medialith::app {
namespace {

constexpr std::chrono::milliseconds kBetweenTries{50};

// ---- the lines ----------------------------------------------------------------------------------------------------

template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};

/// The commands' names on the wire, in the order of AdminCommand.
constexpr std::array<std::string_view, std::variant_size_v<AdminCommand>> kNames = {
    "createUser", "listUsers", "assignLegacy", "createKey", "migrateStatus", "listJobs", "runJob"};

/// The members of a decoded command; remembers whether one was missing.
class Members {
 public:
  explicit Members(json::View object) : object_(object) {}
  std::string text(std::string_view name) {
    const auto member = object_.find(name);
    complete_ = complete_ && member && member->kind() == json::Kind::string;
    return member ? std::string(member->text()) : std::string();
  }
  std::int64_t integer(std::string_view name) {
    const auto member = object_.find(name);
    const auto value = member ? member->integer() : std::nullopt;
    complete_ = complete_ && value;
    return value.value_or(0);
  }
  bool boolean(std::string_view name) {
    const auto member = object_.find(name);
    complete_ = complete_ && member && member->kind() == json::Kind::boolean;
    return member && member->boolean();
  }
  bool complete() const { return complete_; }

 private:
  json::View object_;
  bool complete_ = true;
};

std::optional<AdminCommand> read_command(std::string_view name, Members& members) {
  if (name == kNames[0]) {
    return CreateUser{.email = members.text("email"),
                      .password_hash = members.text("passwordHash"),
                      .admin = members.boolean("admin")};
  }
  if (name == kNames[1]) return ListUsers{.after = members.integer("after")};
  if (name == kNames[2]) return AssignLegacy{.to = members.text("to")};
  if (name == kNames[3]) {
    return CreateKey{.user = members.text("user"),
                     .name = members.text("name"),
                     .scopes = static_cast<domain::Scopes>(members.integer("scopes")) & domain::Scopes::all};
  }
  if (name == kNames[4]) return MigrateStatus{};
  if (name == kNames[5]) return ListJobs{};
  if (name == kNames[6]) return RunJob{.kind = members.text("kind")};
  return std::nullopt;
}

// ---- the server's end ---------------------------------------------------------------------------------------------

Task<std::string> answer_line(AdminParts& parts, const Logger& log, std::string line) {
  auto command = decode_command(std::move(line));
  if (!command) co_return encode_answer(std::unexpected(command.error()));
  const std::string_view name = kNames.at(command->index());
  const Result<AdminAnswer> answer = co_await run_admin(parts, std::move(*command));
  if (answer) {
    log.info("command", {{"name", name}});
  } else {
    log.error("command_failed", answer.error(), {{"name", name}});
  }
  co_return encode_answer(answer);
}

// ---- without a server ---------------------------------------------------------------------------------------------

/// A first user may come before the first start; nothing else makes a folder and a database by the way.
Result<void> require_file(const DatabaseChoice& choice, const AdminCommand& command) {
  if (std::holds_alternative<CreateUser>(command) || std::filesystem::exists(choice.path)) return {};
  return fail(ErrorCode::not_found, fmt::format("There is no database {} yet. `medialith serve` makes it; --data names"
                                                " another folder.",
                                                choice.path));
}

/// The schema is changed by a start and by `medialith migrate up`; a first user may come before the first start.
Result<void> require_schema(const DatabaseChoice& choice, const AdminCommand& command) {
  TRY_ASSIGN(const auto states, migration_states(choice));
  const bool fresh =
      std::ranges::none_of(states, [](const db::MigrationState& state) { return state.applied_at.has_value(); });
  if (fresh && std::holds_alternative<CreateUser>(command)) return {};
  return db::refuse_pending(states);
}

struct Bucket {
  std::unique_ptr<http_client::Client> http;
  std::unique_ptr<blob::S3Store> blobs;
};

/// For the jobs over it. Nothing is uploaded, so it needs no staging folder.
Result<Bucket> open_bucket(const StoreChoice& files, const Clock& clock, net::Runtime& runtime, Random& random) {
  Bucket bucket;
  TRY_ASSIGN(bucket.http, http_client::Client::open());
  const blob::s3::Parts parts{.http = *bucket.http, .disk = runtime.disk(), .clock = clock, .random = random};
  TRY_ASSIGN(bucket.blobs, net::run_sync(blob::S3Store::open_to_read(files.s3, parts)));
  return bucket;
}

/// Works on the database from this process: alone on a file, beside its servers on any other.
Result<AdminAnswer> run_here(const Config& config, const DatabaseChoice& choice, const AdminCommand& command) {
  const SystemClock system_clock;
  MarkedClock clock(system_clock);
  SystemRandom random;
  UuidMaker uuids(clock, random);
  net::Runtime runtime({.loops = 1, .work_threads = 1, .disk_threads = 1});
  TRY(require_schema(choice, command));
  TRY_ASSIGN(const auto database, open_database(choice, {clock, runtime, random}));
  const Logger log = Logger::to_stderr({.format = LogFormat::text, .level = LogLevel::warn}, system_clock);
  TRY(net::run_sync(restore_clock(*database, clock, log)));
  db::SharedClock shared_clock(*database, clock);
  Metrics metrics;
  Bucket bucket;
  if (std::holds_alternative<RunJob>(command)) {
    TRY_ASSIGN(const StoreChoice files, choose_store(config));
    if (files.kind == StoreKind::s3) {
      TRY_ASSIGN(bucket, open_bucket(files, clock, runtime, random));
    }
  }
  jobs::Scheduler scheduler({*database, shared_clock, clock, random, uuids, metrics, log, identify_process(random)},
                            bucket.blobs ? jobs_over(*bucket.blobs, gc_grace(config)) : housekeeping());
  AdminParts parts{*database, choice, clock, random, uuids, runtime.work(), scheduler};
  return net::run_sync(run_admin(parts, command));
}

}  // namespace

std::string encode_command(const AdminCommand& command) {
  std::string line;
  json::Writer out(line);
  out.begin_object().key("command").string(kNames.at(command.index()));
  std::visit(Overloaded{[&](const CreateUser& c) {
                          out.key("email").string(c.email).key("passwordHash").string(c.password_hash);
                          out.key("admin").boolean(c.admin);
                        },
                        [&](const ListUsers& c) { out.key("after").integer(c.after); },
                        [&](const AssignLegacy& c) { out.key("to").string(c.to); },
                        [&](const CreateKey& c) {
                          out.key("user").string(c.user).key("name").string(c.name);
                          out.key("scopes").integer(std::to_underlying(c.scopes));
                        },
                        [](const MigrateStatus&) {}, [](const ListJobs&) {},
                        [&](const RunJob& c) { out.key("kind").string(c.kind); }},
             command);
  out.end_object();
  return line;
}

Result<AdminCommand> decode_command(std::string line) {
  const auto document = json::Document::parse(std::move(line));
  if (!document || document->root().kind() != json::Kind::object) {
    return fail(ErrorCode::invalid_request, "This is not a command.");
  }
  Members members(document->root());
  const std::string name = members.text("command");
  auto command = read_command(name, members);
  if (command && members.complete()) return std::move(*command);
  return fail(ErrorCode::invalid_request,
              fmt::format("The running server does not know the command '{}' in this form. It is version {}; restart it"
                          " after an upgrade.",
                          name, MEDIALITH_VERSION));
}

std::string encode_answer(const Result<AdminAnswer>& answer) {
  std::string line;
  json::Writer out(line);
  out.begin_object();
  if (answer) {
    out.key("text").string(answer->text).key("next").integer(answer->next);
  } else {
    out.key("error").begin_object();
    out.key("code").string(wire_name(answer.error().code)).key("message").string(answer.error().message);
    out.end_object();
  }
  out.end_object();
  return line;
}

Result<AdminAnswer> decode_answer(std::string line) {
  const auto document = json::Document::parse(std::move(line));
  if (document && document->root().kind() == json::Kind::object) {
    if (const auto error = document->root().find("error")) {
      Members members(*error);
      Error sent = make_error(ErrorCode::invalid_request, members.text("message"), members.text("code"));
      return fail(std::move(sent));
    }
    Members members(document->root());
    AdminAnswer answer{.text = members.text("text"), .next = members.integer("next")};
    if (members.complete()) return answer;
  }
  return fail(ErrorCode::unavailable, "The running server answered what this version does not understand.");
}

Result<std::unique_ptr<net::LocalListener>> serve_control(net::Runtime& runtime, const DataFolder& folder,
                                                          AdminParts& parts, const Logger& log) {
  auto answer = [&parts, &log](std::string line) { return answer_line(parts, log, std::move(line)); };
  return net::LocalListener::open(runtime, folder.fd(), kControlSocket, std::move(answer));
}

Result<AdminAnswer> run_anywhere(const Config& config, const AdminCommand& command,
                                 std::chrono::milliseconds patience) {
  TRY_ASSIGN(const DatabaseChoice choice, choose_database(config));
  if (!choice.is_file()) return run_here(config, choice, command);
  const std::string data = config.text("MEDIALITH_DATA");
  const auto give_up = std::chrono::steady_clock::now() + patience;
  while (true) {
    if (const net::Fd folder = open_folder(data); folder) {
      TRY_ASSIGN(auto line, net::ask_local(folder.get(), kControlSocket, encode_command(command)));
      if (line) return decode_answer(std::move(*line));
    }
    TRY(require_file(choice, command));
    TRY_ASSIGN(const auto locked, DataFolder::try_open(data));
    if (locked) return run_here(config, choice, command);
    // A server that starts or stops, or another command: either will soon let go or answer.
    if (std::chrono::steady_clock::now() >= give_up) return fail(DataFolder::in_use(data));
    ::poll(nullptr, 0, static_cast<int>(kBetweenTries.count()));
  }
}

bool server_runs(const std::string& data) {
  const net::Fd folder = open_folder(data);
  if (!folder) return false;
  const auto answer = net::ask_local(folder.get(), kControlSocket, encode_command(MigrateStatus{}));
  return answer && answer->has_value();
}

}  // namespace medialith::app
