#include "api/auth.hpp"

#include <array>
#include <utility>

#include <fmt/format.h>

#include "api/account_schemas.hpp"
#include "api/me.hpp"
#include "domain/accounts.hpp"
#include "web/authenticate.hpp"

namespace medialith::api {
namespace {

using domain::User;
using web::Context;
using Answer = Result<http::Response>;

constexpr std::uint64_t kAuthBody = 16 * 1024;
constexpr std::array<std::string_view, 1> kIgnored = {"userId"};

// ---- logins -------------------------------------------------------------------------------------------------------

/// A login has an id of its own each time, and the one that the browser had before ends (R-S3).
class NewLogin {
 public:
  explicit NewLogin(Context& context)
      : token_(make_token(context.services.random)),
        hash_(web::token_hash(token_.reveal())),
        now_(context.services.clock.now()) {
    const auto sent = context.request.cookie(web::login_cookie_name(context.services.settings));
    if (sent) replaced_ = web::token_hash(*sent);
  }
  void begin(db::Transaction& tx, domain::UserRid user) const {
    if (replaced_) domain::delete_login(tx, *replaced_);
    domain::create_login(tx, hash_, user, now_);
  }
  http::Response answer(const Context& context, int status, const User& user) const {
    const web::Settings& settings = context.services.settings;
    const bool admin = user.admin;
    http::Response response = web::json_response(status, user_json(settings, user, domain::scopes_of_user(admin)));
    response.headers.add("Set-Cookie", web::login_cookie(settings, token_));
    return response;
  }
  Time now() const { return now_; }

 private:
  Secret token_;
  std::string hash_;
  Time now_;
  std::optional<std::string> replaced_;
};

// ---- new accounts -------------------------------------------------------------------------------------------------

struct NewAccount {
  std::string email;
  Secret password;
  std::optional<std::string> name;
};

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

/// Something on both sides of one `@`, without spaces and controls. More can only be told by sending a message there.
bool looks_like_email(std::string_view email) {
  const std::size_t at = email.find('@');
  if (at == std::string_view::npos || at == 0 || at + 1 == email.size()) return false;
  if (email.size() > kEmailMaxBytes || email.find('@', at + 1) != std::string_view::npos) return false;
  for (const char c : email) {
    if (static_cast<unsigned char>(c) <= 0x20 || c == 0x7F) return false;
  }
  return true;
}

/// Already checked against a schema.
Result<NewAccount> read_account(json::View body) {
  NewAccount account{.email = std::string(trimmed(body.find("email")->text())),
                     .password = Secret(body.find("password")->text()),
                     .name = std::nullopt};
  if (const auto name = body.find("name"); name && name->kind() == json::Kind::string && !name->text().empty()) {
    account.name = name->text();
  }
  std::vector<FieldError> errors;
  if (!looks_like_email(account.email)) {
    errors.push_back({"email", "not_an_email", "This must be an email address, at most 254 bytes long."});
  }
  if (account.password.size() > kPasswordMaxBytes) {
    errors.push_back({"password", "too_long", "At most 1024 bytes are allowed."});
  }
  if (!errors.empty()) return fail(web::invalid(std::move(errors)));
  return account;
}

Task<Result<std::string>> hash_password(web::Services& services, const Secret& password) {
  auto hash = [&] { return services.passwords.hash(password); };
  co_return co_await net::run_on(services.hashing, hash);
}

std::unexpected<Error> wrong_setup_token() {
  return fail(ErrorCode::wrong_credentials,
              "This set-up token is not valid. It can be used once, for 30 minutes, while there is no admin.");
}

/// Makes the account and signs it in. `setup_hash`: of the set-up token that makes it an admin, used up with it.
Task<Answer> create_account(Context& context, NewAccount account, std::optional<std::string> setup_hash) {
  web::Services& services = context.services;
  domain::NewUser user{.id = services.uuids.make(),
                       .email = std::move(account.email),
                       .name = std::move(account.name),
                       .password_hash = {},
                       .admin = setup_hash.has_value()};
  CO_TRY_ASSIGN(user.password_hash, co_await hash_password(services, account.password));
  const NewLogin login(context);
  auto run = [&](db::Transaction& tx) -> Result<User> {
    if (setup_hash) {
      TRY_ASSIGN(const bool alive, domain::take_setup_token(tx, *setup_hash, login.now()));
      if (!alive) return wrong_setup_token();
    }
    TRY_ASSIGN(User created, domain::create_user(tx, user, login.now()));
    login.begin(tx, created.rid);
    return created;
  };
  CO_TRY_ASSIGN(const User created, co_await services.database.write(run));
  co_return login.answer(context, 201, created);
}

Task<Answer> register_user(Context& context) {
  const web::Settings& settings = context.services.settings;
  if (settings.profile != web::Profile::accounts || !settings.registration_open) {
    co_return fail(ErrorCode::registration_closed, "New accounts are made by the administrator of this server.");
  }
  const json::View body = context.body->root();
  CO_TRY(web::check(kRegisterSchema, body, web::Use::create, kIgnored));
  CO_TRY_ASSIGN(NewAccount account, read_account(body));
  co_return co_await create_account(context, std::move(account), std::nullopt);
}

// ---- login --------------------------------------------------------------------------------------------------------

/// A guess at the secret of one account from one address (R-S2). Wrong ones never end a login that there is.
class Guess {
 public:
  Guess(Context& context, std::string_view account)
      : limit_(context.services.guesses), name_(fmt::format("{} {}", context.request.peer.address, account)) {}
  /// Before anything is compared. Errors: rate_limited.
  Task<Result<void>> count() const { return limit_.count(name_); }
  /// It was right: in the transaction of what it opens.
  void give_back(db::Transaction& tx) const { limit_.give_back(tx, name_); }
  /// It was not looked at.
  Task<Result<void>> give_back() const { return limit_.give_back(name_); }

