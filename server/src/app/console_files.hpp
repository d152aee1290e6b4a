// The web console inside the binary. The definition is generated at build time from console/dist.
#pragma once

#include <span>

#include "http/static_files.hpp"

namespace medialith::app {

/// All files of the console, sorted by path: "/index.html", which is served at "/", "/icon.svg", and under "/static/"
/// what is named by its content. Static storage.
std::span<const http::EmbeddedFile> console_files();

}  // namespace medialith::app
