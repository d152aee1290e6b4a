// Contract of write(fn), 5: no SQL may put off a constraint to COMMIT, where an error could not be told from the
// group's, or roll back more than its own savepoint.
#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace medialith::db {
namespace {

// Upper case, comments gone, one space where there was white space, none around parentheses.
std::string normalised(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text.substr(at, 2) == "//") at = std::min(text.find('\n', at), text.size() - 1);
    const char c = static_cast<char>(std::toupper(static_cast<unsigned char>(text[at])));
    const bool space = std::isspace(static_cast<unsigned char>(c)) != 0;
    if (space && (out.empty() || out.back() == ' ' || out.back() == '(')) continue;
    if (c == '(' && !out.empty() && out.back() == ' ') out.pop_back();
    out += space ? ' ' : c;
  }
  return out;
}

std::vector<std::string> forbidden_in(std::string_view text) {
  const std::string code = normalised(text);
  std::vector<std::string> found;
  for (const std::string word : {"DEFERRABLE", "OR ROLLBACK", "RAISE(ROLLBACK"}) {
    for (std::size_t at = code.find(word); at != std::string::npos; at = code.find(word, at + 1)) {
      if (at == 0 || std::isalnum(static_cast<unsigned char>(code[at - 1])) == 0) found.push_back(word);
    }
  }
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
