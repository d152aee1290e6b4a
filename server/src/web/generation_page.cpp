#include "web/generation_page.hpp"

#include <algorithm>
#include <cstring>
#include <unordered_map>
#include <vector>

#include "web/page.hpp"

namespace medialith::web {
namespace {

/// What one statement of a page finds: the assets of each generation as the elements of an array.
using AssetTexts = std::unordered_map<std::int64_t, std::string>;

Result<AssetTexts> read_asset_texts(db::Connection& connection, domain::UserRid user,
                                    const std::vector<domain::GenerationRid>& rids, const GenerationShape& shape) {
  AssetTexts assets;
  TRY(domain::list_assets_of(connection, user, rids, [&](const domain::AssetView& asset) {
    if (!asset.generation_rid) return;
    std::string& text = assets[asset.generation_rid->value];
    if (!text.empty()) text += ',';
    json::Writer row(text);
    shape.asset(row, asset);
  }));
  return assets;
}

/// Puts the assets of each generation at its place in `text`. Moves each byte behind the first place once, whatever
/// there is to put in.
void insert_assets(std::string& text, const std::vector<domain::GenerationRid>& rids,
                   const std::vector<std::size_t>& places, const AssetTexts& assets) {
  std::size_t added = 0;
  for (const auto& [rid, elements] : assets) added += elements.size();
  std::size_t end = text.size();
  text.resize(end + added);
  for (std::size_t i = rids.size(); i-- > 0 && added > 0;) {
    const auto found = assets.find(rids[i].value);
    if (found == assets.end()) continue;
    const std::string& elements = found->second;
    const std::size_t at = places[i];
    char* const place = text.data() + at;
    std::memmove(place + added, place, end - at);
    added -= elements.size();
    std::ranges::copy(elements, place + added);
    end = at;
  }
}

}  // namespace

Result<std::string> show_generation(db::Connection& connection, domain::UserRid user,
                                    const domain::Generation& generation, const GenerationShape& shape) {
  std::string text;
  const std::vector<std::size_t> places = {shape.generation(text, view_of(generation), nullptr)};
  const std::vector<domain::GenerationRid> rids = {generation.rid};
  TRY_ASSIGN(const AssetTexts assets, read_asset_texts(connection, user, rids, shape));
  insert_assets(text, rids, places, assets);
  return text;
}

Result<GenerationPage> read_generation_page(db::Connection& connection, const domain::SearchTools& tools,
                                            domain::UserRid user, const domain::Search& search,
                                            const GenerationShape& shape, const PageFrame& frame) {
  constexpr std::size_t kRoom = 128 * 1024;
  const bool is_walk = domain::is_walk(search);
  domain::Hits hits;
  if (!is_walk) {
    TRY_ASSIGN(hits, domain::search_generations(connection, tools, user, search));
  }
  domain::Highlighter highlighter(tools.tokenizer, search.words, hits.matching);
  domain::Highlighter* const highlights = search.words.empty() ? nullptr : &highlighter;
  GenerationPage page{.matching = hits.matching};
  page.items.reserve(kRoom);
  page.items = frame.before;
  std::vector<domain::GenerationRid> rids;
  std::vector<std::size_t> places;
  bool more = false;
  const auto add = [&](const domain::GenerationView& g) {
    more = more || std::ssize(rids) + 1 == search.limit || page.items.size() > kPageBytes;
    if (more) return;
    if (!rids.empty()) page.items += frame.between;
    places.push_back(shape.generation(page.items, g, highlights));
    rids.push_back(g.rid);
  };
  TRY(is_walk ? domain::walk_generations(connection, user, search, shape.view, add)
              : domain::read_generations(connection, rids_of(hits), shape.view, add));
  page.count = std::ssize(rids);
  if (more) page.last = is_walk ? domain::Position{.rid = rids.back().value} : hits.rows[rids.size() - 1];
  TRY_ASSIGN(const AssetTexts assets, read_asset_texts(connection, user, rids, shape));
  insert_assets(page.items, rids, places, assets);
  return page;
}

}  // namespace medialith::web
