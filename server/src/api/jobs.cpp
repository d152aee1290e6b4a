#include "api/jobs.hpp"

#include <array>
#include <utility>

#include "jobs/records.hpp"
#include "web/members.hpp"

namespace medialith::api {
namespace {

using web::Context;
using web::Field;
using web::Type;
using Answer = Result<http::Response>;

constexpr std::array<std::string_view, 4> kStates = {"pending", "running", "completed", "failed"};

constexpr Field kFields[] = {
    {.name = "id", .doc = "Names the job."},
    {.name = "kind", .doc = "What it does, such as `purge-idempotency`."},
    {.name = "state",
     .doc = "How the last run went. `pending`: it has not run yet, or was stopped with its server.",
     .one_of = kStates},
    {.name = "runs", .type = Type::integer, .doc = "Begun so far, on all servers."},
    {.name = "failures", .type = Type::integer, .doc = "Since the last run that was completed."},
    {.name = "done", .type = Type::integer, .doc = "What the last completed run dealt with: rows, files."},
    {.name = "server", .doc = "The server that runs it, or did last.", .nullable = true},
    {.name = "error", .doc = "Why the last run failed.", .nullable = true},
    {.name = "dueAt", .type = Type::date_time, .doc = "From when it runs again."},
    {.name = "startedAt", .type = Type::date_time, .doc = "When the last run began.", .nullable = true},
    {.name = "finishedAt", .type = Type::date_time, .doc = "When a run last ended.", .nullable = true},
};

void write_job(json::Writer& out, const jobs::Record& job) {
  out.begin_object();
  out.key("id").string(job.id);
  out.key("kind").string(job.kind);
  out.key("state").string(jobs::state_name(job.state));
  out.key("runs").integer(job.runs);
  out.key("failures").integer(job.failures);
  out.key("done").integer(job.done);
  web::text_or_null(out, "server", job.server);
  web::text_or_null(out, "error", job.error);
  out.key("dueAt").time(job.due_at);
  web::time_or_null(out, "startedAt", job.started_at);
  web::time_or_null(out, "finishedAt", job.finished_at);
  out.end_object();
}

/// All on one page: there are as many as this program has kinds of them.
Task<Answer> list(Context& context) {
  auto look = [](db::Connection& connection) { return jobs::list_records(connection); };
  CO_TRY_ASSIGN(const auto records, co_await context.services.database.read(look));
  std::string text;
  json::Writer out(text);
  out.begin_object();
  out.key("items").begin_array();
  for (const jobs::Record& record : records) write_job(out, record);
  out.end_array();
  out.key("nextCursor").null();
  out.end_object();
  co_return web::json_response(200, std::move(text));
}

}  // namespace

constinit const web::Schema kJobSchema = {.name = "Job", .doc = "What runs by itself.", .fields = kFields};

void add_job_routes(web::Routes& routes) {
  routes.add({.method = http::Method::get,
              .pattern = "/v1/jobs",
              .operation = "listJobs",
              .summary = "Lists what runs by itself, when, and how the last run went.",
              .tag = "operation",
              .access = http::Access::admin,
              .scope = http::Scope::admin,
              .responses = {{200, "All of them.", "JobPage"}}},
             list);
}

}  // namespace medialith::api
