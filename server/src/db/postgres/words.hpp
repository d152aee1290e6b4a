// Full text on PostgreSQL: the tokens of FTS5 with their positions, as a tsvector that no dictionary has touched.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "db/sqlite/tokenizer.hpp"

namespace medialith::db::postgres {

/// The literal of a tsvector with every token of the texts, counted through from 1. A token is at most 2 046 bytes, a
/// position at most 16 383: what PostgreSQL takes.
std::string tsvector_literal(const sqlite::Tokenizer& tokenizer, std::span<const std::string_view> texts);

}  // namespace medialith::db::postgres
