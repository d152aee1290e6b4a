#include <memory>
#include <utility>

#include <fmt/format.h>

#include "base/bytes.hpp"
#include "base/hash.hpp"
#include "http/conditional.hpp"
#include "web/authenticate.hpp"
#include "web/context.hpp"
#include "web/read_body.hpp"
#include "web/schema.hpp"

namespace medialith::web {
namespace {

constexpr std::size_t kMaxIdempotencyKey = 255;
constexpr std::chrono::seconds kAskAgainAfter{1};

domain::Scopes wanted(http::Scope scope) {
  switch (scope) {
    case http::Scope::none:
      return domain::Scopes::none;
    case http::Scope::read:
      return domain::Scopes::read;
    case http::Scope::write:
      return domain::Scopes::write;
    case http::Scope::import:
      return domain::Scopes::import;
    case http::Scope::admin:
      return domain::Scopes::admin;
  }
  return domain::Scopes::all;
}

Result<void> check_access(const Context& context) {
  if (context.route.access == http::Access::open || context.route.access == http::Access::signed_url) return {};
  if (!context.principal) return fail(ErrorCode::unauthenticated, "Sign in, or send a key as bearer token.");
  if (context.route.access == http::Access::admin && !context.who().admin) {
    return fail(ErrorCode::forbidden, "Only an admin may do this.");
  }
  if (!has(context.who().scopes, wanted(context.route.scope))) {
    return fail(ErrorCode::insufficient_scope, "This key's scopes do not include what this needs.");
  }
  return {};
}

Result<void> check_query(const Context& context, UnknownParameters unknown) {
  const bool drops = unknown == UnknownParameters::dropped && context.request.method != http::Method::delete_;
  std::vector<FieldError> fields;
  for (const http::QueryParameter& sent : context.request.query) {
    if (sent.name == "userId") continue;  // ignored everywhere (S0-8)
    const http::Parameter* known = nullptr;
    for (const http::Parameter& parameter : context.route.parameters) {
      if (parameter.in == "query" && parameter.name == sent.name) known = &parameter;
    }
    if (known == nullptr) {
      if (drops) continue;
      fields.push_back({sent.name, "unknown", fmt::format("There is no parameter `{}` here.", sent.name)});
    } else if (!known->repeatable && context.request.query_value(sent.name)->data() != sent.value.data()) {
      fields.push_back({sent.name, "repeated", fmt::format("`{}` may be given once.", sent.name)});
    }
  }
  if (!fields.empty()) return fail(invalid(std::move(fields)));
  return {};
}

/// The signed route checks its query as a whole: any other parameter breaks the signature.
bool checks_its_own_query(const http::Route& route) { return route.access == http::Access::signed_url; }

Result<std::optional<std::string>> idempotency_key(const Context& context) {
  if (!context.route.mutation || context.route.shows_secret || !context.principal) return std::nullopt;
  const auto sent = context.request.headers.find("Idempotency-Key");
  if (!sent) return std::nullopt;
  for (const char c : *sent) {
    if (c <= 0x20 || c >= 0x7F) return fail(invalid("Idempotency-Key", "not_allowed", "Use visible ASCII characters."));
  }
  if (sent->empty() || sent->size() > kMaxIdempotencyKey) {
    return fail(invalid("Idempotency-Key", "too_long", "A key has 1 to 255 characters."));
  }
  return std::string(*sent);
}

/// Method, target and body. A streamed body stands for itself by its declared length, type and digest; its own hash is
/// compared at the end.
std::string fingerprint(const Context& context, std::string_view body) {
  const http::Request& request = context.request;
  std::string text = fmt::format("{} {}\n", http::method_name(request.method), request.target);
  if (context.route.body.kind == http::BodyKind::bytes) {
    for (const std::string_view name : {"Content-Length", "Content-Type", "Repr-Digest", "Content-Digest"}) {
      text += fmt::format("{}\n", request.headers.find(name).value_or(""));
    }
  } else {
    text += text_of(sha256(body));
  }
  return std::string(text_of(sha256(text)));
}

RateLimiter& limiter_of(const Context& context) {
  return context.principal ? context.services.user_mutations : context.services.anonymous_mutations;
}

/// Whose mutations are counted together.
std::string counted_name(const Context& context) {
  if (!context.principal) return context.request.peer.address;
  if (context.who().credential == domain::Credential::key) return fmt::format("key {}", context.who().key_rid);
  return fmt::format("user {}", context.who().user.value);
}

Result<Verdict> check_rate(RateLimiter& limiter, std::string_view name) {
  const Verdict verdict = limiter.take(name);
  if (verdict.allowed) return verdict;
  Error error = make_error(ErrorCode::rate_limited, "Too many changes in a short time. Try again in a moment.");
  error.retry_after = verdict.retry_after;
  return fail(std::move(error));
}

void add_rate_headers(http::Response& response, const RateLimiter& limiter, const Verdict& verdict) {
  response.headers.set("RateLimit",
                       fmt::format("limit={}, remaining={}, reset={}", static_cast<std::int64_t>(limiter.rate().burst),
                                   verdict.remaining, verdict.reset.count()));
}

class Run {
 public:
  Run(Context& context, const Handler& handler, const Wire& wire) : context_(context), handler_(handler), wire_(wire) {}

  /// What a mutation asks in its own transaction (whether the login or key stands, whether its Idempotency-Key is new)
  /// is not asked before: on a distant database each look is a trip. What no such transaction has settled, a refusal
  /// above all, is looked up afterwards, and nothing is answered before.
  Task<Result<http::Response>> all() {
    if (!checks_its_own_query(context_.route)) CO_TRY(check_query(context_, wire_.unknown));
    const bool recognised = recognise_for();
    if (!recognised) CO_TRY(co_await authenticate_anew());
    Result<http::Response> response = co_await as_somebody();
    const bool broke = !response && http_status(response.error().code) >= 500;
    if (context_.settled || broke) co_return response;
    if (recognised) {
      CO_TRY(co_await authenticate_anew());
      CO_TRY(check_access(context_));
    }
    if (context_.idempotency && !context_.replay) {
      CO_TRY(co_await look_up_replay());
      if (context_.replay) co_return co_await wire_.replay(context_, *context_.replay);
    }
    co_return response;
  }

