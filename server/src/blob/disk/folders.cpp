#include "blob/disk/folders.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "blob/disk/core.hpp"

namespace medialith::blob {
namespace {

constexpr mode_t kFolderMode = 0700;

OrErrno<std::shared_ptr<Folder>> open_folder(int root, const std::string& path) {
  const std::string below = path.empty() ? "." : path;
  auto fd = open_beneath(root, below, O_RDONLY | O_DIRECTORY);
  if (!fd) return std::unexpected(fd.error());
  return std::make_shared<Folder>(std::move(*fd), path.empty());
}

Error open_failed(int error, const std::string& path) {
  // A file or a link where a folder should be was planted or is damage: never followed, never replaced.
  if (error == ELOOP || error == ENOTDIR || error == EXDEV) {
    return make_error(ErrorCode::blob_corrupt, "The store is damaged.", fmt::format("{} is not a folder", path));
  }
  return disk_error(error, fmt::format("open of folder {}", path));
}

Result<void> sync_once(Folder& folder, DiskCore& core) {
  if (!core.options().faults.no_directory_fsync) {
    core.folder_fsyncs.fetch_add(1, std::memory_order_relaxed);
    if (const int error = core.attempt_posix("directory_fsync", [&] { return ::fsync(folder.fd()); })) {
      const Error failed = core.folder_fsync_failed(error, "fsync of a folder");
      return fail(ErrorCode::outcome_unknown, "Nobody can tell whether the change will last.", failed.detail);
    }
  }
  core.reached("after_directory_fsync");
  return {};
}

}  // namespace

void Folder::sync(const std::shared_ptr<Folder>& folder, DiskCore& core, net::Completion done) {
  {
    const std::scoped_lock lock(folder->mutex_);
    folder->waiting_.push_back(std::move(done));
    if (folder->syncing_) return;
    folder->syncing_ = true;
  }
  while (true) {
    std::vector<net::Completion> group;
    {
      const std::scoped_lock lock(folder->mutex_);
      group.swap(folder->waiting_);
      if (group.empty()) {
        folder->syncing_ = false;
        return;
      }
    }
    const Result<void> result = sync_once(*folder, core);
    for (net::Completion& waiter : group) waiter(result);
  }
}

std::shared_ptr<Folder> FolderCache::cached(const std::string& path) {
  const std::scoped_lock lock(mutex_);
  const auto found = by_path_.find(path);
  if (found == by_path_.end()) return nullptr;
  used_.splice(used_.begin(), used_, found->second);
  return found->second->second;
}

std::shared_ptr<Folder> FolderCache::keep(const std::string& path, std::shared_ptr<Folder> folder) {
  const std::scoped_lock lock(mutex_);
  // Another thread may have opened it meanwhile; all have to share one, or their fsyncs are not.
  if (const auto found = by_path_.find(path); found != by_path_.end()) return found->second->second;
  used_.emplace_front(path, folder);
  by_path_.emplace(path, used_.begin());
  while (used_.size() > capacity_) {
    by_path_.erase(used_.back().first);
    used_.pop_back();
  }
  return folder;
}

void FolderCache::clear() {
  const std::scoped_lock lock(mutex_);
  by_path_.clear();
  used_.clear();
}

Result<std::shared_ptr<Folder>> FolderCache::find(const std::string& path) {
  if (auto folder = cached(path)) return folder;
  auto opened = open_folder(core_.root(), path);
  if (!opened && opened.error() == ENOENT) return std::shared_ptr<Folder>();
  if (!opened) return fail(open_failed(opened.error(), path));
  return keep(path, std::move(*opened));
}

Result<std::shared_ptr<Folder>> FolderCache::make(const std::string& path) {
  if (auto folder = cached(path); folder && folder->durable()) return folder;
  TRY_ASSIGN(auto folder, find(""));
  for (std::size_t end = 0; end < path.size();) {
    end = std::min(path.find('/', end + 1), path.size());
    const std::string part = path.substr(0, end);
    TRY_ASSIGN(auto child, make_in(folder, part));
    TRY(make_durable(*folder, *child));
    folder = std::move(child);
  }
  return folder;
}

Result<std::shared_ptr<Folder>> FolderCache::make_in(const std::shared_ptr<Folder>& parent, const std::string& path) {
  TRY_ASSIGN(auto found, find(path));
  if (found) return found;
  const std::string name = split_key(path).name;
  const int error =
      core_.attempt_posix("make_folder", [&] { return ::mkdirat(parent->fd(), name.c_str(), kFolderMode); });
  if (error != 0 && error != EEXIST) return fail(core_.write_failed(error, "mkdir in the store"));
  TRY_ASSIGN(found, find(path));
  if (found) return found;
  return fail(ErrorCode::internal, "The store failed.", fmt::format("folder {} vanished", path));
}

// Also for folders that were there already: whoever made them may not have come to the fsync.
Result<void> FolderCache::make_durable(Folder& parent, Folder& child) {
  if (child.durable()) return {};
  if (!core_.options().faults.no_parent_fsync) {
    core_.folder_fsyncs.fetch_add(1, std::memory_order_relaxed);
    const int error = core_.attempt_posix("parent_fsync", [&] { return ::fsync(parent.fd()); });
    if (error != 0) return fail(core_.folder_fsync_failed(error, "fsync of a parent folder"));
  }
  core_.reached("after_parent_fsync");
  child.set_durable();
  return {};
}

}  // namespace medialith::blob
