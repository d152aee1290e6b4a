// Text from files nobody vouches for, made fit for the database and the wire.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace medialith::media {

/// Valid UTF-8 of at most `limit` bytes, cut between characters: U+0000 is dropped, what is not UTF-8 (RFC 3629)
/// becomes U+FFFD.
std::string clean_utf8(std::string_view text, std::size_t limit);

/// The front of valid UTF-8, at most `limit` bytes, cut between characters.
std::string_view cut_utf8(std::string_view text, std::size_t limit);

bool is_utf8(std::string_view text);

/// ISO 8859-1 as UTF-8.
std::string latin1_to_utf8(std::string_view text);

/// Without ASCII white space at both ends.
std::string_view trimmed(std::string_view text);

}  // namespace medialith::media
