#include "domain/trash.hpp"

#include <fmt/format.h>

namespace medialith::domain {

void move_to_trash(Mutation& mutation, const AssetRef& asset, WithGeneration with_generation) {
  mutation.later(
      {"UPDATE {assets} SET deleted_at = $2, updated_at = $2, version = version + 1,"
       " deleted_with_generation = $3 WHERE rid = $1",
       asset.rid.value, mutation.now(), with_generation == WithGeneration::yes});
  mutation.record({"asset", asset.rid.value, asset.id, asset.version + 1, true});
}

void take_from_trash(Mutation& mutation, const AssetRef& asset) {
  mutation.later(
      {"UPDATE {assets} SET deleted_at = NULL, updated_at = $2, version = version + 1,"
       " deleted_with_generation = false WHERE rid = $1",
       asset.rid.value, mutation.now()});
  mutation.record({"asset", asset.rid.value, asset.id, asset.version + 1, false});
}

std::string search_owner(UserRid user) { return fmt::format("o{:x}z", user.value); }

// On PostgreSQL the document is a column of the row, written with it.

void add_search_document(Mutation& mutation, GenerationRid rid) {
  mutation.later({db::Sql("INSERT INTO {generations_search} (rowid, search_owner, prompt, negative_prompt, search_text,"
                          " search_terms) SELECT rid, search_owner, prompt, negative_prompt, search_text, search_terms"
                          " FROM {generation_documents} WHERE rid = $1",
                          db::on_postgres("")),
                  rid.value});
}

void remove_search_document(Mutation& mutation, GenerationRid rid) {
  mutation.later({db::Sql("INSERT INTO {generations_search} ({generations_search}, rowid, search_owner, prompt,"
                          " negative_prompt, search_text, search_terms) SELECT 'delete', rid, search_owner, prompt,"
                          " negative_prompt, search_text, search_terms FROM {generation_documents} WHERE rid = $1",
                          db::on_postgres("")),
                  rid.value});
}

void add_search_document(Mutation& mutation, AssetRid rid) {
  mutation.later(
      {db::Sql("INSERT INTO {assets_search} (rowid, search_owner, filename, kind, content_type)"
               " SELECT rid, search_owner, filename, kind, content_type FROM {asset_documents} WHERE rid = $1",
               db::on_postgres("")),
       rid.value});
}

void remove_search_document(Mutation& mutation, AssetRid rid) {
  mutation.later({db::Sql("INSERT INTO {assets_search} ({assets_search}, rowid, search_owner, filename, kind,"
                          " content_type) SELECT 'delete', rid, search_owner, filename, kind, content_type"
                          " FROM {asset_documents} WHERE rid = $1",
                          db::on_postgres("")),
                  rid.value});
}

}  // namespace medialith::domain
