#include "blob/disk/key_lister.hpp"

#include <algorithm>
#include <cerrno>
#include <memory>
#include <set>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

namespace medialith::blob {
namespace {

constexpr std::int64_t kMsPerSecond = 1000;
constexpr std::int64_t kNsPerMs = 1'000'000;

struct CloseDirectory {
  void operator()(DIR* directory) const { ::closedir(directory); }
};
using Directory = std::unique_ptr<DIR, CloseDirectory>;

class KeyLister {
 public:
  KeyLister(const DiskCore& core, const std::string& prefix, const std::string& cursor, std::size_t limit)
      : core_(core), prefix_(prefix), cursor_(cursor), limit_(limit) {}

  Result<ListPage> run();

 private:
  /// `path` is empty or ends with '/'.
  Result<void> walk(int folder, const std::string& path);
  Result<std::set<std::string>> next_names(int folder, const std::string& path, const std::string& after) const;
  bool wanted(const std::string& key) const;
  void add(int folder, const std::string& path, const std::string& name);

  const DiskCore& core_;
  const std::string& prefix_;
  const std::string& cursor_;
  const std::size_t limit_;
  ListPage page_;
  bool full_ = false;
};

Result<ListPage> KeyLister::run() {
  const std::size_t slash = prefix_.rfind('/');
  const std::string path = slash == std::string::npos ? "" : prefix_.substr(0, slash + 1);
  if (!path.empty() && !is_valid_key(path.substr(0, slash))) return std::move(page_);
  auto folder = open_beneath(core_.root(), path.empty() ? "." : path, O_RDONLY | O_DIRECTORY);
  if (!folder && (folder.error() == ENOENT || folder.error() == ENOTDIR)) return std::move(page_);
  if (!folder) return fail(disk_error(folder.error(), "open of a folder to list"));
  TRY(walk(folder->get(), path));
  return std::move(page_);
}

// A folder's name is compared with its '/', so that the order is that of whole keys: "a-b" < "a/x" < "a0".
Result<void> KeyLister::walk(int folder, const std::string& path) {
  std::string after;
  while (!full_) {
    TRY_ASSIGN(const std::set<std::string> names, next_names(folder, path, after));
    for (const std::string& name : names) {
      if (full_) return {};
      if (!name.ends_with('/')) {
        add(folder, path, name);
        continue;
      }
      auto child = open_beneath(folder, name, O_RDONLY | O_DIRECTORY);
      if (!child && child.error() == ENOENT) continue;
      if (!child) return fail(disk_error(child.error(), "open of a folder to list"));
      TRY(walk(child->get(), path + name));
    }
    if (names.size() <= limit_) return {};  // there were no more
    after = *names.rbegin();
  }
  return {};
}

bool KeyLister::wanted(const std::string& key) const {
  if (!key.ends_with('/')) return is_valid_key(key) && key.starts_with(prefix_) && key > cursor_;
  if (!is_valid_key(std::string_view(key).substr(0, key.size() - 1))) return false;
  return (key.starts_with(prefix_) || prefix_.starts_with(key)) && (key > cursor_ || cursor_.starts_with(key));
}

// The smallest names after `after`: no more than fit the page, since folders may hold millions.
Result<std::set<std::string>> KeyLister::next_names(int folder, const std::string& path,
                                                    const std::string& after) const {
  const int fd = ::openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return fail(disk_error(errno, "open of a folder to list"));
  const Directory directory(::fdopendir(fd));
  std::set<std::string> names;
  while (true) {
    errno = 0;
    const dirent* entry = ::readdir(directory.get());
    if (entry == nullptr && errno != 0) return fail(disk_error(errno, "read of a folder"));
    if (entry == nullptr) return names;
    std::string name = entry->d_name;
    unsigned char type = entry->d_type;
    if (type == DT_UNKNOWN) {
      struct stat info{};
      if (::fstatat(folder, name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) continue;
      type = S_ISDIR(info.st_mode) ? DT_DIR : S_ISREG(info.st_mode) ? DT_REG : DT_UNKNOWN;
    }
    if (type == DT_DIR) name += '/';
    if ((type != DT_DIR && type != DT_REG) || name <= after || !wanted(path + name)) continue;
    names.insert(std::move(name));
    if (names.size() > limit_ + 1) names.erase(std::prev(names.end()));
  }
}

void KeyLister::add(int folder, const std::string& path, const std::string& name) {
  struct stat info{};
  if (::fstatat(folder, name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(info.st_mode)) return;
  if (page_.blobs.size() == limit_) {
    page_.next_cursor = page_.blobs.back().key;
    full_ = true;
    return;
  }
  const std::int64_t ms = info.st_mtim.tv_sec * kMsPerSecond + info.st_mtim.tv_nsec / kNsPerMs;
  page_.blobs.push_back({path + name, static_cast<std::uint64_t>(info.st_size), Time{ms}});
}

}  // namespace

Result<ListPage> list_keys(const DiskCore& core, const std::string& prefix, const std::string& cursor,
                           std::size_t limit) {
  return KeyLister(core, prefix, cursor, std::clamp<std::size_t>(limit, 1, kMaxListPage)).run();
}

}  // namespace medialith::blob
