#include "domain/word_check.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "domain/generations.hpp"
#include "domain/testing/scratch.hpp"

namespace medialith::domain {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class CheckedRids : public testing::Test {
 protected:
  /// `rows` generations, every `each`-th with the word "fox", the others with "ox".
  void make(int rows, int each) {
    auto run = [&](db::Transaction& tx) -> Result<void> {
      for (int row = 1; row <= rows; ++row) {
        Mutation mutation(tx, ann_, nullptr, s_.clock.now());
        Generation g{.rid = {s_.rids.next()}, .id = "g" + std::to_string(row), .updated_at = s_.clock.now()};
        g.fields.prompt = row % each == 0 ? "a fox" : "an ox";
        TRY(create_generation(mutation, g, search_text_of(g.fields)));
      }
      return {};
    };
    ASSERT_TRUE(s_.write(run));
  }
  Rids find(std::int64_t limit) {
    limits_.clear();
    WordCheck check(tokenizer_, {"fox"});
    const auto candidates = [this](const Search& rest) {
      limits_.push_back(rest.limit);
      const std::int64_t after = rest.after ? rest.after->rid : 0;
      return db::Statement("SELECT rid, prompt FROM {generations} WHERE rid > $1 ORDER BY rid LIMIT $2", after,
                           rest.limit);
    };
    const Search search{.order = Order::oldest_first, .limit = limit};
    auto look = [&](db::Connection& c) { return checked_rids(c, check, search, 1, candidates); };
    return s_.read(look).value();
  }

  Scratch s_;
  db::sqlite::Tokenizer tokenizer_;
  std::vector<std::int64_t> limits_;  // of the statements
  const Principal ann_ = s_.person("ann@example.com");
};

TEST_F(CheckedRids, LookAtFewRowsWhereTheFirstPass) {
  make(200, 1);
  EXPECT_EQ(find(5).size(), 5U);
  EXPECT_THAT(limits_, ElementsAre(kFirstStretch));
  EXPECT_EQ(find(50).size(), 50U);
  EXPECT_THAT(limits_, ElementsAre(kFirstStretch, 2 * kFirstStretch));
}

TEST_F(CheckedRids, LookAtMoreAndMoreWhereFewPass) {
  make(1'600, 1'590);
  EXPECT_EQ(find(5).size(), 1U);
  EXPECT_THAT(limits_, ElementsAre(32, 64, 128, 256, kLastStretch, kLastStretch, kLastStretch));
}

TEST_F(CheckedRids, EndWithTheRows) {
  EXPECT_THAT(find(5), IsEmpty());
  make(static_cast<int>(kFirstStretch), 1);
  EXPECT_EQ(find(100).size(), 32U);
  EXPECT_THAT(limits_, ElementsAre(kFirstStretch, 2 * kFirstStretch));
}

}  // namespace
}  // namespace medialith::domain
