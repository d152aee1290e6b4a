#include "jobs/disk_owner.hpp"

#include <fmt/format.h>

namespace medialith::jobs {
namespace {

std::string refusal(const LeaseHolder& holder, Time now) {
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(holder.until - now).count();
  return fmt::format(
      "The server {} works on this database with files in its own folder, and such a folder belongs to"
      " one server. Stop that server, or keep the files of all servers in one bucket. If it was killed,"
      " start this one again in {} seconds.",
      holder.name, seconds);
}

}  // namespace

Task<Result<void>> DiskOwner::claim() {
  const Time now = clock_.now();
  auto take = [&](db::Transaction& tx) { return take_lease(tx, kDiskStoreLease, server_, now, kDiskStoreHeld); };
  CO_TRY_ASSIGN(auto lease, co_await database_.write(take));
  if (lease) {
    lease_ = std::move(*lease);
    co_return Result<void>();
  }
  auto look = [](db::Connection& connection) { return find_lease_holder(connection, kDiskStoreLease); };
  CO_TRY_ASSIGN(const auto holder, co_await database_.read(look));
  co_return fail(ErrorCode::precondition_failed, refusal(*holder, now));
}

Task<Result<bool>> DiskOwner::renew() {
  const Time until = clock_.now() + kDiskStoreHeld;
  auto put = [&](db::Transaction& tx) { return renew_lease(tx, lease_, until); };
  co_return co_await database_.write(put);
}

Task<Result<void>> DiskOwner::give_back() {
  auto put = [&](db::Transaction& tx) -> Result<void> {
    TRY(give_back_lease(tx, lease_));
    return {};
  };
  co_return co_await database_.write(put);
}

}  // namespace medialith::jobs
