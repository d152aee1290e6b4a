#pragma once

#include <memory>
#include <string>

#include "net/byte_stream.hpp"

namespace medialith::net {

/// A stream over a connected, non-blocking TCP socket, which it takes. Called on the thread of `executor`'s loop.
std::unique_ptr<ByteStream> make_tcp_stream(const AnyExecutor& executor, int fd, std::string peer_address);

}  // namespace medialith::net
