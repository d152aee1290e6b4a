// Everything of an owner as one file, however much it is: read and sent by pages.
#include "api/exports.hpp"

#include <algorithm>
#include <cstring>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "api/present.hpp"
#include "http/content_disposition.hpp"
#include "web/page.hpp"

namespace medialith::api {
namespace {

using web::Context;
using Answer = Result<http::Response>;

constexpr std::int64_t kExportPage = 100;

/// What an import takes and a list shows in one: `timestamp` is what other programs call `createdAt`.
web::GenerationShape export_shape(const web::Services& services) {
  web::GenerationShape shape = native_shape({services, std::nullopt}, domain::ListView::full);
  shape.generation = [](std::string& out, const domain::GenerationView& generation, domain::Highlighter*) {
    json::Writer writer(out);
    begin_generation(writer, generation);
    writer.key("timestamp").time(domain::created_at(generation.rid.value));
    return finish_generation(out, "");
  };
  return shape;
}

/// The array, an item a line, newest first. A page is a view of its own: what is made while it runs is not in it.
class ExportBody final : public http::BodySource {
 public:
  ExportBody(const web::Services& services, domain::UserRid user)
      : services_(services), user_(user), shape_(export_shape(services)) {
    search_.limit = kExportPage + 1;
    search_.filter.created_before = Time{services.clock.now().ms + 1};
  }
  std::optional<std::uint64_t> length() const override { return std::nullopt; }

  Task<Result<std::size_t>> read(std::span<std::byte> out) override {
    if (sent_ == text_.size() && !at_end_) CO_TRY(co_await read_page());
    const std::size_t size = std::min(out.size(), text_.size() - sent_);
    std::memcpy(out.data(), text_.data() + sent_, size);
    sent_ += size;
    co_return size;
  }

 private:
  Task<Result<void>> read_page() {
    const bool first = !search_.after;
    auto look = [&](db::Connection& connection) {
      return web::read_generation_page(connection, {services_.tokenizer, services_.texts}, user_, search_, shape_,
                                       {.before = first ? "[\n  " : ",\n  ", .between = ",\n  "});
    };
    CO_TRY_ASSIGN(web::GenerationPage page, co_await services_.database.read(look, db::ReadKind::long_read));
    // More may be gone since the page before said that there are some.
    if (page.count == 0) page.items = first ? "[" : "";
    search_.after = page.last;
    at_end_ = !search_.after;
    text_ = std::move(page.items);
    if (at_end_) text_ += page.count == 0 && first ? "]\n" : "\n]\n";
    sent_ = 0;
    co_return Result<void>();
  }

  const web::Services& services_;
  domain::UserRid user_;
  web::GenerationShape shape_;
  domain::Search search_;
  std::string text_;
  std::size_t sent_ = 0;
  bool at_end_ = false;
};

Task<Answer> export_all(Context& context) {
  const web::Services& services = context.services;
  const std::string day = to_iso8601(services.clock.now()).substr(0, 10);
  http::Response response;
  response.headers.set("Content-Type", "application/json");
  response.headers.set("Cache-Control", "no-store");
  response.headers.set("Content-Disposition", http::content_disposition(http::Disposition::attachment,
                                                                        fmt::format("generations-{}.json", day)));
  response.body = std::make_unique<ExportBody>(services, context.who().user);
  co_return response;
}

}  // namespace

void add_export_routes(web::Routes& routes) {
  routes.add({.method = http::Method::get,
              .pattern = "/v1/exports",
              .operation = "exportGenerations",
              .summary = "Every generation that is not in the trash, newest first, as a file that can be imported.",
              .tag = "transfer",
              .scope = http::Scope::read,
              .responses = {{200, "An array, streamed.", "Export", "application/json", {"Content-Disposition"}}}},
             export_all);
}

}  // namespace medialith::api
