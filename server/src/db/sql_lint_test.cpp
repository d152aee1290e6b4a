// Contract of write(fn), 5: no SQL may put off a constraint to COMMIT, where an error could not be told from the
// group's, or roll back more than its own savepoint.
#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace medialith::db {
namespace {

std::vector<std::string> forbidden_in(const std::string& text) {
  static const std::regex comment("//[^\n]*");
  static const std::regex forbidden("\\bDEFERRABLE\\b|\\bOR\\s+ROLLBACK\\b|\\bRAISE\\s*\\(\\s*ROLLBACK\\b",
                                    std::regex::icase);
  const std::string code = std::regex_replace(text, comment, "");
  std::vector<std::string> found;
  for (std::sregex_iterator at(code.begin(), code.end(), forbidden), end; at != end; ++at) found.push_back(at->str());
  return found;
}

TEST(SqlLint, FindsWhatIsForbidden) {
  EXPECT_THAT(forbidden_in("INSERT or  rollback INTO t VALUES (1)"), testing::SizeIs(1));
  EXPECT_THAT(forbidden_in("FOREIGN KEY (a) REFERENCES b DEFERRABLE INITIALLY DEFERRED"), testing::SizeIs(1));
  EXPECT_THAT(forbidden_in("SELECT RAISE( ROLLBACK, 'no')"), testing::SizeIs(1));
  EXPECT_THAT(forbidden_in("ROLLBACK TO write; SELECT RAISE(ABORT, 'no') // DEFERRABLE"), testing::IsEmpty());
}

TEST(SqlLint, TheSourceTreeHasNoneOfIt) {
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(MEDIALITH_SERVER_DIR)) {
    const std::string extension = entry.path().extension().string();
    if (extension != ".cpp" && extension != ".hpp" && extension != ".sql") continue;
    if (entry.path().filename() == "sql_lint_test.cpp") continue;
    std::ostringstream text;
    text << std::ifstream(entry.path()).rdbuf();
    EXPECT_THAT(forbidden_in(text.str()), testing::IsEmpty()) << entry.path();
    ++files;
  }
  EXPECT_GT(files, 20U);
}

}  // namespace
}  // namespace medialith::db
