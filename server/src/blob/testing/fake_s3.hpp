// An S3 service in memory that fails on purpose. It stands beside a real gateway, never for one: what passes on the
// gateway passes here without faults, and then again with them.
#pragma once

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "base/bytes.hpp"
#include "base/hash.hpp"
#include "blob/s3/messages.hpp"
#include "blob/s3/sigv4.hpp"
#include "blob/testing/s3_fixture.hpp"
#include "http_client/testing/peer.hpp"

namespace medialith::blob {

/// What may happen to a request, each as likely as another when `rate` hits.
enum class Fault : std::uint8_t {
  error_500,    ///< InternalError, no effect
  slow_down,    ///< 503, no effect
  cut_before,   ///< the connection ends, no effect
  cut_after,    ///< the same after the effect
  late_error,   ///< 200, and `<Error>` inside: where S3 does that (complete, copy), else as error_500
  wrong_etag,   ///< in the answer, not in the store
  cut_in_body,  ///< the answer ends half-way
  slow,         ///< the answer comes later
};
inline constexpr int kFaults = 8;

class FakeS3 {
 public:
  FakeS3() : peer_([this](Visit& visit) { return serve(visit); }) {}

  Gateway gateway() const { return {peer_.url(""), "us-east-1", "fake", "fake-secret"}; }

  /// From now on, for requests about objects. Seeded anew.
  void set_faults(double rate, std::uint64_t seed) {
    const std::scoped_lock lock(mutex_);
    rate_ = rate;
    engine_.seed(seed);
  }
  /// Planted bug: a put is acknowledged and forgotten, this often.
  void forget_puts(double rate) {
    const std::scoped_lock lock(mutex_);
    forget_ = rate;
  }
  /// What it says it can do: If-None-Match, If-Match of copies and checksums, or none of it.
  void be_old(bool old) {
    const std::scoped_lock lock(mutex_);
    old_ = old;
  }
  std::uint64_t injected() {
    const std::scoped_lock lock(mutex_);
    return injected_;
  }
  /// Requests that are made to change something.
  std::uint64_t writes() {
    const std::scoped_lock lock(mutex_);
    return writes_;
  }

 private:
  using Visit = http_client::testing::Visit;
  struct Request {
    std::string method;
    std::string path;  // as sent
    std::string bucket;
    std::string key;
    std::map<std::string, std::string> query;
    std::map<std::string, std::string> headers;  // lower case
    std::string body;
    bool has(const std::string& name) const { return query.contains(name); }
    std::string header(const std::string& name) const {
      const auto found = headers.find(name);
      return found == headers.end() ? "" : found->second;
    }
    std::string parameter(const std::string& name) const {
      const auto found = query.find(name);
      return found == query.end() ? "" : found->second;
    }
  };
  struct Reply {
    int status = 200;
    std::vector<std::pair<std::string, std::string>> headers = {};
    std::string body = {};
  };
  struct Object {
    std::string bytes;
    std::string etag;
    Time modified;
  };
  struct Multipart {
    std::string key;
    std::map<std::uint32_t, Object> parts;
    Time initiated;
  };

  // ---- the wire
  // ------------------------------------------------------------------------------------------------------

  static std::string decode(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
      unsigned value = 0;
      if (text[i] == '%') {
        std::from_chars(text.data() + i + 1, text.data() + i + 3, value, 16);
        out += static_cast<char>(value);
        i += 2;
      } else {
        out += text[i];
      }
    }
    return out;
  }

