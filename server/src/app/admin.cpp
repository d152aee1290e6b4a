#include "app/admin.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "api/account_schemas.hpp"
#include "app/databases.hpp"
#include "base/secret.hpp"
#include "domain/accounts.hpp"
#include "domain/legacy.hpp"
#include "jobs/records.hpp"
#include "web/authenticate.hpp"

namespace medialith::app {
namespace {

using Answer = Result<AdminAnswer>;

constexpr std::int64_t kUsersPerPage = 500;
// A generation with its asset takes some eight statements: a write of so many stays far below 20 ms.
constexpr std::int64_t kLegacyPerWrite = 50;
constexpr std::size_t kMaxKeyName = 100;

struct NamedScope {
  std::string_view name;
  domain::Scopes scope;
};
constexpr std::array kScopes = {
    NamedScope{"read", domain::Scopes::read},
    NamedScope{"write", domain::Scopes::write},
    NamedScope{"import", domain::Scopes::import},
    NamedScope{"admin", domain::Scopes::admin},
};

std::unexpected<Error> invalid(std::string message) { return fail(ErrorCode::validation_failed, std::move(message)); }

/// Something on both sides of one `@`, without spaces and controls.
bool is_email(std::string_view text) {
  const std::size_t at = text.find('@');
  if (at == 0 || at == std::string_view::npos || at + 1 == text.size() ||
      text.size() > static_cast<std::size_t>(api::kEmailMaxBytes))
    return false;
  for (const char c : text) {
    if (static_cast<unsigned char>(c) <= 0x20 || c == 0x7F) return false;
  }
  return text.find('@', at + 1) == std::string_view::npos;
}

// ---- users --------------------------------------------------------------------------------------------------------

Task<Answer> offer_setup(AdminParts& parts, CreateUser command) {
  if (!command.admin) co_return invalid("An ordinary user needs a password: pipe it in and add --password-stdin.");
  const Secret token = make_token(parts.random);
  const std::string hash = web::token_hash(token.reveal());
  const Time now = parts.clock.now();
  auto look = [](db::Connection& connection) { return domain::has_admin(connection); };
  CO_TRY_ASSIGN(const bool there, co_await parts.database.read(look));
  if (there) {
    co_return invalid("There is an admin already, so this one needs a password: pipe it in and add --password-stdin.");
  }
  auto put = [&](db::Transaction& tx) -> Result<void> {
    domain::put_setup_token(tx, hash, now);
    return {};
  };
  CO_TRY(co_await parts.database.write(put));
  co_return AdminAnswer{.text = fmt::format("Nobody was made yet. Within {} minutes, whoever opens this link makes the"
                                            " first admin:\n  ADDRESS/#setup={}\n",
                                            domain::kSetupTokenLifetime.count(), token.reveal())};
}

Task<Answer> run(AdminParts& parts, CreateUser command) {
  if (!is_email(command.email)) co_return invalid(fmt::format("'{}' is not an email address.", command.email));
  if (command.password_hash.empty()) co_return co_await offer_setup(parts, std::move(command));
  const domain::NewUser user{
      .id = parts.uuids.make(), .email = command.email, .password_hash = command.password_hash, .admin = command.admin};
  const Time now = parts.clock.now();
  auto create = [&](db::Transaction& tx) { return domain::create_user(tx, user, now); };
  CO_TRY_ASSIGN(const domain::User made, co_await parts.database.write(create));
  co_return AdminAnswer{
      .text = fmt::format("Made the {} {} ({}).\n", made.admin ? "admin" : "user", command.email, made.id)};
}

std::string row_of(const domain::User& user) {
  return fmt::format("{}  {:<6}  {}  {:<5}  {}\n", user.id, domain::kind_name(user.kind), to_iso8601(user.created_at),
                     user.admin ? "admin" : "", user.email.value_or("-"));
}

Task<Answer> run(AdminParts& parts, ListUsers command) {
  auto look = [&](db::Connection& connection) {
    return domain::list_users(connection, {command.after}, kUsersPerPage);
  };
  CO_TRY_ASSIGN(const std::vector<domain::User> users, co_await parts.database.read(look));
  AdminAnswer answer;
  for (const domain::User& user : users) answer.text += row_of(user);
  if (std::ssize(users) == kUsersPerPage) answer.next = users.back().rid.value;
  co_return answer;
}

Task<Result<domain::User>> find_user(AdminParts& parts, std::string name) {
  auto look = [&](db::Connection& connection) -> Result<std::optional<domain::User>> {
    if (name == domain::kind_name(domain::UserKind::local)) {
      return domain::find_singleton_user(connection, domain::UserKind::local);
    }
    if (name.contains('@')) return domain::find_person(connection, name);
    return domain::find_user_by_id(connection, name);
  };
  CO_TRY_ASSIGN(auto user, co_await parts.database.read(look));
  if (!user) {
    co_return fail(ErrorCode::not_found,
                   fmt::format("There is no user {}. `medialith user list` shows who there is.", name));
  }
  co_return std::move(*user);
}

domain::Principal principal_of(const domain::User& user) {
  // Whoever may open the data folder needs no other credential.
  return {.user = user.rid,
          .user_id = user.id,
          .admin = user.admin,
          .scopes = domain::scopes_of_user(user.admin),
          .credential = domain::Credential::local};
}

// ---- rows without an owner ----------------------------------------------------------------------------------------

std::string told(const domain::Assigned& total, std::string_view to) {
  std::string text =
      fmt::format("{} generations and {} assets belong to {} now.\n", total.generations, total.assets, to);
  if (total.kept_back > 0) {
    text += fmt::format("{} generations stay where they are: {} has generations with the same ids already.\n",
                        total.kept_back, to);
  }
  return text;
}

Task<Answer> run(AdminParts& parts, AssignLegacy command) {
  CO_TRY_ASSIGN(const domain::User user, co_await find_user(parts, command.to));
  if (user.kind == domain::UserKind::legacy) co_return invalid("They belong to that user already.");
  const domain::Principal principal = principal_of(user);
  domain::Assigned total;
  while (true) {
    const Time now = parts.clock.now();
    auto give = [&](db::Transaction& tx) {
      domain::Mutation mutation(tx, principal, nullptr, now);
      return domain::assign_legacy(mutation, kLegacyPerWrite);
    };
    CO_TRY_ASSIGN(const domain::Assigned some, co_await parts.database.write(give));
    total.generations += some.generations;
    total.assets += some.assets;
    total.kept_back = some.kept_back;
    if (some.generations == 0 && some.assets == 0) break;
  }
  co_return AdminAnswer{.text = told(total, command.to)};
}

// ---- keys ---------------------------------------------------------------------------------------------------------

Task<Answer> run(AdminParts& parts, CreateKey command) {
  if (command.name.empty() || command.name.size() > kMaxKeyName) {
    co_return invalid(fmt::format("A key's name has 1 to {} bytes.", kMaxKeyName));
  }
  CO_TRY_ASSIGN(const domain::User user, co_await find_user(parts, command.user));
  const domain::Principal principal = principal_of(user);
  if (!has(principal.scopes, command.scopes)) co_return invalid("Only an admin's key can have the scope admin.");
  const Secret secret = make_token(parts.random);
  const web::BearerKey key{.id = parts.uuids.make(), .secret = std::string(secret.reveal())};
  const domain::NewApiKey made{.id = key.id,
                               .name = command.name,
                               .secret_hash = web::token_hash(key.secret),
                               .scopes = command.scopes,
                               .expires_at = std::nullopt};
  const Time now = parts.clock.now();
  auto create = [&](db::Transaction& tx) {
    domain::Mutation mutation(tx, principal, nullptr, now);
    return domain::create_key(mutation, made);
  };
  CO_TRY(co_await parts.database.write(create));
  co_return AdminAnswer{.text = fmt::format("{}\n", web::format_key(key))};
}

// ---- migrations ---------------------------------------------------------------------------------------------------

Task<Answer> run(AdminParts& parts, MigrateStatus) {
  auto look = [&] { return migration_table(parts.choice); };
  CO_TRY_ASSIGN(std::string table, co_await net::run_on(parts.work, look));
  co_return AdminAnswer{.text = std::move(table)};
}

// ---- jobs ---------------------------------------------------------------------------------------------------------

std::string row_of(const jobs::Record& job) {
  const std::string last = job.finished_at ? to_iso8601(*job.finished_at) : "-";
  std::string row = fmt::format("{:<18}  {:<9}  last {:<24}  done {:<6}  due {}  runs {}\n", job.kind,
                                jobs::state_name(job.state), last, job.done, to_iso8601(job.due_at), job.runs);
  if (job.error) row += fmt::format("  {} failures: {}\n", job.failures, *job.error);
  return row;
}

Task<Answer> run(AdminParts& parts, ListJobs) {
  auto look = [](db::Connection& connection) { return jobs::list_records(connection); };
  CO_TRY_ASSIGN(const auto records, co_await parts.database.read(look));
  AdminAnswer answer;
  for (const jobs::Record& record : records) answer.text += row_of(record);
  if (records.empty()) answer.text = "No server has run here yet.\n";
  co_return answer;
}

Task<Answer> run(AdminParts& parts, RunJob command) {
  const jobs::Job* job = parts.scheduler.find(command.kind);
  if (job == nullptr) {
    co_return fail(ErrorCode::not_found,
                   fmt::format("There is no job {} here. `medialith jobs list` shows what there is.", command.kind));
  }
  CO_TRY(co_await parts.scheduler.prepare());
  jobs::Outcome outcome = co_await parts.scheduler.run(*job, jobs::When::now);
  if (outcome.ended != jobs::Outcome::Ended::completed) co_return fail(std::move(outcome.error));
  co_return AdminAnswer{
      .text = fmt::format("{} dealt with {} in {} ms.\n", command.kind, outcome.done, outcome.took.count())};
}

}  // namespace

Task<Result<AdminAnswer>> run_admin(AdminParts& parts, AdminCommand command) {
  return std::visit([&](auto& asked) { return run(parts, std::move(asked)); }, command);
}

Result<domain::Scopes> parse_scopes(const std::string& text) {
  domain::Scopes scopes = domain::Scopes::none;
  std::size_t start = 0;
  while (start <= text.size()) {
    const std::size_t end = std::min(text.find(',', start), text.size());
    const std::string_view name = std::string_view(text).substr(start, end - start);
    const auto* found = std::ranges::find(kScopes, name, &NamedScope::name);
    if (found == kScopes.end())
      return invalid(fmt::format("There is no scope '{}': read, write, import, admin.", name));
    scopes = scopes | found->scope;
    start = end + 1;
  }
  return scopes;
}

Result<std::string> migration_table(const DatabaseChoice& choice) {
  TRY_ASSIGN(const auto states, migration_states(choice));
  std::string text;
  for (const db::MigrationState& state : states) {
    text += fmt::format("{:04} {:<24} {}\n", state.migration.number, state.migration.name,
                        state.applied_at ? "applied " + to_iso8601(*state.applied_at) : "pending");
  }
  return text;
}

}  // namespace medialith::app
