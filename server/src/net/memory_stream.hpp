// Two streams joined back to back in memory, for tests of what runs over a ByteStream. Both ends live on one loop.
#pragma once

#include <cstddef>
#include <memory>
#include <utility>

#include "net/byte_stream.hpp"

namespace medialith::net {

struct MemoryStreamOptions {
  std::size_t capacity = 64 * 1024;   ///< bytes that wait in each direction before a writer has to
  std::size_t read_most = 64 * 1024;  ///< bytes that one read_some() gives at most
  std::string peer_address = "127.0.0.1";
  bool encrypted = false;
};

/// What one end writes the other reads. Deadlines work; closing one end fails the other's writes and ends its reads.
std::pair<std::unique_ptr<ByteStream>, std::unique_ptr<ByteStream>> make_memory_streams(
    const AnyExecutor& executor, const MemoryStreamOptions& options = {});

}  // namespace medialith::net