 private:
  web::GuessLimit& limit_;
  std::string name_;
};

/// The first admin of a fresh server, by the token it printed.
Task<Answer> set_up(Context& context) {
  const json::View body = context.body->root();
  CO_TRY(web::check(kSetupSchema, body, web::Use::create, kIgnored));
  CO_TRY_ASSIGN(NewAccount account, read_account(body));
  const Guess guess(context, "setup");
  CO_TRY(co_await guess.count());
  const std::string hash = web::token_hash(body.find("token")->text());
  const Time now = context.services.clock.now();
  // Before a password is hashed for nothing; what decides is the same question inside the transaction.
  auto look = [&](db::Connection& connection) { return domain::is_setup_token(connection, hash, now); };
  CO_TRY_ASSIGN(const bool alive, co_await context.services.database.read(look));
  if (!alive) co_return wrong_setup_token();
  co_return co_await create_account(context, std::move(account), hash);
}

std::unexpected<Error> wrong_credentials() {
  return fail(ErrorCode::wrong_credentials, "These credentials are not right.");
}

/// What a checked password led to.
struct Checked {
  bool right = false;
  std::optional<std::string> new_hash;  ///< the stored one was made with another cost
};

/// Takes as long for an account that is not there (R-S1). On a thread of `hashing`.
Result<Checked> check_password(const PasswordHasher& passwords, const Secret& password,
                               const std::optional<domain::PasswordIdentity>& identity) {
  const bool right = identity ? passwords.verify(password, identity->password_hash) : passwords.dummy_verify(password);
  if (!right || identity->disabled) return Checked{};
  Checked checked{.right = true, .new_hash = std::nullopt};
  if (passwords.needs_rehash(identity->password_hash)) {
    // Without memory for it now, the next login does it.
    if (auto hash = passwords.hash(password)) checked.new_hash = std::move(*hash);
  }
  return checked;
}

Task<Answer> login_by_password(Context& context, std::string email, Secret password) {
  web::Services& services = context.services;
  const Guess guess(context, domain::email_key(email));
  CO_TRY(co_await guess.count());
  auto look = [&](db::Connection& connection) { return domain::find_password_identity(connection, email); };
  CO_TRY_ASSIGN(const auto identity, co_await services.database.read(look));
  auto check = [&] { return check_password(services.passwords, password, identity); };
  const Result<Checked> checked = co_await net::run_on(services.hashing, check);
  if (!checked) {
    CO_TRY(co_await guess.give_back());
    co_return std::unexpected(checked.error());
  }
  if (!checked->right) co_return wrong_credentials();
  const NewLogin login(context);
  auto run = [&](db::Transaction& tx) -> Result<void> {
    guess.give_back(tx);
    if (checked->new_hash) domain::replace_password_hash(tx, email, *checked->new_hash);
    login.begin(tx, identity->user.rid);
    return {};
  };
  CO_TRY(co_await services.database.write(run));
  co_return login.answer(context, 200, identity->user);
}

/// Profile `single` on another address than this machine's: the access token is the one credential.
Task<Answer> login_by_token(Context& context, Secret token) {
  web::Services& services = context.services;
  const Guess guess(context, "token");
  CO_TRY(co_await guess.count());
  if (!services.local || !web::is_access_token(services.settings, token.reveal())) co_return wrong_credentials();
  auto look = [&](db::Connection& connection) { return domain::find_user(connection, services.local->user); };
  CO_TRY_ASSIGN(const auto user, co_await services.database.read(look));
  if (!user) co_return wrong_credentials();
  const NewLogin login(context);
  auto run = [&](db::Transaction& tx) -> Result<void> {
    guess.give_back(tx);
    login.begin(tx, user->rid);
    return {};
  };
  CO_TRY(co_await services.database.write(run));
  co_return login.answer(context, 200, *user);
}

Task<Answer> login(Context& context) {
  const json::View body = context.body->root();
  CO_TRY(web::check(kLoginSchema, body, web::Use::create, kIgnored));
  const auto email = body.find("email");
  const auto password = body.find("password");
  const auto token = body.find("token");
  if (token && (email || password)) {
    co_return fail(web::invalid("token", "not_allowed", "Send either a token, or an email and a password."));
  }
  if (token) co_return co_await login_by_token(context, Secret(token->text()));
  if (!email) co_return fail(web::invalid("email", "required", "`email` is required."));
  if (!password) co_return fail(web::invalid("password", "required", "`password` is required."));
  co_return co_await login_by_password(context, std::string(email->text()), Secret(password->text()));
}

/// Whoever has no login is signed out already.
Task<Answer> logout(Context& context) {
  const web::Settings& settings = context.services.settings;
  if (const auto cookie = context.request.cookie(web::login_cookie_name(settings))) {
    const std::string hash = web::token_hash(*cookie);
    auto run = [&](db::Transaction& tx) -> Result<void> {
      domain::delete_login(tx, hash);
      return {};
    };
    CO_TRY(co_await context.services.database.write(run));
  }
  http::Response response = web::no_content();
  response.headers.add("Set-Cookie", web::expired_login_cookie(settings));
  co_return response;
}

http::ResponseDoc signed_in(int status, std::string_view description) {
  return {status, description, "User", "application/json", {"Set-Cookie"}};
}

http::BodyPolicy body_like(std::string_view schema) {
  return {.kind = http::BodyKind::json, .max_bytes = kAuthBody, .schema = schema};
}

}  // namespace

void add_auth_routes(web::Routes& routes) {
  using http::Access;
  using http::Method;
  routes.add({.method = Method::post,
              .pattern = "/v1/auth/register",
              .operation = "register",
              .summary = "Makes an account and signs it in, where registration is open.",
              .tag = "accounts",
              .access = Access::open,
              .body = body_like("Register"),
              .responses = {signed_in(201, "The new user.")},
              .mutation = true,
              .shows_secret = true},
             register_user);
  routes.add({.method = Method::post,
              .pattern = "/v1/auth/login",
              .operation = "login",
              .summary = "Signs in with email and password, or with the access token of a server without accounts.",
              .tag = "accounts",
              .access = Access::open,
              .body = body_like("Login"),
              .responses = {signed_in(200, "The user."), {401, "The credentials are not right.", "Error"}},
              .mutation = true,
              .shows_secret = true},
             login);
  routes.add({.method = Method::post,
              .pattern = "/v1/auth/logout",
              .operation = "logout",
              .summary = "Ends the login and takes its cookie back.",
              .tag = "accounts",
              .access = Access::open,
              .responses = {{204, "Signed out.", "", "application/json", {"Set-Cookie"}}},
              .mutation = true,
              .shows_secret = true},
             logout);
  routes.add({.method = Method::post,
              .pattern = "/v1/auth/setup",
              .operation = "setUp",
              .summary = "Makes the first admin with the one-time token that the server has printed.",
              .tag = "accounts",
              .access = Access::open,
              .body = body_like("Setup"),
              .responses = {signed_in(201, "The admin."), {401, "The token is not right.", "Error"}},
              .mutation = true,
              .shows_secret = true},
             set_up);
}

}  // namespace medialith::api
