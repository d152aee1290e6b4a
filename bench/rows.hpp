// The generations that every benchmark writes: about 2 KB as JSON, as a picture app sends them.
#pragma once

#include <cstdint>
#include <string>

#include "domain/generations.hpp"

namespace medialith::bench {

/// The `n`-th row; the same for the same n.
domain::Generation row(std::int64_t n, domain::RidMaker& rids);

/// The body of POST /v1/generations for it.
std::string body(std::int64_t n);

/// A word of the library's prompts by how frequent it is: 0 stands in most of them, 29 999 in hardly any.
std::string library_word(std::int64_t rank);
/// The same row with a prompt as people write them: 24 words, of which few are frequent and most are rare.
domain::Generation library_row(std::int64_t n, domain::RidMaker& rids);

}  // namespace medialith::bench
