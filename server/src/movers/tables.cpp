#include "movers/tables.hpp"

#include <array>

namespace medialith::movers {
namespace {

constexpr auto kInteger = ColumnType::integer;
constexpr auto kBoolean = ColumnType::boolean;
constexpr auto kTime = ColumnType::time;
constexpr auto kText = ColumnType::text;
constexpr auto kJson = ColumnType::json;
constexpr auto kDecimal = ColumnType::decimal;
constexpr auto kBytes = ColumnType::bytes;
constexpr auto kKey = ColumnRole::key;
constexpr auto kUnique = ColumnRole::unique;

constexpr std::array kMeta = {Column{"key", kText, kKey}, Column{"value", kText}};

constexpr std::array kUsers = {
    Column{"rid", kInteger, kKey},  Column{"id", kText, kUnique},  Column{"email_key", kText, kUnique},
    Column{"kind", kText, kUnique}, Column{"email", kText},        Column{"name", kText},
    Column{"admin", kBoolean},      Column{"url_epoch", kInteger}, Column{"created_at", kTime},
    Column{"updated_at", kTime},    Column{"disabled_at", kTime}};

constexpr std::array kIdentities = {Column{"rid", kInteger, kKey},     Column{"issuer", kText, kUnique},
                                    Column{"subject", kText, kUnique}, Column{"user_rid", kInteger},
                                    Column{"password_hash", kText},    Column{"created_at", kTime}};

constexpr std::array kLogins = {Column{"token_hash", kBytes, kKey}, Column{"user_rid", kInteger},
                                Column{"created_at", kTime}, Column{"last_seen_at", kTime},
                                Column{"expires_at", kTime}};

constexpr std::array kApiKeys = {
    Column{"rid", kInteger, kKey}, Column{"id", kText, kUnique},  Column{"user_rid", kInteger},
    Column{"name", kText},         Column{"secret_hash", kBytes}, Column{"scopes", kInteger},
    Column{"created_at", kTime},   Column{"expires_at", kTime},   Column{"last_used_at", kTime}};

constexpr std::array kGrants = {Column{"secret_hash", kBytes, kKey}, Column{"kind", kText},
                                Column{"user_rid", kInteger}, Column{"created_at", kTime}, Column{"expires_at", kTime}};

constexpr std::array kGenerations = {Column{"rid", kInteger, kKey},    Column{"user_rid", kInteger, kUnique},
                                     Column{"id", kText, kUnique},     Column{"model_id", kText},
                                     Column{"model_name", kText},      Column{"provider", kText},
                                     Column{"category", kText},        Column{"prompt", kText},
                                     Column{"input_params", kJson},    Column{"result", kJson},
                                     Column{"metadata", kJson},        Column{"recipe", kJson},
                                     Column{"status", kText},          Column{"error", kText},
                                     Column{"duration_ms", kInteger},  Column{"cost_amount", kDecimal},
                                     Column{"cost_currency", kText},   Column{"favorite", kBoolean},
                                     Column{"rating", kInteger},       Column{"tags", kJson},
                                     Column{"negative_prompt", kText}, Column{"search_text", kText},
                                     Column{"file_names", kText},      Column{"search_terms", kText},
                                     Column{"version", kInteger},      Column{"updated_at", kTime},
                                     Column{"deleted_at", kTime}};

constexpr std::array kBlobs = {Column{"rid", kInteger, kKey}, Column{"key", kText, kUnique},
                               Column{"user_rid", kInteger},  Column{"size", kInteger},
                               Column{"sha256", kBytes},      Column{"state", kText},
                               Column{"created_at", kTime},   Column{"condemned_at", kTime}};

constexpr std::array kAssets = {Column{"rid", kInteger, kKey},
                                Column{"id", kText, kUnique},
                                Column{"blob_rid", kInteger, kUnique},
                                Column{"generation_rid", kInteger, kUnique},
                                Column{"sha256", kBytes, kUnique},
                                Column{"size", kInteger, kUnique},
                                Column{"deleted_at", kTime, kUnique},
                                Column{"user_rid", kInteger},
                                Column{"kind", kText},
                                Column{"state", kText},
                                Column{"visibility", kText},
                                Column{"origin", kText},
                                Column{"external_url", kText},
                                Column{"filename", kText},
                                Column{"content_type", kText},
                                Column{"width", kInteger},
                                Column{"height", kInteger},
                                Column{"duration_ms", kInteger},
                                Column{"thumbhash", kBytes},
                                Column{"version", kInteger},
                                Column{"updated_at", kTime},
                                Column{"deleted_with_generation", kBoolean}};

constexpr std::array kChangeHeads = {Column{"user_rid", kInteger, kKey}, Column{"seq", kInteger}};

constexpr std::array kChanges = {Column{"user_rid", kInteger, kKey},
                                 Column{"seq", kInteger, kKey},
                                 Column{"kind", kText, kUnique},
                                 Column{"object_rid", kInteger, kUnique},
                                 Column{"id", kText},
                                 Column{"version", kInteger},
                                 Column{"deleted", kBoolean},
                                 Column{"changed_at", kTime}};

constexpr std::array kIdempotency = {
    Column{"user_rid", kInteger, kKey}, Column{"key", kText, kKey}, Column{"fingerprint", kBytes},
    Column{"status", kInteger},         Column{"kind", kText},      Column{"object_id", kText},
    Column{"details", kJson},           Column{"created_at", kTime}};

#define NUMBER_BEHIND(table)                                                                                        \
  db::Sql("SELECT 1", db::on_postgres("SELECT setval(pg_get_serial_sequence(tableoid::regclass::text, 'rid'), rid)" \
                                      " FROM {" table "} ORDER BY rid DESC LIMIT 1"))

// No id that a client or the server makes has a space in it.
constexpr std::array kCopied = {
    Table{.name = "users",
          .braced = "{users}",
          .columns = kUsers,
          .vacate = "UPDATE {users} SET id = 'moved ' || rid, email_key = NULL, kind = 'guest' WHERE rid = $1",
          .advance = NUMBER_BEHIND("users")},
    Table{.name = "identities",
          .braced = "{identities}",
          .columns = kIdentities,
          .vacate = "UPDATE {identities} SET subject = 'moved ' || rid WHERE rid = $1",
          .advance = NUMBER_BEHIND("identities")},
    Table{.name = "logins", .braced = "{logins}", .columns = kLogins},
    Table{.name = "api_keys",
          .braced = "{api_keys}",
          .columns = kApiKeys,
          .vacate = "UPDATE {api_keys} SET id = 'moved ' || rid WHERE rid = $1",
          .advance = NUMBER_BEHIND("api_keys")},
    Table{.name = "grants", .braced = "{grants}", .columns = kGrants},
    Table{.name = "generations",
          .braced = "{generations}",
          .columns = kGenerations,
          .vacate = "UPDATE {generations} SET id = 'moved ' || rid WHERE rid = $1",
          .documents = Documents::of_generations},
    Table{.name = "blobs",
          .braced = "{blobs}",
          .columns = kBlobs,
          .vacate = "UPDATE {blobs} SET key = 'moved ' || rid WHERE rid = $1"},
    Table{.name = "assets",
          .braced = "{assets}",
          .columns = kAssets,
          .vacate = "UPDATE {assets} SET id = 'moved ' || rid, blob_rid = NULL, generation_rid = NULL WHERE rid = $1",
          .documents = Documents::of_assets},
    Table{.name = "change_heads", .braced = "{change_heads}", .columns = kChangeHeads},
    Table{.name = "changes",
          .braced = "{changes}",
          .columns = kChanges,
          .vacate = "UPDATE {changes} SET kind = 'moved ' || user_rid || ' ' || seq WHERE user_rid = $1 AND seq = $2"},
    Table{.name = "idempotency", .braced = "{idempotency}", .columns = kIdempotency},
    // The rest of `meta` says which deployment this is, and is its own on either side; the time it has seen comes
    // along.
    Table{.name = "meta",
          .braced = "{meta}",
          .columns = kMeta,
          .only = "key IN ('secret_id', 'access_token', 'clock_mark')"},
};

constexpr std::array kBlobsByKey = {Column{"key", kText, kKey}, Column{"rid", kInteger}, Column{"size", kInteger},
                                    Column{"sha256", kBytes}, Column{"state", kText}};
constexpr Table kByKey{.name = "blobs", .braced = "{blobs}", .columns = kBlobsByKey};

constexpr std::array kLeft = {
    LeftTable{"schema_migrations", "each database has its own"},
    LeftTable{"leases", "who works on this database now"},
    LeftTable{"jobs", "what was done on this database"},
    LeftTable{"rate_limits", "what was taken of limits lately"},
    LeftTable{"operations", "bulk work of this database, done or under way; what it did is in the rows"},
    LeftTable{"operation_items", "what an undo there would need"},
};

}  // namespace

std::span<const Table> copied_tables() { return kCopied; }
const Table& blobs_by_key() { return kByKey; }
std::span<const LeftTable> left_tables() { return kLeft; }

}  // namespace medialith::movers
