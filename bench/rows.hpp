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

}  // namespace medialith::bench
