// The answer of a libSQL server, whatever it is: read to the last cell.
#include <cstddef>
#include <cstdint>
#include <string>

#include "db/libsql/hrana.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using medialith::db::libsql::Reply;
  const auto reply = Reply::parse(std::string(reinterpret_cast<const char*>(data), size), 1);
  if (!reply) return 0;
  static_cast<void>(reply->error(0));
  for (const auto& step : reply->steps(0, 3)) {
    if (!step.result) continue;
    static_cast<void>(step.changes());
    step.each([](const medialith::db::Row& row) {
      static_cast<void>(row.is_null(0));
      static_cast<void>(row.integer(0));
      static_cast<void>(row.real(0));
      static_cast<void>(row.text(0));
      static_cast<void>(row.bytes(0));
    });
  }
  return 0;
}
