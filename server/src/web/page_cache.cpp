#include "web/page_cache.hpp"

#include <utility>

#include <fmt/format.h>

namespace medialith::web {
namespace {

// What keeping a page takes besides its texts: the nodes of the list and the map, and what the allocator adds.
constexpr std::size_t kKeeping = 256;

std::string name_of(domain::UserRid user, std::string_view target) { return fmt::format("{} {}", user.value, target); }

std::size_t size_of(std::string_view name, const Page& page) {
  return name.size() + page.body->size() + page.link.size() + kKeeping;
}

}  // namespace

std::shared_ptr<const Page> PageCache::find(domain::UserRid user, std::string_view target, std::int64_t head) {
  const std::string name = name_of(user, target);
  const std::lock_guard lock(mutex_);
  const auto found = by_name_.find(name);
  if (found == by_name_.end() || found->second->head != head) return nullptr;
  kept_.splice(kept_.begin(), kept_, found->second);
  return found->second->page;
}

void PageCache::keep(domain::UserRid user, std::string_view target, std::int64_t head,
                     std::shared_ptr<const Page> page) {
  std::string name = name_of(user, target);
  const std::size_t size = size_of(name, *page);
  if (size > max_bytes_) return;
  const std::lock_guard lock(mutex_);
  if (const auto before = by_name_.find(name); before != by_name_.end()) {
    // Another reader, whose view of the data is newer, has been here.
    if (before->second->head > head) return;
    forget(before->second);
  }
  while (bytes_ + size > max_bytes_) forget(std::prev(kept_.end()));
  kept_.push_front({std::move(name), head, std::move(page)});
  by_name_.emplace(kept_.front().name, kept_.begin());
  bytes_ += size;
}

void PageCache::forget(Place place) {
  bytes_ -= size_of(place->name, *place->page);
  by_name_.erase(place->name);
  kept_.erase(place);
}

std::size_t PageCache::bytes() const {
  const std::lock_guard lock(mutex_);
  return bytes_;
}

}  // namespace medialith::web
