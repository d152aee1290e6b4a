#include "blob/s3/staging.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/bytes.hpp"

namespace medialith::blob::s3 {
namespace {

/// Hashed together on the pool while more comes: a hop for less would cost more than the hashing.
constexpr std::size_t kHashPiece = 256UL << 10;

void hash(StagingWork& work, std::span<const std::byte> piece) {
  work.whole.update(piece);
  work.part.update(piece);
  work.hashed += piece.size();
}

}  // namespace

S3Staging::S3Staging(std::shared_ptr<Core> core, const Expected& expected)
    : core_(std::move(core)), check_(expected), work_(std::make_shared<StagingWork>(core_->options.staging_folder)) {}

S3Staging::~S3Staging() {
  flight_.reset();
  if (state_ == State::committed || !upload_) return;
  // When the pool is full or the server stops, the sweep of old uploads finds it.
  (void)core_->disk.post(
      [core = std::move(core_), upload = std::move(*upload_)] { (void)net::run_sync(abort_upload(*core, upload)); });
}

Task<Result<void>> S3Staging::write(std::span<const std::byte> bytes) {
  if (state_ != State::open) co_return fail(out_of_order());
  state_ = State::failed;
  CO_TRY(check_.accept(bytes));
  CO_TRY(co_await take(bytes));
  state_ = State::open;
  co_return Result<void>();
}

std::uint64_t S3Staging::next_part_size() const {
  const Expected& expected = check_.expected();
  const std::uint64_t smallest = core_->options.part_size;
  // The part in flight counts, too.
  const std::uint64_t number = parts_.size() + (flight_ ? 2 : 1);
  if (!expected.size) return growing_part_size(number, expected.max_size, smallest);
  return std::min(part_size_for(*expected.size, smallest), *expected.size);
}

Task<Result<void>> S3Staging::take(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    // A part leaves when more comes, so that a file of one part needs no multipart upload.
    if (work_->filling && work_->filling->full()) CO_TRY(co_await ship());
    if (!work_->filling) {
      const std::uint64_t capacity = next_part_size();
      const bool fits = spare_ && spare_->capacity() == capacity;
      work_->filling = fits ? std::move(spare_) : std::make_shared<PartBuffer>(core_->buffered_bytes, capacity);
      spare_.reset();
    }
    bytes = bytes.subspan(work_->filling->take(bytes));
    hash_ahead();
  }
  co_return Result<void>();
}

/// Has the pool hash what has come, unless it still does.
void S3Staging::hash_ahead() {
  if (jobs_->busy()) return;
  const auto piece = work_->filling->bytes().subspan(work_->hashed);
  if (piece.size() < kHashPiece) return;
  auto ahead = [work = work_, piece]() -> Result<void> {
    hash(*work, piece);
    return {};
  };
  jobs_->start(core_->disk, std::move(ahead));
}

/// Hashes the rest of the filled part, and keeps it where it will be read back.
Task<Result<Md5::Value>> S3Staging::end_part() {
  CO_TRY(co_await jobs_->idle());
  const bool spooled = upload_ && (!aim_ || aim_->read_back);
  auto rest = [work = work_, spooled]() -> Result<void> {
    hash(*work, work->filling->bytes().subspan(work->hashed));
    return spooled ? work->spool.append(work->filling->bytes()) : Result<void>();
  };
  jobs_->start(core_->disk, std::move(rest));
  CO_TRY(co_await jobs_->idle());
  work_->hashed = 0;
  co_return work_->part.finish();
}

Task<Result<void>> S3Staging::begin_upload_once() {
  if (upload_) co_return Result<void>();
  const std::string key = aim_ ? aim_->key : incoming_name(core_->client.random());
  CO_TRY_ASSIGN(upload_, co_await begin_upload(*core_, core_->client.address().object(key)));
  co_return Result<void>();
}

