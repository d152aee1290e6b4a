// Services on a real database, and requests that are made by hand, for tests of routes without sockets.
#pragma once

#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.hpp"
#include "domain/testing/scratch.hpp"
#include "http/uri.hpp"
#include "web/authenticate.hpp"
#include "web/context.hpp"
#include "web/narrow_pool.hpp"

namespace medialith::web {

/// A body that is there already, handed out in pieces.
class TextBody final : public http::BodyReader {
 public:
  explicit TextBody(std::string text, std::size_t piece = 1000) : text_(std::move(text)), piece_(piece) {}
  std::optional<std::uint64_t> length() const override {
    return declared_ ? std::optional(text_.size()) : std::nullopt;
  }
  Task<Result<std::span<const std::byte>>> next() override {
    const auto rest = bytes_of(text_).subspan(at_);
    const auto bytes = rest.first(std::min(piece_, rest.size()));
    at_ += bytes.size();
    co_return bytes;
  }
  void hide_length() { declared_ = false; }

 private:
  std::string text_;
  std::size_t piece_;
  std::size_t at_ = 0;
  bool declared_ = true;
};

/// What a test says of a request; the rest is what a browser on this machine would send.
struct Call {
  http::Method method = http::Method::get;
  std::string target;
  std::string body = {};
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::string address = "127.0.0.1";
  bool chunked = false;  ///< the body's length is not declared
};

/// Who answers, and with what.
struct Reply {
  int status = 0;
  http::Headers headers;
  std::string body;
  json::Document json() const { return json::Document::parse(body.empty() ? "null" : body).value(); }
  /// The text of a string member, or the raw JSON of another; "" when it is absent.
  std::string member(std::string_view name) const {
    const json::Document document = json();
    const auto value = document.root().find(name);
    if (!value) return "";
    return std::string(value->kind() == json::Kind::string ? value->text() : value->raw());
  }
  std::string header(std::string_view name) const { return std::string(headers.find(name).value_or("")); }
};

class Fixture {
 public:
  explicit Fixture(Settings settings) : services(services_on(*scratch.database, std::move(settings))) {}

  /// Everything of this, on a database that stands before its own.
  Services services_on(db::Database& database, Settings settings) {
    return {.runtime = scratch.runtime,
            .database = database,
            .clock = scratch.clock,
            .random = scratch.random,
            .uuids = scratch.uuids,
            .rids = scratch.rids,
            .tokenizer = tokenizer,
            .facets = facets,
            .texts = texts,
            .pages = pages,
            .log = log,
            .settings = std::move(settings),
            .cursors = CursorSealer(bytes_of("a secret of at least 32 characters")),
            .urls = UrlSigner(bytes_of("a secret of at least 32 characters")),
            .local = std::nullopt,
            .user_mutations = user_mutations,
            .anonymous_mutations = anonymous_mutations,
            .guesses = guesses,
            .bodies = bodies,
            .in_flight = in_flight,
            .known = known,
            .hashing = hashing,
            .passwords = passwords};
  }

  /// Makes the local owner of profile `single`.
  void add_local() {
    const std::string id = scratch.uuids.make();
    auto ensure = [&](db::Transaction& tx) {
      return domain::ensure_singleton_user(tx, domain::UserKind::local, id, scratch.clock.now());
    };
    const domain::User user = scratch.write(ensure).value();
    services.local =
        domain::Principal{.user = user.rid, .user_id = user.id, .admin = true, .scopes = domain::Scopes::all};
  }
  /// Somebody with an account and a login; the cookie's token.
  std::string login_of(const std::string& email, bool admin = false) {
    const domain::Principal who = scratch.person(email, admin);
    const Secret token = make_token(scratch.random);
    auto begin = [&](db::Transaction& tx) -> Result<void> {
      domain::create_login(tx, token_hash(token.reveal()), who.user, scratch.clock.now());
      return {};
    };
    scratch.write(begin).value();
    return std::string(token.reveal());
  }
  std::pair<std::string, std::string> cookie(const std::string& token) const {
    return {"Cookie", std::string(login_cookie_name(services.settings)) + "=" + token};
  }

  /// Runs one request through the routes. 404 and 405 have no body here: those are the server's.
  Reply send(const Call& call) { return net::run_sync(answer(call)); }

  Task<Reply> answer(Call call) {
    const http::Target target = http::split_target(call.target, "localhost").value();
    const auto match = router.match(call.method, target.path).value();
    if (match.route == nullptr) {
      const int status = match.allowed.empty() ? 404 : 405;
      co_return Reply{.status = status, .headers = {}, .body = {}};
    }
    TextBody body(call.body);
    if (call.chunked) body.hide_length();
    http::Request request{.method = call.method,
                          .target = call.target,
                          .path = std::string(target.path),
                          .query = http::parse_query(target.query).value(),
                          .path_values = match.path_values,
                          .peer = {.address = call.address},
                          .host = "localhost",
                          .id = "request-1",
                          .started = {},
                          .body = &body};
    request.raw_query = http::split_target(request.target, "localhost").value().query;
    if (!call.body.empty()) request.headers.add("Content-Type", "application/json");
    for (const auto& [name, value] : call.headers) request.headers.set(name, value);
    http::Response response = co_await match.route->handler(request);
    const auto* text = std::get_if<std::string>(&response.body);
    const auto* kept = std::get_if<std::shared_ptr<const std::string>>(&response.body);
    if (kept != nullptr) text = kept->get();
    co_return Reply{.status = response.status, .headers = response.headers, .body = text == nullptr ? "" : *text};
  }

  domain::Scratch scratch;
  db::sqlite::Tokenizer tokenizer;
  domain::FacetCache facets;
  domain::TextCache texts;
  PageCache pages;
  std::ostringstream log_text;
  Logger log = Logger::to_stream({}, scratch.clock, log_text);
  RateLimiter user_mutations{scratch.clock, kUserMutations};
  RateLimiter anonymous_mutations{scratch.clock, kAnonymousMutations};
  db::SharedClock shared_clock{*scratch.database, scratch.clock};
  GuessLimit guesses{*scratch.database, shared_clock, kWrongGuesses};
  BodyBudget bodies;
  InFlight in_flight;
  KnownPrincipals known{scratch.clock};
  NarrowPool hashing{scratch.runtime.work(), kHashesAtOnce, kHashesWaiting};
  /// Cheap, so that tests are quick.
  PasswordHasher passwords = PasswordHasher::make({.passes = 1, .memory_bytes = std::size_t{64} * 1024}).value();
  Services services;
  http::Router router;
};

}  // namespace medialith::web
