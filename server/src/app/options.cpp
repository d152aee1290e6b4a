#include "app/options.hpp"

#include <algorithm>
#include <array>
#include <chrono>

#include <fmt/format.h>

#include "app/data_folder.hpp"

namespace medialith::app {
namespace {

constexpr std::array kOptions = {
    Option{.name = "MEDIALITH_DATA",
           .flag = "--data",
           .fallback = "./data",
           .group = "Where",
           .doc = "Folder of the database, the files, the secret and the log."},
    Option{.name = "MEDIALITH_LISTEN",
           .flag = "--listen",
           .fallback = "127.0.0.1:8787",
           .group = "Where",
           .doc = "Address and port. On any address but this machine's own a token or a login is asked for."},
    Option{.name = "MEDIALITH_PUBLIC_URL",
           .group = "Where",
           .doc = "How browsers reach the server. https makes cookies Secure; signed URLs begin with it."},
    Option{.name = "MEDIALITH_BASE_PATH",
           .group = "Where",
           .doc = "Path in front of every route, such as /storage, when a proxy passes it on."},
    Option{.name = "MEDIALITH_ALLOWED_ORIGINS",
           .type = OptionType::list,
           .group = "Where",
           .doc = "Origins of apps that may call from browsers, such as http://localhost:3000, comma-separated."},
    Option{.name = "MEDIALITH_TRUSTED_PROXIES",
           .type = OptionType::list,
           .group = "Where",
           .doc = "Addresses or CIDR of proxies whose X-Forwarded-For and X-Forwarded-Proto are believed."},
    Option{.name = "MEDIALITH_TLS_CERTIFICATE", .group = "Where", .doc = "PEM file; with the key: HTTPS."},
    Option{.name = "MEDIALITH_TLS_KEY", .group = "Where", .doc = "PEM file of the certificate's key."},
    Option{.name = "MEDIALITH_DATABASE",
           .secret = true,
           .group = "Database",
           .doc = "URL or path of the database; goes before every other name. postgres:// and postgresql:// are"
                  " PostgreSQL, libsql://, https:// and http:// are libSQL, file: and paths are SQLite."},
    Option{.name = "NEXT_PUBLIC_STORAGE_BACKEND",
           .type = OptionType::choice,
           .choices = "localStorage|sqlite|postgres",
           .group = "Database",
           .doc = "Which of the names below count; localStorage is as good as not set."},
    Option{.name = "TURSO_DATABASE_URL",
           .secret = true,
           .group = "Database",
           .doc = "A libSQL database: libsql://HOST (with ?tls=0 for plain HTTP), https:// or http://."},
    Option{.name = "TURSO_AUTH_TOKEN", .secret = true, .group = "Database", .doc = "The token of a libSQL database."},
    Option{.name = "DATABASE_URL", .secret = true, .group = "Database", .doc = "A PostgreSQL database."},
    Option{.name = "POSTGRES_URL", .secret = true, .group = "Database", .doc = "The same."},
    Option{.name = "NEON_DATABASE_URL", .secret = true, .group = "Database", .doc = "The same."},
    Option{.name = "POSTGRES_URL_NON_POOLING",
           .secret = true,
           .group = "Database",
           .doc =
               "The same database past its pooler, by which servers wake each other. Not set: the database's own URL;"
               " where that is a pooler's, each server looks every few seconds."},
    Option{.name = "MEDIALITH_DATABASE_SCHEMA",
           .fallback = "medialith",
           .group = "Database",
           .doc = "PostgreSQL: the schema that everything is kept in. Made at the first start."},
    Option{.name = "MEDIALITH_ALLOW_UNSAFE_DATABASE",
           .type = OptionType::boolean,
           .fallback = "false",
           .group = "Database",
           .doc =
               "PostgreSQL: true serves from a server with fsync, full_page_writes or synchronous_commit off, which may"
               " lose what it has acknowledged. For tests."},
    Option{.name = "SQLITE_URL", .group = "Database", .doc = "`file:` URL of an SQLite file."},
    Option{.name = "SQLITE_PATH", .group = "Database", .doc = "Path of an SQLite file."},
    Option{.name = "ASSET_STORAGE",
           .type = OptionType::choice,
           .fallback = "local",
           .choices = "local|s3|r2|supabase",
           .group = "Files",
           .doc = "Where files are kept: below the data folder, or in a bucket of S3 or what speaks its protocol,"
                  " Cloudflare R2 or Supabase Storage."},
    Option{.name = "S3_BUCKET", .group = "Files", .doc = "The bucket."},
    Option{.name = "S3_BUCKET_NAME", .group = "Files", .doc = "The same, when S3_BUCKET is not set."},
    Option{.name = "S3_ENDPOINT",
           .group = "Files",
           .doc = "URL of the service, such as http://minio:9000. Not set: AWS's own of the region."},
    Option{.name = "S3_REGION",
           .fallback = "auto",
           .group = "Files",
           .doc = "The bucket's region. auto: of the endpoint's name, else AWS_REGION, else us-east-1."},
    Option{
        .name = "S3_ACCESS_KEY",
        .group = "Files",
        .doc = "Id of the key. Without any key AWS_ACCESS_KEY_ID counts, else the role of the container or machine."},
    Option{.name = "S3_ACCESS_KEY_ID", .group = "Files", .doc = "The same, when S3_ACCESS_KEY is not set."},
    Option{.name = "S3_SECRET_KEY", .secret = true, .group = "Files", .doc = "The key."},
    Option{.name = "S3_SECRET_ACCESS_KEY",
           .secret = true,
           .group = "Files",
           .doc = "The same, when S3_SECRET_KEY is not set."},
    Option{.name = "S3_SESSION_TOKEN", .secret = true, .group = "Files", .doc = "Token that goes with a passing key."},
    Option{.name = "S3_PREFIX",
           .group = "Files",
           .doc = "What every object's name begins with, such as media/, when the bucket holds other things too."},
    Option{.name = "S3_CREATE_BUCKET",
           .type = OptionType::boolean,
           .fallback = "false",
           .group = "Files",
           .doc = "true: the bucket is made when it is not there."},
    Option{.name = "S3_FORCE_PATH_STYLE",
           .type = OptionType::boolean,
           .group = "Files",
           .doc = "Whether the bucket stands in the path or, false, in the host name. Not set: in the host name at AWS,"
                  " in the path elsewhere."},
    Option{.name = "R2_ACCOUNT_ID", .group = "Files", .doc = "Cloudflare's account, which makes R2's endpoint."},
    Option{.name = "R2_ENDPOINT", .group = "Files", .doc = "R2's endpoint, in place of the account's."},
    Option{.name = "R2_BUCKET_NAME", .group = "Files", .doc = "The bucket in R2; before S3_BUCKET."},
    Option{.name = "R2_ACCESS_KEY_ID", .group = "Files", .doc = "Id of the key for R2; before S3_ACCESS_KEY."},
    Option{.name = "R2_SECRET_ACCESS_KEY",
           .secret = true,
           .group = "Files",
           .doc = "The key for R2; before S3_SECRET_KEY."},
    Option{.name = "SUPABASE_URL",
           .group = "Files",
           .doc = "A Supabase project's URL, which makes its storage's endpoint; its keys go into S3_ACCESS_KEY and"
                  " S3_SECRET_KEY, its region into S3_REGION."},
    Option{.name = "AWS_ACCESS_KEY_ID", .group = "Files", .doc = "With ASSET_STORAGE=s3, when no S3_ key is set."},
    Option{.name = "AWS_SECRET_ACCESS_KEY", .secret = true, .group = "Files", .doc = "Its key."},
    Option{.name = "AWS_SESSION_TOKEN", .secret = true, .group = "Files", .doc = "Its token."},
    Option{.name = "AWS_REGION", .group = "Files", .doc = "The region at AWS, when S3_REGION is auto."},
    Option{.name = "AWS_DEFAULT_REGION", .group = "Files", .doc = "The same, when AWS_REGION is not set."},
    Option{.name = "AWS_ROLE_ARN", .group = "Files", .doc = "A role to take on by web identity."},
    Option{.name = "AWS_WEB_IDENTITY_TOKEN_FILE",
           .group = "Files",
           .doc = "File of the token for AWS_ROLE_ARN, as Kubernetes puts it there."},
    Option{.name = "AWS_ENDPOINT_URL_STS",
           .group = "Files",
           .doc = "URL of the service that gives out the role's keys. Not set: AWS's of the region."},
    Option{.name = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", .group = "Files", .doc = "Set by ECS: the task's role."},
    Option{.name = "AWS_CONTAINER_CREDENTIALS_FULL_URI",
           .group = "Files",
           .doc = "Set by EKS and others: where the container's role's keys are."},
    Option{.name = "AWS_CONTAINER_AUTHORIZATION_TOKEN", .secret = true, .group = "Files", .doc = "What to show there."},
    Option{.name = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", .group = "Files", .doc = "A file of that."},
    Option{.name = "AWS_EC2_METADATA_SERVICE_ENDPOINT",
           .fallback = "http://169.254.169.254",
           .group = "Files",
           .doc = "Where a machine on EC2 finds its role's keys."},
    Option{.name = "MEDIALITH_DOWNLOADS",
           .type = OptionType::choice,
           .fallback = "stream",
           .choices = "stream|redirect",
           .group = "Files",
           .doc = "How files in a bucket reach clients: through this server, or by a redirect to a URL of the bucket"
                  " that is valid for a few minutes."},
    Option{.name = "HOSTED_MODE",
           .type = OptionType::boolean,
           .fallback = "false",
           .group = "Accounts",
           .doc = "true: users with accounts. false: one local owner, no login on this machine."},
    Option{.name = "MEDIALITH_REGISTRATION",
           .type = OptionType::choice,
           .fallback = "closed",
           .choices = "open|closed",
           .group = "Accounts",
           .doc = "Whether anyone may make an account."},
    Option{.name = "MEDIALITH_SECRET",
           .secret = true,
           .group = "Accounts",
           .doc =
               "At least 32 characters that signed URLs and cursors are derived from. Default: secret.key in the data"
               " folder, made at the first start."},
    Option{.name = "AUTH_SECRET", .secret = true, .group = "Accounts", .doc = "Used when MEDIALITH_SECRET is not set."},
    Option{.name = "MEDIALITH_MAX_FILE_SIZE",
           .type = OptionType::size,
           .fallback = "10GiB",
           .min = 1,
           .max = 1LL << 44,
           .group = "Limits",
           .doc = "Largest file that is taken."},
    Option{.name = "MEDIALITH_ALLOWED_TYPES",
           .type = OptionType::list,
           .group = "Limits",
           .doc = "Content types that are taken, such as image/*; empty: any."},
    Option{.name = "MEDIALITH_TRASH_RETENTION",
           .type = OptionType::duration,
           .fallback = "30d",
           .max = std::chrono::milliseconds(std::chrono::days(3650)).count(),
           .group = "Limits",
           .doc = "How long what was deleted is to stay in the trash. Nothing empties it by itself yet."},
    Option{.name = "MEDIALITH_GC_GRACE",
           .type = OptionType::duration,
           .fallback = "24h",
           .max = std::chrono::milliseconds(std::chrono::days(3650)).count(),
           .group = "Limits",
           .doc = "How long the files of what was deleted for good stay in the folder or bucket. 0s, meant for tests,"
                  " warns: with it, a file is removed while it may still be downloaded."},
    Option{.name = "MEDIALITH_LOG_LEVEL",
           .type = OptionType::choice,
           .fallback = "info",
           .choices = "debug|info|warn|error",
           .group = "Operation",
           .doc = "What is written to the log in the data folder."},
    Option{.name = "MEDIALITH_LOG_FORMAT",
           .type = OptionType::choice,
           .fallback = "json",
           .choices = "json|text",
           .group = "Operation",
           .doc = "How."},
    Option{
        .name = "MEDIALITH_TEST_FAULTS",
        .type = OptionType::list,
        .group = "Operation",
        .doc =
            "For the crash tests only: planted bugs and `kill_at=POINT:N`. Never set this on data you want to keep."},
};

/// The options that name a database, in the order in which they count, when no backend is named and for each backend.
using Names = std::span<const std::string_view>;
constexpr std::array<std::string_view, 6> kByDefault = {"TURSO_DATABASE_URL", "DATABASE_URL", "POSTGRES_URL",
                                                        "NEON_DATABASE_URL",  "SQLITE_URL",   "SQLITE_PATH"};
constexpr std::array kForSqlite = {kByDefault[0], kByDefault[4], kByDefault[5]};
constexpr std::array kForPostgres = {kByDefault[1], kByDefault[2], kByDefault[3]};

/// A file's name is no secret, a server's URL may hold a password.
Secret value_of(const Config& config, std::string_view name) {
  return name.starts_with("SQLITE_") ? Secret(config.text(name)) : config.secret(name);
}

struct Scheme {
  std::string_view name;
  DatabaseEngine engine;
};
constexpr std::array kSchemes = {
    Scheme{"postgres://", DatabaseEngine::postgres}, Scheme{"postgresql://", DatabaseEngine::postgres},
    Scheme{"libsql://", DatabaseEngine::libsql},     Scheme{"https://", DatabaseEngine::libsql},
    Scheme{"http://", DatabaseEngine::libsql},
};

/// A URL without what is secret in it: neither user and password nor parameters, which may hold either.
std::string public_part(std::string_view url) {
  const std::size_t host = url.find("://") + 3;
  const std::size_t end = std::min(url.find('?'), url.size());
  // An @ behind it: the ? may be one of the password.
  if (url.find('@', end) != std::string_view::npos) return std::string(url.substr(0, host)) + "…";
  const std::size_t at = url.substr(0, end).rfind('@');
  const std::size_t begin = at == std::string_view::npos ? host : at + 1;
  return std::string(url.substr(0, host)).append(url.substr(begin, end - begin));
}

std::string file_path(std::string_view value) {
  if (value.starts_with("file:")) {
    value.remove_prefix(5);
    if (value.starts_with("//")) value.remove_prefix(2);
    value = value.substr(0, value.find('?'));
  }
  return std::string(value);
}

/// The engine that the value's scheme is for. Error: precondition_failed.
Result<void> name_database(DatabaseChoice& choice, std::string_view option, std::string_view value) {
  choice.chosen_by = option;
  const auto* scheme = std::ranges::find_if(kSchemes, [&](const Scheme& s) { return value.starts_with(s.name); });
  if (scheme != kSchemes.end()) {
    choice.engine = scheme->engine;
    choice.url = Secret(std::string(value));
    choice.name = public_part(value);
    return {};
  }
  if (!value.starts_with("file:") && value.contains("://")) {
    return fail(
        ErrorCode::precondition_failed,
        fmt::format("{} names a database that this program cannot use: it takes postgres://, libsql:// and files"
                    " of SQLite. Unset it, or set MEDIALITH_DATABASE, which goes first.",
                    option));
  }
  choice.path = file_path(value);
  choice.name = choice.path;
  return {};
}

constexpr std::string_view kDirectUrl = "POSTGRES_URL_NON_POOLING";
constexpr std::size_t kMaxSchemaName = 63;

/// A name that needs no quotes. Error: validation_failed.
Result<std::string> schema_name(const Config& config) {
  std::string name = config.text("MEDIALITH_DATABASE_SCHEMA");
  const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; };
  const bool begins_well = !name.empty() && (name[0] < '0' || name[0] > '9') && !name.starts_with("pg_");
  if (begins_well && name.size() <= kMaxSchemaName && std::ranges::all_of(name, fits)) return name;
  return fail(ErrorCode::validation_failed,
              fmt::format("MEDIALITH_DATABASE_SCHEMA has 1 to {} of a-z, 0-9 and _, begins with no digit and not with"
                          " pg_.",
                          kMaxSchemaName));
}

Names candidates(std::string_view backend) {
  if (backend == "sqlite") return kForSqlite;
  if (backend == "postgres") return kForPostgres;
  return kByDefault;
}

}  // namespace

std::span<const Option> options() { return kOptions; }

std::string_view title(DatabaseEngine engine) {
  return engine == DatabaseEngine::sqlite ? "SQLite" : engine == DatabaseEngine::postgres ? "PostgreSQL" : "libSQL";
}

Result<DatabaseChoice> choose_database(const Config& config) {
  const std::string backend = config.text("NEXT_PUBLIC_STORAGE_BACKEND");
  DatabaseChoice choice{.allow_unsafe = config.boolean("MEDIALITH_ALLOW_UNSAFE_DATABASE")};
  TRY_ASSIGN(choice.schema, schema_name(config));
  const auto consider = [&](std::string_view name) -> Result<void> {
    if (!config.has(name)) return {};
    if (choice.chosen_by.empty()) return name_database(choice, name, value_of(config, name).reveal());
    choice.losers.emplace_back(name);
    return {};
  };
  TRY(consider("MEDIALITH_DATABASE"));
  for (const std::string_view name : candidates(backend)) TRY(consider(name));
  // What the backend leaves out lost as well.
  for (const std::string_view name : kByDefault) {
    const bool told = std::ranges::find(choice.losers, name) != choice.losers.end();
    if (!told && name != choice.chosen_by && config.has(name)) choice.losers.emplace_back(name);
  }
  if (choice.chosen_by.empty() && backend == "postgres") {
    return fail(ErrorCode::precondition_failed,
                "NEXT_PUBLIC_STORAGE_BACKEND is postgres, and no PostgreSQL URL is set: set DATABASE_URL.");
  }
  choice.direct_url = config.has(kDirectUrl) ? config.secret(kDirectUrl) : choice.url;
  if (choice.engine == DatabaseEngine::libsql && config.has("TURSO_AUTH_TOKEN")) {
    choice.auth_token = config.secret("TURSO_AUTH_TOKEN");
  }
  if (choice.chosen_by.empty()) {
    choice.chosen_by = "default";
    choice.path = config.text("MEDIALITH_DATA") + "/medialith.db";
    choice.name = choice.path;
  }
  return choice;
}

Result<std::optional<Secret>> configured_secret(const Config& config) {
  for (const std::string_view name : {"MEDIALITH_SECRET", "AUTH_SECRET"}) {
    if (!config.has(name)) continue;
    Secret secret = config.secret(name);
    if (secret.size() >= kMinSecret) return secret;
    return fail(ErrorCode::validation_failed, fmt::format("{} must have at least {} characters.", name, kMinSecret));
  }
  return std::nullopt;
}

web::Settings web_settings(const Config& config) {
  web::Settings settings;
  settings.profile = config.boolean("HOSTED_MODE") ? web::Profile::accounts : web::Profile::single;
  settings.registration_open = config.text("MEDIALITH_REGISTRATION") == "open";
  settings.local_without_login =
      settings.profile == web::Profile::single && is_loopback_listen(config.text("MEDIALITH_LISTEN"));
  settings.public_url = config.text("MEDIALITH_PUBLIC_URL");
  while (settings.public_url.ends_with('/')) settings.public_url.pop_back();
  settings.base_path = config.text("MEDIALITH_BASE_PATH");
  while (settings.base_path.ends_with('/')) settings.base_path.pop_back();
  settings.allowed_origins = config.list("MEDIALITH_ALLOWED_ORIGINS");
  settings.max_file_size = config.size("MEDIALITH_MAX_FILE_SIZE");
  settings.allowed_types = config.list("MEDIALITH_ALLOWED_TYPES");
  settings.trash_retention = config.duration("MEDIALITH_TRASH_RETENTION");
  settings.redirect_downloads = config.text("MEDIALITH_DOWNLOADS") == "redirect";
  return settings;
}

std::chrono::milliseconds gc_grace(const Config& config) { return config.duration("MEDIALITH_GC_GRACE"); }

intake::Policy intake_policy(const Config& config) {
  return {.max_file_size = config.size("MEDIALITH_MAX_FILE_SIZE"),
          .allowed_types = config.list("MEDIALITH_ALLOWED_TYPES")};
}

bool is_loopback_listen(std::string_view listen) {
  return listen.starts_with("127.") || listen.starts_with("localhost:") || listen.starts_with("[::1]:");
}

}  // namespace medialith::app
