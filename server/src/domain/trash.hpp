// Pieces shared by generations and assets: an asset's way into the trash and back, and full-text documents.
#pragma once

#include <string>

#include "domain/mutation.hpp"
#include "domain/rid.hpp"

namespace medialith::domain {

struct AssetRef {
  AssetRid rid;
  std::string id;
  std::int64_t version = 0;
};

/// Whether an asset went because its generation did: only then it comes back with it.
enum class WithGeneration : std::uint8_t { no, yes };

/// Puts off the statements and records the change.
void move_to_trash(Mutation& mutation, const AssetRef& asset, WithGeneration with_generation);
void take_from_trash(Mutation& mutation, const AssetRef& asset);

/// The token that stands in every document of an owner, and in nobody else's.
std::string search_owner(UserRid user);
/// SQLite's document of a row as it stands then: add after writing the row, remove before changing it.
void add_search_document(Mutation& mutation, GenerationRid rid);
void remove_search_document(Mutation& mutation, GenerationRid rid);
void add_search_document(Mutation& mutation, AssetRid rid);
void remove_search_document(Mutation& mutation, AssetRid rid);

}  // namespace medialith::domain