 private:
  /// Whether it is a mutation by somebody who was looked up a moment ago.
  bool recognise_for() {
    const bool asks_again = context_.route.mutation && context_.route.access == http::Access::user;
    if (asks_again) context_.principal = recognise(context_.services, context_.request);
    return context_.principal.has_value();
  }

  Task<Result<void>> authenticate_anew() {
    context_.principal.reset();
    // A signed link says all by itself; a cookie that comes with it changes nothing.
    const bool is_signed = context_.route.access == http::Access::signed_url &&
                           context_.request.raw_query.find("sig=") != std::string_view::npos;
    if (is_signed) co_return Result<void>();
    auto principal = co_await authenticate(context_.services, context_.request);
    if (!principal && context_.route.access == http::Access::open) co_return Result<void>();
    CO_TRY_ASSIGN(context_.principal, std::move(principal));
    co_return Result<void>();
  }

  Task<Result<http::Response>> as_somebody() {
    CO_TRY(check_access(context_));
    const bool streamed = context_.route.body.kind == http::BodyKind::bytes;
    std::string body;
    BodyBudget::Share share;
    if (context_.route.body.kind == http::BodyKind::json) {
      CO_TRY_ASSIGN(body, co_await read_body(context_, share));
    }
    CO_TRY_ASSIGN(auto key, idempotency_key(context_));
    if (key) context_.idempotency = domain::IdempotencyKey{*key, fingerprint(context_, body)};
    // What is streamed is compared with the stored answer on its way, instead of being kept.
    if (key && streamed) CO_TRY(co_await look_up_replay());
    if (context_.route.body.kind == http::BodyKind::json) {
      CO_TRY_ASSIGN(context_.body, co_await parse_body(context_, std::move(body)));
    }
    co_return co_await limited();
  }

  Task<Result<void>> look_up_replay() {
    auto look = [this](db::Connection& connection) {
      return domain::find_replay(connection, context_.who().user, *context_.idempotency);
    };
    CO_TRY_ASSIGN(context_.replay, co_await context_.services.database.read(look));
    co_return Result<void>();
  }

  Task<Result<http::Response>> limited() {
    InFlight::Hold hold =
        context_.idempotency && !context_.replay
            ? context_.services.in_flight.try_hold(context_.who().user.value, context_.idempotency->key)
            : InFlight::Hold();
    if (context_.idempotency && !context_.replay && !hold) {
      Error error = make_error(ErrorCode::idempotency_in_flight,
                               "The first request with this Idempotency-Key is still at work. Try again in a moment.");
      error.retry_after = std::chrono::seconds(1);
      co_return fail(std::move(error));
    }
    // Off in `single`: there is nobody to protect the owner from.
    const bool counted =
        context_.route.mutation && !context_.replay && context_.services.settings.profile == Profile::accounts;
    if (!counted) co_return co_await handler_(context_);
    RateLimiter& limiter = limiter_of(context_);
    const std::string name = counted_name(context_);
    CO_TRY_ASSIGN(const Verdict verdict, check_rate(limiter, name));
    Result<http::Response> response = co_await handler_(context_);
    if (context_.replay) {
      limiter.give_back(name);
    } else if (response) {
      add_rate_headers(*response, limiter, verdict);
    }
    co_return response;
  }

  Context& context_;
  const Handler& handler_;
  const Wire& wire_;
};

/// A refusal tells that nothing was done. Once a change is committed, only its answer can be missing.
Error after_commit(Error error) {
  if (http_status(error.code) < 500) return error;
  return make_error(ErrorCode::outcome_unknown,
                    "This was saved, but cannot be shown at the moment. Look before you try again, or repeat it with "
                    "the same Idempotency-Key.",
                    error.message + " " + error.detail);
}

/// A route as it is served. Shared by the requests under way.
struct Entry {
  Services& services;
  http::Route route;
  Handler handler;
  std::shared_ptr<const Wire> wire;
};

Task<http::Response> serve(std::shared_ptr<const Entry> entry, http::Request& request) {
  Context context{.services = entry->services, .request = request, .route = entry->route};
  Run steps(context, entry->handler, *entry->wire);
  Result<http::Response> response = co_await steps.all();
  if (response) {
    if (context.replay) response->headers.set("Idempotency-Replayed", "true");
    co_return std::move(*response);
  }
  Error error = std::move(response).error();
  if (context.settled) error = after_commit(std::move(error));
  if (error.code == ErrorCode::unauthenticated && error.details_json.empty()) {
    error.details_json = sign_in_details(entry->services.settings);
  }
  // Asked again with its key it is done once, whatever became of it; without one somebody has to look first.
  if (error.code == ErrorCode::outcome_unknown && context.idempotency && !error.retry_after) {
    error.retry_after = kAskAgainAfter;
  }
  if (http_status(error.code) >= 500) {
    entry->services.log.for_request(request.id).error("request_failed", error, {{"operation", entry->route.operation}});
  }
  co_return entry->wire->present(error, request);
}

}  // namespace

void Routes::add(http::Route route, Handler handler) {
  auto entry = std::make_shared<const Entry>(Entry{services_, route, std::move(handler), wire_});
  route.handler = [entry](http::Request& request) { return serve(entry, request); };
  router_.add(std::move(route));
}

}  // namespace medialith::web
