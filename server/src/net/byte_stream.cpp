#include "net/byte_stream.hpp"

namespace medialith::net {

Task<Result<void>> ByteStream::send_file(std::span<const std::byte> /*head*/, int /*fd*/, std::uint64_t /*offset*/,
                                         std::uint64_t /*length*/) {
  co_return fail(ErrorCode::internal, "This connection cannot send files.", "send_file without can_send_file");
}

}  // namespace medialith::net