/// Sends the part that is filled on its way, once the one before has arrived.
Task<Result<void>> S3Staging::ship() {
  CO_TRY(co_await begin_upload_once());
  CO_TRY_ASSIGN(const Md5::Value md5, co_await end_part());
  CO_TRY(co_await land());
  Flight flight{.buffer = std::move(work_->filling), .part = {}, .md5 = to_hex(md5), .call = {}, .exchange = {}};
  work_->filling.reset();
  flight.part = {.number = static_cast<std::uint32_t>(parts_.size() + 1), .size = flight.buffer->bytes().size()};
  const std::string number = fmt::format("{}", flight.part.number);
  flight.call = {.method = "PUT",
                 .object = upload_->object,
                 .query = {{"partNumber", number}, {"uploadId", upload_->id}},
                 .headers = {{"content-md5", to_base64(md5)}},
                 .body = flight.buffer->bytes(),
                 .payload = std::string(kUnsignedPayload)};
  CO_TRY_ASSIGN(flight.exchange, co_await core_->client.start(flight.call));
  flight_ = std::move(flight);
  co_return Result<void>();
}

/// Waits for the part in flight, if there is one, and sends it again where that helps.
Task<Result<void>> S3Staging::land() {
  if (!flight_) co_return Result<void>();
  Flight flight = std::move(*flight_);
  flight_.reset();
  Call call = flight.call;
  CO_TRY_ASSIGN(const Answer answer, co_await core_->client.ask(std::move(call), std::move(flight.exchange)));
  if (!answer.ok()) co_return refused(answer, fmt::format("store part {} of {}", flight.part.number, upload_->object));
  flight.part.etag = answer.etag();
  if (flight.part.etag.empty() || (core_->facts.md5_etags && flight.part.etag != flight.md5)) {
    co_return fail(ErrorCode::blob_corrupt, "The file was damaged on its way into the store. Try again.",
                   fmt::format("{} part {}: ETag {} instead of {}", upload_->object, flight.part.number,
                               flight.part.etag, flight.md5));
  }
  parts_.push_back(std::move(flight.part));
  flight.buffer->clear();
  spare_ = std::move(flight.buffer);
  co_return Result<void>();
}

Task<Result<BlobInfo>> S3Staging::finish() {
  if (state_ != State::open) co_return fail(out_of_order());
  state_ = State::failed;
  CO_TRY_ASSIGN(info_, co_await seal());
  state_ = State::finished;
  co_return info_;
}

Task<Result<BlobInfo>> S3Staging::seal() {
  CO_TRY(check_.end());
  if (!work_->filling) work_->filling = std::make_shared<PartBuffer>(core_->buffered_bytes, 0);
  if (upload_) {
    CO_TRY(co_await ship());
    CO_TRY(co_await land());
    spare_.reset();
  } else {
    CO_TRY_ASSIGN(md5_, co_await end_part());
  }
  const BlobInfo info{.size = check_.received(), .sha256 = work_->whole.finish()};
  CO_TRY(check_.verify(info.sha256));
  co_return info;
}

Task<Result<void>> S3Staging::commit(std::string key) {
  if (state_ != State::finished || !is_valid_key(key)) co_return fail(out_of_order());
  state_ = State::failed;  // until it turns out otherwise
  CO_TRY(co_await place(std::move(key)));
  state_ = State::committed;
  co_return Result<void>();
}

Task<Result<void>> S3Staging::place(std::string key) {
  const std::string object = core_->client.address().object(key);
  if (!upload_) {
    const Content content{.bytes = work_->filling->bytes(), .sha256 = info_.sha256, .md5 = md5_};
    co_return co_await put_object(*core_, object, content);
  }
  CO_TRY(co_await complete_upload(*core_, *upload_, parts_, info_.size));
  if (upload_->object == object) co_return Result<void>();
  // Begun before the key was known: S3 has no renaming.
  const std::string incoming = upload_->object;
  upload_.reset();
  Result<void> copied;
  const auto source = co_await stat_object(*core_, incoming);
  copied = source ? co_await copy_object(*core_, incoming, *source, object) : std::unexpected(source.error());
  // What stays is swept like uploads that clients never completed.
  (void)co_await remove_object(*core_, incoming);
  co_return copied;
}

Task<Result<std::vector<std::byte>>> S3Staging::read_back(std::uint64_t offset, std::size_t length) {
  if (state_ != State::finished && state_ != State::committed) co_return fail(out_of_order());
  if (parts_.empty()) {
    const auto all = work_->filling->bytes();
    const auto rest = all.subspan(std::min<std::uint64_t>(offset, all.size()));
    const auto part = rest.first(std::min(length, rest.size()));
    co_return std::vector<std::byte>(part.begin(), part.end());
  }
  auto read = [work = work_, offset, length] { return work->spool.read(offset, length); };
  co_return co_await net::run_on(core_->disk, read);
}

}  // namespace medialith::blob::s3
