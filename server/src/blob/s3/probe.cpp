#include "blob/s3/probe.hpp"

#include <array>

#include <fmt/format.h>

#include "base/bytes.hpp"
#include "blob/s3/objects.hpp"

namespace medialith::blob::s3 {
namespace {

std::unexpected<Error> cannot_start(std::string message, const Answer& answer) {
  return fail(ErrorCode::unavailable, std::move(message), error_of(answer, "probe").detail);
}

/// What an answer that ends the start means for the operator.
std::unexpected<Error> explain(const Core& core, const Answer& answer) {
  const std::string& bucket = core.client.address().bucket();
  const std::string& code = answer.error.code;
  std::string region = answer.error.region;
  if (region.empty()) region = answer.head.header("x-amz-bucket-region").value_or("");
  if (code == "NoSuchBucket" || answer.missing()) {
    return cannot_start(
        fmt::format("There is no bucket `{}`. Make it, or set S3_CREATE_BUCKET=true to have it made.", bucket), answer);
  }
  if (!region.empty() && region != core.options.address.region) {
    return cannot_start(fmt::format("The bucket `{}` is in the region `{}`: set S3_REGION to it.", bucket, region),
                        answer);
  }
  if (code == "RequestTimeTooSkewed") {
    return cannot_start("The file store refuses this machine's clock: set the time.", answer);
  }
  if (answer.head.status == 403 || answer.head.status == 401) {
    return cannot_start(fmt::format("The file store refuses the keys for the bucket `{}` ({}). Check S3_ACCESS_KEY,"
                                    " S3_SECRET_KEY and what they are allowed to do.",
                                    bucket, code),
                        answer);
  }
  return cannot_start(fmt::format("The bucket `{}` cannot be used ({}).", bucket, code), answer);
}

Task<Result<void>> make_bucket(Core& core) {
  const std::string body = create_bucket_body(core.options.address.region);
  Call call{.method = "PUT", .body = bytes_of(body)};
  CO_TRY_ASSIGN(const Answer answer, co_await core.client.ask(std::move(call)));
  core.facts.made_bucket = answer.ok();
  // Another server may have made it meanwhile.
  if (!answer.ok() && answer.error.code != "BucketAlreadyOwnedByYou") co_return explain(core, answer);
  co_return Result<void>();
}

/// An object of the probe's own, in capitals: no key is spelled so.
struct Trial {
  std::string object;
  std::array<std::byte, 32> bytes{};
  Md5::Value md5{};
};

Trial make_trial(Core& core) {
  Trial trial;
  core.client.random().fill(trial.bytes);
  trial.object = core.client.address().object("PROBE-" + to_hex(trial.bytes));
  Md5 hash;
  hash.update(trial.bytes);
  trial.md5 = hash.finish();
  return trial;
}

Task<Result<void>> write_and_read(Core& core, const Trial& trial) {
  const std::string checksum = to_base64(sha256(trial.bytes));
  Call put{.method = "PUT",
           .object = trial.object,
           .headers = {{"content-md5", to_base64(trial.md5)}, {"x-amz-checksum-sha256", checksum}},
           .body = trial.bytes};
  CO_TRY_ASSIGN(const Answer written, co_await core.client.ask(std::move(put)));
  if (!written.ok()) co_return explain(core, written);
  core.facts.md5_etags = written.etag() == to_hex(trial.md5);
  core.facts.checksums = true;  // asks for it
  CO_TRY_ASSIGN(const ObjectInfo info, co_await stat_object(core, trial.object));
  core.facts.checksums = info.sha256 == checksum;
  Call part{.object = trial.object, .headers = {{"range", "bytes=8-15"}}};
  CO_TRY_ASSIGN(const Answer read, co_await core.client.ask(std::move(part)));
  const auto expected = text_of(std::span(trial.bytes).subspan(8, 8));
  if (info.size == trial.bytes.size() && read.head.status == 206 && read.body == expected) co_return Result<void>();
  co_return fail(ErrorCode::unavailable, "What is written to the bucket does not come back as it was.",
                 fmt::format("{}: {} bytes, status {}", trial.object, info.size, read.head.status));
}

/// Does a second put of the same name meet a refusal?
Task<Result<bool>> refuses_second_put(Core& core, const Trial& trial) {
  Call again{.method = "PUT", .object = trial.object, .headers = {{"if-none-match", "*"}}, .body = trial.bytes};
  CO_TRY_ASSIGN(const Answer answer, co_await core.client.ask(std::move(again)));
  co_return answer.head.status == 412;
}

Task<Result<bool>> refuses_second_complete(Core& core, const Trial& trial) {
  CO_TRY_ASSIGN(const Upload upload, co_await begin_upload(core, trial.object));
  Call put{.method = "PUT",
           .object = upload.object,
           .query = {{"partNumber", "1"}, {"uploadId", upload.id}},
           .body = trial.bytes};
  CO_TRY_ASSIGN(const Answer part, co_await core.client.ask(std::move(put)));
  const std::vector<Part> parts = {{.number = 1, .etag = part.etag(), .size = trial.bytes.size()}};
  const std::string body = complete_body(parts);
  Call complete{.method = "POST",
                .object = upload.object,
                .query = {{"uploadId", upload.id}},
                .headers = {{"if-none-match", "*"}},
                .body = bytes_of(body)};
  CO_TRY_ASSIGN(const Answer answer, co_await core.client.ask(std::move(complete)));
  CO_TRY(co_await abort_upload(core, upload));
  if (!answer.ok() && answer.head.status != 412) co_return explain(core, answer);
  co_return answer.head.status == 412;
}

/// Onto itself: where the condition is not known, nothing else is changed by it.
Task<Result<bool>> refuses_copy_of_another(Core& core, const Trial& trial) {
  Call copy{.method = "PUT",
            .object = trial.object,
            .headers = {{"x-amz-copy-source", core.client.address().copy_source(trial.object)},
                        {"x-amz-copy-source-if-match", "\"00000000000000000000000000000000\""},
                        {"x-amz-metadata-directive", "REPLACE"}}};
  CO_TRY_ASSIGN(const Answer answer, co_await core.client.ask(std::move(copy)));
  co_return answer.head.status == 412;
}

/// Keys may be forbidden to ask; then nobody knows.
Task<std::optional<bool>> ask_versioning(Core& core) {
  Call call{.query = {{"versioning", ""}}};
  const auto answer = co_await core.client.ask(std::move(call));
  if (!answer || !answer->ok()) co_return std::nullopt;
  const auto versioned = parse_versioning(answer->body);
  co_return versioned ? std::optional(*versioned) : std::nullopt;
}

Task<Result<void>> try_out(Core& core, const Trial& trial) {
  CO_TRY(co_await write_and_read(core, trial));
  CO_TRY_ASSIGN(core.facts.conditional_put, co_await refuses_second_put(core, trial));
  CO_TRY_ASSIGN(core.facts.conditional_complete, co_await refuses_second_complete(core, trial));
  CO_TRY_ASSIGN(core.facts.conditional_copy, co_await refuses_copy_of_another(core, trial));
  core.facts.versioned = co_await ask_versioning(core);
  co_return Result<void>();
}

}  // namespace

// By listing, not HEAD: the answer to a HEAD has no body that would say what is wrong.
Task<Result<void>> reach_bucket(Core& core) {
  const auto list = [] { return Call{.query = {{"list-type", "2"}, {"max-keys", "1"}}}; };
  CO_TRY_ASSIGN(Answer answer, co_await core.client.ask(list()));
  if (answer.missing() && core.options.create_bucket) {
    CO_TRY(co_await make_bucket(core));
    CO_TRY_ASSIGN(answer, co_await core.client.ask(list()));
  }
  if (!answer.ok()) co_return explain(core, answer);
  co_return Result<void>();
}

Task<Result<void>> probe(Core& core) {
  CO_TRY(co_await reach_bucket(core));
  const Trial trial = make_trial(core);
  Result<void> tried = co_await try_out(core, trial);
  Result<void> removed = co_await remove_object(core, trial.object);
  CO_TRY(std::move(tried));
  co_return removed;
}

}  // namespace medialith::blob::s3
