#include "app/doctor_bucket.hpp"

#include <algorithm>
#include <filesystem>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "blob/s3/s3_store.hpp"
#include "net/runtime.hpp"

namespace medialith::app {
namespace {

using blob::s3::CorsRule;

bool has(const std::vector<std::string>& allowed, const std::string& wanted) {
  return std::ranges::any_of(allowed, [&](const std::string& one) { return one == "*" || one == wanted; });
}

bool has_all(const std::vector<std::string>& allowed, const std::vector<std::string>& wanted) {
  return std::ranges::all_of(wanted, [&](const std::string& one) { return has(allowed, one); });
}

std::string describe(const CorsRule& rule) {
  return fmt::format("origins {}; methods {}; headers {}; expose {}", fmt::join(rule.origins, ", "),
                     fmt::join(rule.methods, ", "), fmt::join(rule.headers, ", "), fmt::join(rule.exposed, ", "));
}

void report_facts(Report& report, const blob::S3Facts& facts) {
  report.good("probe", facts.made_bucket ? "the bucket was made; an object was written and read back"
                                         : "an object was written and read back");
  const auto tell = [&report](std::string_view name, bool can, std::string_view instead) {
    report.fact(name, can ? "yes" : fmt::format("no: {}", instead));
  };
  tell("conditional put", facts.conditional_put, "it is looked whether a name is free");
  tell("conditional complete", facts.conditional_complete, "it is looked whether a name is free");
  tell("conditional copy", facts.conditional_copy, "it is looked whether the source has changed");
  tell("SHA-256 kept", facts.checksums, "MD5 and length are compared");
  tell("MD5 as ETag", facts.md5_etags, "length is compared, and SHA-256 where it is kept");
  if (!facts.versioned) {
    report.fact("versioning", "the keys may not ask");
  } else if (*facts.versioned) {
    report.warn("versioning", "on: deleted files stay as old versions until a lifecycle rule removes them");
  } else {
    report.good("versioning", "off");
  }
}

void report_cors(Report& report, blob::S3Store& store, const web::Settings& settings, Cors cors) {
  const auto needed = needed_cors(settings);
  if (!needed) return report.fact("CORS", "not needed: no other origin is allowed and MEDIALITH_PUBLIC_URL is not set");
  auto rules = net::run_sync(store.cors());
  if (!rules) return report.warn("CORS", Report::sentence(rules.error()));
  if (allows(*rules, *needed)) return report.good("CORS", "browsers of the allowed origins may read and write");
  if (cors == Cors::look) {
    report.warn("CORS", fmt::format("browsers cannot use the bucket directly; it needs {}. Run `medialith doctor"
                                    " --apply-cors` to add that",
                                    describe(*needed)));
    return;
  }
  rules->push_back(*needed);
  report.check("CORS", net::run_sync(store.set_cors(std::move(*rules))), "added: " + describe(*needed));
}

}  // namespace

std::optional<CorsRule> needed_cors(const web::Settings& settings) {
  CorsRule rule{.origins = settings.allowed_origins,
                .methods = {"GET", "HEAD", "PUT"},
                .headers = {"*"},
                .exposed = {"ETag", "Content-Range", "Accept-Ranges"}};
  if (!settings.public_url.empty()) {
    const std::size_t path = settings.public_url.find('/', settings.public_url.find("://") + 3);
    rule.origins.push_back(settings.public_url.substr(0, path));
  }
  if (rule.origins.empty()) return std::nullopt;
  return rule;
}

bool allows(const std::vector<CorsRule>& rules, const CorsRule& needed) {
  return std::ranges::any_of(rules, [&](const CorsRule& rule) {
    return has_all(rule.origins, needed.origins) && has_all(rule.methods, needed.methods) &&
           has_all(rule.headers, needed.headers) && has_all(rule.exposed, needed.exposed);
  });
}

std::optional<std::optional<std::string>> report_bucket(Report& report, const StoreChoice& files,
                                                        const web::Settings& settings, Cors cors) {
  report.fact("bucket", files.name);
  report.fact("region", files.s3.address.region);
  report.fact("keys", files.keys);
  auto http = http_client::Client::open();
  if (!http) {
    report.wrong("client", Report::sentence(http.error()));
    return std::nullopt;
  }
  net::Runtime runtime({.loops = 1, .work_threads = 1, .disk_threads = 1});
  const SystemClock clock;
  SystemRandom random;
  blob::S3Options options = files.s3;
  options.staging_folder = std::filesystem::temp_directory_path().string();
  auto store = net::run_sync(blob::S3Store::open(std::move(options), {**http, runtime.disk(), clock, random}));
  if (!store) {
    report.wrong("probe", Report::sentence(store.error()));
    return std::nullopt;
  }
  report_facts(report, (*store)->facts());
  report_cors(report, **store, settings, cors);
  const auto id = net::run_sync((*store)->store_id());
  if (!id) {
    report.wrong("STORE_ID", Report::sentence(id.error()));
    return std::nullopt;
  }
  return *id;
}

}  // namespace medialith::app
