// A real server beside a test: PostgreSQL, sqld, an S3 gateway, as tests/servers/NAME.mjs starts them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace medialith::testing {

/// Runs `node SCRIPT` and waits for its addresses; stopped, with everything it kept, by the destructor. The script ends
/// too when this process dies. One thread at a time. What fails throws std::runtime_error: a test never goes on
/// without.
class RealServer {
 public:
  /// `script` is the path of tests/servers/NAME.mjs; `options` are words such as `--fsync=off`.
  explicit RealServer(const std::string& script, const std::vector<std::string>& options = {});
  ~RealServer();
  RealServer(const RealServer&) = delete;
  RealServer& operator=(const RealServer&) = delete;

  /// A value the script announced, such as `url`, as text.
  std::string at(std::string_view name) const;
  /// Calls a function of the script, such as `restart`, and waits for its end. Answers the JSON it returned.
  std::string call(std::string_view function);

 private:
  std::string read_line();
  void stop();

  int input_ = -1;   // the script's stdin
  int output_ = -1;  // its stdout
  int process_ = -1;
  std::string buffer_;
  std::string announced_;
};

}  // namespace medialith::testing
