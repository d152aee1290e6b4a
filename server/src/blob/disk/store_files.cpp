#include "blob/disk/store_files.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "blob/store.hpp"

namespace medialith::blob {
namespace {

constexpr const char* kStoreIdFile = "STORE_ID";
constexpr std::size_t kStoreIdBytes = 256;  // more than an id and its line end have
constexpr mode_t kFolderMode = 0700;
constexpr mode_t kFileMode = 0600;
constexpr std::int64_t kMsPerSecond = 1000;

std::unexpected<Error> unusable(int error, std::string_view action) {
  return fail(ErrorCode::unavailable, "The store cannot be used.", disk_error(error, action).detail);
}

/// Writes a new file in staging and moves it over `name` in `folder`, all of it durable.
Result<void> replace_file(DiskCore& core, int folder, const std::string& name, std::span<const std::byte> bytes) {
  const std::string temporary = core.staging_name();
  const int raw =
      ::openat(core.staging(), temporary.c_str(), O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY | O_CLOEXEC, kFileMode);
  if (raw < 0) return fail(core.write_failed(errno, "open of a staging file"));
  const Descriptor fd(raw);
  const auto give_up = [&](Error error) {
    ::unlinkat(core.staging(), temporary.c_str(), 0);
    return fail(std::move(error));
  };
  if (const int error = write_all(raw, bytes, 0)) return give_up(core.write_failed(error, "write of a store file"));
  if (::fsync(raw) != 0) return give_up(core.file_fsync_failed(errno));
  if (::renameat(core.staging(), temporary.c_str(), folder, name.c_str()) != 0) {
    return give_up(core.write_failed(errno, "rename of a store file"));
  }
  if (::fsync(folder) != 0) return fail(core.folder_fsync_failed(errno, "fsync of the store's folder"));
  return {};
}

struct KnownFileSystem {
  std::int64_t magic;
  std::string_view name;
  std::string_view warning;
};

constexpr std::string_view kInMemory = "It lives in memory: everything is lost when the machine stops.";
constexpr std::string_view kContainer = "It is a container's own layer: everything is lost with the container.";
constexpr std::string_view kNetwork = "It is a network file system: what it acknowledges may not survive its server.";
constexpr std::string_view kUserSpace = "It is served by a program (FUSE), which may not honour fsync.";
constexpr std::int64_t kXfsMagic = 0x58465342;
constexpr std::int64_t kZfsMagic = 0x2fc12fc1;

constexpr KnownFileSystem kFileSystems[] = {
    {EXT4_SUPER_MAGIC, "ext4", ""},
    {kXfsMagic, "xfs", ""},
    {BTRFS_SUPER_MAGIC, "btrfs", ""},
    {F2FS_SUPER_MAGIC, "f2fs", ""},
    {kZfsMagic, "zfs", ""},
    {TMPFS_MAGIC, "tmpfs", kInMemory},
    {RAMFS_MAGIC, "ramfs", kInMemory},
    {OVERLAYFS_SUPER_MAGIC, "overlay", kContainer},
    {NFS_SUPER_MAGIC, "nfs", kNetwork},
    {SMB2_SUPER_MAGIC, "smb", kNetwork},
    {CIFS_SUPER_MAGIC, "cifs", kNetwork},
    {V9FS_MAGIC, "9p", kNetwork},
    {CEPH_SUPER_MAGIC, "ceph", kNetwork},
    {FUSE_SUPER_MAGIC, "fuse", kUserSpace},
};

struct CloseDirectory {
  void operator()(DIR* directory) const { ::closedir(directory); }
};

}  // namespace

Result<Descriptor> open_store_root(const std::string& path) {
  Descriptor root(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!root) return unusable(errno, fmt::format("open of {}", path));
  return root;
}

Result<StoreFolders> open_store_folders(const std::string& path) {
  StoreFolders folders;
  TRY_ASSIGN(folders.root, open_store_root(path));
  const int root = folders.root.get();
  const std::string name(kStagingFolder);
  if (::mkdirat(root, name.c_str(), kFolderMode) != 0 && errno != EEXIST) {
    return unusable(errno, fmt::format("mkdir {}/{}", path, name));
  }
  auto staging = open_beneath(root, name, O_RDONLY | O_DIRECTORY);
  if (!staging) return unusable(staging.error(), fmt::format("open (openat2, Linux 5.6) of {}/{}", path, name));
  folders.staging = std::move(*staging);
  if (::fsync(root) != 0) return unusable(errno, fmt::format("fsync of {}", path));
  return folders;
}

bool nameless_works(DiskCore& core) {
  const Descriptor fd(::openat(core.staging(), ".", O_TMPFILE | O_RDWR | O_CLOEXEC, kFileMode));
  const std::string name = core.staging_name();
  if (!fd || link_open_file(fd.get(), core.staging(), name) != 0) return false;
  ::unlinkat(core.staging(), name.c_str(), 0);
  return true;
}

Result<void> probe_store(DiskCore& core) {
  const std::string name = core.staging_name();
  std::array<std::byte, 4096> written{};
  std::ranges::fill(written, std::byte{0x5a});
  std::array<std::byte, written.size()> read{};
  TRY(replace_file(core, core.staging(), name, written));
  const auto fd = open_beneath(core.staging(), name, O_RDONLY);
  if (!fd) return unusable(fd.error(), "open of what was just written");
  const auto n = read_all(fd->get(), read, 0);
  ::unlinkat(core.staging(), name.c_str(), 0);
  if (!n) return unusable(n.error(), "read of what was just written");
  if (*n == read.size() && read == written) return {};
  return fail(ErrorCode::unavailable, "The store cannot be used.", "what was just written reads differently");
}

FileSystemKind kind_of_file_system(int root) {
  struct statfs info{};
  if (::fstatfs(root, &info) != 0) return {"unknown", "The system does not tell what it is."};
  for (const KnownFileSystem& known : kFileSystems) {
    if (info.f_type == known.magic) return {std::string(known.name), std::string(known.warning)};
  }
  return {fmt::format("{:#x}", static_cast<std::uint64_t>(info.f_type)), ""};
}

Result<std::size_t> sweep_staging_folder(const DiskCore& core, Time older_than) {
  const int fd = ::openat(core.staging(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return fail(disk_error(errno, "open of the staging folder"));
  const std::unique_ptr<DIR, CloseDirectory> directory(::fdopendir(fd));
  std::size_t removed = 0;
  while (true) {
    errno = 0;
    const dirent* entry = ::readdir(directory.get());
    if (entry == nullptr && errno != 0) return fail(disk_error(errno, "read of the staging folder"));
    if (entry == nullptr) return removed;
    struct stat info{};
    if (core.is_own_staging_name(entry->d_name)) continue;
    if (::fstatat(core.staging(), entry->d_name, &info, AT_SYMLINK_NOFOLLOW) != 0 || S_ISDIR(info.st_mode)) continue;
    if (Time{info.st_mtim.tv_sec * kMsPerSecond} >= older_than) continue;
    if (::unlinkat(core.staging(), entry->d_name, 0) == 0) ++removed;
  }
}

Result<std::optional<std::string>> read_store_id(int root) {
  const auto fd = open_beneath(root, kStoreIdFile, O_RDONLY | O_NONBLOCK);
  if (!fd && fd.error() == ENOENT) return std::nullopt;
  if (!fd) return fail(disk_error(fd.error(), "open of STORE_ID"));
  std::array<std::byte, kStoreIdBytes> bytes{};
  const auto n = read_all(fd->get(), bytes, 0);
  if (!n) return fail(disk_error(n.error(), "read of STORE_ID"));
  std::string id(*n, '\0');
  std::ranges::transform(std::span(bytes).first(*n), id.begin(), [](std::byte b) { return static_cast<char>(b); });
  if (id.ends_with('\n')) id.pop_back();
  if (!is_valid_store_id(id))
    return fail(ErrorCode::blob_corrupt, "The store is damaged.", "STORE_ID does not hold an id");
  return id;
}

Result<void> write_store_id(DiskCore& core, const std::string& id) {
  if (!is_valid_store_id(id)) return fail(ErrorCode::internal, "The store failed.", "not a store id");
  const std::string line = id + "\n";
  return replace_file(core, core.root(), kStoreIdFile, std::as_bytes(std::span(line)));
}

}  // namespace medialith::blob
