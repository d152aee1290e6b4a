// Full text on PostgreSQL: the tokens of FTS5 with their positions, as a tsvector that no dictionary has touched.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "db/sqlite/tokenizer.hpp"

namespace medialith::db::postgres {

/// Bytes of a token that PostgreSQL takes. Of a longer one, in a text as in a query, they are what counts.
inline constexpr std::size_t kTokenBytes = 2046;

/// The literal of a tsvector with every token of the texts, counted through from 1. A token is at most kTokenBytes, a
/// position at most 16 383: what PostgreSQL takes.
std::string tsvector_literal(const sqlite::Tokenizer& tokenizer, std::span<const std::string_view> texts);

enum class Reach : std::uint8_t {
  whole,   ///< the token itself
  prefix,  ///< every token that begins with it
};
/// A token as an operand of the literal of a tsquery. Not empty.
std::string tsquery_operand(std::string_view token, Reach reach);

}  // namespace medialith::db::postgres