  static Request parse(const std::string& head) {
    Request request;
    std::size_t at = head.find("\r\n");
    const std::string line = head.substr(0, at);
    request.method = line.substr(0, line.find(' '));
    std::string target = line.substr(request.method.size() + 1);
    target = target.substr(0, target.find(' '));
    const std::size_t mark = target.find('?');
    request.path = target.substr(0, mark);
    const std::size_t slash = request.path.find('/', 1);
    request.bucket = request.path.substr(1, slash == std::string::npos ? slash : slash - 1);
    if (slash != std::string::npos) request.key = decode(request.path.substr(slash + 1));
    std::string query = mark == std::string::npos ? "" : target.substr(mark + 1) + "&";
    for (std::size_t end = query.find('&'); end != std::string::npos; end = query.find('&')) {
      const std::string pair = query.substr(0, end);
      const std::size_t equals = std::min(pair.find('='), pair.size());
      request.query[decode(pair.substr(0, equals))] = decode(pair.substr(std::min(equals + 1, pair.size())));
      query.erase(0, end + 1);
    }
    while (at != std::string::npos) {
      const std::size_t end = std::min(head.find("\r\n", at + 2), head.size());
      const std::string field = head.substr(at + 2, end - at - 2);
      const std::size_t colon = field.find(':');
      if (colon != std::string::npos) {
        std::string name = field.substr(0, colon);
        std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::tolower(c); });
        request.headers[name] = field.substr(std::min(colon + 2, field.size()));
      }
      at = end == head.size() ? std::string::npos : end;
    }
    return request;
  }

  Task<bool> serve(Visit& visit) {
    Request request = parse(visit.head());
    request.body = co_await visit.body();
    std::unique_lock lock(mutex_);
    if (request.method != "GET" && request.method != "HEAD") ++writes_;
    const std::optional<Fault> fault = next_fault(request);
    if (fault == Fault::cut_before) co_return false;
    Reply reply = fault == Fault::error_500    ? error(500, "InternalError")
                  : fault == Fault::slow_down  ? error(503, "SlowDown")
                  : fault == Fault::late_error ? late_error(request)
                                               : answer(request);
    lock.unlock();
    if (fault == Fault::cut_after) co_return false;
    if (fault == Fault::wrong_etag) set_etag(reply, "0123456789abcdef0123456789abcdef");
    std::string text = fmt::format("HTTP/1.1 {} X\r\n", reply.status);
    for (const auto& [name, value] : reply.headers) text += fmt::format("{}: {}\r\n", name, value);
    const bool is_head = request.method == "HEAD";
    if (!is_head) text += fmt::format("Content-Length: {}\r\n", reply.body.size());
    text += "\r\n";
    if (!is_head) text += fault == Fault::cut_in_body ? reply.body.substr(0, reply.body.size() / 2) : reply.body;
    const bool sent = fault == Fault::slow ? co_await visit.send_later(std::chrono::milliseconds(5), std::move(text))
                                           : co_await visit.send(std::move(text));
    co_return sent&& fault != Fault::cut_in_body;
  }

  std::optional<Fault> next_fault(const Request& request) {
    if (rate_ == 0 || request.key.empty()) return std::nullopt;
    if (std::uniform_real_distribution<>(0, 1)(engine_) >= rate_) return std::nullopt;
    ++injected_;
    return static_cast<Fault>(std::uniform_int_distribution<>(0, kFaults - 1)(engine_));
  }

  static void set_etag(Reply& reply, const std::string& etag) {
    for (auto& [name, value] : reply.headers) {
      if (name == "ETag") value = '"' + etag + '"';
    }
  }

  static Reply error(int status, const std::string& code) {
    return {status, {}, fmt::format("<Error><Code>{}</Code><Message>made up</Message></Error>", code)};
  }

  Reply late_error(const Request& request) {
    const bool answers_early =
        request.method == "POST" ? request.has("uploadId") : request.headers.contains("x-amz-copy-source");
    Reply reply = error(500, "InternalError");
    if (answers_early) reply.status = 200;
    return reply;
  }

  // ---- signatures
  // ------------------------------------------------------------------------------------------------------

  /// Whether the request was signed, in its headers or its query, with our keys.
  static bool is_signed(const Request& request) {
    const s3::Credentials credentials{.access_key = "fake", .secret_key = Secret("fake-secret")};
    const bool presigned = request.has("X-Amz-Signature");
    const std::string names = presigned ? request.parameter("X-Amz-SignedHeaders")
                                        : between(request.header("authorization"), "SignedHeaders=", ",");
    const std::string host = request.header("host");
    s3::Signable signable{
        .method = request.method, .host = host, .path = request.path, .payload = s3::kUnsignedPayload};
    for (const auto& [name, value] : request.headers) {
      const bool added = name == "host" || name == "x-amz-date";
      if (!added && (";" + names + ";").find(";" + name + ";") != std::string::npos)
        signable.headers.push_back({name, value});
    }
    for (const auto& [name, value] : request.query) {
      if (!name.starts_with("X-Amz-")) signable.query.emplace_back(name, value);
    }
    const std::string stamp = presigned ? request.parameter("X-Amz-Date") : request.header("x-amz-date");
    const Time time =
        parse_iso8601(fmt::format("{}-{}-{}T{}:{}:{}Z", stamp.substr(0, 4), stamp.substr(4, 2), stamp.substr(6, 2),
                                  stamp.substr(9, 2), stamp.substr(11, 2), stamp.substr(13, 2)))
            .value_or(Time{});
    if (presigned) {
      const std::chrono::seconds valid(std::stoi(request.parameter("X-Amz-Expires")));
      const std::string query = s3::presign(signable, credentials, {"us-east-1"}, time, valid);
      return query.ends_with("=" + request.parameter("X-Amz-Signature"));
    }
    const std::string payload = request.header("x-amz-content-sha256");
    signable.payload = payload;
    if (payload != s3::kUnsignedPayload && payload != to_hex(sha256(request.body))) return false;
    return s3::sign(signable, credentials, {"us-east-1"}, time).back().value == request.header("authorization");
  }

  static std::string between(const std::string& text, const std::string& begin, const std::string& end) {
    const std::size_t at = text.find(begin);
    if (at == std::string::npos) return "";
    const std::size_t from = at + begin.size();
    return text.substr(from, text.find(end, from) - from);
  }

  // ---- what it does
  // ----------------------------------------------------------------------------------------------------

  static std::string md5(std::string_view bytes) {
    Md5 hash;
    hash.update(bytes_of(bytes));
    return to_hex(hash.finish());
  }

  Reply answer(const Request& request) {
    if (!is_signed(request)) return error(403, "SignatureDoesNotMatch");
    if (request.key.empty()) return answer_bucket(request);
    if (!has_bucket_) return error(404, "NoSuchBucket");
    if (const std::string sum = request.header("content-md5"); !sum.empty()) {
      const auto given = from_base64(sum);
      if (!given || to_hex(*given) != md5(request.body)) return error(400, "BadDigest");
    }
    if (request.has("uploadId") || request.has("uploads")) return answer_multipart(request);
    if (request.method == "PUT") {
      return request.headers.contains("x-amz-copy-source") ? copy(request)
                                                           : put(request.key, request, request.body, "");
    }
    if (request.method == "DELETE") {
      objects_.erase(request.key);
      return {204};
    }
    return get(request);
  }

  Reply answer_bucket(const Request& request) {
    if (request.method == "PUT" && request.has("cors")) {
      cors_ = request.body;
      return {};
    }
    if (request.method == "PUT") {
      has_bucket_ = true;
      return {};
    }
    if (!has_bucket_) return error(404, "NoSuchBucket");
    if (request.has("cors")) return cors_.empty() ? error(404, "NoSuchCORSConfiguration") : Reply{200, {}, cors_};
    if (request.has("versioning")) return {200, {}, "<VersioningConfiguration/>"};
    return request.has("uploads") ? list_uploads(request) : list(request);
  }

  Reply list(const Request& request) const {
    const std::string prefix = request.parameter("prefix");
    const std::string after = std::max(request.parameter("start-after"), request.parameter("continuation-token"));
    const std::size_t limit = std::stoul(request.parameter("max-keys"));
    std::string xml;
    std::size_t count = 0;
    std::string last;
    for (auto it = objects_.upper_bound(after); it != objects_.end(); ++it) {
      if (!it->first.starts_with(prefix)) continue;
      if (count++ == limit) {
        xml += "<IsTruncated>true</IsTruncated><NextContinuationToken>" + last + "</NextContinuationToken>";
        break;
      }
      last = it->first;
      xml += fmt::format("<Contents><Key>{}</Key><Size>{}</Size><LastModified>{}</LastModified></Contents>", it->first,
                         it->second.bytes.size(), to_iso8601(it->second.modified));
    }
    return {200, {}, "<ListBucketResult>" + xml + "</ListBucketResult>"};
  }

  Reply list_uploads(const Request& request) const {
    std::string xml;
    for (const auto& [id, upload] : uploads_) {
      if (!upload.key.starts_with(request.parameter("prefix"))) continue;
      xml += fmt::format("<Upload><Key>{}</Key><UploadId>{}</UploadId><Initiated>{}</Initiated></Upload>", upload.key,
                         id, to_iso8601(upload.initiated));
    }
    return {200, {}, "<ListMultipartUploadsResult>" + xml + "</ListMultipartUploadsResult>"};
  }

  Reply put(const std::string& key, const Request& request, std::string bytes, std::string etag) {
    if (!old_ && request.header("if-none-match") == "*" && objects_.contains(key))
      return error(412, "PreconditionFailed");
    if (etag.empty()) etag = md5(bytes);
    const Reply reply{200, {{"ETag", '"' + etag + '"'}}, {}};
    const bool forgotten = forget_ > 0 && std::uniform_real_distribution<>(0, 1)(engine_) < forget_;
    if (!forgotten) objects_[key] = {std::move(bytes), std::move(etag), clock_.now()};
    return reply;
  }

  Reply get(const Request& request) const {
    const auto found = objects_.find(request.key);
    if (found == objects_.end()) return request.method == "HEAD" ? Reply{404} : error(404, "NoSuchKey");
    const Object& object = found->second;
    const std::string etag = '"' + object.etag + '"';
    if (const std::string wanted = request.header("if-match"); !wanted.empty() && wanted != etag) {
      return error(412, "PreconditionFailed");
    }
    Reply reply{200, {{"ETag", etag}}, object.bytes};
    for (const char* name : {"content-type", "content-disposition", "cache-control"}) {
      const std::string value = request.parameter(std::string("response-") + name);
      if (!value.empty()) reply.headers.emplace_back(name, value);
    }
    if (!old_ && request.header("x-amz-checksum-mode") == "ENABLED" && !object.etag.contains('-')) {
      reply.headers.emplace_back("x-amz-checksum-sha256", to_base64(sha256(object.bytes)));
    }
    if (request.method == "HEAD") reply.headers.emplace_back("Content-Length", fmt::format("{}", object.bytes.size()));
    const std::string range = request.header("range");
    if (range.empty()) return reply;
    const std::size_t begin = std::stoul(range.substr(6));
    if (begin >= object.bytes.size()) return error(416, "InvalidRange");
    const std::string end = range.substr(range.find('-') + 1);
    const std::size_t last = std::min(end.empty() ? SIZE_MAX : std::stoul(end), object.bytes.size() - 1);
    reply.status = 206;
    reply.headers.emplace_back("Content-Range", fmt::format("bytes {}-{}/{}", begin, last, object.bytes.size()));
    reply.body = object.bytes.substr(begin, last - begin + 1);
    return reply;
  }

  /// The object that a request copies from, when it is there and still the one that was meant.
  const Object* source_of(const Request& request, Reply& refusal) const {
    const std::string source = decode(request.header("x-amz-copy-source"));
    const auto found = objects_.find(source.substr(source.find('/') + 1));
    if (found == objects_.end()) {
      refusal = error(404, "NoSuchKey");
      return nullptr;
    }
    if (!old_ && request.header("x-amz-copy-source-if-match") != '"' + found->second.etag + '"') {
      refusal = error(412, "PreconditionFailed");
      return nullptr;
    }
    return &found->second;
  }

  Reply copy(const Request& request) {
    Reply refusal;
    const Object* source = source_of(request, refusal);
    if (source == nullptr) return refusal;
    const Object copied{source->bytes, md5(source->bytes), clock_.now()};
    objects_[request.key] = copied;
    return {200, {}, fmt::format("<CopyObjectResult><ETag>\"{}\"</ETag></CopyObjectResult>", copied.etag)};
  }

  Reply answer_multipart(const Request& request) {
    if (request.has("uploads")) {
      const std::string id = fmt::format("upload-{}", next_upload_++);
      uploads_[id] = {request.key, {}, clock_.now()};
      return {
          200, {}, "<InitiateMultipartUploadResult><UploadId>" + id + "</UploadId></InitiateMultipartUploadResult>"};
    }
    const auto found = uploads_.find(request.parameter("uploadId"));
    if (found == uploads_.end() || found->second.key != request.key) return error(404, "NoSuchUpload");
    if (request.method == "DELETE") {
      uploads_.erase(found);
      return {204};
    }
    if (request.method == "PUT") return put_part(found->second, request);
    return request.method == "POST" ? complete(found->first, request) : list_parts(found->second);
  }

  Reply put_part(Multipart& upload, const Request& request) {
    const auto number = static_cast<std::uint32_t>(std::stoul(request.parameter("partNumber")));
    std::string bytes = request.body;
    if (request.headers.contains("x-amz-copy-source")) {
      Reply refusal;
      const Object* source = source_of(request, refusal);
      if (source == nullptr) return refusal;
      const std::string range = request.header("x-amz-copy-source-range");
      const std::size_t begin = std::stoul(range.substr(6));
      bytes = source->bytes.substr(begin, std::stoul(range.substr(range.find('-') + 1)) - begin + 1);
    }
    const std::string etag = md5(bytes);
    upload.parts[number] = {std::move(bytes), etag, clock_.now()};
    return {200, {{"ETag", '"' + etag + '"'}}, "<CopyPartResult><ETag>\"" + etag + "\"</ETag></CopyPartResult>"};
  }

  static Reply list_parts(const Multipart& upload) {
    std::string xml;
    for (const auto& [number, part] : upload.parts) {
      xml += fmt::format("<Part><PartNumber>{}</PartNumber><ETag>\"{}\"</ETag><Size>{}</Size></Part>", number,
                         part.etag, part.bytes.size());
    }
    return {200, {}, "<ListPartsResult>" + xml + "</ListPartsResult>"};
  }

  Reply complete(const std::string& id, const Request& request) {
    const Multipart& upload = uploads_.at(id);
    std::string bytes;
    std::vector<s3::Part> parts;
    for (const auto& [number, part] : upload.parts) {
      const std::string named = fmt::format("<PartNumber>{}</PartNumber><ETag>\"{}\"</ETag>", number, part.etag);
      if (!request.body.contains(named)) return error(400, "InvalidPart");
      bytes += part.bytes;
      parts.push_back({number, part.etag, part.bytes.size()});
    }
    const std::string etag = s3::etag_of_parts(parts);
    Reply reply = put(request.key, request, std::move(bytes), etag);
    if (reply.status != 200) return reply;
    uploads_.erase(id);
    reply.headers.clear();
    reply.body = "<CompleteMultipartUploadResult><ETag>\"" + etag + "\"</ETag></CompleteMultipartUploadResult>";
    return reply;
  }

  const SystemClock clock_;
  std::mutex mutex_;
  std::mt19937_64 engine_{1};  // guarded by mutex_, as are:
  double rate_ = 0;
  double forget_ = 0;
  bool old_ = false;
  std::uint64_t injected_ = 0;
  std::uint64_t writes_ = 0;
  bool has_bucket_ = false;
  std::string cors_;
  std::map<std::string, Object> objects_;
  std::map<std::string, Multipart> uploads_;
  int next_upload_ = 0;
  http_client::testing::Peer peer_;  // its thread ends first
};

}  // namespace medialith::blob
