// Named limits of the edge (R-H1 to R-H5): a peer that passes one is answered or closed, never waited for.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace medialith::http {

struct ServerLimits {
  std::size_t max_target_bytes = 8 * 1024;            ///< 414
  std::size_t max_header_bytes = 16 * 1024;           ///< all fields together: 431
  std::size_t max_header_fields = 100;                ///< 431
  std::chrono::milliseconds header_deadline{10'000};  ///< first byte of a head to its last: 408 and close
  std::chrono::milliseconds idle_deadline{60'000};    ///< keep-alive without a request: close
  std::chrono::milliseconds stall_deadline{30'000};   ///< no byte of a response taken, or a body too slow: close
  std::chrono::milliseconds linger_deadline{2'000};   ///< a refused client's time to read its answer
  std::uint64_t min_body_rate = 1024;                 ///< bytes/s of a body, averaged over stall_deadline: 408
  std::size_t drain_bytes = 64 * 1024;                ///< unread body that is read away; more closes
  std::size_t max_connections = 4096;
  std::size_t max_connections_per_address = 64;  ///< not for loopback and trusted proxies
};

}  // namespace medialith::http
