// Generations with their assets, one or a page of them, in the words of whichever wire shows them.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/json.hpp"
#include "db/database.hpp"
#include "domain/assets.hpp"
#include "domain/generations.hpp"
#include "domain/highlight.hpp"
#include "domain/search.hpp"

namespace medialith::web {

/// How a wire shows them.
struct GenerationShape {
  domain::ListView view = domain::ListView::full;
  /// Appends a generation whose list of assets is empty; answers where in `out` their texts go, so that a page can read
  /// all of its assets at once. `highlighter`: null where nothing was searched for.
  std::function<std::size_t(std::string& out, const domain::GenerationView&, domain::Highlighter* highlighter)>
      generation;
  std::function<void(json::Writer&, const domain::AssetView&)> asset;
};

/// One with its assets.
Result<std::string> show_generation(db::Connection& connection, domain::UserRid user,
                                    const domain::Generation& generation, const GenerationShape& shape);

/// A page as it is sent, up to the last item.
struct GenerationPage {
  std::string items;  ///< what stood in front of them included
  std::int64_t count = 0;
  domain::Matching matching = domain::Matching::words;
  std::optional<domain::Position> last;  ///< of the last item, when more follow
};

/// What stands around the items of a page.
struct PageFrame {
  std::string_view before;  ///< `{"items":[`
  std::string_view between = ",";
};

/// One statement for the generations, one for their assets, whatever its size. It has one item less than
/// `search.limit`, or fewer when it has become large (kPageBytes).
Result<GenerationPage> read_generation_page(db::Connection& connection, const domain::SearchTools& tools,
                                            domain::UserRid user, const domain::Search& search,
                                            const GenerationShape& shape, const PageFrame& frame);

}  // namespace medialith::web
