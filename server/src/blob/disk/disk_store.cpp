#include "blob/disk/disk_store.hpp"

#include <array>
#include <cerrno>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "blob/disk/disk_reader.hpp"
#include "blob/disk/disk_staging.hpp"
#include "blob/disk/key_lister.hpp"
#include "blob/disk/store_files.hpp"

namespace medialith::blob {
namespace {

std::unexpected<Error> not_a_key(const std::string& key) {
  return fail(ErrorCode::internal, "The store failed.", "not a key: " + key);
}

/// Runs the blocking `job(done)` on the pool, which calls `done` when it likes.
template <class Job>
Task<Result<void>> run_completing(net::Pool& pool, Job job) {
  auto start = [&pool, &job](net::Completion done) {
    auto shared = std::make_shared<net::Completion>(std::move(done));
    if (pool.post([job, shared]() mutable { job(std::move(*shared)); })) return;
    (*shared)(fail(ErrorCode::overloaded, "The server is busy. Try again in a moment."));
  };
  co_return co_await net::await_completion(std::move(start));
}

void remove_file(DiskCore& core, const std::string& key, net::Completion done) {
  const KeyParts parts = split_key(key);
  auto folder = core.folders().find(parts.folder);
  if (!folder) return done(fail(std::move(folder).error()));
  if (!*folder) return done({});
  const int error = core.attempt_posix("unlink", [&] { return ::unlinkat((*folder)->fd(), parts.name.c_str(), 0); });
  if (error != 0 && error != ENOENT) return done(fail(core.write_failed(error, "unlink of a blob")));
  core.reached("unlink");
  // Also when it was gone: an earlier removal may not have come to the fsync.
  Folder::sync(*folder, core, std::move(done));
}

// When a file has as many links as the file system allows (65 000 on ext4), the next copy has bytes of its own.
void copy_bytes(const std::shared_ptr<DiskCore>& core, const OpenBlob& source, const std::string& to,
                net::Completion done) {
  StagedFile file(core);
  std::vector<std::byte> piece(kPieceSize);
  for (std::uint64_t offset = 0; offset < source.size;) {
    const auto n = read_all(source.fd.get(), piece, offset);
    if (!n) return done(fail(disk_error(n.error(), "read of a blob")));
    if (*n == 0) return done(fail(ErrorCode::blob_corrupt, "The stored file is damaged.", "shorter than it was"));
    if (auto r = file.append(std::span(piece).first(*n)); !r) return done(std::move(r));
    offset += *n;
  }
  if (auto sealed = file.seal(); !sealed) return done(fail(std::move(sealed).error()));
  commit_file(*core, file, to, std::move(done));
}

void copy_file(const std::shared_ptr<DiskCore>& core, const std::string& from, const std::string& to,
               net::Completion done) {
  auto source = open_blob(*core, from);
  if (!source) return done(fail(std::move(source).error()));
  const KeyParts parts = split_key(to);
  auto folder = core->folders().make(parts.folder);
  if (!folder) return done(fail(std::move(folder).error()));
  // By descriptor: what was checked is what is linked.
  const int error =
      core->attempt("link", [&] { return link_open_file(source->fd.get(), (*folder)->fd(), parts.name); });
  if (error == EMLINK) return copy_bytes(core, *source, to, std::move(done));
  if (error == EEXIST) return done(fail(ErrorCode::already_exists, "There is a blob with this key already."));
  if (error != 0) return done(fail(core->write_failed(error, "link of a copy")));
  core->reached("after_link");
  Folder::sync(*folder, *core, std::move(done));
}

}  // namespace

DiskStore::DiskStore(std::shared_ptr<DiskCore> core) : core_(std::move(core)) {}
DiskStore::~DiskStore() = default;

Result<std::unique_ptr<DiskStore>> DiskStore::open(const std::string& root, net::Pool& disk, Random& random,
                                                   DiskOptions options) {
  TRY_ASSIGN(StoreFolders folders, open_store_folders(root));
  const bool named = options.named_staging;
  auto core =
      std::make_shared<DiskCore>(std::move(folders.root), std::move(folders.staging), disk, random, std::move(options));
  core->use_nameless(!named && nameless_works(*core));
  return std::unique_ptr<DiskStore>(new DiskStore(std::move(core)));
}

Result<std::unique_ptr<DiskStore>> DiskStore::open_to_read(const std::string& root, net::Pool& disk, Random& random) {
  TRY_ASSIGN(Descriptor folder, open_store_root(root));
  auto core = std::make_shared<DiskCore>(std::move(folder), Descriptor(), disk, random, DiskOptions());
  core->turn_read_only("it was opened to be read");
  return std::unique_ptr<DiskStore>(new DiskStore(std::move(core)));
}

Capabilities DiskStore::capabilities() const {
  Capabilities result;
  result.direct_file = true;
  result.server_copy = true;
  return result;
}

Task<Result<std::unique_ptr<Staging>>> DiskStore::stage(Expected expected) {
  auto staging = std::make_unique<DiskStaging>(core_, expected);
  CO_TRY(co_await staging->begin());
  co_return std::unique_ptr<Staging>(std::move(staging));
}

Task<Result<std::unique_ptr<Reader>>> DiskStore::open(std::string key, Range range) {
  CO_TRY_ASSIGN(OpenBlob blob, open_blob(*core_, key));
  if (range.offset > blob.size) {
    co_return fail(ErrorCode::range_not_satisfiable, fmt::format("The file has only {} bytes.", blob.size));
  }
  co_return std::make_unique<DiskReader>(core_, std::move(blob), range);
}

Task<Result<std::uint64_t>> DiskStore::stat(std::string key) {
  CO_TRY_ASSIGN(const OpenBlob blob, open_blob(*core_, key));
  co_return blob.size;
}

Task<Result<void>> DiskStore::remove(std::string key) {
  if (!is_valid_key(key)) co_return not_a_key(key);
  CO_TRY(core_->writable());
  auto job = [core = core_, key](net::Completion done) { remove_file(*core, key, std::move(done)); };
  co_return co_await run_completing(core_->pool(), std::move(job));
}

Task<Result<void>> DiskStore::copy(std::string from, std::string to) {
  if (!is_valid_key(to)) co_return not_a_key(to);
  CO_TRY(core_->writable());
  CO_TRY(core_->check_room(0));
  auto job = [core = core_, from, to](net::Completion done) { copy_file(core, from, to, std::move(done)); };
  co_return co_await run_completing(core_->pool(), std::move(job));
}

Task<Result<ListPage>> DiskStore::list(std::string prefix, std::string cursor, std::size_t limit) {
  auto job = [this, &prefix, &cursor, limit] { return list_keys(*core_, prefix, cursor, limit); };
  co_return co_await net::run_on(core_->pool(), job);
}

Task<Result<std::optional<std::string>>> DiskStore::store_id() {
  auto job = [this] { return read_store_id(core_->root()); };
  co_return co_await net::run_on(core_->pool(), job);
}

Task<Result<void>> DiskStore::set_store_id(std::string id) {
  CO_TRY(core_->writable());
  auto job = [this, &id] { return write_store_id(*core_, id); };
  co_return co_await net::run_on(core_->pool(), job);
}

std::optional<std::uint64_t> DiskStore::free_bytes() const {
  const auto room = core_->room();
  if (!room) return std::nullopt;
  return *room;
}

Result<void> DiskStore::probe() { return probe_store(*core_); }

FileSystemKind DiskStore::file_system_kind() const { return kind_of_file_system(core_->root()); }

Task<Result<std::size_t>> DiskStore::sweep_staging(Time older_than) {
  auto job = [this, older_than] { return sweep_staging_folder(*core_, older_than); };
  co_return co_await net::run_on(core_->pool(), job);
}

DiskHealth DiskStore::health() const { return core_->health(); }

Result<StoreGlance> glance_at_store(const std::string& root) {
  TRY_ASSIGN(const Descriptor fd, open_store_root(root));
  StoreGlance glance{.file_system = kind_of_file_system(fd.get())};
  TRY_ASSIGN(glance.id, read_store_id(fd.get()));
  return glance;
}

}  // namespace medialith::blob
