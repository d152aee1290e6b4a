// The control socket in the data folder: how a command reaches the server that runs over it.
//
// One line of JSON asks: {"command":"createUser", …members}. One answers: {"text":…, "next":…} or
// {"error":{"code":…, "message":…}}. Both ends are this program; after an upgrade an older server may answer that it
// does not know the command.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "app/admin.hpp"
#include "app/data_folder.hpp"
#include "base/config.hpp"
#include "base/log.hpp"
#include "net/local_socket.hpp"

namespace medialith::app {

std::string encode_command(const AdminCommand& command);
/// Errors: invalid_request, with a sentence for the operator.
Result<AdminCommand> decode_command(std::string line);
std::string encode_answer(const Result<AdminAnswer>& answer);
/// The error that the other end sent, with its message; unavailable for a line that is no answer.
Result<AdminAnswer> decode_answer(std::string line);

/// Serves the folder's socket until it is destroyed. `folder` and `parts` live until the runtime has stopped.
/// Errors: unavailable (a file system without sockets).
Result<std::unique_ptr<net::LocalListener>> serve_control(net::Runtime& runtime, const DataFolder& folder,
                                                          AdminParts& parts, const Logger& log);

/// A database in a file: runs the command in the server over the data folder, or here under the folder's lock when
/// there is none; waits `patience` for a lock that another command holds. Any other database is worked on directly.
/// Blocks. Errors: those of the command; precondition_failed when migrations are pending, which only CreateUser makes,
/// and only all of them.
Result<AdminAnswer> run_anywhere(const Config& config, const AdminCommand& command,
                                 std::chrono::milliseconds patience = std::chrono::seconds(10));

/// Whether a server answers on the folder's socket. Blocks.
bool server_runs(const std::string& data);

}  // namespace medialith::app
